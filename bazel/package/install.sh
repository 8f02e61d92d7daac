#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Installs the headers, libmemmap_async (static and shared), memmap-sim and its manual page, and what pkg-config and
# CMake want to know:
#
#   bazel run //:install -- --prefix=DIR
#
# DIR may be moved afterwards. Exit status: 1 the command line is wrong; 2 the prefix cannot be written.
set -euo pipefail

built=() prefix=''
for argument in "$@"; do
  case $argument in
    --prefix=?*) prefix=${argument#--prefix=} ;;
    -*)
      echo "install: found $argument, expected --prefix=DIR" >&2
      exit 1
      ;;
    *) built+=("$argument") ;; # by Bazel: ours
  esac
done
[ -n "$prefix" ] || {
  echo "install: found no prefix, expected --prefix=DIR, such as --prefix=\$HOME/.local" >&2
  exit 1
}
case $prefix in /*) ;; *) prefix=${BUILD_WORKING_DIRECTORY:-$PWD}/$prefix ;; esac

# built_file NAME: its path among what Bazel built.
built_file() {
  local path
  for path in "${built[@]}"; do [ "${path##*/}" != "$1" ] || { echo "$path" && return; }; done
  echo "install: $1 was not built" >&2
  exit 1
}

readonly version=$(sed -n 's/^#define MEMMAP_VERSION "\(.*\)"$/\1/p' include/memmap/version.h)
readonly shared=$(built_file libmemmap_async.so) flags=$(<"$(built_file link_flags)")
readonly soname=$(objdump --private-headers "$shared" | sed -n 's/^ *SONAME *//p')
readonly scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fill() { sed "s|@VERSION@|$version|; s|@SONAME@|$soname|; s|@LINK_FLAGS@|$flags|; s|@CMAKE_LINK@|${flags// /;}|" "$1"; }

cmake_version() {
  cat <<END
set(PACKAGE_VERSION "$version")
if(PACKAGE_FIND_VERSION_MAJOR EQUAL ${version%%.*} AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
END
}

# Everything is made first, so that a prefix gets all of it or, where it cannot be written, nothing.
stage() {
  local root=$scratch/root cmake=$scratch/root/lib/cmake/memmap-async
  install -d "$root"/{bin,include/memmap,lib/pkgconfig,share/man/man1} "$cmake"
  install -m 644 include/memmap/*.h include/memmap/*.hpp "$root/include/memmap"
  install -m 644 "$(built_file libmemmap_async.a)" "$root/lib"
  install -m 755 "$shared" "$root/lib/libmemmap_async.so.$version"
  ln -s "libmemmap_async.so.$version" "$root/lib/$soname"
  ln -s "$soname" "$root/lib/libmemmap_async.so"
  install -m 755 "$(built_file memmap-sim)" "$root/bin"
  fill bazel/package/memmap-async.pc.in >"$root/lib/pkgconfig/memmap-async.pc"
  fill bazel/package/memmap-async-config.cmake.in >"$cmake/memmap-async-config.cmake"
  cmake_version >"$cmake/memmap-async-config-version.cmake"
  "$root/bin/memmap-sim" help all >"$scratch/help"
  python3 -B bazel/package/man.py "$scratch/help" "$version" >"$root/share/man/man1/memmap-sim.1"
}

# refuse PATH: what mkdir or touch said of it is in $scratch/why.
refuse() {
  echo "install: $(sed -n '1s/^[a-z]*: //p' "$scratch/why"); expected a prefix that may be written," \
    "such as --prefix=\$HOME/.local" >&2
  exit 2
}

stage
cd "$scratch/root"
while read -r folder; do
  mkdir -p "$prefix/$folder" 2>"$scratch/why" || refuse
  { touch "$prefix/$folder/.memmap-async" && rm "$prefix/$folder/.memmap-async"; } 2>"$scratch/why" || refuse
done < <(find . -type d -printf '%P\n')
cp -d --remove-destination --recursive --no-preserve=ownership . "$prefix"
echo "memmap-async $version is in $prefix:"
find . ! -type d -printf '  %P\n' | sort
