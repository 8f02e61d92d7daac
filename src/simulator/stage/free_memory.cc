// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/free_memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace memmap::simulator {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "max", or no such file: nothing.
std::optional<uint64_t> number_in(const std::string& path) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text_of(path), &number)) return std::nullopt;
  return number;
}

struct FileNames {
  const char* limit;
  const char* usage;
};

// Of one cgroup and its ancestors.
std::optional<uint64_t> least_left(const std::string& root, std::string group, FileNames names) {
  std::optional<uint64_t> least;
  while (true) {
    const std::string folder = absl::StrCat(root, group, group == "/" ? "" : "/");
    const std::optional<uint64_t> limit = number_in(folder + names.limit);
    const std::optional<uint64_t> usage = number_in(folder + names.usage);
    if (limit && usage) least = std::min(least.value_or(UINT64_MAX), *limit - std::min(*limit, *usage));
    if (group.empty() || group == "/") return least;
    group.resize(group.rfind('/'));
  }
}

}  // namespace

absl::StatusOr<uint64_t> parse_available(absl::string_view meminfo, absl::string_view file) {
  size_t line_number = 0;
  for (const absl::string_view line : absl::StrSplit(meminfo, '\n')) {
    ++line_number;
    if (!absl::StartsWith(line, "MemAvailable:")) continue;
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint64_t kib = 0;
    if (words.size() == 3 && words[2] == "kB" && absl::SimpleAtoi(words[1], &kib) && kib <= UINT64_MAX >> 10) {
      return kib << 10;
    }
    return absl::InvalidArgumentError(
        absl::StrCat(file, ":", line_number, ": found \"", line, "\", expected \"MemAvailable: NUMBER kB\""));
  }
  return absl::InvalidArgumentError(absl::StrCat(file, ": found no line \"MemAvailable\", expected one"));
}

std::optional<uint64_t> cgroup_bytes_left(absl::string_view membership, const std::string& root) {
  std::optional<uint64_t> least;
  for (const absl::string_view line : absl::StrSplit(membership, '\n')) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() != 3 || fields[2].empty() || fields[2][0] != '/') continue;
    std::optional<uint64_t> left;
    if (fields[1].empty()) {
      left = least_left(root, fields[2], {"memory.max", "memory.current"});
    } else if (fields[1] == "memory") {
      left = least_left(root + "/memory", fields[2], {"memory.limit_in_bytes", "memory.usage_in_bytes"});
    }
    if (left) least = std::min(least.value_or(UINT64_MAX), *left);
  }
  return least;
}

absl::StatusOr<uint64_t> free_memory_bytes() {
  const absl::StatusOr<uint64_t> available = parse_available(text_of("/proc/meminfo"), "/proc/meminfo");
  if (!available.ok()) return available;
  return std::min(*available, cgroup_bytes_left(text_of("/proc/self/cgroup"), "/sys/fs/cgroup").value_or(UINT64_MAX));
}

}  // namespace memmap::simulator
