// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A case: a machine, what is to be initialised on it, who calls what, and what goes wrong. All that a run depends on,
// so that it can be drawn from a seed, made smaller, and run again.
#ifndef MEMMAP_SIMULATOR_SWARM_CASE_H
#define MEMMAP_SIMULATOR_SWARM_CASE_H

#include <cstdint>
#include <string>
#include <vector>

#include "memmap/memmap.h"

namespace memmap::swarm {

constexpr uint32_t kNone = UINT32_MAX;

struct GroupPlan {
  uint32_t nid = 0;
  uint32_t nr_workers = 0;
  uint32_t width = 0;  // 0: all
};

struct MachinePlan {
  uint32_t nr_nids = 1;           // those without a group are no nodes, but for `bare`
  std::vector<GroupPlan> groups;  // ascending by nid
  std::vector<uint32_t> bare;     // nodes without CPUs: the groups of the nearest node work on them
  uint32_t domain_slots = 64;
  uint32_t grain_pages = 4096;
  uint32_t wake_ns = 0, spin_ns = 0, record_ps = 0;  // as memmap_pool_config
  uint64_t start_pfn = 0, nr_pages = 0;
  bool without_widths = false;  // of the table: all workers of a group may be awake
  bool workers_beside = false;  // a worker says that it is the one of its CPU
};

struct DomainPlan {
  uint32_t parent = kNone;
  uint32_t max_workers = 0;
  bool background = false;
  enum Naming { number, none, lengthy } naming = number;  // none: opened without options, where it needs none
};

// What a write hook does besides writing, once, at its call number `at` (from 1; 0: nothing).
struct HookDeed {
  enum Kind { none, submit, block, child } kind = none;
  uint32_t at = 0;          // block: which call, too
  uint32_t domain = kNone;  // submit: to this; child: opened below the hook's, flushed, closed
  uint32_t span = kNone;    // submit, child: this one
};

struct SpanPlan {
  enum Kind { request, range, task } kind = request;
  uint64_t start = 0, nr_pages = 0;  // pfns, or numbers of a range
  memmap_kind image = MEMMAP_DEVICE;
  uint32_t nid = 0, records_nid = 0;
  uint32_t order = 0;   // of compounds
  bool shared = false;  // their records
  uint32_t layout = 0;  // of the tables, or one of our own behind them
  memmap_version version = MEMMAP_LINUX_6_1;
  memmap_device device = MEMMAP_DEVICE_GENERIC;
  memmap_altmap altmap{};
  std::vector<memmap_piece> pieces;  // none: all
  bool writes_by_hook = false;       // else the engine's image
  bool has_ready = true, has_undo = true;
  uint32_t fail_write_at = 0, fail_ready_at = 0, fail_undo_at = 0;  // at that call of the hook; 0: never
  uint32_t page_ns = 0;                                             // what the write hook takes
  uint32_t unit_shift = 0, grain_units = 0, unit_ns = 0;            // of a range
  uint32_t next = kNone;                                            // submitted together with this one
  HookDeed deed;
};

struct Step {
  enum Kind {
    open,
    submit,
    flush,
    flush_range,
    cancel,
    close,
    progress,
    grow,
    await,
    pause,
    look,
    width,
    misuse,
  } kind = pause;
  uint32_t domain = kNone;
  uint32_t span = kNone;          // submit; flush_range: of this one
  uint64_t first = 0, count = 0;  // flush_range: pages from the span's begin; grow: node, pages; width: group, width;
                                  // misuse: which one
  uint64_t ns = 0;                // pause
};

struct CallerPlan {
  uint32_t group = 0;
  uint32_t beside = kNone;
  std::vector<Step> steps;
};

// A worker that goes after so many grains: its CPU is gone, or its thread ends.
struct AbsencePlan {
  uint32_t worker = 0;
  uint32_t after_grains = 1;
  uint64_t ns = 0;  // 0: for ever
};

// Chances are out of 1024, each time.
struct FaultPlan {
  uint32_t preempt = 0;       // another fiber goes on, wherever the engine calls its environment
  uint32_t spurious = 0;      // park returns for no reason
  uint32_t late = 0;          // who is woken runs late
  uint32_t clock_jump = 0;    // forward
  uint32_t buggify = 0;       // the engine's unlikely branches
  uint32_t stall = 0;         // whoever works stands still
  uint32_t lent = 0;          // a worker rests as lent ones do, instead of parking
  uint32_t slow_workers = 0;  // the first so many take eight times as long
  bool timeouts = false;      // parking times out; else a lost wake is a deadlock and no delay
  bool trace = false;
  bool bare = false;   // the environment has no callbacks but those that it must have
  uint32_t order = 0;  // who goes on: 0 anybody, 1 mostly the same, 2 by priorities that change
  std::vector<AbsencePlan> absences;
};

struct Case {
  uint64_t seed = 0;      // that it was drawn from
  uint64_t schedule = 0;  // what is left to chance: who goes on, when faults come
  MachinePlan machine;
  std::vector<DomainPlan> domains;
  std::vector<SpanPlan> spans;
  std::vector<CallerPlan> callers;
  FaultPlan faults;
};

// The case of a seed: the same everywhere.
Case draw(uint64_t seed);

// For people: a line for each part.
std::string describe(const Case& c);

// How big a case is: number of steps, faults, spans and workers.
uint64_t size_of(const Case& c);

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_CASE_H
