#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The series compiles in other configurations: what it touches, and ours; with whole=mm/ in the environment all of mm/.
# Nothing is linked, or run. A row for each: what came out of Kconfig, how many objects, and that nobody complained.
#
#   integration/kernel/matrix_test.sh [CELL...]    default: all of them, the functions cell_NAME below
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"
. "$folder/kernel_build.sh"

# Each prints what it has other than the tests' configuration; sets what make is told. What is printed has to come out.
cell_base() { :; }
cell_off() { lines MEMMAP_ASYNC=n; }
cell_no_debug() { lines MEMMAP_ASYNC_DEBUG=n; }
cell_debug() { grep ^CONFIG_ "$configs/config.debug"; }
cell_no_numa() { lines NUMA=n; }
cell_no_zone_device() {
  lines ZONE_DEVICE=n DEVICE_PRIVATE=n DAX=n FS_DAX=n LIBNVDIMM=n ACPI_NFIT=n X86_PMEM_LEGACY=n BLK_DEV_PMEM=n
}
cell_no_deferred() { lines DEFERRED_STRUCT_PAGE_INIT=n; }
cell_no_smp() { lines SMP=n NUMA=n DEFERRED_STRUCT_PAGE_INIT=n; }
cell_no_hotplug() { lines MEMORY_HOTPLUG=n ZONE_DEVICE=n; }
cell_classic_sparsemem() { lines X86_5LEVEL=n SPARSEMEM_VMEMMAP=n ZONE_DEVICE=n MEMMAP_ASYNC=y; }
cell_memcg() { lines CGROUPS=y MEMCG=y; }
cell_padata() { lines CRYPTO=y CRYPTO_PCRYPT=y PADATA=y; }
cell_preempt() { lines PREEMPT=y; }
cell_kasan() { lines KASAN=y KASAN_GENERIC=y; }
cell_kcsan() { lines KCSAN=y; }
cell_clang() { make_arguments+=(CC=clang-19 LD=ld.lld-19); }
cell_w1() { make_arguments+=(W=1); }
cell_sparse() { make_arguments+=(C=2); }
cell_i386_flatmem() {
  make_arguments+=(ARCH=i386)
  lines 64BIT=n X86_32=y NUMA=n FLATMEM_MANUAL=y SPARSEMEM_MANUAL=n
}
cell_i386_sparsemem() {
  make_arguments+=(ARCH=i386)
  lines 64BIT=n X86_32=y HIGHMEM4G=y NUMA=n FLATMEM_MANUAL=n SPARSEMEM_MANUAL=y
}
cell_arm64() { cross arm64 aarch64-linux-gnu; }
cell_arm64_64k() {
  cross arm64 aarch64-linux-gnu
  lines ARM64_64K_PAGES=y ARM64_4K_PAGES=n ARM64_VA_BITS_48=y MEMMAP_ASYNC=y DEFERRED_STRUCT_PAGE_INIT=y
}
cell_powerpc() {
  cross powerpc powerpc64le-linux-gnu
  lines PPC64=y PPC_BOOK3S_64=y CPU_LITTLE_ENDIAN=y PPC_PSERIES=y MEMMAP_ASYNC=y DEFERRED_STRUCT_PAGE_INIT=y
}
cell_riscv() {
  cross riscv riscv64-linux-gnu
  lines MMU=y ARCH_RV64I=y MEMMAP_ASYNC=y DEFERRED_STRUCT_PAGE_INIT=y SPARSEMEM_VMEMMAP=y
}
cell_riscv_classic() {
  cross riscv riscv64-linux-gnu
  lines MMU=y ARCH_RV64I=y MEMMAP_ASYNC=y DEFERRED_STRUCT_PAGE_INIT=y SPARSEMEM_VMEMMAP=n
}
cell_s390() {
  cross s390 s390x-linux-gnu
  lines MEMMAP_ASYNC=y DEFERRED_STRUCT_PAGE_INIT=y
}

readonly shown=(MEMMAP_ASYNC DEFERRED_STRUCT_PAGE_INIT ZONE_DEVICE SPARSEMEM_VMEMMAP NUMA SMP)
readonly configs=$folder/patched

lines() { printf 'CONFIG_%s\n' "$@"; }

# cross ARCH TRIPLE
cross() {
  make_arguments+=(ARCH="$1" CROSS_COMPILE="$2-")
  machine_config=$configs/config.$1
}

configure() {
  cat "$configs/config" >"$built/wanted"
  [ ! -f "$machine_config" ] || cat "$machine_config" >>"$built/wanted"
  cat "$work/cell" >>"$built/wanted"
  make_kernel tinyconfig >"$built/log" 2>&1
  cat "$built/wanted" >>"$built/.config"
  make_kernel olddefconfig >>"$built/log" 2>&1
}

# What the cell is about, and Kconfig has not taken.
not_taken() {
  local line
  while read -r line; do
    case $line in
      *=n) ! is_on "$(option "$line")" || printf '%s ' "$line" ;;
      *) grep -qxF "$line" "$built/.config" || printf '%s ' "$line" ;;
    esac
  done <"$work/cell"
}
option() { sed 's/^CONFIG_//; s/=.*//' <<<"$1"; }

# value_of NAME: what make is told; empty: nothing.
value_of() { printf '%s\n' "${make_arguments[@]}" | sed -n "s/^$1=//p"; }

# Cells of one architecture and compiler share a folder, so that the programs that build a kernel are built once.
cell() {
  local name=$1 make_arguments=() objects=0 began=$SECONDS missing machine_config=$configs/config.x86 built option
  "cell_$name" >"$work/cell"
  built=$place/matrix-$(value_of ARCH)$(value_of CC)
  mkdir -p "$built"
  if ! command -v "$(value_of CROSS_COMPILE)g++" >/dev/null; then
    failed=$((failed + 1)) && echo "$name: FAILED: found no $(value_of CROSS_COMPILE)g++"
    return
  fi
  configure
  missing=$(not_taken)
  if [ -n "$missing" ]; then
    failed=$((failed + 1)) && echo "$name: FAILED: Kconfig did not take: $missing"
  elif compile_touched && ! complaints; then
    echo "| $name | $(for option in "${shown[@]}"; do is_on $option && echo $option; done | paste -sd ' ')" \
      "| $objects objects, $((SECONDS - began)) s |"
  else
    failed=$((failed + 1)) && mv "$built/log" "$built/log-$name"
    echo "$name: FAILED; $built/log-$name" && grep -E 'error|warning' -A 3 "$built/log-$name" | head -n 20
  fi
}

prepare_source
exec 9>&-
apply_series
[ $# -gt 0 ] || set -- $(declare -F | sed -n 's/^declare -f cell_\(.*\)/\1/p')
for name in "$@"; do cell "$name"; done
[ $failed = 0 ]
