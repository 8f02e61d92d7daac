// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/map_properties.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "simulator/inputs/dmesg.h"
#include "simulator/memory/fit.h"
#include "simulator/report/kernel_log.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kMostRecordBytes = uint64_t{256} << 20;

void expect(bool holds, const char* what, absl::string_view found) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what, std::string(found).c_str());
  std::abort();
}

uint64_t free_pages(const MemoryMap& map) {
  uint64_t sum = 0;
  for (const ZoneSpan& span : zone_spans(map)) {
    for (const memmap_piece& piece : span.pieces) sum += piece.nr_pages;
  }
  return sum;
}

void check_cut(const MemoryMap& map) {
  const absl::StatusOr<MemoryMap> cut = fit(map, {.record_bytes = kMostRecordBytes});
  if (!cut.ok()) {
    expect(absl::IsResourceExhausted(cut.status()), "a map that cannot be cut", cut.status().message());
    return;
  }
  const absl::Status status = validate(*cut);
  expect(status.ok(), "cut to size it is invalid", status.message());
  expect((cut->ram_pages() + cut->device_pages()) * 64 <= kMostRecordBytes, "cut to size it is too large", cut->source);
}

void check_logged(const MemoryMap& map) {
  const std::string text = log_of_map(map, 0);
  const absl::StatusOr<MemoryMap> again = parse_dmesg(text, "again");
  expect(again.ok(), "the log of it cannot be read", again.status().message());
  expect(again->ram_pages() == map.ram_pages(), "the log of it has other RAM", text);
}

}  // namespace

void check_properties(const absl::StatusOr<MemoryMap>& map) {
  if (!map.ok()) {
    const absl::string_view message = map.status().message();
    expect(absl::StartsWith(message, "fuzz"), "an error that names no file", message);
    expect(absl::StrContains(message, ": found "), "an error that does not say what was found", message);
    expect(absl::StrContains(message, ", expected "), "an error that does not say what was expected", message);
    return;
  }
  const absl::Status status = validate(*map);
  expect(status.ok(), "a map that is invalid", status.message());
  expect(free_pages(*map) == map->ram_pages() - map->reserved_pages(), "pages are lost", describe(*map));
  check_cut(*map);
  check_logged(*map);
}

}  // namespace memmap::simulator
