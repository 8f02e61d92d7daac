/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_KERNEL_H
#define FAKE_LINUX_KERNEL_H

#include <stdio.h>

#endif
