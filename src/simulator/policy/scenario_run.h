// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What all policies have in common: a fiber for each event of a scenario, which waits until its time, and the clock
// that is read for the outcome.
#ifndef MEMMAP_SIMULATOR_POLICY_SCENARIO_RUN_H
#define MEMMAP_SIMULATOR_POLICY_SCENARIO_RUN_H

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "host/splitmix.h"
#include "simulator/policy/policy.h"

namespace memmap::virtual_time {

// Pages [begin, end).
struct Pages {
  uint64_t begin = 0, end = 0;
  uint64_t size() const { return end - begin; }
};

// A part of the machine's memory that is initialised as a whole: an add; or one node's RAM at boot.
struct Extent {
  const Event* event = nullptr;
  uint32_t node = 0, records_node = 0;
  Pages span;                 // on section borders
  std::vector<Pages> ranges;  // present pages
  uint64_t records = 0;       // in ranges
  uint64_t early = 0;         // boot: further ones, initialised and freed by one thread before there are others
  uint64_t reserved = 0;      // boot: further ones, initialised by that thread too, and never free
};

// The extents of a scenario and where their pages are; section-aligned, no two in one section.
struct Layout {
  std::vector<Extent> boot;  // by node, those with RAM
  std::vector<Extent> adds;  // in the order of their times
  uint64_t nr_pages = 0;     // the whole
};
Layout lay_out(const Scenario& scenario);

class ScenarioRun {
 public:
  ScenarioRun(const Scenario& scenario, Policy policy);
  virtual ~ScenarioRun() = default;
  ScenarioRun(const ScenarioRun&) = delete;
  ScenarioRun& operator=(const ScenarioRun&) = delete;

  Outcome run();

 protected:
  // As a fiber on a CPU of the event's node. What is initialised, when its caller goes on, and when it is usable, is
  // told by note_*(). Returns when usable, or removed.
  virtual void boot(const Event& event) = 0;
  virtual void add(size_t add) = 0;
  // CPU that binds it.
  virtual uint32_t binder_node(const Event& event) const { return event.caller_node; }
  // Returns when the page is usable, false where it never will be.
  virtual bool fault_in(const Extent& extent, uint64_t pfn) = 0;
  // Memory of the node is wanted before the boot is through.
  virtual void allocate(uint32_t node, uint64_t nr_pages) = 0;
  // Returns when nothing of it is written any more.
  virtual void remove(size_t add) = 0;
  virtual void begin() {}
  virtual void end() {}

  // Under the hotplug lock: what an add costs there by itself, and `rest`.
  void hold_hotplug_lock(const Extent& extent, bool populate, const std::function<void()>& rest);
  uint64_t populate_ns(const Extent& extent) const;

  void note_caller_on(size_t add);
  void note_usable(size_t add);
  void note_flushed(size_t add);
  void note_boot_on();
  void note_boot_usable();

  uint32_t next_cpu(uint32_t node);   // of a node, in turn; of the nearest one with CPUs
  uint32_t quiet_cpu(uint32_t node);  // the same from the other end: where an application runs
  uint64_t now_ns() const { return machine_.now_ns(); }

  const Scenario& scenario_;
  const Policy policy_;
  const Layout layout_;
  VirtualMachine machine_;
  Outcome outcome_;
  std::deque<Gate> usable_;  // by add
  std::deque<Gate> bound_;   // by add: its caller went on
  Gate boot_early_, boot_on_, boot_usable_;
  QueuedLock hotplug_lock_;

 private:
  void spawn_event(const Event& event);
  void spawn_adds();
  bool boots_before(const Event& event) const;
  void boot_early(const Event& event);
  void fault(const Event& event);
  void allocations(const Event& event);
  void traffic(const Event& event);
  void at_intervals(const Event& event, const char* name, std::function<void(uint64_t due_ns)> act);
  std::vector<const Extent*> targets(const Event& event) const;

  host::Splitmix random_;
  std::vector<uint32_t> turns_, quiet_turns_;  // by node
  std::vector<uint64_t> zone_pages_;           // of the device zone, by node
};

// What the boot's one early thread takes at least.
uint64_t early_ns(const MachineModel& machine, const Extent& extent);

// The same bandwidth and serial part that bound_of() counts, for one extent alone.
uint64_t alone_ns(const MachineModel& machine, const Extent& extent, bool is_add);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_POLICY_SCENARIO_RUN_H
