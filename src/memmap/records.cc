// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The records of some pages: an altmap's, then the data's. Compounds have a head, tails that name it, and in the first
// tails what the compound has in common: Linux's memmap_init_compound(). They are inside one unit, so never split.
#include "memmap/request.h"

namespace memmap::pages {

namespace {

// Where the flags have the section's number, each section has an image of its own.
void write_run(const Request& request, PageRange range, Image image) {
  const memmap_layout& layout = layout_of(request.asked);
  const uint64_t flags = image.words[0];
  while (!range.empty()) {
    PageRange part = range;
    if (layout.section.width != 0) {
      const uint64_t section = range.begin >> layout.section_shift;
      part.end = smaller(range.end, (section + 1) << layout.section_shift);
      image.words[0] = flags | at(section & low_bits(layout.section.width), layout.section);
    }
    write_records(request.record_of(part.begin), part.size(), image, request.stores);
    range.begin = part.end;
  }
}

// Of one compound, `records` of them from its head on.
void write_compound(const Request& request, uint64_t pfn, uint64_t records) {
  const uint64_t head = reinterpret_cast<uintptr_t>(request.record_of(pfn));
  const uint64_t second = smaller(pfn + 2, pfn + records), others = smaller(pfn + 3, pfn + records);
  write_run(request, {pfn, pfn + 1}, request.image);
  write_run(request, {pfn + 1, second}, first_tail_image(request.asked, head));
  write_run(request, {second, others}, second_tail_image(request.asked, head));
  write_run(request, {others, pfn + records}, tail_image(request.asked, head));
}

// Returns how many records it wrote.
uint64_t write_compounds(const Request& request, PageRange pages) {
  const uint64_t order = request.asked.vmemmap_shift;
  uint64_t records = uint64_t{1} << order;
  if (request.asked.shared_records) records = distinct_records(layout_of(request.asked));
  for (uint64_t pfn = pages.begin; pfn < pages.end; pfn += uint64_t{1} << order) write_compound(request, pfn, records);
  return (pages.size() >> order) * records;
}

}  // namespace

uint64_t write_images(const Request& request, PageRange pages) {
  uint64_t written = 0;
  request.for_each_present(pages, [&](PageRange part) {
    const PageRange memmap = intersect(part, {0, request.data_begin});
    const PageRange data = intersect(part, {request.data_begin, kPfnLimit});
    write_run(request, memmap, request.altmap);
    written += memmap.size();
    if (request.asked.vmemmap_shift != 0) {
      written += write_compounds(request, data);
    } else {
      write_run(request, data, request.image);
      written += data.size();
    }
    return 0;
  });
  return written;
}

}  // namespace memmap::pages
