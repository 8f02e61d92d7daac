// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/bare_unit.h"

#include "simulator/events/first_faults.h"
#include "simulator/figures/stores.h"
#include "simulator/kernel/geometry.h"
#include "simulator/report/statistics.h"

namespace memmap::simulator {

std::optional<double> write_bare_unit(const memmap_pool* pool, const DeviceSpan& span, host::Splitmix& random) {
  const memmap_piece data = span.data();
  const uint64_t begin = round_up(data.pfn, kSubsectionPages);
  const uint64_t end = round_down(data.pfn + data.nr_pages, kSubsectionPages);
  const std::optional<uint64_t> pfn = find_page(pool, {begin, end - begin}, true, random);
  const std::optional<uint64_t> other = find_page(pool, data, true, random);  // elsewhere, so that the unit stays cold
  if (!pfn || !other) return std::nullopt;
  const Record record = *span.memmap.at(*other);  // all of the device's data are alike
  Record* const first = span.memmap.at(round_down(*pfn, kSubsectionPages));
  const uint64_t began = now_ns();
  store_copies(record, first, kSubsectionPages);
  wait_for_own_stores();
  return double(now_ns() - began);
}

}  // namespace memmap::simulator
