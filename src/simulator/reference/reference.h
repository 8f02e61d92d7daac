// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The reference: what each field of a record must hold, written from the facts about Linux 6.1 (docs/architecture.md),
// field by field, without a line of the engine's image. Slow and plain on purpose: everything else is compared to it.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/kernel/record.h"

namespace memmap::simulator {

enum class Content {
  untouched,  // the poison that was there before: guard pages, holes, an altmap's reserve
  ram,        // __init_single_page(): reference count 1
  freed,      // ram after its hand-over: reference count 0
  reserved,   // ram and reserved; also the pages that hold a device's memmap (zone DEVICE, no pgmap)
  device,     // __init_zone_device_page(): reserved, pgmap
};

struct ExpectedPage {
  Content content = Content::untouched;
  uint32_t nid = 0;
  uint32_t zone = 0;
  uint64_t pgmap = 0;
};

// Until a page is handed over its whole record is known. From then on it may be on a free list (its list words, order
// and type are the list's) or may have been on one (its list words are the list's poison).
enum class Phase { written, handed_over };

// A field that is not as expected.
struct Difference {
  const char* field;
  uint64_t found;
  uint64_t expected;
};

// The record of one page that stands at `record_address`.
Record expected_record(const ExpectedPage& page, uint64_t record_address);

// The first field in which they differ, or nothing.
std::optional<Difference> difference(const Record& found, const Record& expected, Phase phase);

}  // namespace memmap::simulator
