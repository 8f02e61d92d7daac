# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds a kernel from Debian's source and the series of src/kernel_shim/series. Sourced after machine.sh.
#
# Source, tree and objects are below the user's cache. A kernel is built again when its sources or its configuration
# have changed, and then only what depends on that.

readonly source_package=linux-source-6.1

# Which kernel: what make is told, its image, how many steps of the series it has (empty: all), in which tree.
make_arguments=() image=arch/x86/boot/bzImage steps='' tree_name=tree

# Sets pristine: Debian's source, unpacked, which nobody writes to.
prepare_source() {
  local program version
  for program in "$emulator" busybox make gcc g++ bc bison flex python3 xz dpkg-deb flock; do
    command -v $program >/dev/null || not_here "found no $program"
  done
  version=$(apt-cache policy $source_package 2>/dev/null | sed -n 's/^ *Candidate: //p')
  [ -n "$version" ] ||
    version=$(ls "$cache" 2>/dev/null | sed -n "s/^$source_package-//p" | sort --version-sort | tail -n 1)
  [ -n "$version" ] || not_here "found no package $source_package and nothing in $cache"
  local place=$cache/$source_package-$version
  pristine=$place/$source_package
  mkdir -p "$place"
  exec 9>"$place/lock" && flock 9
  [ -e "$place/complete" ] && return
  echo "downloading $source_package $version"
  (mkdir -p "$work/source" && cd "$work/source" && apt-get download -qq $source_package 2>"$work/apt") ||
    not_here "$(tail -n 1 "$work/apt")"
  dpkg-deb --extract "$work"/source/*.deb "$work/source"
  tar --extract --xz --directory="$place" --file="$work/source/usr/src/$source_package.tar.xz"
  rm -rf "$work/source"
  touch "$place/complete"
}

# Sets place, which is this checkout's, and tree: the source with the series.
apply_series() {
  place=$(dirname "$pristine")/$(cksum <<<"$top" | cut -d' ' -f1)
  tree=$place/$tree_name
  mkdir -p "$place"
  python3 -B "$top/src/kernel_shim/series/apply.py" "$pristine" "$tree" ${steps:+--steps=$steps}
}

# configure_kernel NAME CONFIG...: sets built, the folder of the objects.
configure_kernel() {
  local name=$1
  apply_series
  shift
  built=$place/$name
  mkdir -p "$built"
  cat "$@" >"$built/wanted"
  cmp -s "$built/wanted" "$built/configured" && return
  rm -f "$built/configured"
  make_kernel tinyconfig >"$built/log" 2>&1
  cat "$built/wanted" >>"$built/.config"
  make_kernel olddefconfig >>"$built/log" 2>&1
  check_config
  cp "$built/wanted" "$built/configured"
}

# build_kernel NAME CONFIG...: all of it.
build_kernel() {
  local began=$SECONDS sources
  configure_kernel "$@"
  sources=$(cd "$tree" && xargs -d '\n' sha256sum <.series | cat - "$built/wanted" | sha256sum)
  [ "$(cat "$built/sources" 2>/dev/null)" != "$sources" ] || return 0
  rm -f "$built/sources"
  nice -n 10 make --no-print-directory --jobs="$(nproc)" -C "$tree" O="$built" "${make_arguments[@]}" \
    "${image##*/}" modules >"$built/log" 2>&1 || {
    grep -E 'error|Error|warning' -A 5 "$built/log" | head -n 60 >&2
    exit 1
  }
  echo "$sources" >"$built/sources"
  echo "kernel $1: built in $((SECONDS - began)) s"
}

# What the series touches, and ours: what Kconfig has to have said for it to be compiled, and what that is.
readonly touched=(MMU mm/page_alloc.o MMU mm/memblock.o MMU "${whole:-}" ZONE_DEVICE mm/memremap.o
  MEMORY_FAILURE mm/memory-failure.o PROC_PAGE_MONITOR fs/proc/page.o PADATA kernel/padata.o
  CRYPTO_PCRYPT crypto/pcrypt.o DAX drivers/dax/ BLK_DEV_PMEM drivers/nvdimm/ MEMMAP_ASYNC mm/memmap_async/)

is_on() { grep -q "^CONFIG_$1=[ym]" "$built/.config"; }

