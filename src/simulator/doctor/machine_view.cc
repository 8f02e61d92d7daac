// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/doctor/machine_view.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "host/engine_topology.h"

namespace memmap::simulator {
namespace {

constexpr size_t kVictimsShown = 12;  // of a group, in the text

const char* text_of(host::Initiator why) {
  switch (why) {
    case host::Initiator::own:
      return "its own";
    case host::Initiator::attached:
      return "it is attached to their CPUs";
    case host::Initiator::attribute:
      return "the firmware says they reach it best";
    case host::Initiator::nearest:
      return "nearest by distance";
  }
  return "";
}

const char* text_of(MachineView::Distances distances) {
  if (distances == MachineView::Distances::not_told) return "not told (10 to itself, 20 to all others)";
  return distances == MachineView::Distances::symmetric ? "told, symmetric" : "told, asymmetric";
}

MachineView::Distances judge_distances(const host::Topology& topology) {
  if (topology.distances.empty()) return MachineView::Distances::not_told;
  const size_t n = topology.nodes.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (topology.distances[i * n + j] != topology.distances[j * n + i]) return MachineView::Distances::asymmetric;
    }
  }
  return MachineView::Distances::symmetric;
}

// The engine's own table, in the order of its ranks.
std::vector<MachineView::Victims> victims_of(const host::Topology& topology, const memmap_topology& table, uint32_t g) {
  const uint32_t n = table.nr_groups;
  std::vector<uint32_t> by_rank(n);
  for (uint32_t h = 0; h < n; ++h) by_rank[table.steal_rank[g * n + h]] = h;
  std::vector<MachineView::Victims> victims;
  for (uint32_t rank = 1; rank < n; ++rank) {
    const uint32_t distance = topology.distance(topology.groups[g].nid, topology.groups[by_rank[rank]].nid);
    if (victims.empty() || victims.back().distance != distance) victims.push_back({distance, {}});
    victims.back().groups.push_back(by_rank[rank]);
  }
  return victims;
}

MachineView::Node view_node(const host::Topology& topology, const host::Node& node, const std::vector<bool>& eligible) {
  MachineView::Node seen{node.nid, node.subtype, node.bytes, 0, node.allowed, host::Initiator::own, {}};
  for (const host::Cpu& cpu : topology.cpus) seen.nr_cpus += cpu.home_nid == node.nid;
  seen.homes = initiator_groups(topology, node.nid, eligible, &seen.why);
  return seen;
}

std::string victims_text(const MachineView::Group& group) {
  std::vector<std::string> parts;
  size_t shown = 0, hidden = 0;
  for (const MachineView::Victims& victims : group.victims) {
    const size_t n = std::min(victims.groups.size(), kVictimsShown - shown);
    shown += n;
    hidden += victims.groups.size() - n;
    const std::vector<uint32_t> some(victims.groups.begin(), victims.groups.begin() + long(n));
    if (n != 0) parts.push_back(absl::StrCat(absl::StrJoin(some, " "), " (", victims.distance, ")"));
  }
  if (hidden != 0) parts.push_back(absl::StrCat("and ", hidden, " more"));
  return parts.empty() ? "nobody" : absl::StrJoin(parts, ", ");
}

std::string node_name(uint32_t nid) { return nid == host::kNone ? "offline" : absl::StrCat(nid); }

}  // namespace

absl::StatusOr<MachineView> view_machine(const host::Topology& topology, uint32_t nr_workers) {
  const auto tables = host::EngineTopology::create(topology, nr_workers);
  if (!tables.ok()) return tables.status();
  const memmap_topology& table = *(*tables)->table();
  MachineView view{};
  view.nr_cpus = uint32_t(topology.cpus.size());
  for (const host::Cpu& cpu : topology.cpus) view.nr_allowed += cpu.allowed;
  view.nr_workers = table.nr_workers;
  view.distances = judge_distances(topology);
  std::vector<bool> eligible(table.nr_groups, table.nr_workers == 0);
  for (uint32_t g = 0; g < table.nr_groups; ++g) {
    const host::LocalityGroup& group = topology.groups[g];
    MachineView::Group seen{group.nid, group.cpus, 0, table.width[g], victims_of(topology, table, g)};
    for (uint32_t worker = 0; worker < table.nr_workers; ++worker)
      seen.nr_workers += table.group_of_worker[worker] == g;
    if (seen.nr_workers != 0) eligible[g] = true;
    view.groups.push_back(std::move(seen));
  }
  for (const host::Node& node : topology.nodes) view.nodes.push_back(view_node(topology, node, eligible));
  return view;
}

std::string id_list(const std::vector<uint32_t>& ids) {
  std::vector<uint32_t> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> parts;
  for (size_t n = 0; n < sorted.size();) {
    size_t last = n;
    while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
    parts.push_back(last == n ? absl::StrCat(sorted[n]) : absl::StrCat(sorted[n], "-", sorted[last]));
    n = last + 1;
  }
  return absl::StrJoin(parts, ",");
}

std::string format_view(const MachineView& view) {
  std::string out = absl::StrFormat(
      "CPUs %d, allowed %d; workers %d, groups %d; nodes %d, distances %s\n\n  node      memory  CPUs  worked on "
      "by\n",
      view.nr_cpus, view.nr_allowed, view.nr_workers, view.groups.size(), view.nodes.size(), text_of(view.distances));
  for (const MachineView::Node& node : view.nodes) {
    absl::StrAppendFormat(
        &out, "  %4d  %6.1f GiB  %4d  group%s %s: %s%s%s\n", node.nid, double(node.bytes) / double(uint64_t{1} << 30),
        node.nr_cpus, node.homes.size() == 1 ? "" : "s", absl::StrJoin(node.homes, " "), text_of(node.why),
        node.subtype.empty() ? "" : absl::StrCat("; ", node.subtype), node.allowed ? "" : "; we may not allocate here");
  }
  absl::StrAppend(&out, "\n  group     node  workers  at once  steals from (distance), nearest first; its CPUs\n");
  for (size_t g = 0; g < view.groups.size(); ++g) {
    const MachineView::Group& group = view.groups[g];
    absl::StrAppendFormat(&out, "  %5d  %7s  %7d  %7d  %s; CPUs %s\n", g, node_name(group.nid), group.nr_workers,
                          std::min(group.width, group.nr_workers), victims_text(group), id_list(group.cpus));
  }
  return out;
}

void write_view(JsonWriter& json, const MachineView& view) {
  json.count("cpus", view.nr_cpus);
  json.count("cpus_allowed", view.nr_allowed);
  json.count("workers", view.nr_workers);
  json.text("distances", text_of(view.distances));
  json.begin_array("nodes");
  for (const MachineView::Node& node : view.nodes) {
    json.begin_object();
    json.count("nid", node.nid);
    json.text("subtype", node.subtype);
    json.count("bytes", node.bytes);
    json.count("cpus", node.nr_cpus);
    json.count("allowed", node.allowed);
    json.text("why", text_of(node.why));
    json.begin_array("homes");
    for (const uint32_t home : node.homes) json.count("", home);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.begin_array("groups");
  for (const MachineView::Group& group : view.groups) {
    json.begin_object();
    json.text("node", node_name(group.nid));
    json.text("cpus", id_list(group.cpus));
    json.count("workers", group.nr_workers);
    json.count("width", group.width);
    json.begin_array("steals_from");
    for (const MachineView::Victims& victims : group.victims) {
      for (const uint32_t victim : victims.groups) {
        json.begin_object();
        json.count("group", victim);
        json.count("distance", victims.distance);
        json.end_object();
      }
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace memmap::simulator
