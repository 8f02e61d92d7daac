// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/memory_map_file.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "simulator/inputs/dmesg.h"
#include "simulator/inputs/firmware_memmap.h"
#include "simulator/inputs/iomem.h"
#include "simulator/inputs/source_line.h"
#include "simulator/inputs/text_file.h"

namespace memmap::simulator {
namespace {

constexpr absl::string_view kExpected =
    "a map like /proc/iomem, a kernel's log with BIOS-e820, SRAT or \"Early memory node ranges\", or a folder like "
    "/sys/firmware/memmap";

// "00001000-0009ffff : System RAM"
bool looks_like_iomem(absl::string_view text) {
  constexpr absl::string_view kDigits = "0123456789abcdefABCDEF";
  const absl::string_view line = text.substr(0, text.find('\n'));
  const size_t dash = line.find_first_not_of(kDigits);
  if (dash == 0 || dash == line.npos || line[dash] != '-') return false;
  const size_t behind = line.find_first_not_of(kDigits, dash + 1);
  return behind != line.npos && line.substr(behind, 3) == " : ";
}

}  // namespace

absl::StatusOr<MemoryMap> parse_memory_map(absl::string_view text, absl::string_view file) {
  if (looks_like_iomem(text)) return parse_iomem(text, file);
  if (says_memory(text)) return parse_dmesg(text, file);
  return wrong(file, text.empty() ? "an empty file" : "no line about physical memory", kExpected);
}

absl::StatusOr<MemoryMap> read_memory_map(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return read_firmware_memmap(path);
  const absl::StatusOr<std::string> text = read_text(path, kExpected);
  if (!text.ok()) return text.status();
  return parse_memory_map(*text, path);
}

}  // namespace memmap::simulator
