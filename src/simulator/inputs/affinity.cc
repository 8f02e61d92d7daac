// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/affinity.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kSlackBytes = uint64_t{1} << 20;

bool begins_before(const NodeBytes& a, const NodeBytes& b) {
  return std::tuple(a.bytes.begin, a.bytes.end, a.nid) < std::tuple(b.bytes.begin, b.bytes.end, b.nid);
}

// numa_add_memblk_to(): no empty windows, no nodes that cannot be.
std::vector<NodeBytes> usable_windows(const std::vector<Affinity>& affinities, std::vector<std::string>& notes) {
  std::vector<NodeBytes> windows;
  for (const Affinity& affinity : affinities) {
    if (affinity.bytes.empty()) continue;
    if (affinity.nid < kNodesMax) {
      windows.push_back({affinity.nid, affinity.bytes});
    } else {
      notes.push_back(absl::StrCat(affinity.where, ": node ", affinity.nid, " is left out, as Linux has nodes 0 to ",
                                   kNodesMax - 1));
    }
  }
  std::sort(windows.begin(), windows.end(), begins_before);
  return windows;
}

// First part of numa_cleanup_meminfo(): windows without RAM are kept aside, and so is what is behind all RAM.
void keep_devices_aside(const std::vector<NodeBytes>& windows, const std::vector<Bytes>& ram, NodesOfMemory& nodes) {
  for (const NodeBytes& window : windows) {
    const auto touched = [&window](Bytes range) { return range.touches(window.bytes); };
    if (std::none_of(ram.begin(), ram.end(), touched)) {
      nodes.devices.push_back(window);
      continue;
    }
    const uint64_t ram_end = ram.back().end;
    nodes.blocks.push_back({window.nid, {window.bytes.begin, std::min(window.bytes.end, ram_end)}});
    if (window.bytes.end > ram_end) nodes.devices.push_back({window.nid, {ram_end, window.bytes.end}});
  }
  std::sort(nodes.devices.begin(), nodes.devices.end(), begins_before);
}

// Second part: blocks of one node become one where no other node is between them. The two that may not overlap, if any.
std::optional<std::pair<NodeBytes, NodeBytes>> join(std::vector<NodeBytes>& blocks) {
  std::vector<NodeBytes> joined;
  for (const NodeBytes& block : blocks) {
    if (joined.empty() || joined.back().nid != block.nid) {
      if (!joined.empty() && joined.back().bytes.end > block.bytes.begin) return {{joined.back(), block}};
      joined.push_back(block);
    } else {
      joined.back().bytes.end = std::max(joined.back().bytes.end, block.bytes.end);
    }
  }
  blocks = std::move(joined);
  return std::nullopt;
}

// numa_meminfo_cover_memory().
uint64_t bytes_without_node(const std::vector<Bytes>& ram, const std::vector<NodeBytes>& blocks) {
  uint64_t sum = 0;
  for (const Bytes range : ram) {
    sum += range.end - range.begin;
    for (const NodeBytes& part : split_by_node(range, blocks)) sum -= part.bytes.end - part.bytes.begin;
  }
  return sum;
}

}  // namespace

std::vector<NodeBytes> split_by_node(Bytes bytes, const std::vector<NodeBytes>& blocks) {
  std::vector<NodeBytes> parts;
  for (const NodeBytes& block : blocks) {
    const Bytes part{std::max(bytes.begin, block.bytes.begin), std::min(bytes.end, block.bytes.end)};
    if (!part.empty()) parts.push_back({block.nid, part});
  }
  return parts;
}

NodesOfMemory nodes_of_memory(const std::vector<Affinity>& affinities, const std::vector<Bytes>& ram) {
  NodesOfMemory nodes;
  keep_devices_aside(usable_windows(affinities, nodes.notes), ram, nodes);
  if (const auto overlap = join(nodes.blocks)) {
    nodes.notes.push_back(absl::StrCat("all RAM is on node 0, as Linux does it where node ", overlap->first.nid, " ",
                                       text_of(overlap->first.bytes), " overlaps with node ", overlap->second.nid, " ",
                                       text_of(overlap->second.bytes)));
    nodes.blocks.clear();
    return nodes;
  }
  const uint64_t lost = nodes.blocks.empty() ? 0 : bytes_without_node(ram, nodes.blocks);
  if (lost >= kSlackBytes) {
    nodes.notes.push_back(
        absl::StrCat("all RAM is on node 0, as Linux does it where ", lost >> 20, " MiB of RAM are on no node"));
    nodes.blocks.clear();
  } else if (lost > 0) {
    nodes.notes.push_back(absl::StrCat(lost >> 10, " KiB of RAM are on no node and are left out"));
  }
  return nodes;
}

}  // namespace memmap::simulator
