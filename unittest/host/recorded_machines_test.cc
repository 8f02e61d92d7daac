// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine's tables for machines that lstopo recorded: XML files, or folders with some, are arguments. One line a
// machine, and the exit status 1 where one is wrong.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "host/engine_topology.h"
#include "host/topology.h"

namespace memmap::host {
namespace {

// How far home h is from thieves of group g, as the machine's own distances say.
auto distance_of(const Topology& topology, uint32_t g, uint32_t h) {
  const LocalityGroup &from = topology.groups[g], &to = topology.groups[h];
  const bool same_node = from.nid == to.nid && from.nid != kNone;
  return std::make_tuple(!same_node, same_node ? from.l3 != to.l3 : topology.distance(from.nid, to.nid));
}

// A thief begins at home, then looks at all others, once each, the nearest first.
std::string check_order(const Topology& topology, const memmap_topology& table, uint32_t g) {
  std::vector<uint32_t> order(table.nr_groups, kNone);
  for (uint32_t h = 0; h < table.nr_groups; ++h) {
    const uint16_t rank = table.steal_rank[size_t{g} * table.nr_groups + h];
    if (rank >= table.nr_groups || order[rank] != kNone) return "the order is no permutation of all groups";
    order[rank] = h;
  }
  if (order[0] != g) return "its own group does not come first";
  for (uint32_t i = 2; i < table.nr_groups; ++i)
    if (distance_of(topology, g, order[i]) < distance_of(topology, g, order[i - 1]))
      return "group " + std::to_string(order[i]) + " comes behind " + std::to_string(order[i - 1]) +
             ", which is farther";
  return "";
}

// Somebody works on the node's memory; where it has workers of its own, only these.
std::string check_homes(const Topology& topology, const memmap_topology& table, uint32_t nid) {
  const std::vector<uint16_t> homes(table.home + table.home_begin[nid], table.home + table.home_begin[nid + 1]);
  if (topology.find_node(nid) == nullptr) return homes.empty() ? "" : "has homes, but is no node";
  if (homes.empty()) return "has no home";
  std::vector<bool> manned(table.nr_groups);
  for (uint32_t worker = 0; worker < table.nr_workers; ++worker) manned[table.group_of_worker[worker]] = true;
  bool own = false;
  for (uint32_t g = 0; g < table.nr_groups; ++g) own |= manned[g] && topology.groups[g].nid == nid;
  for (const uint16_t home : homes) {
    if (home >= table.nr_groups || !manned[home]) return "has a home without workers";
    if (own && topology.groups[home].nid != nid) return "has workers, but a home elsewhere";
  }
  return "";
}

std::string check(const Topology& topology, const EngineTopology& made) {
  const memmap_topology& table = *made.table();
  for (uint32_t g = 0; g < table.nr_groups; ++g) {
    const std::string wrong = check_order(topology, table, g);
    if (!wrong.empty()) return "thieves of group " + std::to_string(g) + ": " + wrong;
  }
  for (uint32_t nid = 0; nid < table.nr_nids; ++nid) {
    const std::string wrong = check_homes(topology, table, nid);
    if (!wrong.empty()) return "node " + std::to_string(nid) + " " + wrong;
  }
  uint32_t allowed = 0;
  for (const Cpu& cpu : topology.cpus) allowed += cpu.allowed;
  if (table.nr_workers != allowed) return "not a worker for each CPU that may be used";
  for (uint32_t worker = 0; worker < table.nr_workers; ++worker)
    if (!topology.find_cpu(made.cpu_of_worker(worker))->allowed) return "a worker on a CPU that may not be used";
  return "";
}

// True: it was read, and its tables are right.
bool report(const std::filesystem::path& file) {
  const std::string name = file.stem().string();
  const absl::StatusOr<Topology> topology = load_xml(file.string());
  if (!topology.ok()) return std::printf("%s: %s\n", name.c_str(), topology.status().ToString().c_str()), false;
  const auto made = EngineTopology::create(*topology);
  if (!made.ok()) return std::printf("%s: %s\n", name.c_str(), made.status().ToString().c_str()), false;
  const std::string wrong = check(*topology, **made);
  std::printf("%-40s %4zu CPUs %4u workers %3zu nodes %3u groups, distances %s: %s\n", name.c_str(),
              topology->cpus.size(), (*made)->nr_workers(), topology->nodes.size(), (*made)->table()->nr_groups,
              topology->distances.empty() ? "not told" : "told", wrong.empty() ? "right" : wrong.c_str());
  return wrong.empty();
}

std::vector<std::filesystem::path> machines(const std::filesystem::path& given) {
  if (!std::filesystem::is_directory(given)) return {given};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(given))
    if (entry.path().extension() == ".xml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace
}  // namespace memmap::host

int main(int argc, char** argv) {
  size_t nr_files = 0, nr_right = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : memmap::host::machines(argv[i])) ++nr_files, nr_right += memmap::host::report(file);
  }
  std::printf("%zu of %zu machines are right\n", nr_right, nr_files);
  return nr_files != 0 && nr_right == nr_files ? 0 : 1;
}
