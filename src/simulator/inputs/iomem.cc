// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/iomem.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "simulator/inputs/map_parts.h"
#include "simulator/inputs/source_line.h"
#include "simulator/inputs/text_file.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

// One line of the tree: bytes [begin, end).
struct Entry {
  size_t depth;
  uint64_t begin;
  uint64_t end;
  absl::string_view name;
  std::string where;  // file:line
};

bool is_ram(const Entry& entry) { return absl::StartsWith(entry.name, "System RAM"); }
bool is_pmem(const Entry& entry) { return absl::StartsWith(entry.name, "Persistent Memory"); }
bool is_device(const Entry& entry) { return is_pmem(entry) || entry.name == "Soft Reserved"; }

std::string entry_text(const Entry& entry) {
  return absl::StrCat(hex(entry.begin), "-", hex(entry.end - 1), " : ", entry.name);
}

absl::StatusOr<uint64_t> parse_address(absl::string_view text, absl::string_view where) {
  const absl::StatusOr<uint64_t> address = parse_hex(text, where);
  if (address.ok() && *address >= kAddressEnd) return wrong(where, absl::StrCat("address ", text), "at most 52 bits");
  return address;
}

absl::StatusOr<Entry> parse_line(absl::string_view line, std::string where) {
  const size_t indent = std::min(line.find_first_not_of(' '), line.size());
  if (indent % 2 != 0) return wrong(where, absl::StrCat(indent, " blanks of indentation"), "an even number");
  const std::vector<absl::string_view> halves = absl::StrSplit(line.substr(indent), absl::MaxSplits(" : ", 1));
  const std::vector<absl::string_view> ends = absl::StrSplit(halves[0], '-');
  if (halves.size() != 2 || halves[1].empty() || ends.size() != 2) {
    return wrong(where, absl::StrCat("\"", line, "\""), "start-end : name");
  }
  const absl::StatusOr<uint64_t> first = parse_address(ends[0], where);
  if (!first.ok()) return first.status();
  const absl::StatusOr<uint64_t> last = parse_address(ends[1], where);
  if (!last.ok()) return last.status();
  if (*last < *first) return wrong(where, absl::StrCat("empty range ", halves[0]), "an end behind the start");
  return Entry{indent / 2, *first, *last + 1, halves[1], std::move(where)};
}

absl::StatusOr<std::vector<Entry>> parse_lines(absl::string_view text, absl::string_view file) {
  std::vector<Entry> entries;
  size_t line_number = 0;
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    std::string where = absl::StrCat(file, ":", ++line_number);
    if (line.empty()) return wrong(where, text.empty() ? "an empty file" : "an empty line", "start-end : name");
    absl::StatusOr<Entry> entry = parse_line(line, std::move(where));
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

absl::Status check_hidden(const std::vector<Entry>& entries) {
  const auto is_zero = [](const Entry& entry) { return entry.begin == 0 && entry.end == 1; };
  if (!std::all_of(entries.begin(), entries.end(), is_zero)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(entries[0].where, ": found only zeros, expected addresses (they need CAP_SYS_ADMIN)"));
}

// `before` has the same parent.
absl::Status check_siblings(const Entry& before, const Entry& entry) {
  if (entry.begin >= before.end) return absl::OkStatus();
  const bool descends = entry.begin < before.begin;
  return wrong(entry.where, absl::StrCat(entry_text(entry), descends ? " (descending)" : " (overlapping)"),
               absl::StrCat("a start of at least ", hex(before.end), ", behind ", entry_text(before)));
}

// Entries ascend, do not overlap, and stand inside their parents.
absl::Status check_tree(const std::vector<Entry>& entries) {
  std::vector<const Entry*> path;  // the last entry of each depth
  for (const Entry& entry : entries) {
    if (entry.depth > path.size()) {
      return wrong(entry.where, absl::StrCat("depth ", entry.depth), absl::StrCat("at most ", path.size()));
    }
    if (entry.depth < path.size()) {
      const absl::Status status = check_siblings(*path[entry.depth], entry);
      if (!status.ok()) return status;
    }
    path.resize(entry.depth);
    if (!path.empty() && (entry.begin < path.back()->begin || entry.end > path.back()->end)) {
      return wrong(entry.where, entry_text(entry), absl::StrCat("a part of ", entry_text(*path.back())));
    }
    path.push_back(&entry);
  }
  return absl::OkStatus();
}

using Iterator = std::vector<Entry>::const_iterator;

// Behind the last descendant.
Iterator family_end(Iterator parent, Iterator end) {
  return std::find_if(parent + 1, end, [parent](const Entry& entry) { return entry.depth <= parent->depth; });
}

void add_ram_with_children(MemoryMap& map, Iterator ram, Iterator end) {
  const size_t first_range = map.ram.size();
  add_ram(map, divide_up(ram->begin, kPageBytes), ram->end / kPageBytes);
  for (Iterator child = ram + 1; child != end; ++child) {
    if (child->depth != ram->depth + 1) continue;
    add_reserved(map, first_range, child->begin / kPageBytes, divide_up(child->end, kPageBytes));
  }
}

}  // namespace

absl::StatusOr<MemoryMap> parse_iomem(absl::string_view text, absl::string_view file) {
  const absl::StatusOr<std::vector<Entry>> entries = parse_lines(text, file);
  if (!entries.ok()) return entries.status();
  for (const auto check : {check_hidden, check_tree}) {
    const absl::Status status = check(*entries);
    if (!status.ok()) return status;
  }
  MemoryMap map;
  map.source = std::string(file);
  for (Iterator entry = entries->begin(); entry != entries->end();) {
    const Iterator behind = family_end(entry, entries->end());
    if (is_ram(*entry)) {
      add_ram_with_children(map, entry, behind);
      entry = behind;
    } else if (is_device(*entry) && std::none_of(entry, behind, is_ram)) {
      add_device(map, is_pmem(*entry) ? "pmem" : "dax", {entry->begin, entry->end}, 0);
      entry = behind;
    } else {
      ++entry;
    }
  }
  const absl::Status status = validate(map);
  if (!status.ok()) return status;
  return map;
}

absl::StatusOr<MemoryMap> read_iomem(const std::string& path) {
  const absl::StatusOr<std::string> text = read_text(path, "a map like /proc/iomem");
  if (!text.ok()) return text.status();
  return parse_iomem(*text, path);
}

bool is_hidden(const absl::Status& status) { return absl::IsPermissionDenied(status); }

}  // namespace memmap::simulator
