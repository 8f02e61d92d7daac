// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/sections.h"

namespace memmap::pages {

template <typename Visit>
bool Sections::for_each_section(PageRange pages, Visit visit) {
  const uint64_t first = (pages.begin - range_.begin) >> kSubsectionShift;
  const uint64_t last = (pages.end - 1 - range_.begin) >> kSubsectionShift;
  for (uint64_t section = first / kWordBits; section <= last / kWordBits; ++section)
    if (!visit(words_[section], bits_in_word(section, first, last + 1))) return false;
  return true;
}

bool Sections::take(PageRange pages) {
  uint64_t taken_sections = 0;
  const bool all = for_each_section(pages, [&](SectionWords& words, uint64_t bits) {
    const uint64_t before = words.taken.fetch_or(bits, acq_rel);  // T1 with T2: what the last owner wrote
    if ((before & bits) == 0) return ++taken_sections, true;
    words.taken.fetch_and(~(bits & ~before), relaxed);  // withdrawn: exactly the bits that we turned
    return false;
  });
  if (all) return true;
  for_each_section(pages, [&](SectionWords& words, uint64_t bits) {
    if (taken_sections-- == 0) return false;
    words.taken.fetch_and(~bits, relaxed);
    return true;
  });
  return false;
}

void Sections::give_back(PageRange pages) {
  for_each_section(pages, [](SectionWords& words, uint64_t bits) {
    words.taken.fetch_and(~bits, release);  // T2 with T1: for the next owner
    return true;
  });
}

void Sections::set_ready(PageRange pages) {
  for_each_section(pages, [](SectionWords& words, uint64_t bits) {
    words.ready.fetch_or(bits, release);  // Y1 with Y2: the records are written and handed over
    return true;
  });
}

void Sections::clear_ready(PageRange pages) {
  for_each_section(pages, [](SectionWords& words, uint64_t bits) {
    if (words.ready.load(relaxed) & bits) words.ready.fetch_and(~bits, relaxed);
    return true;
  });
}

}  // namespace memmap::pages
