// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The tables. x86-64 as Debian configures it; the others with the numbers of CPUs and nodes that their architecture's
// defaults give, and as many page flags.
#include "memmap/layouts.h"

namespace memmap::pages {

namespace {

constexpr Configuration kConfigurations[] = {
    // name, model, page, section, physical, order, flags, zones, lru_gen, nodes, cpus, memcg, aligned
    {"x86-64, Debian 6.1", MEMMAP_SPARSEMEM_VMEMMAP, 12, 27, 52, 10, 25, 3, 3, 10, 13, true, true},
    {"x86-64, SPARSEMEM", MEMMAP_SPARSEMEM, 12, 27, 46, 10, 25, 3, 3, 10, 13, true, true},
    {"arm64, 4K", MEMMAP_SPARSEMEM_VMEMMAP, 12, 27, 48, 10, 25, 3, 3, 4, 8, true, true},
    {"arm64, 4K, SPARSEMEM", MEMMAP_SPARSEMEM, 12, 27, 48, 10, 25, 3, 3, 4, 8, true, true},
    {"arm64, 64K", MEMMAP_SPARSEMEM_VMEMMAP, 16, 29, 52, 13, 25, 3, 3, 4, 8, true, true},
    {"ppc64, 64K", MEMMAP_SPARSEMEM_VMEMMAP, 16, 24, 51, 8, 24, 2, 3, 8, 11, true, false},
    {"ppc64, 64K, no memcg", MEMMAP_SPARSEMEM_VMEMMAP, 16, 24, 51, 8, 24, 2, 3, 8, 11, false, false},
    {"ppc64, 64K, SPARSEMEM", MEMMAP_SPARSEMEM, 16, 24, 51, 8, 25, 2, 3, 8, 11, true, false},
    {"FLATMEM, one node", MEMMAP_FLATMEM, 12, 27, 46, 10, 22, 2, 0, 0, 0, true, false},
};
constexpr uint32_t kLayouts = sizeof(kConfigurations) / sizeof(kConfigurations[0]);

struct Tables {
  memmap_layout layouts[kLayouts];
  bool consistent;
};

constexpr Tables make_tables() {
  Tables tables{{}, true};
  for (uint32_t i = 0; i < kLayouts; ++i) {
    tables.layouts[i] = layout_of(kConfigurations[i]);
    tables.consistent = tables.consistent && consistent(tables.layouts[i], kConfigurations[i]);
  }
  return tables;
}

constexpr Tables kTables = make_tables();
static_assert(kTables.consistent);

// Of Debian's kernel all 64 flag bits are used, as its headers have them.
constexpr const memmap_layout& kDebian = kTables.layouts[0];
static_assert(kDebian.record_bytes == kRecordBytes && kDebian.section_shift == kSectionShift);
static_assert(kDebian.node.shift == 54 && kDebian.node.width == 10 && kDebian.zone.shift == 51);
static_assert(kDebian.cpupid.shift == 30 && kDebian.cpupid.width == 21 && kDebian.cpupid_offset == 0);
static_assert(kDebian.max_order == kMaxOrderBlockShift);

}  // namespace

constinit const memmap_layout& kDefaultLayout = kTables.layouts[0];

}  // namespace memmap::pages

extern "C" const memmap_layout* memmap_layout_at(uint32_t index) {
  using namespace memmap::pages;
  return index < kLayouts ? &kTables.layouts[index] : nullptr;
}

extern "C" bool memmap_may_share_records(const memmap_layout* layout, uint32_t order, bool altmap,
                                         bool whole_sections) {
  using namespace memmap::pages;
  const memmap_layout& own = layout ? *layout : kDefaultLayout;
  return own.model == MEMMAP_SPARSEMEM_VMEMMAP && is_power_of_two(own.record_bytes) && !altmap && whole_sections &&
         order < 32 && (uint64_t{1} << order) > distinct_records(own);
}
