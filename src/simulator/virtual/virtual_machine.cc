// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/virtual/virtual_machine.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

namespace memmap::virtual_time {
namespace {

std::atomic<bool> is_interrupted = false;  // a flag that nothing is published by
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's action may set it");

}  // namespace

void interrupt_runs() { is_interrupted.store(true, std::memory_order_relaxed); }
bool interrupted() { return is_interrupted.load(std::memory_order_relaxed); }

VirtualMachine::VirtualMachine(const MachineModel& model, uint64_t seed)
    : model_(model),
      chooser_(seed),
      world_(chooser_),
      uses_(model.nodes.size()),
      writers_(model.nodes.size()),
      writing_since_(model.nodes.size()) {
  world_.set_pace(this);
  world_.set_wake_ns(model.serial.waker_ns, model.serial.wakee_ns);
  for (uint32_t n = 0; n < model.nodes.size(); ++n)
    for (uint32_t c = 0; c < model.nodes[n].cpus; ++c) cpus_.push_back({n});
  for (const SlowCpus& slow : model.slow)
    for (uint32_t c = 0; c < slow.count; ++c) cpus_[model.first_cpu(slow.node) + c].factor = slow.factor;
  build_networks();
}

// Nodes are networks by themselves, but those on one fabric are one, as they share its link.
void VirtualMachine::build_networks() {
  std::map<std::string, uint32_t> network_of, link_of;
  for (const NodeModel& node : model_.nodes) {
    MemoryPlace place;
    const auto known = node.fabric.empty() ? network_of.end() : network_of.find(node.fabric);
    place.network = known != network_of.end() ? known->second : uint32_t(networks_.size());
    if (known == network_of.end()) networks_.emplace_back();
    Network& network = networks_[place.network];
    place.memory = network.add_station({node.write_gbs, node.knee, node.regress});
    if (known != network_of.end()) {
      place.link = link_of[node.fabric];
    } else if (node.link_gbs > 0) {
      double link_gbs = node.link_gbs;
      for (const NodeModel& other : model_.nodes)
        if (!node.fabric.empty() && other.fabric == node.fabric) link_gbs = std::min(link_gbs, other.link_gbs);
      place.link = network.add_station({link_gbs, 0, 0});
    }
    if (!node.fabric.empty()) network_of[node.fabric] = place.network, link_of[node.fabric] = place.link;
    places_.push_back(place);
  }
}

uint32_t VirtualMachine::spawn(std::string name, uint32_t cpu, std::function<void()> body) {
  return spawn_worker(std::move(name), 0, MEMMAP_NO_WORKER, cpu, std::move(body));
}

uint32_t VirtualMachine::spawn_worker(std::string name, uint32_t group, uint32_t worker, uint32_t cpu,
                                      std::function<void()> body) {
  const uint32_t fiber = worker == MEMMAP_NO_WORKER
                             ? world_.spawn(std::move(name), group, std::move(body))
                             : world_.spawn_worker(std::move(name), group, worker, std::move(body));
  cpu_of_.resize(fiber + 1);
  pinned_.resize(fiber + 1);
  bursts_.resize(fiber + 1);
  writings_.resize(fiber + 1);
  cpu_of_[fiber] = cpu;
  pinned_[fiber] = worker != MEMMAP_NO_WORKER;
  return fiber;
}

void VirtualMachine::take_offline(uint32_t cpu) { cpus_[cpu].online = false; }

// An idle CPU of the same node, on an idle core if there is one; or the same one where there is none.
uint32_t VirtualMachine::idle_beside(uint32_t cpu) const {
  const uint32_t node = cpus_[cpu].node, first = model_.first_cpu(node), n = model_.nodes[node].cpus;
  uint32_t found = cpu;
  for (uint32_t i = 1; i < n; ++i) {
    const uint32_t other = first + (cpu - first + i) % n;
    if (!cpus_[other].online || cpus_[other].busy) continue;
    if (threads_at_work(other) == 1) return other;
    if (found == cpu) found = other;
  }
  return found;
}

// Of its core, with one on this CPU.
uint32_t VirtualMachine::threads_at_work(uint32_t cpu) const {
  const uint32_t node = cpus_[cpu].node, cores = model_.cores(node), n = model_.nodes[node].cpus;
  if (cores == n) return 1;
  const uint32_t first = model_.first_cpu(node);
  uint32_t threads = 1;
  for (uint32_t c = (cpu - first) % cores; c < n; c += cores) threads += first + c != cpu && cpus_[first + c].busy;
  return threads;
}

// The CPU that the fiber is on, or has gone to from one that is offline.
uint32_t VirtualMachine::settle(uint32_t fiber) {
  uint32_t& cpu = cpu_of_[fiber];
  if (cpus_[cpu].online) return !pinned_[fiber] && cpus_[cpu].busy ? cpu = idle_beside(cpu) : cpu;
  const uint32_t from = cpus_[cpu].node;
  uint32_t best = UINT32_MAX;
  for (uint32_t i = 1; i < cpus_.size(); ++i) {
    const uint32_t other = (cpu + i) % uint32_t(cpus_.size());
    if (!cpus_[other].online) continue;
    const uint32_t far = model_.distance(from, cpus_[other].node);
    if (best == UINT32_MAX || far < model_.distance(from, cpus_[best].node)) best = other;
  }
  if (best == UINT32_MAX) world_.abandon({"no CPU is online"});
  return cpu = best;
}

bool VirtualMachine::preempts(uint32_t fiber) {
  Burst& burst = bursts_[fiber];
  if (now_ns() - burst.end_ns >= kBurstNs) burst.work_ns = 0;
  return !pinned_[fiber] && burst.work_ns < kBurstNs;
}

void VirtualMachine::occupy(uint32_t cpu) {
  if (!std::exchange(cpus_[cpu].busy, true)) return;
  cpus_[cpu].queue.push_back(world_.current());
  world_.suspend();
}

void VirtualMachine::release(uint32_t cpu) {
  CpuState& state = cpus_[cpu];
  if (state.queue.empty()) {
    state.busy = false;
    return;
  }
  world_.resume(state.queue.front());
  state.queue.pop_front();
}

// Memory of another socket is behind a link, and takes the core longer; what hangs off the own one is not.
uint32_t VirtualMachine::class_of(double record_ns, uint32_t from, uint32_t nid, uint32_t threads_of_core) {
  const auto [found, fresh] = classes_.try_emplace({nid, from, record_ns, threads_of_core}, 0);
  if (!fresh) return found->second;
  const MemoryPlace& place = places_[nid];
  const bool near = model_.is_near(from, nid);
  const double times = near ? 0 : model_.distance(from, nid) / 10.0 - 1;
  std::vector<uint32_t> stations = {place.memory};
  if (place.link != UINT32_MAX && (!near || !model_.nodes[nid].fabric.empty())) stations.push_back(place.link);
  return found->second = networks_[place.network].add_class(record_ns * (1 + model_.core.remote * times), stations,
                                                            threads_of_core);
}

// The owner of a CPU gives way to a guest, and goes on behind the last one.
void VirtualMachine::stand_still(uint32_t cpu) {
  if (cpus_[cpu].guests++ != 0 || cpus_[cpu].owner == UINT32_MAX) return;
  Writing& writing = writings_[cpus_[cpu].owner];
  writing.left = networks_[writing.network].stop(now_ns(), writing.its_class, cpus_[cpu].owner);
}

void VirtualMachine::go_on(uint32_t cpu) {
  if (--cpus_[cpu].guests != 0 || cpus_[cpu].owner == UINT32_MAX) return;
  Writing& writing = writings_[cpus_[cpu].owner];
  networks_[writing.network].start(now_ns(), writing.its_class, std::exchange(writing.left, 0), cpus_[cpu].owner);
  find_due();
}

void VirtualMachine::write_in_turn(uint32_t cpu, const Writing& writing, double nr_records, bool at_once) {
  const uint32_t self = world_.current();
  writings_[self] = writing;
  if (!at_once) cpus_[cpu].owner = self;
  if (!at_once && cpus_[cpu].guests != 0)
    writings_[self].left = nr_records;
  else
    networks_[writing.network].start(now_ns(), writing.its_class, nr_records, self);
  find_due();
  world_.suspend();
  if (!at_once) cpus_[cpu].owner = UINT32_MAX;
}

void VirtualMachine::write(double record_ns, uint32_t nid, uint64_t nr_records) {
  compute_and_write(0, record_ns, nid, nr_records);
}

void VirtualMachine::compute(uint64_t ns) { compute_and_write(ns, 0, 0, 0); }

void VirtualMachine::compute_and_write(uint64_t ns, double record_ns, uint32_t nid, uint64_t nr_records) {
  if (ns == 0 && nr_records == 0) return;
  if (interrupted()) world_.abandon({"interrupted"});
  const uint32_t self = world_.current(), cpu = settle(self);
  const bool at_once = preempts(self) && cpus_[cpu].busy;
  at_once ? stand_still(cpu) : occupy(cpu);
  const uint32_t from = cpus_[cpu].node, threads = threads_at_work(cpu);
  const double factor = cpus_[cpu].factor;
  const uint64_t begin_ns = now_ns();
  if (ns != 0) world_.sleep(uint64_t(double(ns) * factor * threads));
  if (nr_records != 0) {
    const NodeModel& node = model_.nodes[nid];
    const double own_ns = std::max(record_ns, node.record_ns) * factor + node.fault_ns;
    const Writing writing{places_[nid].network, class_of(own_ns, from, nid, threads)};
    const uint64_t write_begin_ns = now_ns();
    if (writers_[nid]++ == 0) writing_since_[nid] = write_begin_ns;
    write_in_turn(cpu, writing, double(nr_records), at_once);
    if (--writers_[nid] == 0) uses_[nid].busy_ns += now_ns() - writing_since_[nid];
    uses_[nid].written.add(write_begin_ns, now_ns(), double(nr_records));
    (model_.is_near(from, nid) ? uses_[nid].local_records : uses_[nid].remote_records) += nr_records;
  }
  uses_[from].cpu_ns += now_ns() - begin_ns;
  bursts_[self].end_ns = now_ns();
  bursts_[self].work_ns += now_ns() - begin_ns;
  at_once ? go_on(cpu) : release(cpu);
}

void VirtualMachine::advance(uint64_t now_ns) {
  finished_.clear();
  for (Network& network : networks_)
    if (network.due_ns() <= now_ns) network.advance(now_ns, finished_);
  find_due();
  for (const uint32_t fiber : finished_) world_.resume(fiber);
}

void VirtualMachine::find_due() {
  due_ns_ = UINT64_MAX;
  for (const Network& network : networks_) due_ns_ = std::min(due_ns_, network.due_ns());
}

double VirtualMachine::rate(double record_ns, uint32_t nid, uint32_t n) {
  const NodeModel& node = model_.nodes[nid];
  const double own_ns = std::max(record_ns, node.record_ns) + node.fault_ns;
  const uint32_t its_class = class_of(own_ns, nid, nid, 1);
  return networks_[places_[nid].network].rate(its_class, n);
}

void Gate::wait() {
  if (open_) return;
  waiting_.push_back(machine_.world().current());
  machine_.world().suspend();
}

void Gate::open() {
  open_ = true;
  for (const uint32_t fiber : waiting_) machine_.world().resume(fiber);
  waiting_.clear();
}

void QueuedLock::lock() {
  if (!std::exchange(held_, true)) return;
  waiting_.push_back(machine_.world().current());
  machine_.world().suspend();
}

void QueuedLock::unlock() {
  if (waiting_.empty()) {
    held_ = false;
    return;
  }
  machine_.world().resume(waiting_.front());
  waiting_.pop_front();
}

}  // namespace memmap::virtual_time
