/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_COMPLETION_H
#define FAKE_LINUX_COMPLETION_H

#include <linux/types.h>

struct completion {
	unsigned int done;
};

#define init_completion(completion) ((completion)->done = 0)

void complete(struct completion *completion);
void wait_for_completion(struct completion *completion);

#endif
