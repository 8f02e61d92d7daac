#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The series compiles in other configurations: what it touches, and ours; with whole=mm/ in the environment all of mm/.
# Nothing is linked, or run.
#
#   integration/kernel/matrix_test.sh [CELL...]    default: all of them, the functions cell_NAME below
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"

# Each prints what it has other than the tests' configuration; sets what make is told.
cell_base() { :; }
cell_off() { echo CONFIG_MEMMAP_ASYNC=n; }
cell_no_debug() { echo CONFIG_MEMMAP_ASYNC_DEBUG=n; }
cell_no_numa() { echo CONFIG_NUMA=n; }
cell_no_zone_device() { printf 'CONFIG_%s=n\n' ZONE_DEVICE DEVICE_PRIVATE DAX FS_DAX LIBNVDIMM; }
cell_no_deferred() { echo CONFIG_DEFERRED_STRUCT_PAGE_INIT=n; }
cell_no_smp() { printf 'CONFIG_%s=n\n' SMP NUMA DEFERRED_STRUCT_PAGE_INIT; }
cell_no_hotplug() { printf 'CONFIG_%s=n\n' MEMORY_HOTPLUG ZONE_DEVICE; }
cell_padata() { printf 'CONFIG_%s\n' CRYPTO=y CRYPTO_MANAGER=y CRYPTO_PCRYPT=y; }
cell_i386_flatmem() {
  arguments+=(ARCH=i386)
  printf 'CONFIG_%s\n' 64BIT=n X86_32=y NUMA=n FLATMEM_MANUAL=y SPARSEMEM_MANUAL=n
}
# What Kconfig has to have said for it to be compiled, and what that is.
readonly touched=(MMU mm/page_alloc.o MMU mm/memblock.o MMU "${whole:-}" ZONE_DEVICE mm/memremap.o
  MEMORY_FAILURE mm/memory-failure.o PROC_PAGE_MONITOR fs/proc/page.o PADATA kernel/padata.o DAX drivers/dax/
  BLK_DEV_PMEM drivers/nvdimm/ MEMMAP_ASYNC mm/memmap_async/)

cell() {
  local name=$1 arguments=() targets=() began=$SECONDS built=$place/matrix-$1 i
  mkdir -p "$built"
  "cell_$name" >"$work/cell"
  cat "$folder/patched/config" "$work/cell" >"$built/wanted"
  make_kernel "${arguments[@]}" tinyconfig >"$built/log" 2>&1
  cat "$built/wanted" >>"$built/.config"
  make_kernel "${arguments[@]}" olddefconfig >>"$built/log" 2>&1
  for ((i = 0; i < ${#touched[@]}; i += 2)); do
    grep -q "^CONFIG_${touched[i]}=y" "$built/.config" && targets+=("${touched[i + 1]}")
  done
  if nice -n 10 make --no-print-directory --jobs="$(nproc)" -C "$tree" O="$built" "${arguments[@]}" \
    prepare ${targets[*]} >"$built/log" 2>&1 && ! grep -E 'memmap_async.*(warning|error)' "$built/log"; then
    echo "$name: compiles ($((SECONDS - began)) s); $(cell_settings)"
  else
    echo "$name: FAILED; $built/log" && grep -E 'error|warning' -A 3 "$built/log" | head -n 20
    failed=$((failed + 1))
  fi
}

# What Kconfig has made of it.
cell_settings() {
  local option
  for option in MEMMAP_ASYNC DEFERRED_STRUCT_PAGE_INIT ZONE_DEVICE NUMA SMP; do
    grep -q "^CONFIG_$option=y" "$built/.config" && printf '%s ' $option
  done
}

prepare_source
exec 9>&-
apply_series
[ $# -gt 0 ] || set -- $(declare -F | sed -n 's/^declare -f cell_\(.*\)/\1/p' | grep -v '^settings$')
for name in "$@"; do cell "$name"; done
[ $failed = 0 ]
