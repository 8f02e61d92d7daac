// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/shim.h"

struct memmap_shim memmap_shim = { .movnti = true, .compounds = true };
