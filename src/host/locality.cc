// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Home nodes, groups and initiators: see locality.h.
#include "host/locality.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace memmap::host {
namespace {

// hwloc attaches HBM, pmem and CXL nodes to the CPUs next to them, so a CPU may be local to several nodes. Its home is
// the one that is local to the fewest CPUs, ordinary memory before special, the lowest id: the DRAM of its socket.
auto home_rank(const Node& node) {
  const bool special = !node.subtype.empty() && node.subtype != "DRAM";
  return std::make_tuple(node.local_cpus.size(), special, node.nid);
}

void derive_homes(Topology& topology) {
  std::map<uint32_t, Node*> home_of;
  for (Node& node : topology.nodes) {
    node.has_cpus = false;
    for (uint32_t cpu : node.local_cpus) {
      Node*& home = home_of[cpu];
      if (home == nullptr || home_rank(node) < home_rank(*home)) home = &node;
    }
  }
  for (Cpu& cpu : topology.cpus) {
    const auto found = home_of.find(cpu.os_id);
    cpu.home_nid = found == home_of.end() ? kNone : found->second->nid;
    if (found != home_of.end()) found->second->has_cpus = true;
  }
}

// Cuts `cpus` in as many equal groups as kGroupCpusMax asks for.
void append_groups(Topology& topology, uint32_t nid, uint32_t l3, const std::vector<Cpu*>& cpus) {
  const size_t parts = (cpus.size() + kGroupCpusMax - 1) / kGroupCpusMax;
  for (size_t part = 0; part < parts; ++part) {
    LocalityGroup group{nid, l3, {}};
    for (size_t i = cpus.size() * part / parts; i < cpus.size() * (part + 1) / parts; ++i) {
      cpus[i]->group = static_cast<uint32_t>(topology.groups.size());
      group.cpus.push_back(cpus[i]->os_id);
    }
    topology.groups.push_back(std::move(group));
  }
}

bool holds_any(const LocalityGroup& group, const std::vector<uint32_t>& cpus) {
  return std::any_of(group.cpus.begin(), group.cpus.end(),
                     [&](uint32_t cpu) { return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end(); });
}

template <typename Predicate>
std::vector<uint32_t> select(const Topology& topology, const std::vector<bool>& eligible, Predicate wanted) {
  std::vector<uint32_t> chosen;
  for (uint32_t g = 0; g < topology.groups.size(); ++g) {
    if (eligible[g] && wanted(topology.groups[g])) chosen.push_back(g);
  }
  return chosen;
}

// Groups whose attribute for `nid` is the best that any eligible group has: bandwidth first, then latency.
std::vector<uint32_t> best_by_attribute(const Topology& topology, uint32_t nid, const std::vector<bool>& eligible) {
  using Merit = std::pair<uint64_t, uint64_t>;  // bandwidth; latency, turned so that more is better
  Merit best{0, 0};
  std::vector<uint32_t> chosen;
  for (const MemoryAccess& access : topology.accesses) {
    const Merit merit{access.bandwidth_mib_per_s, access.latency_ns == 0 ? 0 : UINT64_MAX - access.latency_ns};
    if (access.nid != nid || merit < best || merit == Merit{0, 0}) continue;
    const auto groups = select(topology, eligible, [&](const auto& g) { return holds_any(g, access.initiator_cpus); });
    if (groups.empty()) continue;
    if (merit > best) chosen.clear();
    best = merit;
    chosen.insert(chosen.end(), groups.begin(), groups.end());
  }
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

std::vector<uint32_t> nearest(const Topology& topology, uint32_t nid, const std::vector<bool>& eligible) {
  uint32_t least = kNone;
  for (uint32_t g = 0; g < topology.groups.size(); ++g) {
    if (eligible[g]) least = std::min(least, topology.distance(topology.groups[g].nid, nid));
  }
  return select(topology, eligible, [&](const auto& group) { return topology.distance(group.nid, nid) == least; });
}

}  // namespace

void derive_locality(Topology& topology) {
  derive_homes(topology);
  topology.groups.clear();
  std::map<std::pair<uint32_t, uint32_t>, std::vector<Cpu*>> cpus_of;  // by home and L3; CPUs without a home last
  for (Cpu& cpu : topology.cpus) cpus_of[{cpu.home_nid, cpu.l3}].push_back(&cpu);
  for (const auto& [key, cpus] : cpus_of) append_groups(topology, key.first, key.second, cpus);
}

std::vector<uint32_t> initiator_groups(const Topology& topology, uint32_t nid, const std::vector<bool>& eligible,
                                       Initiator* why) {
  Initiator unused;
  Initiator& reason = why != nullptr ? *why : unused;
  reason = Initiator::own;
  auto chosen = select(topology, eligible, [&](const LocalityGroup& group) { return group.nid == nid; });
  if (!chosen.empty()) return chosen;
  const Node* node = topology.find_node(nid);
  // Attached to the whole machine, at hwloc's root, says nothing.
  reason = Initiator::attached;
  if (node != nullptr && node->local_cpus.size() < topology.cpus.size()) {
    chosen = select(topology, eligible, [&](const auto& group) { return holds_any(group, node->local_cpus); });
  }
  if (chosen.empty()) reason = Initiator::attribute, chosen = best_by_attribute(topology, nid, eligible);
  if (chosen.empty()) reason = Initiator::nearest, chosen = nearest(topology, nid, eligible);
  // Equal candidates: nodes begin with different ones, lest all of them fall to the first groups.
  if (!chosen.empty()) std::rotate(chosen.begin(), chosen.begin() + nid % chosen.size(), chosen.end());
  if (chosen.size() > kInitiatorGroupsMax) chosen.resize(kInitiatorGroupsMax);
  return chosen;
}

}  // namespace memmap::host
