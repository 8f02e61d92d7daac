// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How well virtual time predicts this machine. Each round measures what one thread takes, the store limit, a wake, and
// a first fault where nobody else is at work; runs the plan in virtual time on a machine of just that, and then for
// real. Nothing of the real run goes into the prediction.
#include <algorithm>
#include <cmath>
#include <span>

#include "rounds.h"
#include "simulator/command/calibration.h"
#include "simulator/doctor/vital_signs.h"
#include "simulator/events/engine_boot.h"
#include "simulator/events/engine_column.h"
#include "simulator/events/first_faults.h"
#include "simulator/events/zones.h"
#include "simulator/figures/device_slice.h"

namespace memmap::bench {
namespace {

using simulator::Column;
using simulator::Measured;
using simulator::Prediction;

constexpr double kAim = 1.15;
constexpr uint32_t kPairsARound = 4;  // a round takes seconds: it poisons and writes all records
constexpr uint32_t kWakes = 50;
constexpr int kModelRuns = 3;  // of what the model takes: the least, as whatever disturbs only adds

template <typename Function>
double least_of(Function function) {
  double least = INFINITY;
  for (int i = 0; i < kModelRuns; ++i) least = std::min(least, double(function()));
  return least;
}

double boot_ns(const Rig& rig) {
  simulator::Zones zones(rig.stage, simulator::FreedBy::initialiser);
  const simulator::BootRequests requests(rig.stage, zones);
  Domain domain(rig.inline_engine.pool(), "boot");
  const uint64_t began = simulator::now_ns();
  int status = engine_boot_at_once(domain, requests);
  const uint64_t took = simulator::now_ns() - began;
  if (status == MEMMAP_OK) status = domain.close();
  rig.violations.found(&simulator::Violations::calls, status != MEMMAP_OK, "boot by one thread fails");
  return double(took);
}

// What the memory can take: nobody was ever seen to be faster, on one CPU, initialising records, or on all.
void measure_limits(const Rig& rig, const simulator::StoreKind& kind, const simulator::Memmap& memmap,
                    Measured& measured) {
  const std::span<std::byte> memory = bytes_of(memmap);
  const double nr_records = double(memmap.nr_pages);
  const double one_ns = least_of([&] { return store_ns(kind, memory, {rig.machine.cpus[0]}); }) / nr_records;
  const double all_ns = least_of([&] { return store_ns(kind, memory, rig.machine.cpus); }) / nr_records;
  measured.one_limit_ns = std::min(one_ns, measured.bind_ns);
  measured.limit_ns = std::min(all_ns, measured.one_limit_ns);
}

absl::StatusOr<Measured> measure_machine(const Rig& rig, const simulator::StoreKind& kind) {
  Measured measured;
  measured.machine = "this machine";
  measured.nodes = rig.machine.cpus_of_nodes();
  const simulator::DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  simulator::DeviceRequest request(span);
  measured.bind_ns =
      least_of([&] { return bind_ns(rig.inline_engine, request, rig.violations); }) / double(span.device.nr_pages);
  measured.boot_ns =
      std::max(measured.bind_ns, least_of([&] { return boot_ns(rig); }) / double(rig.stage.boot_pages()));
  measured.kernel_bind_ns = measured.kernel_boot_ns = measured.bind_ns;  // not asked for here
  measure_limits(rig, kind, span.memmap, measured);
  const absl::StatusOr<Samples> wakes = simulator::measure_wakes(rig.machine, kWakes);
  if (!wakes.ok()) return wakes.status();
  measured.wake_ns = simulator::percentile(*wakes, 50);
  const absl::StatusOr<Samples> lone =
      lone_faults(rig.machine, rig.stage.big(), rig.stage.end_pfn(), rig.seed, rig.violations);
  if (!lone.ok()) return lone.status();
  measured.lone_fault_ns = simulator::percentile(*lone, 50);
  return measured;
}

struct Said {
  const char *key, *what;
  Samples predicted_ns, measured_ns;
};

void note(const Prediction& said, const Column& real, std::vector<Said>& all) {
  const double predicted[] = {said.boot_ns, said.big_ns, said.small_ns, said.first_fault_p50_ns};
  const double measured[] = {double(real.boot_ns), double(real.big_ns), double(real.small_ns),
                             simulator::percentile(real.fault_ns, 50)};
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].predicted_ns.push_back(predicted[i]);
    all[i].measured_ns.push_back(measured[i]);
  }
}

// The larger by the smaller: 1 is right.
Figure figure_of(const Said& said) {
  const Samples ratios = simulator::ratios(said.predicted_ns, said.measured_ns);
  const double ratio = simulator::median(ratios);
  const simulator::Interval of_ratio = simulator::median_interval(ratios);
  Figure figure;
  figure.key = said.key;
  figure.what = said.what;
  figure.value = std::max(ratio, 1 / ratio);
  figure.interval = ratio >= 1 ? of_ratio : simulator::Interval{1 / of_ratio.high, 1 / of_ratio.low};
  figure.ours = simulator::median(said.predicted_ns) / 1e6;
  figure.theirs = simulator::median(said.measured_ns) / 1e6;
  figure.unit = "ms";
  figure.theirs_is = "measured";
  figure.samples = ratios.size();
  figure.better = Figure::Better::lower;
  figure.target = kAim;
  return figure;
}

}  // namespace

void virtual_figures(Bench& bench) {
  const Rig& rig = bench.rig;
  rig.progress("virtual runs of what follows for real");
  std::vector<Said> all = {{"virtual_boot", "boot with hand-over, in virtual time", {}, {}},
                           {"virtual_bind_big", "a big bind, in virtual time", {}, {}},
                           {"virtual_bind_small_beside_big", "a small bind beside a big one, in virtual time", {}, {}},
                           {"virtual_first_fault", "a first fault while all that runs (p50), in virtual time", {}, {}}};
  const simulator::PlannedRecords records{rig.stage.boot_pages(), simulator::Stage::present_pages(rig.stage.big()),
                                          simulator::Stage::present_pages(rig.stage.small())};
  const simulator::StoreLimit limit = simulator::measure_best_limit(
      bytes_of(simulator::slice_of(rig.stage.big(), simulator::kSlicePages).memmap), rig.machine.cpus, 3);
  for (uint32_t round = 0; round < (rig.nr_pairs + kPairsARound - 1) / kPairsARound; ++round) {
    const absl::StatusOr<Measured> measured = measure_machine(rig, limit.kind);
    const absl::StatusOr<Prediction> said =
        measured.ok() ? predict(*measured, records) : absl::StatusOr<Prediction>(measured.status());
    rig.stage.prepare();
    const absl::StatusOr<Column> real = engine_column(
        rig.stage, rig.machine, {simulator::Domains::each_event, rig.engine.nr_workers(), rig.seed + round, {}});
    rig.violations.found(&simulator::Violations::calls, !said.ok() || !real.ok(),
                         "a virtual run, or its real one, fails");
    if (!said.ok() || !real.ok()) return;
    rig.violations.add(real->violations);
    note(*said, *real, all);
  }
  for (const Said& said : all) bench.add(figure_of(said));
}

}  // namespace memmap::bench
