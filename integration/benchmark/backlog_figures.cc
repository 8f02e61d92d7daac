// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A wait for one's own work while somebody else's is queued: 256 units of 2 us beside 1,000 to 100,000 foreign ones.
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "foreign_units.h"
#include "rounds.h"
#include "simulator/device_slice.h"

namespace memmap::bench {
namespace {

using oneapi::tbb::isolated_task_group;
using oneapi::tbb::task_group;
using simulator::DeviceRequest;
using simulator::Engine;
using simulator::kSubsectionPages;
using simulator::now_ns;
using simulator::Violations;

constexpr uint64_t kOwnUnits = 256;
constexpr uint64_t kUnitNs = 2000;
constexpr uint64_t kUntilGivenUpNs = 1'000'000'000;
constexpr uint64_t kForeignPfn = uint64_t{1} << 20;
constexpr std::chrono::milliseconds kUntilBusy(1);

struct Backlog {
  const char* name;
  uint64_t nr_units;
  const char* vs_none;  // the key
  double vs_shared;     // targets
  double vs_tbb;
};

constexpr Backlog kBacklogs[] = {{"1e3", 1'000, "backlog_1e3_vs_none", 1.0, 1.2},
                                 {"1e4", 10'000, "backlog_1e4_vs_none", 0.2, 1.2},
                                 {"1e5", 100'000, "flush_with_backlog_vs_none", 0.05, 1.2}};

// Ours. Foreign units are submitted first, then one's own, which are waited for.
class OurBacklog {
 public:
  OurBacklog(const Rig& rig, Engine& engine, uint64_t nr_foreign)
      : rig_(rig),
        engine_(engine),
        own_(units(0, kOwnUnits, rig.machine.nid(0), &spin_)),
        foreign_(units(kForeignPfn, nr_foreign, rig.machine.nid(0), &spin_)) {}

  double beside_others_ns() {
    Domain others(engine_.pool(), "others");
    int status = others.submit(foreign_.renewed());
    std::this_thread::sleep_for(kUntilBusy);
    const double ns = bind_ns(engine_, own_, rig_.violations);
    if (status == MEMMAP_OK) status = others.cancel();
    check(status);
    return ns;
  }
  double alone_ns() {
    std::this_thread::sleep_for(kUntilBusy);
    return bind_ns(engine_, own_, rig_.violations);
  }
  // All workers are kept busy; own units, then foreign ones are queued; the wait alone.
  double before_others_ns() {
    std::atomic<bool> given_up{false};
    Spin until_given_up{kUntilGivenUpNs, &given_up};
    DeviceRequest long_units = units(kForeignPfn / 2, engine_.nr_workers(), rig_.machine.nid(0), &until_given_up);
    Domain busy(engine_.pool(), "busy");
    Domain own(engine_.pool(), "own");
    Domain others(engine_.pool(), "others");
    int status = busy.submit(long_units.renewed());
    std::this_thread::sleep_for(kUntilBusy);
    if (status == MEMMAP_OK) status = own.submit(own_.renewed());
    if (status == MEMMAP_OK) status = others.submit(foreign_.renewed());
    const uint64_t began = now_ns();
    if (status == MEMMAP_OK) status = own.flush();
    const uint64_t took = now_ns() - began;
    given_up.store(true);
    if (status == MEMMAP_OK) status = others.cancel();
    if (status == MEMMAP_OK) status = busy.flush();
    check(status);
    return double(took);
  }
  // Own and foreign units in one domain: what a wait costs where an engine has no flush domains.
  double one_domain_ns() {
    Domain everything(engine_.pool(), "everything");
    int status = everything.submit(foreign_.renewed());
    std::this_thread::sleep_for(kUntilBusy);
    const uint64_t began = now_ns();
    if (status == MEMMAP_OK) status = everything.submit(own_.renewed());
    if (status == MEMMAP_OK) status = everything.flush();
    const uint64_t took = now_ns() - began;
    check(status);
    return double(took);
  }

 private:
  void check(int status) { rig_.violations.found(&Violations::calls, status != MEMMAP_OK, "backlog"); }

  const Rig& rig_;
  Engine& engine_;
  Spin spin_{kUnitNs};
  DeviceRequest own_;
  DeviceRequest foreign_;
};

// The same with groups of oneTBB's.
template <typename Group>
double tbb_ns(uint64_t nr_foreign) {
  std::atomic<bool> given_up{false};
  const Spin foreign{kUnitNs, &given_up};
  Group others;
  Group own;
  for (uint64_t n = 0; n < nr_foreign; ++n) others.run(foreign);
  std::this_thread::sleep_for(kUntilBusy);
  const uint64_t began = now_ns();
  for (uint64_t n = 0; n < kOwnUnits; ++n) own.run(Spin{kUnitNs});
  own.wait();
  const uint64_t took = now_ns() - began;
  given_up.store(true);
  others.cancel();
  others.wait();
  return double(took);
}

template <typename Group>
double tbb_before_others_ns(uint64_t nr_foreign, uint32_t nr_workers) {
  std::atomic<bool> given_up{false};
  const Spin foreign{kUnitNs, &given_up};
  Group others;
  Group own;
  for (uint32_t n = 0; n < nr_workers; ++n) others.run(Spin{kUntilGivenUpNs, &given_up});
  std::this_thread::sleep_for(kUntilBusy);
  for (uint64_t n = 0; n < kOwnUnits; ++n) own.run(Spin{kUnitNs});
  for (uint64_t n = 0; n < nr_foreign; ++n) others.run(foreign);
  const uint64_t began = now_ns();
  own.wait();
  const uint64_t took = now_ns() - began;
  given_up.store(true);
  others.cancel();
  others.wait();
  return double(took);
}

void with_backlog(Bench& bench, Engine& engine, const Backlog& backlog) {
  OurBacklog ours(bench.rig, engine, backlog.nr_units);
  const uint64_t nr = backlog.nr_units;
  const std::string vs = absl::StrCat("backlog_", backlog.name, "_vs_");
  Comparison comparison{.title = absl::StrCat("256 units of 2 us beside ", backlog.nr_units, " of somebody else"),
                        .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once([&ours] { return ours.beside_others_ns(); })},
      {"nothing else to do", backlog.vs_none, 1.2, once([&ours] { return ours.alone_ns(); })},
      {"this engine, one shared domain", vs + "shared_domain", backlog.vs_shared,
       once([&ours] { return ours.one_domain_ns(); })},
      {"oneTBB, task_group", vs + "tbb_group", backlog.vs_tbb, once([nr] { return tbb_ns<task_group>(nr); })},
      {"oneTBB, isolated_task_group", vs + "tbb_isolated", backlog.vs_tbb,
       once([nr] { return tbb_ns<isolated_task_group>(nr); })},
  };
  compare(bench, std::move(comparison), bench.rig.nr_pairs);
}

// The other order, and nobody has time for own units but the one who waits: who looks for them from the new end of a
// queue finds all the foreign ones first. A worker less, so that threads are equal.
void before_backlog(Bench& bench, const Backlog& backlog, uint64_t nr_pages) {
  const uint32_t nr_workers = std::max(2u, uint32_t(bench.rig.machine.cpus.size())) - 1;
  auto engine = Engine::make(bench.rig.machine, nr_workers, nr_pages, {.grain_pages = uint32_t(kSubsectionPages)});
  if (!engine.ok() || !(*engine)->start_workers().ok()) return;
  OurBacklog ours(bench.rig, **engine, backlog.nr_units);
  const uint64_t nr = backlog.nr_units;
  Comparison comparison{.title = "wait for 256 units of 2 us, queued before 100,000 foreign ones, workers busy",
                        .contestants = {}};
  comparison.contestants = {
      {"this engine", "", 0, once([&ours] { return ours.before_others_ns(); })},
      {"oneTBB, task_group", "backlog_behind_vs_tbb_group", 1.0,
       once([=] { return tbb_before_others_ns<task_group>(nr, nr_workers); })},
      {"oneTBB, isolated_task_group", "backlog_behind_vs_tbb_isolated", 1.0,
       once([=] { return tbb_before_others_ns<isolated_task_group>(nr, nr_workers); })},
  };
  compare(bench, std::move(comparison), bench.rig.nr_pairs);
}

}  // namespace

void backlog_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const uint64_t nr_pages = kForeignPfn + kBacklogs[std::size(kBacklogs) - 1].nr_units * kSubsectionPages;
  auto engine = Engine::make(rig.machine, rig.engine.nr_workers(), nr_pages);
  if (!engine.ok() || !(*engine)->start_workers().ok()) return;
  for (const Backlog& backlog : kBacklogs) with_backlog(bench, **engine, backlog);
  before_backlog(bench, kBacklogs[std::size(kBacklogs) - 1], nr_pages);
}

}  // namespace memmap::bench
