// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/machine.h"

#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/locality.h"

namespace memmap::simulator {
namespace {

std::string read_cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (line.rfind("model name", 0) == 0 && colon != line.npos) {
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  return "unknown CPU";
}

// The kernel puts the mode that holds in brackets.
std::string read_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string modes;
  std::getline(file, modes);
  const size_t open = modes.find('[');
  const size_t close = modes.find(']');
  return open < close && close != modes.npos ? modes.substr(open + 1, close - open - 1) : "not known";
}

std::string read_kernel() {
  utsname names;
  return uname(&names) == 0 ? absl::StrCat(names.sysname, " ", names.release) : "unknown kernel";
}

std::vector<uint32_t> nids_of(const host::Topology& topology) {
  std::vector<uint32_t> nids;
  for (const host::Node& node : topology.nodes) nids.push_back(node.nid);
  return nids;
}

// The same CPUs on other nodes, neighbours together; all nodes equally far from each other.
void deal_out(host::Topology& topology, const std::vector<uint32_t>& nids) {
  const size_t nr_nodes = nids.size();
  const uint64_t nr_bytes = topology.nodes[0].bytes / nr_nodes;
  topology.nodes.assign(nr_nodes, {});
  topology.distances.clear();
  topology.accesses.clear();
  topology.groups.clear();
  const size_t nr_cpus = topology.cpus.size();
  for (size_t n = 0; n < nr_nodes; ++n) topology.nodes[n].nid = nids[n];
  for (host::Node& node : topology.nodes) node.bytes = nr_bytes;
  for (size_t n = 0; n < nr_cpus; ++n) {
    const size_t node = nr_nodes <= nr_cpus ? n * nr_nodes / nr_cpus : n;
    topology.nodes[node].local_cpus.push_back(topology.cpus[n].os_id);
  }
  host::derive_locality(topology);
}

}  // namespace

uint32_t Machine::nr_cpus(uint32_t wanted_nid) const {
  const auto at_home = [&](const host::Cpu& cpu) { return cpu.allowed && cpu.home_nid == wanted_nid; };
  const auto count = std::count_if(topology.cpus.begin(), topology.cpus.end(), at_home);
  return count == 0 ? uint32_t(cpus.size()) : uint32_t(count);
}

std::vector<Machine::NodeCpus> Machine::cpus_of_nodes() const {
  std::vector<NodeCpus> all;
  for (const host::Node& node : topology.nodes) {
    std::set<uint32_t> cores;
    NodeCpus here;
    for (const uint32_t os_id : cpus) {
      const host::Cpu& cpu = *topology.find_cpu(os_id);
      if (cpu.home_nid != node.nid) continue;
      ++here.cpus;
      cores.insert(cpu.core);
    }
    here.cores = uint32_t(cores.size());
    if (here.cpus != 0) all.push_back(here);
  }
  return all;
}

std::string Machine::describe() const {
  return absl::StrCat(cpus.size(), cpus.size() == 1 ? " CPU (" : " CPUs (", cpu_model, "), ", nr_nodes(),
                      pretended ? " pretended" : "", nr_nodes() == 1 ? " node, " : " nodes, ", kernel,
                      ", transparent huge pages: ", huge_pages);
}

absl::StatusOr<Machine> load_machine(uint32_t nr_nodes) {
  absl::StatusOr<Machine> machine = load_machine(std::vector<uint32_t>());
  if (!machine.ok() || nr_nodes == 0 || nr_nodes == machine->nr_nodes()) return machine;
  std::vector<uint32_t> nids(nr_nodes);
  std::iota(nids.begin(), nids.end(), 0u);
  return load_machine(nids);
}

absl::StatusOr<Machine> load_machine(const std::vector<uint32_t>& nids) {
  absl::StatusOr<host::Topology> topology = host::load_this_machine();
  if (!topology.ok()) return topology.status();
  Machine machine;
  machine.topology = *std::move(topology);
  machine.pretended = !nids.empty() && nids != nids_of(machine.topology);
  if (machine.pretended) deal_out(machine.topology, nids);
  for (const host::Cpu& cpu : machine.topology.cpus) {
    if (cpu.allowed) machine.cpus.push_back(cpu.os_id);
  }
  machine.cpu_model = read_cpu_model();
  machine.kernel = read_kernel();
  machine.huge_pages = read_huge_pages();
  return machine;
}

}  // namespace memmap::simulator
