/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FAKE_LINUX_PFN_H
#define FAKE_LINUX_PFN_H

#define PFN_UP(x) (((x) + (1UL << PAGE_SHIFT) - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(pfn) ((pfn) << PAGE_SHIFT)

#endif
