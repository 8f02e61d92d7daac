#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Builds the modules for Debian's stock kernel, boots it, verifies every byte; then that a planted fault is found.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/machine.sh"

prepare_kernel
build_modules
make_initramfs smoke
boot "smoke on Linux $release"
[ $failed = 0 ]
