/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_ASM_BARRIER_H
#define FAKE_ASM_BARRIER_H

#define wmb() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
