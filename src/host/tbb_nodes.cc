// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/tbb_nodes.h"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "host/limits.h"

namespace memmap::host {
namespace {

// Nodes of ours that these CPUs are at home on.
std::set<uint32_t> homes_of(const Topology& topology, const std::vector<uint32_t>& cpus) {
  std::set<uint32_t> nids;
  for (const uint32_t os_id : cpus) {
    const Cpu* const cpu = topology.find_cpu(os_id);
    if (cpu != nullptr && cpu->allowed) nids.insert(cpu->home_nid);
  }
  return nids;
}

}  // namespace

std::vector<TbbNode> ask_tbb_nodes() {
  std::vector<TbbNode> nodes;
  for (const tbb::numa_node_id id : tbb::info::numa_nodes()) {
    TbbNode node;
    node.id = id;
    tbb::task_arena arena(tbb::task_arena::constraints(id, 1));
    arena.execute([&node] { node.cpus = affinity_cpus(); });
    nodes.push_back(node);
  }
  return nodes;
}

absl::StatusOr<std::vector<int>> tbb_node_of_groups(const Topology& topology,
                                                    const std::function<std::vector<TbbNode>()>& ask) {
  std::vector<int> ids(topology.groups.size(), kAnyTbbNode);
  std::set<uint32_t> ours;
  for (const LocalityGroup& group : topology.groups) ours.merge(homes_of(topology, group.cpus));
  if (ours.size() <= 1) return ids;
  const std::vector<TbbNode> nodes = ask();
  std::map<uint32_t, int> id_of_nid;
  for (const TbbNode& node : nodes) {
    const std::set<uint32_t> nids = homes_of(topology, node.cpus);
    if (node.id == kAnyTbbNode || nids.size() > 1) {
      return absl::FailedPreconditionError(absl::StrCat(
          "oneTBB cannot tell this machine's ", ours.size(), " NUMA nodes apart: its node ", node.id, " has CPUs of ",
          nids.size(), " of them; expected one each. Is libtbbbind (Debian: libtbbbind-2-5) installed?"));
    }
    for (const uint32_t nid : nids) id_of_nid[nid] = node.id;
  }
  for (size_t group = 0; group < ids.size(); ++group) {
    if (homes_of(topology, topology.groups[group].cpus).empty()) continue;
    const auto found = id_of_nid.find(topology.groups[group].nid);
    if (found == id_of_nid.end()) {
      return absl::FailedPreconditionError(absl::StrCat("oneTBB has no NUMA node with the CPUs of node ",
                                                        topology.groups[group].nid, "; it has ", nodes.size(),
                                                        " nodes, this machine ", ours.size()));
    }
    ids[group] = found->second;
  }
  return ids;
}

}  // namespace memmap::host
