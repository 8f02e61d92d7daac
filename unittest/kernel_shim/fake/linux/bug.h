/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_BUG_H
#define FAKE_LINUX_BUG_H

#include <linux/printk.h>
#include <stdlib.h>

#define BUG() abort()
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
/* A warning ends a test. */
#define WARN_ONCE(condition, ...) \
	({ \
		if (condition) { \
			fake_printk(__VA_ARGS__); \
			abort(); \
		} \
		0; \
	})

#endif
