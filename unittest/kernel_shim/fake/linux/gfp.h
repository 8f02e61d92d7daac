/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_GFP_H
#define FAKE_LINUX_GFP_H

typedef unsigned int gfp_t;

#define GFP_KERNEL 0u
#define __GFP_NORETRY 0u
#define __GFP_NOWARN 0u

#endif
