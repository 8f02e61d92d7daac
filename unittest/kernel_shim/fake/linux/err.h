/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_ERR_H
#define FAKE_LINUX_ERR_H

#include <errno.h>

#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(pointer) ((int)(long)(pointer))
#define IS_ERR(pointer) ((unsigned long)(pointer) >= -4095UL)

#endif
