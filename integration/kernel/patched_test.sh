#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Debian's 6.1 with the series of src/kernel_shim/series: boot, bind, hot-add by the one engine.
#
#   integration/kernel/patched_test.sh [TEST...]    default: all the functions test_NAME below but hmm, rt
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"
. "$folder/preempt_rt.sh"

readonly configs=$folder/patched
prepare_source
exec 9>&- # others may now prepare

patched() { use patched "$configs/config" "$configs/config.x86"; }
checked() { use "$1" "$configs/config" "$configs/config.x86" "$configs/config.$1"; } # checked debug, kasan, kcsan or rt

# The same image with and without: as much memory, in the same zones.
test_boot() {
  patched
  make_initramfs zones
  nodes=4 node_mib=1024 cpuless_mib=256
  boot "boot, by the engine"
  zones "boot, by the engine" >"$work/on"
  command_line='memmap_async=off'
  boot "boot, memmap_async off"
  zones "boot, memmap_async off" >"$work/off"
  command_line=''
  if [ -s "$work/on" ] && diff "$work/on" "$work/off"; then
    echo "boot: MemTotal, spanned, present, managed pages and pageblocks equal, $(grep -c managed "$work/on") zones"
  else
    echo "boot: on and off differ" && failed=$((failed + 1))
  fi
  command_line='memmap_async=noworkers,fast'
  boot "boot, an unknown word"
  grep -q 'found "fast", expected off, noworkers, nofuse' "$(log_of "boot, an unknown word")" || failed=$((failed + 1))
  command_line=''
}

# A crash kernel's machine: the pool is a 1,024th of its memory at most, and covers less.
test_little() {
  patched
  make_initramfs zones
  nodes=1 node_mib=96 cpuless_mib=32
  boot "boot, little memory"
  grep -q 'pool: .* for 512 GiB of addresses' "$(log_of "boot, little memory")" ||
    { echo "boot, little memory: found $(grep pool: "$(log_of "boot, little memory")")" && failed=$((failed + 1)); }
  cpuless_mib=256
}

# What boot gets no memory for: as much memory all the same, and a line that says how.
test_boot_failures() {
  patched
  make_initramfs zones
  nodes=4 node_mib=1024 cpuless_mib=256
  boot "boot, nothing fails"
  zones "boot, nothing fails" >"$work/none"
  fails pool 'no pool: .*; one thread does all' 'its deferred pages are initialised by one thread'
  fails storage 'node 0: .*; its deferred pages are initialised by one thread' 'node 1 deferred pages initialised'
  fails worker 'worker 3 of 4 not created: error -12' 'no workers; who asks for struct pages writes them'
}

# fails WHAT LINE LINE: the kernel's log has these lines, and the boot as much memory; where there is no pool, its too.
fails() {
  local name="boot, no $1" line more=0
  command_line="memmap_async_fail=$1"
  boot "$name"
  zones "$name" >"$work/failed"
  for line in "$2" "$3"; do
    grep -q "$line" "$(log_of "$name")" || { echo "$name: no line '$line'" && failed=$((failed + 1)); }
  done
  [ "$1" != pool ] || more=$(pool_kib "boot, nothing fails")
  same_zones "$name" "$work/none" "$work/failed" "-$more"
  command_line=''
}

# Each deferred record, before it is freed, against what the kernel's own function writes; and wrong ones are found.
test_verify() {
  patched
  make_initramfs boot_verify
  nodes=4 node_mib=512
  command_line='memmap_async=verify expected=identical'
  boot "boot compared, written as freed"
  command_line='memmap_async=verify,nofuse expected=identical'
  boot "boot compared, written, then freed"
  command_line='memmap_async=verify,noworkers expected=identical'
  boot "boot compared, without workers"
  for plant in skip flip; do
    command_line="memmap_async=verify memmap_async_plant=$plant expected=different"
    boot "boot compared, planted: $plant"
  done
  command_line=''
}

