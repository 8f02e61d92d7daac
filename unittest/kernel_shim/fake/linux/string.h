/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_STRING_H
#define FAKE_LINUX_STRING_H

#include <string.h>

#define memcpy_flushcache(to, from, n) memcpy((to), (from), (n))

#endif
