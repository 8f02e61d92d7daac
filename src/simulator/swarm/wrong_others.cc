// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include <algorithm>
#include <string_view>
#include <vector>

#include "simulator/swarm/wrong_calls.h"

namespace memmap::swarm {
namespace {

constexpr uint64_t kNumberLimit = uint64_t{1} << 62;

int flush_range_of(Tried& t, uint64_t first, uint64_t count) {
  return memmap_range_flush(t.domain, &t.range, first, count);
}

// Each status has a sentence of its own, and whatever is none has one together.
int texts() {
  std::vector<std::string_view> all;
  for (int status = MEMMAP_BUSY; status <= MEMMAP_INVALID; ++status) all.push_back(memmap_status_text(status));
  for (const int status : {int{MEMMAP_OK}, 7}) all.push_back(memmap_status_text(status));
  std::sort(all.begin(), all.end());
  const bool same = std::adjacent_find(all.begin(), all.end()) != all.end();
  return answered(same || std::string_view(memmap_status_text(7)) != memmap_status_text(-7));
}

bool may_share(Tried& t, uint32_t order, bool altmap, bool whole_sections) {
  return memmap_may_share_records(&t.layout, order, altmap, whole_sections);
}

constexpr WrongCall kOtherCalls[] = {
    {"no range", MEMMAP_INVALID, [](Tried& t) { return memmap_range_async(nullptr, t.domain); }},
    {"a range for nobody", MEMMAP_INVALID, [](Tried& t) { return memmap_range_async(&t.range, nullptr); }},
    {"without a hook", MEMMAP_INVALID, [](Tried& t) { return t.range.run = nullptr, t.submit_range(); }},
    {"of nothing", MEMMAP_INVALID, [](Tried& t) { return t.range.count = 0, t.submit_range(); }},
    {"from beyond", MEMMAP_INVALID, [](Tried& t) { return t.range.first = kNumberLimit, t.submit_range(); }},
    {"to beyond", MEMMAP_INVALID, [](Tried& t) { return t.range.count = kNumberLimit + 1, t.submit_range(); }},
    {"units above a word", MEMMAP_INVALID, [](Tried& t) { return t.range.unit_shift = 56, t.submit_range(); }},
    {"65 units a grain", MEMMAP_INVALID, [](Tried& t) { return t.range.grain_units = 65, t.submit_range(); }},
    {"3 units a grain", MEMMAP_INVALID, [](Tried& t) { return t.range.grain_units = 3, t.submit_range(); }},
    {"too many units", MEMMAP_INVALID, [](Tried& t) { return t.range.count = uint64_t{1} << 40, t.submit_range(); }},
    {"a range's node that is none", MEMMAP_NO_NODE,
     [](Tried& t) { return t.range.nid = t.topology.nr_nids, t.submit_range(); }},
    {"no storage", MEMMAP_STORAGE, [](Tried& t) { return t.range.storage = nullptr, t.submit_range(); }},
    {"bytes of no range", MEMMAP_INVALID, [](Tried&) { return answered(memmap_range_bytes(nullptr) != 0); }},
    {"no task", MEMMAP_INVALID, [](Tried& t) { return memmap_task_async(nullptr, t.domain); }},
    {"a task that does nothing", MEMMAP_INVALID,
     [](Tried& t) { return t.task.run = nullptr, memmap_task_async(&t.task, t.domain); }},
    {"a flush of no range", MEMMAP_INVALID, [](Tried& t) { return memmap_range_flush(t.domain, nullptr, 0, 1); }},
    {"of a range without storage", MEMMAP_INVALID,
     [](Tried& t) { return t.range.storage = nullptr, flush_range_of(t, 0, 1); }},
    {"of no numbers", MEMMAP_INVALID, [](Tried& t) { return flush_range_of(t, 0, 0); }},
    {"of numbers from beyond", MEMMAP_INVALID, [](Tried& t) { return flush_range_of(t, kNumberLimit, 1); }},
    {"of numbers to beyond", MEMMAP_INVALID, [](Tried& t) { return flush_range_of(t, 1, kNumberLimit); }},
    {"of another's range", MEMMAP_OUTSIDE, [](Tried& t) { return flush_range_of(t, 0, 1); }},
    {"a flush of nobody", MEMMAP_INVALID, [](Tried&) { return memmap_flush(nullptr); }},
    {"of no pages", MEMMAP_INVALID, [](Tried& t) { return memmap_flush_range(t.domain, 0, 0); }},
    {"of pages from beyond", MEMMAP_INVALID, [](Tried& t) { return memmap_flush_range(t.domain, kPfnLimit, 1); }},
    {"of pages to beyond", MEMMAP_INVALID, [](Tried& t) { return memmap_flush_range(t.domain, 1, kPfnLimit); }},
    {"a cancel of nobody", MEMMAP_INVALID, [](Tried&) { return memmap_cancel(nullptr); }},
    {"a close of nobody", MEMMAP_INVALID, [](Tried&) { return memmap_domain_close(nullptr); }},
    {"a domain that was never opened", MEMMAP_CLOSED,
     [](Tried&) {
       memmap_domain never{};
       return memmap_flush(&never);
     }},
    {"progress to nowhere", MEMMAP_INVALID, [](Tried& t) { return memmap_progress(t.domain, nullptr); }},
    {"a domain nowhere", MEMMAP_INVALID, [](Tried& t) { return memmap_domain_open(nullptr, t.pool, nullptr); }},
    {"in no pool", MEMMAP_INVALID,
     [](Tried&) {
       memmap_domain domain{};
       return memmap_domain_open(&domain, nullptr, nullptr);
     }},
    {"at odd places", MEMMAP_INVALID,
     [](Tried& t) { return memmap_domain_open(reinterpret_cast<memmap_domain*>(t.spare + 8), t.pool, nullptr); }},
    {"below itself", MEMMAP_INVALID,
     [](Tried& t) {
       memmap_domain domain{};
       const memmap_domain_options options{"own parent", 0, false, &domain};
       return memmap_domain_open(&domain, t.pool, &options);
     }},
    {"a page below the pool", MEMMAP_INVALID,
     [](Tried& t) { return answered(memmap_ready(t.pool, t.config.start_pfn - 1)); }},
    {"pages of no pool", MEMMAP_INVALID, [](Tried&) { return answered(memmap_node_ready_pages(nullptr, 0) != 0); }},
    {"growth of no pool", MEMMAP_INVALID,
     [](Tried&) {
       uint64_t seen = 0;
       return answered(memmap_grow(nullptr, 0, 1, &seen));
     }},
    {"that nobody sees", MEMMAP_INVALID,
     [](Tried& t) { return answered(memmap_grow(t.pool, t.range.nid, 1, nullptr)); }},
    {"a layout behind the last", MEMMAP_INVALID, [](Tried&) { return answered(memmap_layout_at(99) != nullptr); }},
    {"sharing of 4 pages", MEMMAP_INVALID, [](Tried& t) { return answered(may_share(t, 2, false, true)); }},
    {"of more than fit", MEMMAP_INVALID, [](Tried& t) { return answered(may_share(t, 32, false, true)); }},
    {"in an altmap", MEMMAP_INVALID, [](Tried& t) { return answered(may_share(t, 9, true, true)); }},
    {"in a part of a section", MEMMAP_INVALID, [](Tried& t) { return answered(may_share(t, 9, false, false)); }},
    {"of records without bytes", MEMMAP_INVALID,
     [](Tried& t) { return t.layout.record_bytes = 0, answered(may_share(t, 9, false, true)); }},
    {"sentences", MEMMAP_INVALID, [](Tried&) { return texts(); }},
};

}  // namespace

int Tried::submit_range() {
  const size_t bytes = memmap_range_bytes(&range);
  const int status = memmap_range_async(&range, domain);
  return (status == MEMMAP_INVALID) == (bytes == 0) ? status : MEMMAP_OK;
}

std::span<const WrongCall> wrong_others() { return kOtherCalls; }

}  // namespace memmap::swarm
