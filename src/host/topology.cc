// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The one file that knows hwloc: reads a machine into a Topology.
//
// Disallowed CPUs and nodes are kept and marked: without them, distances and locality would be those of another
// machine. A CPU-less node has an empty cpuset, or the root's, or shares that of the node it is attached to: see
// locality.cc.
#include "host/topology.h"

#include <errno.h>
#include <hwloc.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "host/limits.h"
#include "host/locality.h"

namespace memmap::host {
namespace {

using Handle = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;
constexpr uint32_t kNidMax = 0xfffe;     // tables of nodes are indexed by id, up to here
constexpr uint32_t kCpuIdMax = 0xfffff;  // and those of CPUs
constexpr double kSyntheticMax = 8192;  // CPUs or others of a level: Linux's largest NR_CPUS; hwloc takes 3 s for 4,096

Handle make_handle() {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) raw = nullptr;
  return Handle(raw, &hwloc_topology_destroy);
}

std::vector<uint32_t> members(hwloc_const_bitmap_t set) {
  std::vector<uint32_t> ids;
  for (int id = hwloc_bitmap_first(set); id >= 0; id = hwloc_bitmap_next(set, id))
    ids.push_back(static_cast<uint32_t>(id));
  return ids;
}

uint32_t number_of(hwloc_obj_t object) { return object == nullptr ? kNone : object->logical_index; }

void read_cpus(hwloc_topology_t source, Topology& topology) {
  const hwloc_const_bitmap_t allowed = hwloc_topology_get_allowed_cpuset(source);
  for (hwloc_obj_t pu = nullptr; (pu = hwloc_get_next_obj_by_type(source, HWLOC_OBJ_PU, pu)) != nullptr;) {
    Cpu cpu;
    cpu.os_id = pu->os_index;
    cpu.allowed = hwloc_bitmap_isset(allowed, pu->os_index) != 0;
    const hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(source, HWLOC_OBJ_CORE, pu);
    cpu.core = core == nullptr ? pu->logical_index : core->logical_index;
    cpu.l3 = number_of(hwloc_get_ancestor_obj_by_type(source, HWLOC_OBJ_L3CACHE, pu));
    topology.cpus.push_back(cpu);
  }
}

void read_nodes(hwloc_topology_t source, Topology& topology) {
  const hwloc_const_bitmap_t allowed = hwloc_topology_get_allowed_nodeset(source);
  for (hwloc_obj_t o = nullptr; (o = hwloc_get_next_obj_by_type(source, HWLOC_OBJ_NUMANODE, o)) != nullptr;) {
    Node node;
    node.nid = o->os_index;
    node.bytes = o->attr->numanode.local_memory;
    node.local_cpus = members(o->cpuset);
    node.allowed = hwloc_bitmap_isset(allowed, o->os_index) != 0;
    if (o->subtype != nullptr) node.subtype = o->subtype;
    topology.nodes.push_back(std::move(node));
  }
  std::sort(topology.nodes.begin(), topology.nodes.end(), [](const Node& a, const Node& b) { return a.nid < b.nid; });
}

// The matrix of latencies that covers most nodes, spread to our order of nodes; what it lacks gets the default.
void read_distances(hwloc_topology_t source, Topology& topology) {
  hwloc_distances_s* found[8];
  unsigned nr_found = 8;
  constexpr unsigned long kKind = HWLOC_DISTANCES_KIND_MEANS_LATENCY;
  if (hwloc_distances_get_by_type(source, HWLOC_OBJ_NUMANODE, &nr_found, found, kKind, 0) != 0) return;
  nr_found = std::min(nr_found, 8u);
  const hwloc_distances_s* widest = nullptr;
  for (unsigned i = 0; i < nr_found; ++i) {
    if (widest == nullptr || found[i]->nbobjs > widest->nbobjs) widest = found[i];
  }
  const size_t n = topology.nodes.size();
  if (widest != nullptr) {
    topology.distances.assign(n * n, kDistanceRemote);
    for (size_t i = 0; i < n; ++i) topology.distances[i * n + i] = kDistanceLocal;
    std::map<uint32_t, size_t> place;
    for (size_t i = 0; i < n; ++i) place[topology.nodes[i].nid] = i;
    for (unsigned i = 0; i < widest->nbobjs; ++i) {
      for (unsigned j = 0; j < widest->nbobjs; ++j) {
        const uint64_t value = std::min<uint64_t>(widest->values[i * widest->nbobjs + j], kNone - 1);
        topology.distances[place[widest->objs[i]->os_index] * n + place[widest->objs[j]->os_index]] =
            static_cast<uint32_t>(value);
      }
    }
  }
  for (unsigned i = 0; i < nr_found; ++i) hwloc_distances_release(source, found[i]);
}

uint64_t attribute(hwloc_topology_t source, hwloc_memattr_id_t id, hwloc_obj_t node, hwloc_location* from) {
  hwloc_uint64_t value = 0;
  return hwloc_memattr_get_value(source, id, node, from, 0, &value) == 0 ? value : 0;
}

// One MemoryAccess for each initiator that the bandwidth or the latency of a node is told for.
void read_accesses(hwloc_topology_t source, Topology& topology) {
  for (hwloc_obj_t o = nullptr; (o = hwloc_get_next_obj_by_type(source, HWLOC_OBJ_NUMANODE, o)) != nullptr;) {
    std::map<std::vector<uint32_t>, MemoryAccess> by_initiator;
    for (hwloc_memattr_id_t id : {HWLOC_MEMATTR_ID_BANDWIDTH, HWLOC_MEMATTR_ID_LATENCY}) {
      unsigned nr = 0;
      if (hwloc_memattr_get_initiators(source, id, o, 0, &nr, nullptr, nullptr) != 0 || nr == 0) continue;
      std::vector<hwloc_location> initiators(nr);
      if (hwloc_memattr_get_initiators(source, id, o, 0, &nr, initiators.data(), nullptr) != 0) continue;
      for (hwloc_location& from : initiators) {
        if (from.type != HWLOC_LOCATION_TYPE_CPUSET) continue;
        auto cpus = members(from.location.cpuset);
        MemoryAccess& access = by_initiator[cpus];
        access.nid = o->os_index;
        access.initiator_cpus = std::move(cpus);
        (id == HWLOC_MEMATTR_ID_BANDWIDTH ? access.bandwidth_mib_per_s : access.latency_ns) =
            attribute(source, id, o, &from);
      }
    }
    for (auto& entry : by_initiator) topology.accesses.push_back(std::move(entry.second));
  }
}

absl::StatusOr<Topology> read(hwloc_topology_t source, const std::string& origin) {
  Topology topology;
  read_nodes(source, topology);
  read_cpus(source, topology);
  if (topology.nodes.empty() || topology.cpus.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(origin, ": expected at least one NUMA node and one CPU"));
  }
  if (topology.nodes.back().nid > kNidMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(origin, ": node id ", topology.nodes.back().nid, ", expected at most ", kNidMax));
  }
  for (const Cpu& cpu : topology.cpus) {
    if (cpu.os_id > kCpuIdMax) {
      return absl::InvalidArgumentError(absl::StrCat(origin, ": CPU id ", cpu.os_id, ", expected at most ", kCpuIdMax));
    }
  }
  read_distances(source, topology);
  read_accesses(source, topology);
  topology.this_machine = hwloc_topology_is_thissystem(source) != 0;
  derive_locality(topology);
  return topology;
}

