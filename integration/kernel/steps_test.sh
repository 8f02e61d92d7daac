#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Each step of the series by itself: what the steps touch, and ours, is compiled with the first N of them, for each N.
# Up to LAST all of the kernel is built, and booted: as much memory, in the same zones, as with none, Debian's.
#
#   integration/kernel/steps_test.sh [LAST]    default: 3; from 4 on a header changes that all of the kernel includes
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"

readonly configs=$folder/patched last=${1:-3}
prepare_source
exec 9>&- # others may now prepare
tree_name=tree-steps
nodes=4 node_mib=1024 cpuless_mib=256

with() {
  steps=$1
  grep -vE "$([ "$1" = 0 ] && echo MEMMAP_ASYNC || echo '^$')" "$configs/config" >"$work/config"
  printf 'CONFIG_%s=n\n' EXT4_FS FTRACE FUNCTION_TRACER DYNAMIC_FTRACE >>"$work/config" # no part in it
}

boots() {
  with "$1"
  use steps "$work/config" "$configs/config.x86"
  make_initramfs zones
  boot "step $1"
  zones "step $1" >"$work/zones-$1"
  kept[$1]=$(image_kib "step $1")
  [ "$1" = 0 ] || same_zones "step $1 beside none" "$work/zones-0" "$work/zones-$1" \
    $((kept[$1] - kept[0] + 10#0$(pool_kib "step $1")))
}

compiles() {
  local began=$SECONDS
  with "$1"
  configure_kernel steps "$work/config" "$configs/config.x86"
  if compile_touched && ! complaints; then
    echo "step $1: compiles, $objects objects ($((SECONDS - began)) s)"
  else
    echo "step $1: FAILED; $built/log" && grep -E 'error|warning' -A 3 "$built/log" | head -n 20
    failed=$((failed + 1))
  fi
}

kept=()
boots 0
for step in $(seq 1 "$(ls "$top"/src/kernel_shim/series/*.step | wc -l)"); do
  compiles "$step"
  [ "$step" -gt "$last" ] || boots "$step"
done
[ $failed = 0 ]
