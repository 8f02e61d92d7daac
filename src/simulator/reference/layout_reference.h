// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The reference for every layout and version: what each byte of a record must hold, field by field, from positions that
// are written down here once more as plain numbers. Without a line of the engine's; slow and plain on purpose.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace memmap::simulator {

// A field of the flags word; width 0: not there.
struct FlagField {
  uint32_t position;
  uint32_t width;
};

struct LayoutFacts {
  std::string_view name;
  uint32_t record_bytes;
  uint64_t page_bytes;
  uint64_t section_pages;
  uint32_t max_order;  // of the buddy
  FlagField section;
  FlagField node;
  FlagField zone;
  FlagField cpupid;
  uint32_t cpupid_byte;  // where it is when the flags have no room; 0: nowhere
  uint32_t cpupid_bits;
  bool memcg;
};

// Null where there is no such layout.
const LayoutFacts* layout_facts(std::string_view name);

enum class KernelVersion { v6_1, v6_16, v6_18, v2026 };
enum class DeviceType { generic, fs_dax, private_memory, coherent, pci_p2pdma };
enum class PageRole { ram, freed, reserved, added, device, head, first_tail, second_tail, tail };

struct ExpectedContent {
  PageRole role;
  KernelVersion version = KernelVersion::v6_1;
  DeviceType type = DeviceType::generic;
  uint32_t nid = 0;
  uint32_t zone = 0;
  uint64_t pfn = 0;
  uint64_t pgmap = 0;
  uint32_t order = 0;         // of the compound
  uint64_t head_address = 0;  // of its head's record
};

// The first layout.record_bytes bytes are those of the record that stands at `address`.
std::array<uint8_t, 80> expected_bytes(const LayoutFacts& layout, const ExpectedContent& page, uint64_t address);

}  // namespace memmap::simulator