# Two nodes whose memory alternates, out of five: nobody's deferred pages are left to one thread, and no page is lost.
test_interleaved() {
  local name="boot, interleaved nodes"
  patched
  make_initramfs zones
  nodes=4 node_mib=1024 cpuless_mib=256
  command_line='numa=fake=2'
  boot "$name"
  zones "$name" >"$work/on"
  [ "$(grep -c 'NOTE node [01] deferred pages initialised' "$(log_of "$name")")" = 2 ] ||
    { echo "$name: not both by the engine" && failed=$((failed + 1)); }
  command_line='numa=fake=2 memmap_async=off'
  boot "$name, off"
  zones "$name, off" >"$work/off"
  same_zones "$name, on and off" "$work/off" "$work/on" 0
  make_initramfs boot_verify
  command_line='numa=fake=2 memmap_async=verify expected=identical'
  boot "$name, compared"
  command_line=''
}

test_growth() {
  patched
  make_initramfs growth
  nodes=4 node_mib=1024
  command_line='ftrace=nop trace_buf_size=200M memmap_async_hunger=2000'
  boot "growth before, during, after"
  command_line=''
}

test_binds() {
  patched
  make_initramfs binds
  nodes=4 node_mib=1024
  boot "binds that do not wait"
}

# Binds, each against what memmap_init_zone_device() writes.
test_bind_verify() {
  patched
  make_initramfs bind_verify
  nodes=4 node_mib=512
  command_line='memmap_async=verify expected=identical'
  boot "binds compared"
  command_line='memmap_async=verify memmap_async_plant=flip expected=different'
  boot "binds compared, planted: flip"
  command_line=''
}

# A worker that stops delays what it holds, no more, and the log says who and what.
test_stalled() {
  patched
  make_initramfs stalled
  nodes=4 node_mib=512
  boot "a worker that stops"
}

# A node whose CPUs are taken by a real-time task.
test_starved() {
  patched
  gcc -static -O1 -o "$work/hog" "$configs/hog.c"
  more_files=(hog="$work/hog")
  make_initramfs starved
  nodes=4 node_mib=512
  boot "a node without processor time"
  more_files=()
}

test_failures() {
  patched
  make_initramfs failures
  nodes=2 node_mib=512
  limit_s=120 boot "each allocation of a bind fails"
}

test_dax() {
  patched
  make_dax_initramfs
  nodes=2 node_mib=3072 command_line='memmap=2G!4G'
  boot "faults in DAX devices"
  command_line='' more_files=()
}

test_hot_add() {
  patched
  make_initramfs hot_add
  nodes=2 node_mib=3072 command_line='memmap=2G!4G'
  boot "memory that is added"
  command_line='memmap=2G!4G memmap_async=verify'
  boot "memory that is added, compared"
  command_line='memmap=2G!4G memmap_async=noworkers'
  boot "memory that is added, without workers"
  command_line=''
}

# speaks NAME PATTERN: a kernel with a planted fault says so, by whatever means it has, perhaps before the guest's test.
speaks() {
  local log began=$SECONDS
  log=$(log_of "$1")
  limit_s=300 "$run" </dev/null 2>&1 | tr -d '\r' >"$log" || true
  if grep -m 1 -oE "($2).*" "$log" >"$work/said"; then
    echo "$1: found ($((SECONDS - began)) s): $(cut -c 1-90 "$work/said")"
  else
    echo "$1: NOT FOUND; $log" && tail -n 20 "$log"
    failed=$((failed + 1))
  fi
}

# silent KERNEL [WORDS]: the same again where the kernel looks at itself; words for its command line. No complaint.
# hunger_us: how much slower a unit is than an allocation; KASAN's shadow takes an eighth, and allocations, longer.
silent() {
  checked "$1"
  nodes=4 node_mib=512
  make_initramfs zones
  command_line=${2:-}
  boot "$1 kernel, boot"
  make_initramfs boot_verify
  command_line="${2:-} memmap_async=verify expected=identical"
  boot "$1 kernel, boot compared"
  make_initramfs growth
  node_mib=1536 cpuless_mib=512
  command_line="${2:-} ftrace=nop trace_buf_size=200M memmap_async_hunger=${hunger_us:-2000}"
  boot "$1 kernel, growth"
  node_mib=512 cpuless_mib=192
  make_initramfs binds
  command_line="${2:-} bind_mib=4096 bind_cycles=40"
  limit_s=600 boot "$1 kernel, binds"
  command_line=''
}

