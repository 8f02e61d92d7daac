// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/policy/scenario_run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace memmap::virtual_time {
namespace {

uint64_t to_sections(uint64_t nr_pages) { return (nr_pages + kSectionPages - 1) / kSectionPages; }

}  // namespace

ScenarioRun::ScenarioRun(const Scenario& scenario, Policy policy)
    : scenario_(scenario),
      policy_(policy),
      layout_(lay_out(scenario)),
      machine_(scenario.machine, scenario.seed),
      boot_early_(machine_),
      boot_on_(machine_),
      boot_usable_(machine_),
      hotplug_lock_(machine_),
      random_(scenario.seed),
      turns_(scenario.machine.nodes.size()),
      quiet_turns_(scenario.machine.nodes.size()),
      zone_pages_(scenario.machine.nodes.size()) {
  outcome_.policy = policy;
  for (const Extent& extent : layout_.adds) {
    usable_.emplace_back(machine_);
    bound_.emplace_back(machine_);
    outcome_.events.push_back(
        {extent.event->name, extent.event->at_ns, extent.records, 0, 0, alone_ns(scenario.machine, extent, true)});
  }
}

Outcome ScenarioRun::run() {
  begin();
  if (!outcome_.error.empty()) return std::move(outcome_);
  for (const Event& event : scenario_.events)
    if (event.kind != EventKind::add) spawn_event(event);
  spawn_adds();
  outcome_.error = machine_.world().run();
  if (outcome_.error.empty()) end();
  for (uint32_t n = 0; n < scenario_.machine.nodes.size(); ++n) outcome_.uses.push_back(machine_.use(n));
  return std::move(outcome_);
}

bool ScenarioRun::boots_before(const Event& event) const {
  return std::any_of(scenario_.events.begin(), scenario_.events.end(),
                     [&](const Event& other) { return other.kind == EventKind::boot && other.at_ns <= event.at_ns; });
}

void ScenarioRun::spawn_adds() {
  for (size_t i = 0; i < layout_.adds.size(); ++i) {
    const Event& event = *layout_.adds[i].event;
    machine_.spawn(absl::StrCat("bind ", event.name), next_cpu(binder_node(event)), [this, i, &event] {
      machine_.world().sleep(event.at_ns);
      if (boots_before(event)) boot_on_.wait();  // drivers probe devices when boot has come that far
      add(i);
    });
  }
}

void ScenarioRun::spawn_event(const Event& event) {
  const auto at_its_time = [&](std::string name, uint32_t node, std::function<void()> act) {
    machine_.spawn(std::move(name), next_cpu(node), [this, &event, act = std::move(act)] {
      machine_.world().sleep(event.at_ns);
      act();
    });
  };
  switch (event.kind) {
    case EventKind::boot:
      return at_its_time("boot", 0, [&] {
        outcome_.boot_begin_ns = now_ns();
        for (const Extent& extent : layout_.boot)
          outcome_.boot_records += extent.records + (event.early ? extent.early + extent.reserved : 0);
        boot_early(event);
        boot(event);
      });
    case EventKind::add:
      return;
    case EventKind::remove:
      return at_its_time("remove", 0, [&] {
        for (size_t i = 0; i < layout_.adds.size(); ++i) {
          const Event& added = *layout_.adds[i].event;
          if (added.name != event.target && added.group != event.target) continue;
          remove(i);
          outcome_.events[i].removed_ns = now_ns() - outcome_.events[i].begin_ns;
        }
        outcome_.remove_ns.push_back(now_ns() - event.at_ns);
      });
    case EventKind::faults:
      return fault(event);
    case EventKind::allocations:
      return allocations(event);
    case EventKind::offline:
      return at_its_time("offline", 0, [&] {
        for (uint32_t c = 0; c < event.count; ++c) machine_.take_offline(scenario_.machine.first_cpu(event.node) + c);
      });
    case EventKind::traffic:
      return traffic(event);
  }
}

// As long as the kernel has one thread: of each node a section, freed at once, and whatever is reserved.
void ScenarioRun::boot_early(const Event& event) {
  const CoreModel& core = scenario_.machine.core;
  for (const Extent& extent : layout_.boot) {
    if (!event.early) break;
    machine_.write(core.boot_ns, extent.records_node, extent.early);
    machine_.write(core.device_ns, extent.records_node, extent.reserved);
  }
  boot_early_.open();
}

std::vector<const Extent*> ScenarioRun::targets(const Event& event) const {
  std::vector<const Extent*> found;
  for (const std::vector<Extent>* extents : {&layout_.boot, &layout_.adds})
    for (const Extent& extent : *extents)
      if (extent.event->name == event.target || extent.event->group == event.target) found.push_back(&extent);
  return found;
}

