#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds memmap_async.ko and memmap_zone_device.ko. Nothing is written to the source tree.
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
for floor in base sched memmap kernel_shim; do
  rm -rf "$folder/src/$floor.new" && cp -r "$top/src/$floor" "$folder/src/$floor.new"
  # What has not changed keeps its time, so that make need not do it again.
  mkdir -p "$folder/src/$floor" && cp -r --update "$folder/src/$floor.new/." "$folder/src/$floor"
  rm -rf "$folder/src/$floor.new"
done
cp --update "$top"/include/memmap/*.h "$folder/include/memmap"
cp "$top/src/kernel_shim/kbuild/Kbuild" "$folder/Kbuild"

# The engine needs nothing of the kernel but what the compiler calls; and nobody would run a static constructor.
check_engine() {
  local objects=("$folder"/src/{sched,memmap}/*.o) wrong
  wrong=$(nm --undefined-only "${objects[@]}" 2>/dev/null |
    awk '$1 == "U" && $2 !~ /^_ZN?K?6memmap|^memmap_/ { print $2 }' | sort -u |
    grep -vxE -f "$top/src/kernel_shim/kbuild/engine_symbols.txt" || true)
  wrong+=$(readelf --sections --wide "${objects[@]}" |
    grep -oE '\.(init_array|ctors|tdata|tbss|gcc_except_table|eh_frame)\b' | sort -u || true)
  [ -z "$wrong" ] || {
    echo "build.sh: the engine's objects have, and must not have:" $wrong >&2
    exit 3
  }
}

make --no-print-directory --jobs="$(nproc)" -C "$headers" M="$folder" modules
check_engine
