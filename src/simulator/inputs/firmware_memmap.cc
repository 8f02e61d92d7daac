// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/firmware_memmap.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "simulator/inputs/physical_memory.h"
#include "simulator/inputs/text_file.h"

namespace memmap::simulator {
namespace {

absl::StatusOr<uint64_t> parse_sysfs_address(absl::string_view text, absl::string_view where) {
  absl::string_view digits = absl::StripAsciiWhitespace(text);
  if (!absl::ConsumePrefix(&digits, "0x")) return wrong(where, absl::StrCat("\"", digits, "\""), "0x and an address");
  return parse_hex(digits, where);
}

absl::StatusOr<E820Entry> parse_entry(const FirmwareEntry& entry) {
  const std::string where = absl::StrCat(entry.folder, "/end:1");
  const absl::StatusOr<uint64_t> begin = parse_sysfs_address(entry.start, absl::StrCat(entry.folder, "/start:1"));
  if (!begin.ok()) return begin.status();
  const absl::StatusOr<uint64_t> last = parse_sysfs_address(entry.end, where);
  if (!last.ok()) return last.status();
  const absl::StatusOr<uint32_t> type =
      e820_type_in_sysfs(absl::StripAsciiWhitespace(entry.type), absl::StrCat(entry.folder, "/type:1"));
  if (!type.ok()) return type.status();
  if (*last + 1 == *begin) return E820Entry{{}, *type, where};  // no bytes, which firmware is free to say
  if (*last < *begin || *last == std::numeric_limits<uint64_t>::max()) {
    return wrong(where, absl::StrCat("0x", hex(*last)),
                 absl::StrCat("an end behind the start 0x", hex(*begin), " and before 2^64 - 1"));
  }
  return E820Entry{{*begin, *last + 1}, *type, where};
}

absl::StatusOr<FirmwareEntry> read_entry(const std::string& folder) {
  FirmwareEntry entry{folder, "", "", ""};
  const std::pair<const char*, std::string FirmwareEntry::*> files[] = {
      {"start", &FirmwareEntry::start}, {"end", &FirmwareEntry::end}, {"type", &FirmwareEntry::type}};
  for (const auto& [name, content] : files) {
    absl::StatusOr<std::string> text =
        read_text(absl::StrCat(folder, "/", name), "start, end and type of an entry, as in /sys/firmware/memmap");
    if (!text.ok()) return text.status();
    entry.*content = *std::move(text);
  }
  return entry;
}

// Its entries, by number.
absl::StatusOr<std::vector<std::string>> folders_in(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
    const auto is_digit = [](unsigned char c) { return absl::ascii_isdigit(c) != 0; };
    if (!std::all_of(names.back().begin(), names.back().end(), is_digit)) {
      return wrong(path, absl::StrCat("\"", names.back(), "\""), "only folders 0, 1, ..., as in /sys/firmware/memmap");
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat(path, ": ", error.message(), ", expected a folder of entries"));
  const auto shorter = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::sort(names.begin(), names.end(), shorter);
  return names;
}

}  // namespace

absl::StatusOr<MemoryMap> parse_firmware_memmap(const std::vector<FirmwareEntry>& entries, absl::string_view source) {
  PhysicalMemory memory;
  memory.source = std::string(source);
  for (const FirmwareEntry& entry : entries) {
    absl::StatusOr<E820Entry> parsed = parse_entry(entry);
    if (!parsed.ok()) return parsed.status();
    memory.table.push_back(*std::move(parsed));
  }
  return map_of(memory);
}

absl::StatusOr<MemoryMap> read_firmware_memmap(const std::string& path) {
  const absl::StatusOr<std::vector<std::string>> names = folders_in(path);
  if (!names.ok()) return names.status();
  std::vector<FirmwareEntry> entries;
  for (const std::string& name : *names) {
    absl::StatusOr<FirmwareEntry> entry = read_entry(absl::StrCat(path, "/", name));
    if (!entry.ok()) return entry.status();
    entries.push_back(*std::move(entry));
  }
  return parse_firmware_memmap(entries, path);
}

}  // namespace memmap::simulator
