#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Runs a test of a sanitizer build without address space randomisation, where that may be switched off: the shadow
# memory of g++ 12's sanitizers collides with the layout of kernels that randomise 32 bits (vm.mmap_rnd_bits).
setarch --addr-no-randomize true 2>/dev/null && exec setarch --addr-no-randomize "$@"
exec "$@"
