#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Each step of the series by itself: with the first N of them, for each N, what the steps touch, and ours, is compiled;
# then all of the kernel is built, and booted: as much memory, in the same zones, as with none, Debian's; and what the
# step brings is there. A step that has passed is not run again by a later call whose sources, configuration and tests
# are the same: it says when that was, and what was said then.
#
#   integration/kernel/steps_test.sh [LAST]    the first LAST steps; default: all
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"

readonly configs=$folder/patched last=${1:-$(ls "$top"/src/kernel_shim/series/*.step | wc -l)}
prepare_source
exec 9>&- # others may now prepare
tree_name=tree-steps

with() {
  steps=$1
  grep -vE "$([ "$1" = 0 ] && echo MEMMAP_ASYNC || echo '^$')" "$configs/config" >"$work/config"
  printf 'CONFIG_%s=n\n' FTRACE FUNCTION_TRACER DYNAMIC_FTRACE >>"$work/config" # no part in it
  printf 'CONFIG_%s\n' CRYPTO=y CRYPTO_AES=y CRYPTO_GCM=y CRYPTO_PCRYPT=y CRYPTO_MANAGER_DISABLE_TESTS=n \
    CRYPTO_TEST=m >>"$work/config" # padata's other user
}

has_symbol() { grep -q " $1\$" "$built/System.map"; }

# missed WHAT: this step has not got it.
missed() { echo "step $steps: FAILED: $1" && failed=$((failed + 1)); }

# nodes_by WHOSE: how many nodes' deferred pages the log of this boot says were initialised by 'ours' or by 'stock'.
nodes_by() {
  local ours
  ours=$(grep -c 'NOTE node .* deferred pages initialised in .*by workers' "$(log_of "step $steps")" || true)
  [ "$1" = ours ] && echo "$ours" && return
  echo $(($(grep -c 'NOTE node .* deferred pages initialised' "$(log_of "step $steps")" || true) - ours))
}

boots() {
  use steps "$work/config" "$configs/config.x86"
  make_initramfs zones
  nodes=4 node_mib=1024 cpuless_mib=256 command_line=''
  boot "step $steps"
  zones "step $steps" >"$record/zones"
  image_kib "step $steps" >"$record/kept"
  [ "$steps" = 0 ] || same_zones "step $steps beside none" "$place/step-0/zones" "$record/zones" \
    $(($(cat "$record/kept") - $(cat "$place/step-0/kept") + 10#0$(pool_kib "step $steps")))
  more
}

# more: what step `steps` brings.
more() {
  if [ "$steps" -lt 2 ]; then
    [ "$(nodes_by stock)" = 5 ] || missed "deferred pages: not by stock on 5 nodes"
  else
    [ "$(nodes_by ours)" = 5 ] || missed "deferred pages: not by the engine on 5 nodes"
  fi
  if [ "$steps" -lt 3 ]; then
    has_symbol padata_do_multithreaded || missed "padata's multithreading is gone already"
  else
    ! has_symbol padata_do_multithreaded || missed "padata's multithreading is still there"
  fi
  [ "$steps" -ne 1 ] || has_symbol memmap_init_async || missed "no engine in the image"
  [ "$steps" -ne 2 ] && [ "$steps" -ne 3 ] || padata
  [ "$steps" -lt 4 ] || binds
  [ "$steps" -lt 5 ] || dax
  [ "$steps" -lt 7 ] || hot_add
}

# Its self-test, by way of padata.
padata() {
  more_files=(tcrypt.ko="$built/crypto/tcrypt.ko")
  make_initramfs padata
  nodes=4 node_mib=512
  boot "step $steps, pcrypt"
  more_files=()
}

binds() {
  make_initramfs binds
  nodes=4 node_mib=512
  command_line='bind_mib=4096 bind_cycles=40'
  boot "step $steps, binds that do not wait"
}

dax() {
  make_dax_initramfs
  nodes=2 node_mib=3072
  command_line="memmap=2G!4G $([ "$steps" -ge 6 ] || echo walkers=stock)"
  boot "step $steps, faults in DAX devices"
  more_files=()
}

hot_add() {
  make_initramfs hot_add
  nodes=2 node_mib=3072
  command_line='memmap=2G!4G'
  boot "step $steps, memory that is added"
}

compiles() {
  local began=$SECONDS
  configure_kernel steps "$work/config" "$configs/config.x86"
  if compile_touched && ! complaints; then
    echo "step $steps: compiles, $objects objects ($((SECONDS - began)) s)"
  else
    missed "$built/log" && grep -E 'error|warning' -A 3 "$built/log" | head -n 20
  fi
}

# tells: what a step that passes is told by; any other sources, configuration or tests are another.
tells() {
  {
    (cd "$tree" && xargs -d '\n' sha256sum <.series)
    cat "$work/config" "$configs/config.x86"
    (cd "$folder" && sha256sum machine.sh kernel_build.sh steps_test.sh newc.py guest/* patched/touch.c)
  } | sha256sum
}

# Sets record: the folder that keeps of a step what later steps are compared with, and, when it has passed, that.
run() {
  local before=$failed told writer
  with "$1"
  apply_series
  record=$place/step-$steps told=$(tells)
  if [ "$(cat "$record/passed" 2>/dev/null)" = "$told" ]; then
    echo "step $steps: not run again; it passed on $(date --iso-8601=minutes --reference="$record/passed"):"
    cat "$record/said"
    return
  fi
  rm -rf "$record" && mkdir "$record"
  exec 3> >(tee "$record/said") # no pipe: what fails is counted in this shell
  writer=$!
  [ "$steps" = 0 ] || compiles >&3
  boots >&3
  exec 3>&-
  wait $writer
  [ $failed != "$before" ] || echo "$told" >"$record/passed"
}

for step in $(seq 0 "$last"); do run "$step"; done
[ $failed = 0 ]
