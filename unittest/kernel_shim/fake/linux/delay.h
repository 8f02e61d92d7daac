/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_DELAY_H
#define FAKE_LINUX_DELAY_H

#include <unistd.h>

#define usleep_range(least_us, most_us) usleep(least_us)

#endif