# compile_touched: sets objects, how many. Those of before are gone: a warning that was there once comes again.
compile_touched() {
  local targets=() i
  for ((i = 0; i < ${#touched[@]}; i += 2)); do
    [ -z "${touched[i + 1]}" ] || ! is_on "${touched[i]}" || targets+=("${touched[i + 1]}")
  done
  for i in sources "${targets[@]}"; do rm -rf "${built:?}/$i"; done
  nice -n 10 make --no-print-directory --jobs="$(nproc)" -C "$tree" O="$built" "${make_arguments[@]}" \
    prepare "${targets[@]}" >"$built/log" 2>&1 || return 1
  objects=$(cd "$built" && find "${targets[@]}" -name '*.o' | wc -l)
}

# complaints: what the compiler, or sparse, has said about us.
complaints() {
  sed "s|$tree/||" "$built/log" |
    grep -E '^mm/memmap_async/.*(warning|error):|(warning|error):.*memmap_(async|free_fresh)'
}

make_kernel() { make --no-print-directory -C "$tree" O="$built" "${make_arguments[@]}" "$@"; }

# use NAME CONFIG...: the kernel that the next boots have.
use() {
  build_kernel "$@"
  kernel=$built/$image
  modules=$built/mm/memmap_async
  [ -d "$modules" ] || modules=$built
}

# What the guest's test of DAX has: a program that touches pages, a file system.
make_dax_initramfs() {
  gcc -static -O1 -o "$work/touch" "$folder/patched/touch.c"
  rm -f "$work/disk.img" && truncate --size=12M "$work/disk.img"
  mkfs.ext4 -q -b 4096 -O ^has_journal "$work/disk.img"
  more_files=(touch="$work/touch" disk.img="$work/disk.img")
  make_initramfs dax
}

# log_of NAME: of the boot of that name. zones NAME: what its guest says about its zones.
log_of() { echo "$modules/${1//[^a-z0-9]/-}.log"; }
zones() { sed -n 's/^ZONE //p' "$(log_of "$1")"; }

# same_zones NAME BEFORE AFTER KIB: files with what two guests said: spanned and present pages and pageblocks are equal,
# and AFTER has KIB less of memory, no more and no less.
same_zones() {
  local less
  less=$(($(awk '/MemTotal/ { print $2 }' "$2") - $(awk '/MemTotal/ { print $2 }' "$3")))
  if ! diff <(grep -E ' (spanned|present|pageblocks) ' "$2") <(grep -E ' (spanned|present|pageblocks) ' "$3"); then
    echo "$1: FAILED: zones differ" && failed=$((failed + 1))
  elif [ "$less" -ne "$4" ]; then
    echo "$1: FAILED: $less KiB less, expected $4" && failed=$((failed + 1))
  else
    echo "$1: spanned, present pages, pageblocks of $(grep -c present "$2") zones equal; $less KiB less, as expected"
  fi
}

# image_kib NAME: of memory that the kernel of that boot keeps for its own text and data.
image_kib() {
  local begin end
  begin=0x$(awk '$3 == "_text" { print $1 }' "$built/System.map")
  end=0x$(awk '$3 == "__end_of_kernel_reserve" { print $1 }' "$built/System.map")
  echo $(((end + 4095) / 4096 * 4 - begin / 1024 - $(awk '/^FREED/ { sum += $2 } END { print sum }' "$(log_of "$1")")))
}

# pool_kib NAME: how large the pool of that boot is, in whole pages of 4 KiB; the log has whole KiB, rounded down.
pool_kib() {
  sed -n 's/^NOTE memmap_async: pool: \([0-9]*\) KiB.*/\1/p' "$(log_of "$1")" | awk '{ print int(($1 + 4) / 4) * 4 }'
}

# What was wanted and did not come is said: an option that Kconfig drops in silence tests nothing. Of an option that
# is there twice the last line counts.
check_config() {
  local missing
  missing=$(tac "$built/wanted" | awk -F= '/^CONFIG_/ && !seen[$1]++ && $2 != "n"' |
    grep -vxFf "$built/.config" || true)
  [ -z "$missing" ] || { echo "kernel $built: Kconfig did not take: $missing" >&2 && exit 1; }
}
