#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds memmap_async.ko, memmap_async_trace.ko and memmap_zone_device.ko. Nothing is written to the source tree.
#
#   src/kernel_shim/kbuild/build.sh [FOLDER [HEADERS]]
#
# FOLDER: where to build, default memmap-async-module in the current directory. HEADERS: of the kernel to build for,
# default those of the running one.
set -euo pipefail

readonly top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
mkdir -p "${1:-memmap-async-module}"
readonly folder=$(cd "${1:-memmap-async-module}" && pwd)
readonly headers=${2:-/lib/modules/$(uname -r)/build}

[ -f "$headers/Module.symvers" ] || {
  echo "build.sh: $headers: found no Module.symvers, expected a kernel's headers (on Debian: linux-headers-amd64)" >&2
  exit 2
}

mkdir -p "$folder/src" "$folder/include/memmap"
# What has not changed keeps its time, so that make need not do it again; what is no longer there goes.
for floor in base sched memmap kernel_shim; do
  cp -r --preserve=timestamps --update "$top/src/$floor" "$folder/src"
done
find "$folder/src" -type f \( -name '*.cc' -o -name '*.c' -o -name '*.h' \) -printf '%P\n' | while read -r file; do
  [ -e "$top/src/$file" ] || rm "$folder/src/$file"
done
cp --preserve=timestamps --update "$top"/include/memmap/*.h "$folder/include/memmap"
cp "$top/src/kernel_shim/kbuild/Kbuild" "$folder/Kbuild"

# The engine needs nothing of the kernel but what the compiler calls; nobody would run a static constructor; and of no
# function there is a second copy whose place in the tables of the kernel would outlive it.
check_engine() {
  local engine=$folder/src/engine.o wrong
  wrong=$(nm --undefined-only "$engine" | awk '{ print $2 }' |
    grep -vxE -f "$top/src/kernel_shim/kbuild/engine_symbols.txt" || true)
  wrong+=$(readelf --sections --wide "$engine" "$folder/memmap_async.ko" |
    grep -oE '\.(init_array|ctors|tdata|tbss|gcc_except_table|eh_frame)\b| GROUP ' | sort -u || true)
  [ -z "$wrong" ] || {
    echo "build.sh: the engine's object has, and must not have:" $wrong >&2
    exit 3
  }
}

make --no-print-directory --jobs="$(nproc)" -C "$headers" M="$folder" modules
check_engine
