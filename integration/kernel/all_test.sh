#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# All that the module is tested for on Debian's stock kernel: 1, 4 and 8 nodes beside one without CPUs, planted faults,
# placement, load and unload under load, pmem by the kernel's own drivers.
#
#   integration/kernel/all_test.sh [TEST...]    default: all of them, the functions test_NAME below
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"

readonly nvdimm=(drivers/nvdimm/libnvdimm drivers/nvdimm/nd_btt drivers/nvdimm/nd_pmem drivers/nvdimm/nd_e820
  drivers/acpi/nfit/nfit drivers/dax/device_dax drivers/dax/dax_pmem)

test_verify() {
  make_initramfs verify
  for nodes in 1 4 8; do
    node_mib=$((1536 / nodes))
    boot "verify, $nodes nodes"
  done
}

test_placement() {
  make_initramfs placement
  nodes=4 node_mib=512
  boot "placement, 4 nodes"
}

test_plants() {
  make_initramfs plants
  nodes=2 node_mib=512
  boot "planted faults and bad starts"
}

test_hammer() {
  make_initramfs hammer
  nodes=4 cpus_per_node=2 node_mib=384
  boot "load, unload, CPUs off, under load"
  cpus_per_node=1
}

test_e820() {
  make_initramfs namespaces "${nvdimm[@]}"
  nodes=2 node_mib=3072 command_line='memmap=2G!4G'
  boot "pmem by memmap=, 2 GiB"
  command_line=''
}

test_timeline() {
  make_initramfs timeline
  nodes=2 node_mib=512
  boot "timeline of a bind"
}

test_tracepoints() {
  make_initramfs tracepoints
  nodes=2 node_mib=512
  boot "tracepoints"
}

test_nfit() {
  make_initramfs nfit "${nvdimm[@]}"
  nodes=4 node_mib=512 machine_more=,nvdimm=on memory_more=,slots=4,maxmem=64G
  qemu_more=(-object memory-backend-ram,id=pmem,size=2G,reserve=off -device nvdimm,memdev=pmem,node=3,id=nvdimm0)
  boot "pmem by NFIT on node 3, 2 GiB"
  machine_more='' memory_more='' qemu_more=()
}

test_guide() {
  local log=$modules/guide.log
  sed -n '/^<!-- followed/,/^<!-- end/{/^```sh/,/^```/{/^```/!p}}' "$top/docs/kernel.md" >"$work/guide.sh"
  more_files=(guide.sh="$work/guide.sh" src/kernel_shim/kbuild/report.sh="$top/src/kernel_shim/kbuild/report.sh"
    module/memmap_async.ko="$modules/memmap_async.ko")
  make_initramfs guide "${nvdimm[@]}"
  nodes=2 node_mib=3072 command_line='memmap=2G!4G'
  boot guide
  command_line='' more_files=()
  sed '1,/^JSON BEGIN/d; /^JSON END/,$d' "$log" | python3 -B -c '
import json, sys
events = json.load(sys.stdin)["events"]
assert [event["by"] for event in events] == ["ours"] + ["stock", "ours"] * 3, events
assert events[0]["compared"] == "identical" and all(event["init_ns"] > 0 for event in events), events
' || failed=$((failed + 1))
}

prepare_kernel
build_modules
[ $# -gt 0 ] || set -- verify placement plants hammer e820 nfit timeline tracepoints guide
for test in "$@"; do "test_$test"; done
[ $failed = 0 ]
