#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The patched kernel on another architecture: cross-compiled for arm64, booted on QEMU's board `virt`, several nodes.
#
#   integration/kernel/arm64_test.sh [TEST...]    default: all of them, the functions test_NAME below
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"

emulator=qemu-system-aarch64 board=virt,gic-version=3 cpu=neoverse-n1 console=ttyAMA0
make_arguments=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-) image=arch/arm64/boot/Image
readonly configs=$folder/patched

# Sets busybox: Debian's for arm64, downloaded by lists of its own, as this system need not know that architecture.
prepare_busybox() {
  local lists=$work/lists option
  busybox=$cache/busybox-arm64
  [ ! -x "$busybox" ] || return 0
  mkdir -p "$lists/partial" "$work/archives/partial" "$work/busybox"
  option=(-qq -o Dir::State::Lists="$lists" -o Dir::Cache="$work" -o APT::Architectures=arm64)
  (apt-get "${option[@]}" update && cd "$work/busybox" && apt-get "${option[@]}" download busybox-static:arm64) \
    >"$work/apt" 2>&1 || not_here "$(tail -n 1 "$work/apt")"
  dpkg-deb --extract "$work"/busybox/*.deb "$work/busybox"
  install "$work/busybox/bin/busybox" "$busybox"
}

test_boot() {
  make_initramfs zones
  nodes=4 node_mib=1024 cpuless_mib=256
  boot "arm64 boot, by the engine"
  zones "arm64 boot, by the engine" >"$work/on"
  command_line='memmap_async=off'
  boot "arm64 boot, memmap_async off"
  zones "arm64 boot, memmap_async off" >"$work/off"
  command_line=''
  same_zones "arm64 boot, on and off" "$work/off" "$work/on" 0
}

test_verify() {
  make_initramfs boot_verify
  nodes=4 node_mib=512
  command_line='memmap_async=verify expected=identical'
  boot "arm64 boot compared, written as freed"
  command_line='memmap_async=verify,nofuse expected=identical'
  boot "arm64 boot compared, written, then freed"
  command_line="memmap_async=verify memmap_async_plant=flip expected=different"
  boot "arm64 boot compared, planted: flip"
  command_line=''
}

test_growth() {
  make_initramfs growth
  nodes=4 node_mib=1024
  command_line='ftrace=nop trace_buf_size=200M memmap_async_hunger=2000'
  boot "arm64 growth before, during, after"
  command_line=''
}

test_binds() {
  make_initramfs binds
  nodes=4 node_mib=1024
  command_line='bind_mib=4096 bind_cycles=40'
  boot "arm64 binds that do not wait"
  command_line=''
}

test_bind_verify() {
  make_initramfs bind_verify
  nodes=4 node_mib=512
  command_line='memmap_async=verify expected=identical'
  boot "arm64 binds compared"
  command_line=''
}

for program in aarch64-linux-gnu-g++ apt-get; do command -v $program >/dev/null || not_here "found no $program"; done
prepare_source
prepare_busybox
exec 9>&- # others may now prepare
use arm64 "$configs/config" "$configs/config.arm64"
[ $# -gt 0 ] || set -- boot verify growth binds bind_verify
for test in "$@"; do "test_$test"; done
[ $failed = 0 ]
