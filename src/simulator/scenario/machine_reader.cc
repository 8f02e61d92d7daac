// SPDX-License-Identifier: GPL-2.0-only OR MIT
// [machine]: nodes by hand, or from hwloc with the memories' parameters by hand.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "simulator/scenario/reader.h"

namespace memmap::virtual_time {
namespace {

constexpr uint32_t kFarther = 7;  // a memory beside a socket, in ACPI's unit, where nothing is told: 17 from it

struct Nodes {
  std::vector<NodeModel> nodes;
  std::vector<uint32_t> beside;  // of each node: the one it hangs off; itself: none
};

void read_node(const Value& value, bool by_hand, Complaints& complaints, Nodes* all) {
  TableReader table(value, complaints);
  NodeModel node;
  uint32_t nr = 1, beside = UINT32_MAX;
  table.text("memory", &node.memory);
  table.count("count", 1, 1024, &nr);
  if (by_hand) {
    uint32_t threads = 1;
    table.count("cpus", 0, 8192, &node.cpus);
    table.count("threads", 1, 8, &threads);
    node.cores = (node.cpus + threads - 1) / threads;
    table.quantity("ram", Unit::bytes, &node.bytes);
    table.count("beside", 0, 1023, &beside);
  }
  table.require("write", "\"46GB/s\"");
  table.quantity("write", Unit::bandwidth, &node.write_gbs);
  table.quantity("link", Unit::bandwidth, &node.link_gbs);
  table.text("fabric", &node.fabric);
  table.count("knee", 1, 8192, &node.knee);
  table.real("regress", 0, 100, &node.regress);
  table.quantity("record", Unit::time, &node.record_ns);
  table.quantity("fault", Unit::time, &node.fault_ns);
  table.finish();
  for (uint32_t i = 0; i < nr; ++i) {
    all->beside.push_back(beside == UINT32_MAX ? uint32_t(all->nodes.size()) : beside + i);
    all->nodes.push_back(node);
    if (beside != UINT32_MAX) all->nodes.back().beside = beside + i;
  }
}

void read_core(const Value& value, Complaints& complaints, CoreModel* core) {
  TableReader table(value, complaints);
  table.quantity("boot", Unit::time, &core->boot_ns);
  table.quantity("device", Unit::time, &core->device_ns);
  table.quantity("template", Unit::time, &core->template_ns);
  table.quantity("own_boot", Unit::time, &core->own_boot_ns);
  table.quantity("own_device", Unit::time, &core->own_device_ns);
  table.real("remote", 0, 100, &core->remote);
  table.finish();
}

void read_serial(const Value& value, Complaints& complaints, SerialModel* serial) {
  TableReader table(value, complaints);
  table.quantity("hotplug", Unit::time, &serial->hotplug_ns);
  table.quantity("populate", Unit::time, &serial->populate_ns);
  table.quantity("contiguous", Unit::time, &serial->contiguous_ns);
  table.quantity("waker", Unit::time, &serial->waker_ns);
  table.quantity("wakee", Unit::time, &serial->wakee_ns);
  table.quantity("call", Unit::time, &serial->call_ns);
  table.finish();
}

void read_slow(const Value& value, Complaints& complaints, std::vector<SlowCpus>* slow) {
  TableReader table(value, complaints);
  SlowCpus cpus;
  table.count("node", 0, 1023, &cpus.node);
  table.count("cpus", 1, 8192, &cpus.count);
  table.real("factor", 1, 1e6, &cpus.factor);
  table.finish();
  slow->push_back(cpus);
}

// Index of the node that a memory without CPUs hangs off; UINT32_MAX: of none, or of the whole machine.
uint32_t beside_of(const host::Topology& topology, const host::Node& memory) {
  if (memory.local_cpus.empty() || memory.local_cpus.size() == topology.cpus.size()) return UINT32_MAX;
  const host::Cpu* const cpu = topology.find_cpu(memory.local_cpus[0]);
  for (uint32_t n = 0; cpu != nullptr && n < topology.nodes.size(); ++n)
    if (topology.nodes[n].nid == cpu->home_nid) return n;
  return UINT32_MAX;
}

uint32_t cores_of(const host::Topology& topology, uint32_t nid) {
  std::set<uint32_t> cores;
  for (const host::Cpu& cpu : topology.cpus)
    if (cpu.home_nid == nid) cores.insert(cpu.core);
  return uint32_t(cores.size());
}

// Nodes as hwloc has them; their memories' parameters are those of the [[machine.node]] in turn.
bool take_topology(const Value& value, Complaints& complaints, const Nodes& parameters, MachineModel* machine) {
  const bool is_file = absl::EndsWith(value.text, ".xml");
  const auto topology = is_file ? host::load_xml(value.text) : host::load_synthetic(value.text);
  if (!topology.ok()) {
    complaints.add(value.place, std::string(topology.status().message()), "an hwloc XML file or synthetic description");
    return false;
  }
  const size_t nr = topology->nodes.size();
  if (parameters.nodes.size() != 1 && parameters.nodes.size() != nr) {
    complaints.add(value.place, absl::StrCat("a topology of ", nr, " nodes, and ", parameters.nodes.size()),
                   "[[machine.node]] for one or for all of them");
    return false;
  }
  for (size_t n = 0; n < nr; ++n) {
    NodeModel node = parameters.nodes[parameters.nodes.size() == 1 ? 0 : n];
    const host::Node& loaded = topology->nodes[n];
    node.bytes = loaded.bytes;
    if (!loaded.subtype.empty()) node.memory = loaded.subtype;
    node.cpus = uint32_t(std::count_if(topology->cpus.begin(), topology->cpus.end(),
                                       [&](const host::Cpu& cpu) { return cpu.home_nid == loaded.nid; }));
    node.cores = cores_of(*topology, loaded.nid);
    node.beside = node.cpus == 0 ? beside_of(*topology, loaded) : UINT32_MAX;
    machine->nodes.push_back(std::move(node));
    for (size_t m = 0; m < nr; ++m) {
      const uint32_t told = topology->distance(loaded.nid, topology->nodes[m].nid);
      machine->distances.push_back(n == m ? 10 : std::max(told, 11u));
    }
  }
  return true;
}

void read_distances(const Value& value, Complaints& complaints, size_t nr_nodes, std::vector<uint32_t>* distances) {
  const std::string expected = absl::StrCat(nr_nodes, " rows of ", nr_nodes, " distances, 10 to 255");
  std::vector<uint32_t> read;
  for (const Value& row : value.items) {
    if (row.items.size() != nr_nodes) return complaints.add(row.place, row.shown(), expected);
    for (const Value& one : row.items) {
      if (one.kind != Value::Kind::integer || one.integer < 10 || one.integer > 255)
        return complaints.add(one.place, one.shown(), expected);
      read.push_back(uint32_t(one.integer));
    }
  }
  if (read.size() != nr_nodes * nr_nodes) return complaints.add(value.place, value.shown(), expected);
  *distances = std::move(read);
}

// Where the file has no table of them: `remote` between sockets, somewhat more where a memory hangs off one.
void make_distances(const Nodes& all, uint32_t remote, std::vector<uint32_t>* distances) {
  const auto farther = [&](uint32_t n) { return all.beside[n] == n ? 0 : kFarther; };
  for (uint32_t n = 0; n < all.nodes.size(); ++n) {
    for (uint32_t m = 0; m < all.nodes.size(); ++m) {
      const uint32_t sockets = all.beside[n] == all.beside[m] ? 10 : remote;
      distances->push_back(n == m ? 10 : sockets + farther(n) + farther(m));
    }
  }
}

}  // namespace

void read_machine(TableReader& table, MachineModel* machine) {
  Complaints& complaints = table.complaints();
  const Value* const topology = table.find("topology");
  if (topology != nullptr && topology->kind != Value::Kind::text) table.complain(*topology, "a text");
  table.text("name", &machine->name);
  table.count("width", 1, 64, &machine->width);
  table.require("node", "at least one [[machine.node]]");
  Nodes all;
  for (const Value* node : table.tables("node")) read_node(*node, topology == nullptr, complaints, &all);
  for (uint32_t n = 0; n < all.nodes.size(); ++n) {
    if (all.beside[n] >= all.nodes.size())
      complaints.add(table.place(), absl::StrCat("a memory beside node ", all.beside[n]),
                     "a node that the machine has");
  }
  if (const Value* const core = table.table("core")) read_core(*core, complaints, &machine->core);
  table.require("core", "a table [machine.core]");
  if (const Value* const serial = table.table("serial")) read_serial(*serial, complaints, &machine->serial);
  for (const Value* slow : table.tables("slow")) read_slow(*slow, complaints, &machine->slow);
  uint32_t remote = 20;
  table.count("remote_distance", 11, 255, &remote);
  const Value* const distances = table.find("distances");
  if (!complaints.first.ok()) return;
  if (topology != nullptr) {
    if (!take_topology(*topology, complaints, all, machine)) return;
  } else {
    machine->nodes = all.nodes;
    make_distances(all, remote, &machine->distances);
  }
  if (distances != nullptr) read_distances(*distances, complaints, machine->nodes.size(), &machine->distances);
}

}  // namespace memmap::virtual_time