test_debug() { silent debug; }

# S3 as far as the firmware, and an image that is made and written, while a worker is in the middle of a device.
test_sleep() {
  checked debug
  make_initramfs sleep
  nodes=2 node_mib=1536 cpuless_mib=192 command_line='memmap=512M!4G'
  limit_s=900 boot "debug kernel, sleeps"
  command_line=''
}

# Linux's own test of memory that belongs to a device, by its program of tools/testing: what passes with
# memmap_async=off passes, compared or not, but migrate_multiple, which now and then does not, with off too. A teardown
# that fails begins again there, without end; here it goes on.
test_hmm() {
  local words name
  checked debug
  sed '/^FIXTURE_TEARDOWN/,/^}/s/ASSERT/EXPECT/; s|"../\(kselftest_harness.h\)"|<tools/testing/selftests/\1>|' \
    "$pristine/tools/testing/selftests/vm/hmm-tests.c" >"$work/hmm-tests.c"
  gcc -static -O1 -idirafter "$pristine" -o "$work/hmm-tests" "$work/hmm-tests.c"
  more_files=(hmm-tests="$work/hmm-tests" test_hmm.ko="$built/lib/test_hmm.ko")
  make_initramfs hmm
  nodes=2 node_mib=1536 cpuless_mib=192
  for words in off on verify; do
    name="debug kernel, Linux's tests of device memory, $words"
    command_line="memmap=512M\$4G"
    [ "$words" = on ] || command_line+=" memmap_async=$words"
    boot "$name"
    sed -n 's/^TEST //p' "$(log_of "$name")" >"$work/hmm-$words"
    ! grep '^not' "$work/hmm-$words" | grep -vxFf "$work/hmm-off" | grep -v 'migrate_multiple$' ||
      failed=$((failed + 1))
  done
  command_line='' more_files=()
}

# PREEMPT_RT, whose spinlocks sleep, with what complains where they must not.
test_rt() {
  local pristine=$pristine tree_name=tree run=rt_machine
  prepare_rt_source
  : >"$work/stayed"
  silent rt
  make_initramfs one_bind
  command_line='memmap_async_plant=atomic'
  speaks "rt kernel, planted: a call where nobody may sleep" 'BUG: (sleeping function|scheduling while|Invalid wait).*'
  echo "rt kernel: $(wc -l <"$work/stayed") boots stayed in RCU's own test, and were started again"
  command_line=''
}

# Freed memory, and beyond an end: the engine's C++ and ours in C.
test_kasan() {
  hunger_us=10000 silent kasan
  make_initramfs one_bind
  command_line='memmap_async_plant=stale'
  speaks "kasan kernel, planted: the engine gets a domain that was given back" 'BUG: KASAN: .* in memmap_'
  command_line='memmap_async_plant=beyond'
  speaks "kasan kernel, planted: a byte beyond an event" 'BUG: KASAN: .* in memmap_'
  command_line=''
}

# Each 500th plain access instead of each 4,000th is watched.
test_kcsan() {
  silent kcsan kcsan.skip_watch=500
  command_line='memmap_async_plant=unmarked'
  make_initramfs one_bind
  speaks "kcsan kernel, planted: an access without a mark" 'BUG: KCSAN: data-race in .*read_plainly'
  command_line=''
}

# What the debug kernel says when something is wrong.
test_plants() {
  checked debug
  make_initramfs zones
  nodes=4 node_mib=512
  local early='earlycon=uart8250,io,0x3f8' # it dies before there is a console
  command_line="$early memmap_async_plant=skip"
  speaks "debug kernel, planted: a block is not written" 'VM_BUG_ON|PagePoisoned|kernel BUG|Bad page state'
  command_line="$early memmap_async_plant=twice"
  speaks "debug kernel, planted: a page is freed twice" 'VM_BUG_ON|list_add|list_del|Bad page state|kernel BUG'
  command_line=''
}

[ $# -gt 0 ] || set -- boot boot_failures verify interleaved growth binds bind_verify stalled starved \
  failures dax hot_add little debug plants sleep kasan kcsan
for test in "$@"; do "test_$test"; done
[ $failed = 0 ]
