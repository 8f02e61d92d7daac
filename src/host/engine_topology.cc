// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine's tables: see engine_topology.h and env.h.
#include "host/engine_topology.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "host/locality.h"

namespace memmap::host {
namespace {

constexpr size_t kTableMax = UINT16_MAX;

// Allowed CPUs of a group: the first hardware thread of each core, then the second, and so on.
std::vector<uint32_t> cpus_by_core(const Topology& topology, uint32_t group) {
  std::map<uint32_t, uint32_t> threads_of_core;
  std::map<uint32_t, std::vector<uint32_t>> by_thread;
  for (const Cpu& cpu : topology.cpus) {
    if (cpu.group == group && cpu.allowed) by_thread[threads_of_core[cpu.core]++].push_back(cpu.os_id);
  }
  std::vector<uint32_t> ids;
  for (const auto& [thread, cpus] : by_thread) ids.insert(ids.end(), cpus.begin(), cpus.end());
  return ids;
}

uint32_t highest_cpu(const Topology& topology) {
  uint32_t highest = 0;
  for (const Cpu& cpu : topology.cpus) highest = std::max(highest, cpu.os_id);
  return highest;
}

// How far a thief of group g is from home h, as one number to sort by: parts of one L3, of one node, then by distance.
uint64_t remoteness(const Topology& topology, const LocalityGroup& g, const LocalityGroup& h) {
  if (g.nid != h.nid || g.nid == kNone) return 2 + static_cast<uint64_t>(topology.distance(g.nid, h.nid));
  return g.l3 == h.l3 ? 0 : 1;
}

// All homes but g itself, nearest first. Equals are turned by g, so that thieves of different groups begin with
// different victims (a permutation where all are equal).
std::vector<uint32_t> victims_of(const Topology& topology, uint32_t g) {
  std::vector<std::pair<uint64_t, uint32_t>> order;
  for (uint32_t h = 0; h < topology.groups.size(); ++h) {
    if (h != g) order.emplace_back(remoteness(topology, topology.groups[g], topology.groups[h]), h);
  }
  std::sort(order.begin(), order.end());
  for (auto begin = order.begin(); begin != order.end();) {
    const auto end = std::find_if(begin, order.end(), [&](const auto& other) { return other.first != begin->first; });
    std::rotate(begin, begin + g % (end - begin), end);
    begin = end;
  }
  std::vector<uint32_t> victims;
  for (const auto& entry : order) victims.push_back(entry.second);
  return victims;
}

}  // namespace

absl::StatusOr<std::unique_ptr<EngineTopology>> EngineTopology::create(const Topology& topology, uint32_t nr_workers) {
  if (topology.groups.empty() || topology.nodes.empty()) {
    return absl::InvalidArgumentError("topology: expected at least one node and one locality group");
  }
  const size_t homes_max = topology.groups.size() + topology.nodes.size() * kInitiatorGroupsMax;
  if (homes_max > kTableMax || topology.nodes.back().nid >= kTableMax) {
    return absl::InvalidArgumentError(absl::StrCat("topology: ", topology.groups.size(), " groups, ",
                                                   topology.nodes.size(), " nodes, highest id ",
                                                   topology.nodes.back().nid, ": more than 16 bits hold"));
  }
  std::unique_ptr<EngineTopology> made(new EngineTopology);
  made->place_workers(topology, nr_workers);
  made->index_cpus(topology);
  made->rank_thefts(topology);
  made->list_homes(topology);
  made->set_widths(topology);
  return made;
}

void EngineTopology::place_workers(const Topology& topology, uint32_t nr_workers) {
  const size_t nr_groups = topology.groups.size();
  std::vector<std::vector<uint32_t>> cpus;
  uint32_t nr_allowed = 0;
  for (uint32_t g = 0; g < nr_groups; ++g) {
    cpus.push_back(cpus_by_core(topology, g));
    nr_allowed += static_cast<uint32_t>(cpus.back().size());
  }
  nr_workers = std::min(nr_workers, nr_allowed);
  std::vector<std::vector<uint32_t>> turns(nr_groups);
  for (uint32_t given = 0, g = 0; given < nr_workers; g = (g + 1) % static_cast<uint32_t>(nr_groups)) {
    if (turns[g].size() < cpus[g].size()) turns[g].push_back(given++);
  }
  for (uint32_t g = 0; g < nr_groups; ++g) {
    const std::ptrdiff_t taken = static_cast<std::ptrdiff_t>(turns[g].size());
    cpu_of_worker_.insert(cpu_of_worker_.end(), cpus[g].begin(), cpus[g].begin() + taken);
    turn_of_worker_.insert(turn_of_worker_.end(), turns[g].begin(), turns[g].end());
    group_of_worker_.insert(group_of_worker_.end(), turns[g].size(), static_cast<uint16_t>(g));
  }
  table_.nr_workers = nr_workers;
  table_.nr_groups = static_cast<uint32_t>(nr_groups);
  table_.group_of_worker = group_of_worker_.data();
}

void EngineTopology::index_cpus(const Topology& topology) {
  group_of_cpu_.assign(highest_cpu(topology) + size_t{1}, 0);
  worker_of_cpu_.assign(group_of_cpu_.size(), MEMMAP_NO_WORKER);
  for (const Cpu& cpu : topology.cpus) group_of_cpu_[cpu.os_id] = static_cast<uint16_t>(cpu.group);
  for (uint32_t worker = 0; worker < table_.nr_workers; ++worker) worker_of_cpu_[cpu_of_worker_[worker]] = worker;
}

void EngineTopology::rank_thefts(const Topology& topology) {
  const uint32_t nr_groups = table_.nr_groups;
  steal_rank_.assign(static_cast<size_t>(nr_groups) * nr_groups, 0);
  for (uint32_t g = 0; g < nr_groups; ++g) {
    uint16_t rank = 0;
    for (uint32_t victim : victims_of(topology, g)) steal_rank_[static_cast<size_t>(g) * nr_groups + victim] = ++rank;
  }
  table_.steal_rank = steal_rank_.data();
}

// Work goes to groups that have workers; where nobody has one, to those that would have.
void EngineTopology::list_homes(const Topology& topology) {
  std::vector<bool> eligible(table_.nr_groups, table_.nr_workers == 0);
  for (uint16_t group : group_of_worker_) eligible[group] = true;
  table_.nr_nids = topology.nodes.back().nid + 1;
  home_begin_.push_back(0);
  for (uint32_t nid = 0; nid < table_.nr_nids; ++nid) {
    if (topology.find_node(nid) != nullptr) {
      for (uint32_t group : initiator_groups(topology, nid, eligible)) home_.push_back(static_cast<uint16_t>(group));
    }
    home_begin_.push_back(static_cast<uint16_t>(home_.size()));
  }
  table_.home_begin = home_begin_.data();
  table_.home = home_.data();
}

// A quarter of a group's CPUs saturates its memory as a rule: where the search for the right width begins.
void EngineTopology::set_widths(const Topology& topology) {
  for (const LocalityGroup& group : topology.groups) {
    width_.push_back(static_cast<uint16_t>(std::max<size_t>(2, (group.cpus.size() + 3) / 4)));
  }
  table_.width = width_.data();
}

}  // namespace memmap::host
