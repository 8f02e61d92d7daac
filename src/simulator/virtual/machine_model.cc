// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/virtual/machine_model.h"

#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "host/locality.h"

namespace memmap::virtual_time {
namespace {

absl::Status refuse(const std::string& what, const std::string& expected) {
  return absl::InvalidArgumentError(absl::StrCat("impossible machine: ", what, ", expected ", expected));
}

absl::Status check_node(const NodeModel& node, size_t index) {
  const std::string name = absl::StrCat("node ", index, " (", node.memory, ")");
  if (!(node.write_gbs > 0)) return refuse(name + " has no write bandwidth", "write = \"46GB/s\" or the like");
  if (node.link_gbs > node.write_gbs)
    return refuse(absl::StrCat(name, " has a link of ", node.link_gbs, " GB/s"),
                  absl::StrCat("at most its own ", node.write_gbs, " GB/s"));
  if (!node.fabric.empty() && node.link_gbs == 0)
    return refuse(name + " shares fabric \"" + node.fabric + "\"", "its link");
  if (node.cores > node.cpus)
    return refuse(absl::StrCat(name, " has ", node.cores, " cores and ", node.cpus, " CPUs"), "at least a CPU a core");
  if (node.regress != 0 && node.knee == 0) return refuse(name + " slows down beyond no knee", "knee of one or more");
  return absl::OkStatus();
}

absl::Status check_core(const CoreModel& core) {
  struct Named {
    const char* name;
    double ns;
  };
  for (const Named& one :
       {Named{"boot", core.boot_ns}, Named{"device", core.device_ns}, Named{"template", core.template_ns},
        Named{"own_boot", core.own_boot_ns}, Named{"own_device", core.own_device_ns}})
    if (!(one.ns > 0)) return refuse(absl::StrCat("core.", one.name, " takes no time"), "what a record takes");
  return absl::OkStatus();
}

}  // namespace

uint32_t MachineModel::nr_cpus() const { return first_cpu(uint32_t(nodes.size())); }

uint32_t MachineModel::first_cpu(uint32_t node) const {
  uint32_t first = 0;
  for (uint32_t n = 0; n < node; ++n) first += nodes[n].cpus;
  return first;
}

uint32_t MachineModel::node_of_cpu(uint32_t cpu) const {
  uint32_t node = 0;
  while (cpu >= nodes[node].cpus) cpu -= nodes[node++].cpus;
  return node;
}

uint32_t MachineModel::nearest_with_cpus(uint32_t node) const {
  uint32_t best = UINT32_MAX;
  for (uint32_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].cpus == 0) continue;
    if (n == node) return n;
    if (best == UINT32_MAX || distance(n, node) < distance(best, node)) best = n;
  }
  return best;
}

absl::Status check(const MachineModel& model) {
  if (model.nodes.empty()) return refuse("no node", "[[machine.node]]");
  if (model.nodes.size() > 1024) return refuse(absl::StrCat(model.nodes.size(), " nodes"), "at most 1024");
  for (size_t n = 0; n < model.nodes.size(); ++n)
    if (absl::Status status = check_node(model.nodes[n], n); !status.ok()) return status;
  if (model.nr_cpus() == 0 || model.nr_cpus() > 8192)
    return refuse(absl::StrCat(model.nr_cpus(), " CPUs"), "1 to 8192");
  for (size_t n = 0; n < model.nodes.size(); ++n) {
    for (size_t m = 0; m < model.nodes.size(); ++m) {
      const uint32_t far = model.distances[n * model.nodes.size() + m];
      if (n == m ? far != 10 : far <= 10)
        return refuse(absl::StrCat("distance ", far, " from node ", n, " to node ", m), n == m ? "10" : "more than 10");
    }
  }
  for (const SlowCpus& slow : model.slow) {
    if (slow.node >= model.nodes.size() || slow.count > model.nodes[slow.node].cpus)
      return refuse(absl::StrCat(slow.count, " slow CPUs on node ", slow.node), "at most as many as it has");
    if (slow.factor < 1) return refuse("slow CPUs that are faster", "a factor of 1 or more");
  }
  return check_core(model.core);
}

host::Topology topology_of(const MachineModel& model) {
  host::Topology topology;
  for (uint32_t n = 0; n < model.nodes.size(); ++n) {
    host::Node node;
    node.nid = n;
    node.bytes = model.nodes[n].bytes;
    node.subtype = model.nodes[n].cpus == 0 ? model.nodes[n].memory : "";
    for (uint32_t c = 0; c < model.nodes[n].cpus; ++c) {
      host::Cpu cpu;
      cpu.os_id = model.first_cpu(n) + c;
      cpu.core = model.first_cpu(n) + c % model.cores(n);
      topology.cpus.push_back(cpu);
      node.local_cpus.push_back(cpu.os_id);
    }
    const uint32_t beside = model.nodes[n].beside;
    for (uint32_t c = 0; node.local_cpus.empty() && beside != UINT32_MAX && c < model.nodes[beside].cpus; ++c)
      node.local_cpus.push_back(model.first_cpu(beside) + c);  // attached to them, and no home of theirs
    topology.nodes.push_back(std::move(node));
  }
  topology.distances = model.distances;
  host::derive_locality(topology);
  return topology;
}

}  // namespace memmap::virtual_time
