// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/expected_records.h"

#include <algorithm>
#include <cstring>

#include "simulator/kernel/geometry.h"
#include "simulator/reference/reference.h"

namespace memmap::swarm {
namespace {

using simulator::Content;
using simulator::PageRole;

constexpr uint64_t kPgmap = 0xFFFF'8880'1234'5678;
constexpr uint32_t kSubsectionShift = 9;

// As the second of the tables, of a kernel that is built without control groups: what has no room in the flags stands
// where theirs would be.
constexpr const char* kOwnName = "x86-64, SPARSEMEM, no memcg";
constexpr memmap_layout kOwnLayout = {kOwnName, MEMMAP_SPARSEMEM, 64,      12,     15, 10,
                                      {45, 19}, {35, 10},         {32, 3}, {0, 0}, 56, 21};
constexpr simulator::LayoutFacts kOwnFacts = {kOwnName, 64,      4096,   32768, 10, {45, 19},
                                              {35, 10}, {32, 3}, {0, 0}, 56,    21, false};

const simulator::LayoutFacts& facts_of(uint32_t layout) {
  const memmap_layout* const table = memmap_layout_at(layout);
  return table ? *simulator::layout_facts(table->name) : kOwnFacts;
}

}  // namespace

const memmap_layout* layout_of(const SpanPlan& plan) {
  if (plan.layout == 0) return nullptr;
  return plan.layout == kOwnLayoutIndex ? &kOwnLayout : memmap_layout_at(plan.layout);
}

ExpectedRecords::ExpectedRecords(const SpanPlan& plan)
    : plan_(plan),
      facts_(facts_of(plan.layout)),
      plain_(plan.layout == 0 && plan.version == MEMMAP_LINUX_6_1 && plan.order == 0 &&
             plan.device == MEMMAP_DEVICE_GENERIC) {}

// As high as the field goes.
uint32_t ExpectedRecords::zone() const {
  const uint32_t wanted = plan_.image == MEMMAP_DEVICE ? simulator::kZoneDevice : simulator::kZoneNormal;
  return std::min(wanted, (1u << facts_.zone.width) - 1);
}

uint64_t ExpectedRecords::pgmap() const { return kPgmap; }

uint32_t ExpectedRecords::unit_shift() const {
  if (plan_.kind != SpanPlan::request) return plan_.unit_shift;
  return std::max(kSubsectionShift, plan_.image == MEMMAP_DEVICE ? plan_.order : facts_.max_order);
}

// Compounds lie on a grid that begins with the data.
ExpectedRecords::Unit ExpectedRecords::unit_of(uint64_t page) const {
  const uint64_t size = uint64_t{1} << unit_shift();
  const uint64_t lead = plan_.order != 0 ? (size - data_begin() % size) % size : 0;
  const uint64_t first = simulator::round_down(page + lead, size);
  return {std::max(plan_.start, first - std::min(first, lead)),
          std::min(first + size - lead, plan_.start + plan_.nr_pages)};
}

bool ExpectedRecords::has_record(uint64_t page) const {
  return !plan_.shared || in_compound(page) < 2 * facts_.page_bytes / facts_.record_bytes;
}

PageRole ExpectedRecords::role_of(uint64_t page) const {
  if (page < data_begin()) return PageRole::reserved;  // it holds the memmap
  if (plan_.order != 0) {
    constexpr PageRole kFirst[] = {PageRole::head, PageRole::first_tail, PageRole::second_tail, PageRole::tail};
    return kFirst[std::min<uint64_t>(in_compound(page), 3)];
  }
  constexpr PageRole kByKind[] = {PageRole::ram, PageRole::freed, PageRole::device, PageRole::added,
                                  PageRole::reserved};
  return kByKind[plan_.image];
}

bool ExpectedRecords::is_plain_image(uint64_t page, const char* at) const {
  constexpr Content kByKind[] = {Content::ram, Content::freed, Content::device, Content::reserved, Content::reserved};
  const Content content = page < data_begin() ? Content::reserved : kByKind[plan_.image];
  const simulator::Record wanted =
      simulator::expected_record({content, plan_.nid, zone(), kPgmap}, reinterpret_cast<uintptr_t>(at));
  return std::memcmp(at, &wanted, sizeof wanted) == 0;
}

bool ExpectedRecords::is_written(uint64_t page, const char* at) const {
  if (plain_) return is_plain_image(page, at);
  if (!has_record(page)) return is_untouched(at);
  const uint64_t address = reinterpret_cast<uintptr_t>(at);
  const simulator::ExpectedContent what{role_of(page),
                                        simulator::KernelVersion(plan_.version),
                                        simulator::DeviceType(plan_.device),
                                        plan_.nid,
                                        zone(),
                                        page,
                                        kPgmap,
                                        plan_.order,
                                        plan_.order != 0 ? address - in_compound(page) * facts_.record_bytes : 0};
  return std::memcmp(at, simulator::expected_bytes(facts_, what, address).data(), facts_.record_bytes) == 0;
}

bool ExpectedRecords::is_untouched(const char* at) const {
  return uint8_t(at[0]) == simulator::kPoisonByte && std::memcmp(at, at + 1, facts_.record_bytes - 1) == 0;
}

}  // namespace memmap::swarm
