// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A machine in virtual time: fibers on CPUs that write records into memories they share (network.h).
//
// Time passes where a fiber writes, computes, waits or parks, and nowhere else. A CPU is held for one piece of work at
// a time, in the order of asking, so that two fibers on one CPU take turns by pieces; but a caller who wakes up does
// not wait for its first 0.2 ms, as schedulers prefer who has slept: whoever writes there stands still meanwhile.
// Hardware threads share their core's own part, as it is when a piece of work begins. The same seed is the same run.
#ifndef MEMMAP_SIMULATOR_VIRTUAL_VIRTUAL_MACHINE_H
#define MEMMAP_SIMULATOR_VIRTUAL_VIRTUAL_MACHINE_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "host/fibers.h"
#include "simulator/virtual/history.h"
#include "simulator/virtual/machine_model.h"
#include "simulator/virtual/network.h"

namespace memmap::virtual_time {

// What was done on or for one node.
struct NodeUse {
  uint64_t local_records = 0;   // written by its own CPUs
  uint64_t remote_records = 0;  // by others, over a link
  uint64_t busy_ns = 0;         // somebody wrote
  uint64_t cpu_ns = 0;          // of its CPUs, at work: all writes and computations
  History written;              // records in its memory, by anybody
};

class VirtualMachine : private host::Pace {
 public:
  VirtualMachine(const MachineModel& model, uint64_t seed);
  VirtualMachine(const VirtualMachine&) = delete;
  VirtualMachine& operator=(const VirtualMachine&) = delete;

  const MachineModel& model() const { return model_; }
  host::FiberWorld& world() { return world_; }
  uint64_t now_ns() const { return world_.clock_ns(); }

  // A caller, or a worker (host/fibers.h), on a CPU. From anywhere. Callers go to an idle CPU of their node where
  // somebody is at work on theirs; workers are pinned.
  uint32_t spawn(std::string name, uint32_t cpu, std::function<void()> body);
  uint32_t spawn_worker(std::string name, uint32_t group, uint32_t worker, uint32_t cpu, std::function<void()> body);

  // The current fiber writes records whose memory is on node `nid`; record_ns: what one takes a local writer alone.
  void write(double record_ns, uint32_t nid, uint64_t nr_records);
  // The current fiber is at work on its CPU, not in memory.
  void compute(uint64_t ns);
  // The same as one piece of work.
  void compute_and_write(uint64_t ns, double record_ns, uint32_t nid, uint64_t nr_records);

  // This CPU is gone: those on it go on on the next one of its node, or of the nearest node.
  void take_offline(uint32_t cpu);
  bool online(uint32_t cpu) const { return cpus_[cpu].online; }
  uint32_t cpu_of_current() const { return cpu_of_[world_.current()]; }
  uint32_t node_of(uint32_t cpu) const { return cpus_[cpu].node; }

  const NodeUse& use(uint32_t node) const { return uses_[node]; }
  // Of n local writers, nobody else there, in records per nanosecond.
  double rate(double record_ns, uint32_t nid, uint32_t n);

 private:
  struct CpuState {
    uint32_t node = 0;
    double factor = 1;
    bool online = true, busy = false;
    uint32_t guests = 0;          // callers that did not wait
    uint32_t owner = UINT32_MAX;  // who it is held by while it writes
    std::deque<uint32_t> queue = {};
  };
  // What a fiber writes, or has left to write while it stands still.
  struct Writing {
    uint32_t network = 0, its_class = 0;
    double left = 0;  // 0: it does not stand still
  };
  // What a caller has done since it last was idle for kBurstNs.
  struct Burst {
    uint64_t end_ns = 0, work_ns = 0;
  };
  static constexpr uint64_t kBurstNs = 200'000;

  // Which network a node's memory is in, and its stations there.
  struct MemoryPlace {
    uint32_t network = 0, memory = 0, link = UINT32_MAX;
  };

  uint64_t due_ns() const override { return due_ns_; }
  void advance(uint64_t now_ns) override;
  void build_networks();
  uint32_t settle(uint32_t fiber);
  bool preempts(uint32_t fiber);
  uint32_t idle_beside(uint32_t cpu) const;
  uint32_t threads_at_work(uint32_t cpu) const;
  void write_in_turn(uint32_t cpu, const Writing& writing, double nr_records, bool at_once);
  void stand_still(uint32_t cpu);
  void go_on(uint32_t cpu);
  void occupy(uint32_t cpu);
  void release(uint32_t cpu);
  uint32_t class_of(double record_ns, uint32_t from, uint32_t nid, uint32_t threads_of_core);
  void find_due();

  const MachineModel model_;
  host::SeededChooser chooser_;
  host::FiberWorld world_;
  std::vector<CpuState> cpus_;
  std::vector<uint32_t> cpu_of_;   // by fiber
  std::vector<bool> pinned_;       // by fiber
  std::vector<Burst> bursts_;      // by fiber
  std::vector<Writing> writings_;  // by fiber
  std::vector<MemoryPlace> places_;
  std::vector<Network> networks_;
  std::map<std::tuple<uint32_t, uint32_t, double, uint32_t>, uint32_t> classes_;  // as class_of()
  std::vector<NodeUse> uses_;
  std::vector<uint32_t> writers_;        // now, by node
  std::vector<uint64_t> writing_since_;  // by node
  std::vector<uint32_t> finished_;
  uint64_t due_ns_ = UINT64_MAX;
};

// Makes all runs of the process end soon, with an error that says so. Async-signal-safe.
void interrupt_runs();
bool interrupted();

// Opens once; who waits before goes on then. In order of arrival, as far as the seed does not say otherwise.
class Gate {
 public:
  explicit Gate(VirtualMachine& machine) : machine_(machine) {}
  bool is_open() const { return open_; }
  void wait();
  void open();

 private:
  VirtualMachine& machine_;
  bool open_ = false;
  std::vector<uint32_t> waiting_;
};

// A mutex, first come first served; who waits holds no CPU.
class QueuedLock {
 public:
  explicit QueuedLock(VirtualMachine& machine) : machine_(machine) {}
  void lock();
  void unlock();

 private:
  VirtualMachine& machine_;
  bool held_ = false;
  std::deque<uint32_t> waiting_;
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VIRTUAL_VIRTUAL_MACHINE_H