// How many objects the last level of a synthetic description has: the product of its counts, as in "pack:2 core:4".
double nr_objects(const std::string& description) {
  double product = 1;
  int depth = 0;  // of brackets, which have no counts
  for (size_t i = 0; i < description.size(); ++i) {
    depth += (description[i] == '(' || description[i] == '[') - (description[i] == ')' || description[i] == ']');
    if (depth == 0 && description[i] == ':') product *= std::max(1.0, std::strtod(&description[i + 1], nullptr));
  }
  return product;
}

template <typename SetSource>
absl::StatusOr<Topology> load(const std::string& origin, const char* expected, SetSource set_source) {
  const Handle source = make_handle();
  if (source == nullptr) return absl::ResourceExhaustedError("hwloc: out of memory");
  hwloc_topology_set_flags(source.get(), HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  errno = 0;
  if (set_source(source.get()) != 0 || hwloc_topology_load(source.get()) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(origin, ": not readable as ", expected));
  }
  return read(source.get(), origin);
}

}  // namespace

absl::StatusOr<Topology> load_this_machine() {
  auto topology = load("this machine", "an hwloc topology", [](hwloc_topology_t) { return 0; });
  if (!topology.ok() || !topology->this_machine) return topology;
  const std::vector<uint32_t> mask = affinity_cpus();
  for (Cpu& cpu : topology->cpus) {
    cpu.allowed = cpu.allowed && (mask.empty() || std::binary_search(mask.begin(), mask.end(), cpu.os_id));
  }
  return topology;
}

absl::StatusOr<Topology> load_xml(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened, expected an hwloc XML file"));
  if (file.peek() == std::ifstream::traits_type::eof()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ":1: empty or not a file, expected an hwloc XML file"));
  }
  return load(path, "an hwloc XML file (as `lstopo machine.xml` writes it)",
              [&](hwloc_topology_t source) { return hwloc_topology_set_xml(source, path.c_str()); });
}

absl::StatusOr<Topology> load_synthetic(const std::string& description) {
  if (const double nr = nr_objects(description); nr > kSyntheticMax) {
    return absl::InvalidArgumentError(absl::StrCat("\"", description, "\": a synthetic description of ", nr,
                                                   " CPUs, expected at most ", kSyntheticMax));
  }
  return load("\"" + description + "\"", "an hwloc synthetic description (as in \"pack:2 core:4 pu:2\")",
              [&](hwloc_topology_t source) { return hwloc_topology_set_synthetic(source, description.c_str()); });
}

const Node* Topology::find_node(uint32_t nid) const {
  const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.nid == nid; });
  return node == nodes.end() ? nullptr : &*node;
}

const Cpu* Topology::find_cpu(uint32_t os_id) const {
  const auto cpu = std::find_if(cpus.begin(), cpus.end(), [&](const Cpu& c) { return c.os_id == os_id; });
  return cpu == cpus.end() ? nullptr : &*cpu;
}

uint32_t Topology::distance(uint32_t from_nid, uint32_t to_nid) const {
  const Node* from = find_node(from_nid);
  const Node* to = find_node(to_nid);
  if (distances.empty() || from == nullptr || to == nullptr)
    return from_nid == to_nid ? kDistanceLocal : kDistanceRemote;
  return distances[static_cast<size_t>(from - nodes.data()) * nodes.size() + static_cast<size_t>(to - nodes.data())];
}

}  // namespace memmap::host
