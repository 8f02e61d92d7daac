/* SPDX-License-Identifier: GPL-2.0-only */
/* As the kernel's: first be seen to wait, then look at the condition, then sleep unless woken since. */
#ifndef FAKE_LINUX_WAIT_BIT_H
#define FAKE_LINUX_WAIT_BIT_H

#include <linux/sched.h>

struct fake_wait {
	void *var;
	bool woken;
	struct fake_wait *next;
};

void fake_wait_prepare(struct fake_wait *wait, void *var);
void fake_wait_finish(struct fake_wait *wait);
void wake_up_var(void *var);

#define ___wait_cond_timeout(condition) \
	({ \
		const bool __holds = (condition); \
		if (__holds && __ret == 0) \
			__ret = 1; \
		__holds || __ret == 0; \
	})

#define ___wait_var_event(on, condition, state, exclusive, ret, cmd) \
	({ \
		struct fake_wait __wait = { .var = NULL }; \
		long __ret = (ret); \
		for (;;) { \
			fake_wait_prepare(&__wait, (on)); \
			if (condition) \
				break; \
			cmd; \
		} \
		fake_wait_finish(&__wait); \
		__ret; \
	})

#endif
