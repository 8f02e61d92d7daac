/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_POISON_H
#define FAKE_LINUX_POISON_H

#define TAIL_MAPPING ((void *)0xdead000000000400UL)

#endif
