/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_INIT_H
#define FAKE_LINUX_INIT_H

#define __init
#define __initdata

#endif
