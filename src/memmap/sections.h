// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The section table: for each section two words, a bit a subsection. It is never given back, so that anybody may ask
// about any pfn at any time.
//
//   taken: part of a request whose domain is not closed.  Set at submit, cleared at close.
//   ready: its records may be used.                       Set after the hand-over, cleared by cancel and by a
//   re-submit.
#pragma once

#include "base/atomic.h"
#include "memmap/geometry.h"

namespace memmap::pages {

struct SectionWords {
  Atomic<uint64_t> taken;
  Atomic<uint64_t> ready;
};

class Sections {
 public:
  Sections() = default;
  Sections(SectionWords* words, PageRange range) : words_(words), range_(range) {}

  PageRange range() const { return range_; }
  bool holds(PageRange pages) const { return pages.begin >= range_.begin && pages.end <= range_.end; }

  // Takes all subsections that the range touches, ascending; false, and nothing is taken, where one was taken before.
  // While it withdraws, it may make a third submit fail.
  bool take(PageRange pages);
  void give_back(PageRange pages);

  void set_ready(PageRange pages);
  void clear_ready(PageRange pages);
  bool ready(uint64_t pfn) const {
    if (pfn < range_.begin || pfn >= range_.end) return false;
    const Atomic<uint64_t>& word = words_[(pfn - range_.begin) >> kSectionShift].ready;
    return word.load(acquire) >> (pfn >> kSubsectionShift) % kWordBits & 1;  // Y2 with Y1: the whole image is visible
  }

 private:
  // Visits (section words, bits) for the subsections of a range; stops where visit returns false.
  template <typename Visit>
  bool for_each_section(PageRange pages, Visit visit);

  SectionWords* words_ = nullptr;
  PageRange range_{0, 0};
};

}  // namespace memmap::pages
