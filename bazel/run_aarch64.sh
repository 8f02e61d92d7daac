#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Runs a program built for aarch64: as it is on such a machine, else under QEMU's user mode.
[ "$(uname -m)" = aarch64 ] && exec "$@"
command -v qemu-aarch64 >/dev/null || { echo "no qemu-aarch64. On Debian: apt-get install qemu-user" >&2; exit 1; }
exec qemu-aarch64 "$@"
