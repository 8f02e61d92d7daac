// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/e820.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "simulator/options/nearest.h"

namespace memmap::simulator {
namespace {

struct Name {
  absl::string_view text;
  uint32_t type;
};

constexpr std::array<Name, 13> kNamesInLog = {{{"usable", kE820Ram},
                                               {"System RAM", kE820Ram},
                                               {"reserved", kE820Reserved},
                                               {"device reserved", kE820Reserved},
                                               {"ACPI data", kE820AcpiTables},
                                               {"ACPI NVS", kE820AcpiStorage},
                                               {"unusable", kE820Unusable},
                                               {"soft reserved", kE820SoftReserved},
                                               {"persistent (type 7)", kE820Persistent},
                                               {"persistent (type 12)", kE820PersistentLegacy},
                                               {"persistent RAM (type 7)", kE820Persistent},
                                               {"persistent RAM (type 12)", kE820PersistentLegacy},
                                               {"type 20", 20}}};

// The kernel hides the number of types that it does not know; they are never RAM.
constexpr std::array<Name, 9> kNamesInSysfs = {{{"System RAM", kE820Ram},
                                                {"Reserved", kE820Reserved},
                                                {"Device Reserved", kE820Reserved},
                                                {"ACPI Tables", kE820AcpiTables},
                                                {"ACPI Non-volatile Storage", kE820AcpiStorage},
                                                {"Unusable memory", kE820Unusable},
                                                {"Persistent Memory", kE820Persistent},
                                                {"Persistent Memory (legacy)", kE820PersistentLegacy},
                                                {"Soft Reserved", kE820SoftReserved}}};

absl::StatusOr<uint32_t> type_of(absl::string_view name, std::span<const Name> names, absl::string_view where) {
  std::vector<absl::string_view> known;
  for (const Name& candidate : names) {
    if (name == candidate.text) return candidate.type;
    known.push_back(candidate.text);
  }
  return wrong(where, absl::StrCat("type \"", name, "\""), absl::StrCat("\"", nearest(name, known), "\"?"));
}

bool may_not_merge(uint32_t type) { return type == kE820PersistentLegacy || type == kE820SoftReserved; }

// A place where an entry begins (or ends).
struct Change {
  uint64_t address;
  bool begins;
  const E820Entry* entry;
};

std::vector<Change> changes_of(const E820Table& table) {
  std::vector<Change> changes;
  for (const E820Entry& entry : table) {
    if (entry.bytes.empty()) continue;
    changes.push_back({entry.bytes.begin, true, &entry});
    changes.push_back({entry.bytes.end, false, &entry});
  }
  // At one address: entries begin before others end.
  const auto before = [](const Change& a, const Change& b) {
    return std::tuple(a.address, !a.begins, a.entry) < std::tuple(b.address, !b.begins, b.entry);
  };
  std::sort(changes.begin(), changes.end(), before);
  return changes;
}

}  // namespace

absl::StatusOr<uint32_t> e820_type_in_log(absl::string_view name, absl::string_view where) {
  absl::string_view number = name;
  uint32_t type = 0;
  if (absl::ConsumePrefix(&number, "type ") && absl::SimpleAtoi(number, &type) && type > kE820Ram) return type;
  return type_of(name, kNamesInLog, where);
}

absl::StatusOr<uint32_t> e820_type_in_sysfs(absl::string_view name, absl::string_view where) {
  if (name == "Unknown E820 type") return uint32_t{kE820Reserved};
  return type_of(name, kNamesInSysfs, where);
}

bool is_device_type(uint32_t type) {
  return type == kE820Persistent || type == kE820PersistentLegacy || type == kE820SoftReserved;
}

E820Table sanitized(const E820Table& table) {
  E820Table result;
  std::multimap<uint32_t, const E820Entry*> open;  // entries around the address that has been reached, by type
  E820Entry last{{}, 0, ""};                       // the one that is being built; type 0: none
  for (const Change& change : changes_of(table)) {
    if (change.begins) {
      open.emplace(change.entry->type, change.entry);
    } else {
      const auto [first, behind] = open.equal_range(change.entry->type);
      open.erase(std::find_if(first, behind, [&](const auto& pair) { return pair.second == change.entry; }));
    }
    const uint32_t type = open.empty() ? 0 : open.rbegin()->first;
    if (type == last.type && !may_not_merge(type)) continue;
    last.bytes.end = change.address;
    if (last.type != 0 && !last.bytes.empty()) result.push_back(last);
    last = {{change.address, change.address}, type, open.empty() ? "" : open.rbegin()->second->where};
  }
  return result;
}

void retype(E820Table& table, Bytes range, uint32_t from, uint32_t to) {
  E820Table result;
  for (E820Entry& entry : table) {
    const Bytes bytes = entry.bytes;
    if (entry.type != from || !bytes.touches(range)) {
      result.push_back(std::move(entry));
      continue;
    }
    const Bytes changed{std::max(bytes.begin, range.begin), std::min(bytes.end, range.end)};
    const auto keep = [&](Bytes part, uint32_t type) {
      if (!part.empty() && type != 0) result.push_back({part, type, entry.where});
    };
    keep({bytes.begin, changed.begin}, from);
    keep(changed, to);
    keep({changed.end, bytes.end}, from);
  }
  table = std::move(result);
}

void trim_bios_range(E820Table& table) {
  retype(table, {0, 0x1000}, kE820Ram, kE820Reserved);
  retype(table, {0xa0000, 0x100000}, kE820Ram, 0);
}

}  // namespace memmap::simulator
