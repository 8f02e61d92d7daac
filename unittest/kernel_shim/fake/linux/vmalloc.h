/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_VMALLOC_H
#define FAKE_LINUX_VMALLOC_H

#include <linux/gfp.h>
#include <stdlib.h>

#define __vmalloc(bytes, gfp) ((void)(gfp), malloc(bytes))

#endif
