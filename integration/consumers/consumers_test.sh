#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Installs into a prefix, then builds and runs a Makefile in C11, a CMake project in C and C++17, and another Bazel
# workspace; then what must be refused, and how.
#
#   integration/consumers/consumers_test.sh FILE...   (what install.sh installs; from the top of the tree's runfiles)
set -uo pipefail

readonly folder=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
readonly here=$(mktemp -d "${TEST_TMPDIR:-/tmp}/consumers.XXXXXX")
trap 'chmod -R u+w "$here" && rm -rf "$here"' EXIT
readonly prefix=$here/moved
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# As in integration/kernel/machine.sh: a skip that nobody watches is a failure.
not_here() {
  echo "$0: $1" >&2
  [ "${CI:-}" != true ] || exit 1
  echo "SKIPPED: bazel/dev test installs what is missing" >&2
  exit 0
}

# expect STATUS TEXT COMMAND...: exits like that, and says so.
expect() {
  local status=$1 text=$2 found
  shift 2
  "$@" >"$here/says" 2>&1 </dev/null
  found=$?
  [ "$found" = "$status" ] && { [ -z "$text" ] || grep -qF -- "$text" "$here/says"; } && return
  fail "$*: exit status $found, expected $status and '$text'; $(tail -n 20 "$here/says")"
}

for program in bazel cmake make pkg-config gcc g++; do
  command -v $program >/dev/null || not_here "found no $program"
done

readonly install=(bazel/package/install.sh "$@")
expect 0 "lib/libmemmap_async.so" "${install[@]}" --prefix="$here/first"
mv "$here/first" "$prefix"
expect 1 "found no prefix, expected --prefix=DIR" "${install[@]}"
expect 1 "found --perfix=/usr, expected --prefix=DIR" "${install[@]}" --perfix=/usr
expect 2 "expected a prefix that may be written" "${install[@]}" --prefix=/proc/self/memmap-async
touch "$here/file"
expect 2 "expected a prefix that may be written" "${install[@]}" --prefix="$here/file"
[ "$(ls "$here")" = "$(printf 'file\nmoved\nsays')" ] || fail "a refused install left something: $(ls "$here")"
grep -q '^\.SH "\?EXIT STATUS' "$prefix/share/man/man1/memmap-sim.1" || fail "the manual page has no exit status"
expect 0 "memmap-sim" "$prefix/bin/memmap-sim" --version

cp -r "$folder/make" "$here/make"
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
expect 0 "" make -s -C "$here/make"
expect 0 "C: 262144 of 262144 records written" "$here/make/client"

expect 0 "" cmake -S "$folder/cmake" -B "$here/cmake" -DCMAKE_PREFIX_PATH="$prefix"
expect 0 "" cmake --build "$here/cmake"
expect 0 "C: 262144 of 262144 records written" "$here/cmake/client_c"
expect 0 "C++: ok; the small device was ready" "$here/cmake/client_cxx"

# The public headers in each language they are for; C++ below 17 is told so.
readonly includes=(-I"$prefix/include" -fsyntax-only -Wall -Wextra -Werror -pedantic)
echo '#include "memmap/memmap.hpp"' >"$here/cxx.cc"
echo '#include "memmap/tbb.hpp"' >>"$here/cxx.cc"
for header in env.h memmap.h prefault.h range.h runtime.h sizes.h trace.h version.h; do
  echo "#include \"memmap/$header\"" | tee -a "$here/c.c" >>"$here/cxx.cc"
done
expect 0 "" gcc -std=c11 "${includes[@]}" "$here/c.c"
expect 0 "" g++ -std=c++17 -fno-exceptions -fno-rtti "${includes[@]}" "$here/cxx.cc"
expect 0 "" g++ -std=c++23 "${includes[@]}" "$here/cxx.cc"
expect 1 "memmap/memmap.hpp is for C++17 or later" g++ -std=c++14 "${includes[@]}" "$here/cxx.cc"
echo '#include "memmap/throws.hpp"' >"$here/throws.cc"
expect 0 "" g++ -std=c++17 "${includes[@]}" "$here/throws.cc"
expect 1 "memmap/throws.hpp is for C++17 or later, with exceptions" \
  g++ -std=c++17 -fno-exceptions "${includes[@]}" "$here/throws.cc"

# Without a server that stays, and with a JVM that does not optimise itself: half the time.
bazel_outside() {
  (cd "$folder/bazel" &&
    bazel --batch --host_jvm_args=-XX:TieredStopAtLevel=1 --host_jvm_args=-XX:+UseSerialGC --output_base="$here/bazel" \
      run --symlink_prefix=/ --noshow_progress --spawn_strategy=local --copt=-g0 //:client)
}
expect 0 "Bazel: ok, 33554432 bytes" bazel_outside

[ "$failures" = 0 ]
