// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The rival's inner loop: how Linux 6.1 writes records, one page after the other and field by field, in the kernel's
// order, with the same result as our image. kernel_page.cc is compiled as the kernel is, without vector registers, so
// nothing but <cstdint> may be included here; its machine code was compared with that of Debian's mm/page_alloc.c.
#pragma once

#include <cstdint>

#include "simulator/kernel/record.h"

namespace memmap::simulator {

// The records of nr_pages neighbouring pages: RAM as __init_single_page() leaves it; pages that nobody may have; pages
// of a device, order 0.
void init_pages(Record* first, uint64_t nr_pages, Place place);
void init_reserved_pages(Record* first, uint64_t nr_pages, Place place);
void init_zone_device_pages(Record* first, uint64_t nr_pages, uint32_t nid, uint64_t pgmap);

}  // namespace memmap::simulator
