// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Compares memory maps with the reference, in parallel with oneTBB: a scheduler that is not ours checks ours.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulator/reference/reference.h"

namespace memmap::simulator {

// Pages that must all hold the same content. `untouched` spans are the places where nobody may have written.
struct ExpectedSpan {
  const void* records;  // of start_pfn
  uint64_t start_pfn;
  uint64_t nr_pages;
  ExpectedPage page;
  Phase phase = Phase::written;
};

struct Offender {
  uint64_t pfn;
  Difference difference;
};

struct Verification {
  static constexpr size_t kOffenders = 8;

  uint64_t verified = 0;            // records compared with a content
  uint64_t untouched = 0;           // records compared with the poison
  uint64_t wrong = 0;               // of the verified
  uint64_t outside = 0;             // of the untouched: somebody wrote there
  std::vector<Offender> offenders;  // the first kOffenders, in the order of the spans

  bool ok() const { return wrong == 0 && outside == 0; }
};

// Nobody may write the records meanwhile.
Verification verify(std::span<const ExpectedSpan> spans);

// "pfn 4711: _refcount is 0x2, expected 0x1"
std::string describe(const Offender& offender);

}  // namespace memmap::simulator
