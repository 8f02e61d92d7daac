#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Stock QEMU starts on memory files that the example prepared.
#
#   integration/examples/prefault_qemu_test.sh PATH/TO/prefault
set -euo pipefail

if ! command -v qemu-system-x86_64 >/dev/null; then
  echo "$0: found no qemu-system-x86_64" >&2
  [ "${CI:-}" != true ] || exit 1
  echo "SKIPPED: bazel/dev test installs what is missing" >&2
  exit 0
fi
said=$("$1" --qemu 64)
echo "$said"
grep -q '^QEMU starts and stops: [0-9]* ms on empty files, [0-9]* ms on prepared ones$' <<<"$said"
