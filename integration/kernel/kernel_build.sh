# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds a kernel from Debian's source and the series of src/kernel_shim/series. Sourced after machine.sh.
#
# Source, tree and objects are below the user's cache. A kernel is built again when its sources or its configuration
# have changed, and then only what depends on that.

readonly source_package=linux-source-6.1

# Sets pristine: Debian's source, unpacked, which nobody writes to.
prepare_source() {
  local program version
  for program in make gcc g++ bc bison flex python3 xz dpkg-deb flock; do
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
  tree=$place/tree
  mkdir -p "$place"
  python3 -B "$top/src/kernel_shim/series/apply.py" "$pristine" "$tree"
}

# build_kernel NAME CONFIG...: sets built, the folder of the objects.
build_kernel() {
  local name=$1 place tree
  apply_series
  shift
  built=$place/$name
  mkdir -p "$built"
  cat "$@" >"$built/wanted"
  if ! cmp -s "$built/wanted" "$built/configured"; then
    rm -f "$built/configured"
    make_kernel tinyconfig >"$built/log" 2>&1
    cat "$built/wanted" >>"$built/.config"
    make_kernel olddefconfig >>"$built/log" 2>&1
    check_config
    cp "$built/wanted" "$built/configured"
  fi
  local began=$SECONDS sources
  sources=$(cd "$tree" && xargs -d '\n' sha256sum <.series | cat - "$built/wanted" | sha256sum)
  [ "$(cat "$built/sources" 2>/dev/null)" != "$sources" ] || return 0
  nice -n 10 make --no-print-directory --jobs="$(nproc)" -C "$tree" O="$built" bzImage modules >"$built/log" 2>&1 || {
    grep -E 'error|Error|warning' -A 5 "$built/log" | head -n 60 >&2
    exit 1
  }
  echo "$sources" >"$built/sources"
  echo "kernel $name: built in $((SECONDS - began)) s"
}

make_kernel() { make --no-print-directory -C "$tree" O="$built" "$@"; }

# What was wanted and did not come is said: an option that Kconfig drops in silence tests nothing.
check_config() {
  local line missing=()
  while read -r line; do
    case $line in
      *=n | '#'* | '') continue ;;
    esac
    grep -qxF "$line" "$built/.config" || missing+=("$line")
  done <"$built/wanted"
  [ ${#missing[@]} = 0 ] || { echo "kernel $name: Kconfig did not take: ${missing[*]}" >&2 && exit 1; }
}