// A fiber each: none waits for another, as the threads of an application would not.
void ScenarioRun::at_intervals(const Event& event, const char* name, std::function<void(uint64_t due_ns)> act) {
  for (uint32_t i = 0; i < event.count; ++i) {
    const uint64_t due_ns = event.at_ns + i * event.every_ns;
    machine_.spawn(absl::StrCat(name, i), quiet_cpu(event.node), [this, due_ns, act] {
      machine_.world().sleep(due_ns);
      act(due_ns);
    });
  }
}

void ScenarioRun::fault(const Event& event) {
  at_intervals(event, "fault", [this, all = targets(event)](uint64_t due_ns) {
    std::vector<const Extent*> extents;  // that are there, or about to be
    for (const Extent* one : all)
      if (one == all[0] || one->event->at_ns <= due_ns) extents.push_back(one);
    const Extent& extent = *extents[random_.below(uint32_t(extents.size()))];
    const Pages& range = extent.ranges[random_.below(uint32_t(extent.ranges.size()))];
    const uint64_t pfn = range.begin + random_.next() % range.size();
    if (fault_in(extent, pfn)) outcome_.first_fault_ns.push_back(now_ns() - due_ns);
  });
}

void ScenarioRun::allocations(const Event& event) {
  at_intervals(event, "allocation", [this, &event](uint64_t) {
    boot_early_.wait();  // before, there is no allocator to ask
    const uint64_t asked_ns = now_ns();
    allocate(event.node, event.bytes / kPageBytes);
    outcome_.allocation_ns.push_back(now_ns() - asked_ns);
  });
}

void ScenarioRun::traffic(const Event& event) {
  constexpr uint64_t kPiece = 4096;  // records: 256 KiB
  for (uint32_t i = 0; i < event.count; ++i) {
    machine_.spawn(absl::StrCat("traffic", i), quiet_cpu(event.node), [this, &event] {
      machine_.world().sleep(event.at_ns);
      while (now_ns() < event.at_ns + event.for_ns) {
        const uint64_t begin_ns = now_ns();
        machine_.write(scenario_.machine.core.own_device_ns, event.node, kPiece);
        outcome_.traffic_bytes += kPiece * kRecordBytes;
        outcome_.traffic.add(begin_ns, now_ns(), kPiece);
      }
    });
  }
}

uint64_t ScenarioRun::populate_ns(const Extent& extent) const {
  return scenario_.machine.serial.populate_ns * to_sections(extent.span.size());
}

void ScenarioRun::hold_hotplug_lock(const Extent& extent, bool populate, const std::function<void()>& rest) {
  const SerialModel& serial = scenario_.machine.serial;
  const uint64_t asked_ns = now_ns();
  hotplug_lock_.lock();
  const uint64_t got_ns = now_ns();
  uint64_t& zone_pages = zone_pages_[extent.node];
  zone_pages += extent.span.size();
  machine_.compute(serial.hotplug_ns + serial.contiguous_ns * (zone_pages / kPageblockPages));
  if (populate) machine_.compute(populate_ns(extent));
  if (rest) rest();
  hotplug_lock_.unlock();
  outcome_.lock_wait_ns += got_ns - asked_ns;
  outcome_.lock_held_ns += now_ns() - got_ns;
}

void ScenarioRun::note_caller_on(size_t add) {
  outcome_.events[add].caller_ns = now_ns() - outcome_.events[add].begin_ns;
  bound_[add].open();
}

void ScenarioRun::note_usable(size_t add) {
  outcome_.events[add].usable_ns = now_ns() - outcome_.events[add].begin_ns;
  outcome_.end_ns = std::max(outcome_.end_ns, now_ns());
  usable_[add].open();
}

void ScenarioRun::note_flushed(size_t add) {
  const EventOutcome& event = outcome_.events[add];
  outcome_.flush_ns.push_back(now_ns() - event.begin_ns - event.caller_ns);
}

void ScenarioRun::note_boot_on() {
  outcome_.boot_ns = std::max<uint64_t>(1, now_ns() - outcome_.boot_begin_ns);
  boot_on_.open();
}

void ScenarioRun::note_boot_usable() {
  outcome_.boot_usable_ns = now_ns() - outcome_.boot_begin_ns;
  outcome_.end_ns = std::max(outcome_.end_ns, now_ns());
  boot_usable_.open();
}

uint32_t ScenarioRun::next_cpu(uint32_t node) {
  node = scenario_.machine.nearest_with_cpus(node);
  return scenario_.machine.first_cpu(node) + turns_[node]++ % scenario_.machine.nodes[node].cpus;
}

uint32_t ScenarioRun::quiet_cpu(uint32_t node) {
  node = scenario_.machine.nearest_with_cpus(node);
  const uint32_t cpus = scenario_.machine.nodes[node].cpus;
  return scenario_.machine.first_cpu(node) + cpus - 1 - quiet_turns_[node]++ % cpus;
}

}  // namespace memmap::virtual_time
