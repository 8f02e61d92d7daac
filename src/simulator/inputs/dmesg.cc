// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/dmesg.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "simulator/inputs/log_line.h"
#include "simulator/inputs/physical_memory.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

struct Line {
  absl::string_view text;
  size_t number;
  size_t depth;  // of quotation
};

// What the lines of one boot said, one after the other.
class Boot {
 public:
  explicit Boot(absl::string_view file) { memory_.source = std::string(file); }

  void add(const LogLine& line, std::string where);
  absl::StatusOr<MemoryMap> map() const;

 private:
  void add_entry(const LogLine& line, std::string where);

  PhysicalMemory memory_;
  std::string who_;         // made the table that is being read
  bool new_table_ = false;  // its next entry is the first
  std::set<uint32_t> memoryless_;
  uint64_t total_kib_ = 0;
};

void Boot::add_entry(const LogLine& line, std::string where) {
  if (new_table_ || line.who != who_) memory_.table.clear();
  new_table_ = false;
  who_ = std::string(line.who);
  memory_.table.push_back({line.bytes, line.type, std::move(where)});
}

void Boot::add(const LogLine& line, std::string where) {
  switch (line.kind) {
    case LogKind::other:
    case LogKind::boot:
    case LogKind::gap:
      break;
    case LogKind::table:
      new_table_ = true;
      break;
    case LogKind::entry:
      add_entry(line, std::move(where));
      break;
    case LogKind::update:
      if (line.type != line.new_type) retype(memory_.table, line.bytes, line.type, line.new_type);
      break;
    case LogKind::remove:
      retype(memory_.table, line.bytes, line.type, 0);
      break;
    case LogKind::affinity:
      memory_.affinities.push_back({line.nid, line.bytes, line.hotplug, line.non_volatile, std::move(where)});
      break;
    case LogKind::nodes:
      memory_.node_ranges.clear();
      break;
    case LogKind::node_range:
      memory_.node_ranges.push_back({line.nid, line.bytes, false, false, std::move(where)});
      break;
    case LogKind::command:
      memory_.mirrored_kernelcore = memory_.mirrored_kernelcore || line.mirror;
      break;
    case LogKind::firmware:
      if (line.mirror) memory_.mirrors.push_back(line.bytes);
      break;
    case LogKind::movable:
      memory_.movable.push_back({line.nid, line.bytes.begin});
      break;
    case LogKind::node_data:
      memory_.reserved.push_back(line.bytes);
      break;
    case LogKind::memoryless:
      memoryless_.insert(line.nid);
      break;
    case LogKind::total:
      total_kib_ = line.total_kib;
      break;
  }
}

absl::StatusOr<MemoryMap> Boot::map() const {
  absl::StatusOr<MemoryMap> map = map_of(memory_);
  if (!map.ok()) return map;
  if (!memoryless_.empty()) {
    map->notes.push_back(absl::StrCat("nodes without memory are left out: ", absl::StrJoin(memoryless_, ", ")));
  }
  const uint64_t kib = map->ram_pages() * kPageBytes / 1024;
  if (total_kib_ != 0 && total_kib_ != kib) {
    map->notes.push_back(absl::StrCat("the kernel counted ", total_kib_, " KiB of RAM, here are ", kib));
  }
  return map;
}

// The lines that count, but for what stands in comments.
std::vector<Line> lines_of(absl::string_view text, size_t& nr_quoted) {
  std::vector<Line> lines;
  size_t number = 0;
  size_t least = std::numeric_limits<size_t>::max();
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (kind_of(line) == LogKind::other) continue;
    lines.push_back({line, number, quotation_depth(line)});
    least = std::min(least, lines.back().depth);
  }
  const auto deeper = [least](const Line& line) { return line.depth > least; };
  const auto end = std::remove_if(lines.begin(), lines.end(), deeper);
  nr_quoted = size_t(lines.end() - end);
  lines.erase(end, lines.end());
  return lines;
}

}  // namespace

absl::StatusOr<MemoryMap> parse_dmesg(absl::string_view text, absl::string_view file) {
  size_t nr_quoted = 0;
  size_t nr_boots = 0;
  Boot boot(file);
  for (const Line& line : lines_of(text, nr_quoted)) {
    std::string where = absl::StrCat(file, ":", line.number);
    const absl::StatusOr<LogLine> parsed = parse_log_line(line.text, where);
    if (!parsed.ok()) return parsed.status();
    if (parsed->kind == LogKind::boot) {
      boot = Boot(file);
      ++nr_boots;
    }
    boot.add(*parsed, std::move(where));
  }
  absl::StatusOr<MemoryMap> map = boot.map();
  if (!map.ok()) return map;
  if (nr_boots > 1) map->notes.push_back(absl::StrCat("the last of ", nr_boots, " boots in the log"));
  if (nr_quoted > 0) map->notes.push_back(absl::StrCat("quoted lines are left out: ", nr_quoted));
  return map;
}

bool says_memory(absl::string_view text) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const LogKind kind = kind_of(line);
    if (kind != LogKind::other && kind != LogKind::boot && kind != LogKind::command) return true;
  }
  return false;
}

}  // namespace memmap::simulator
