// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A wait for one's own work while somebody else's is queued: 256 units of 2 us beside 1,000 to 100,000 foreign ones.
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "foreign_units.h"
#include "rounds.h"
#include "simulator/figures/device_slice.h"

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

}  // namespace

void backlog_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  const uint64_t nr_pages = kForeignPfn + kBacklogs[std::size(kBacklogs) - 1].nr_units * kSubsectionPages;
  auto engine = Engine::make(rig.machine, rig.engine.nr_workers(), nr_pages);
  if (!engine.ok() || !(*engine)->start_workers().ok()) return;
  for (const Backlog& backlog : kBacklogs) with_backlog(bench, **engine, backlog);
}

}  // namespace memmap::bench
