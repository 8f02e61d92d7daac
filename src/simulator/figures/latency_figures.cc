// SPDX-License-Identifier: GPL-2.0-only OR MIT
// How long callers wait: for a submit, for a small device beside a big one, for a first fault.
#include <algorithm>
#include <thread>

#include "host/splitmix.h"
#include "simulator/events/arrivals.h"
#include "simulator/events/first_faults.h"
#include "simulator/figures/bare_unit.h"
#include "simulator/figures/device_slice.h"
#include "simulator/figures/figures.h"
#include "simulator/figures/running_big.h"

namespace memmap::simulator {
namespace {

constexpr uint32_t kBlock = 10;   // samples of one kind before it is the other's turn
constexpr uint32_t kPieces = 64;  // of the device that is submitted
constexpr uint64_t kSubmitPages = uint64_t{64} << 30 >> 12;

void pause(host::Splitmix& random) { std::this_thread::sleep_for(std::chrono::nanoseconds(next_pause_ns(random))); }

// Equal pieces with a hole of a subsection behind each.
std::vector<memmap_piece> cut_in_pieces(const Device& device) {
  std::vector<memmap_piece> pieces;
  const uint64_t step = device.nr_pages / kPieces / kSubsectionPages * kSubsectionPages;
  for (uint32_t n = 0; n < kPieces && step > kSubsectionPages; ++n) {
    pieces.push_back({device.start_pfn + n * step, step - kSubsectionPages});
  }
  return pieces;
}

// The small device in the big one's domain: whoever waits for it waits for both.
double bind_in_domain_of_big(RunningBig& big, DeviceRequest& small, Violations& violations) {
  Domain& domain = big.domain();
  const memmap_request& request = small.renewed();
  const uint64_t began = now_ns();
  int status = domain.submit(request);
  if (status == MEMMAP_OK) status = domain.flush();
  violations.found(&Violations::calls, status != MEMMAP_OK, std::string("one sync: ") + memmap_status_text(status));
  const double took = double(now_ns() - began);
  big.stop();
  return took;
}

}  // namespace

std::vector<Figure> submit_figures(const Rig& rig) {
  rig.progress("submit of a big device");
  const DeviceSpan span = slice_of(rig.stage.big(), kSubmitPages);
  const std::vector<memmap_piece> pieces = cut_in_pieces(span.device);
  memmap_request request = describe_device(span);
  request.pieces = pieces.empty() ? nullptr : pieces.data();
  request.nr_pieces = pieces.size();
  Samples submit_ns;
  Samples set_up_ns;
  host::Splitmix random(rig.seed);
  for (uint32_t n = 0; n < rig.nr_submits; ++n) {
    uint64_t began = now_ns();
    const RequestStorage storage(request);
    set_up_ns.push_back(double(now_ns() - began));
    pause(random);  // workers go to sleep
    Domain domain(rig.engine.pool(), "submitted");
    began = now_ns();
    const int status = domain.submit(request);
    submit_ns.push_back(double(now_ns() - began));
    rig.violations.found(&Violations::calls, status != MEMMAP_OK || domain.cancel() != MEMMAP_OK, "submit of 64 GiB");
  }
  Figure submit = time_figure(submit_ns, 50, rig.seed);
  submit.key = "submit_us_p50";
  submit.what = "submit of " + std::to_string(span.device.nr_pages >> 18) + " GiB in " + std::to_string(pieces.size()) +
                " pieces, p50";
  submit.target = 20;
  Figure set_up = time_figure(set_up_ns, 50, rig.seed);
  set_up.key = "storage_set_up_us_p50";
  set_up.what = "its storage, allocated and zeroed, p50";
  set_up.target = 0;
  return {submit, set_up};
}

std::vector<Figure> small_beside_big_figures(const Rig& rig) {
  rig.progress("a small device beside a big one");
  DeviceRequest small(rig.stage.small());
  RunningBig big(rig.engine, rig.stage.big(), rig.violations);
  host::Splitmix random(rig.seed);
  Samples alone;
  Samples beside;
  Samples one_sync;
  while (beside.size() < rig.nr_small) {
    for (uint32_t n = 0; n < kBlock; ++n) {
      pause(random);
      big.domain();
      beside.push_back(bind_ns(rig.engine, small, rig.violations));
    }
    big.stop();
    for (uint32_t n = 0; n < kBlock; ++n) {
      pause(random);
      alone.push_back(bind_ns(rig.engine, small, rig.violations));
    }
  }
  for (uint32_t n = 0; n < rig.nr_pairs; ++n) {
    big.domain();
    pause(random);
    one_sync.push_back(bind_in_domain_of_big(big, small, rig.violations));
  }
  Figure vs_alone = percentile_ratio_figure({beside, alone}, 99, rig.seed);
  vs_alone.key = "small_beside_big_p99_vs_alone";
  vs_alone.what = "pmem1 usable beside pmem0, p99";
  vs_alone.theirs_is = "alone";
  vs_alone.target = 1.2;
  Figure vs_one_sync = percentile_ratio_figure({beside, one_sync}, 99, rig.seed);
  vs_one_sync.key = "small_beside_big_p99_vs_global_sync";
  vs_one_sync.what = "pmem1 usable beside pmem0, p99";
  vs_one_sync.theirs_is = "in one domain with pmem0";
  vs_one_sync.target = 1.0 / 20;
  return {vs_alone, vs_one_sync};
}

// The bound is the bare writing of a unit, in turn with them, while the same runs.
std::vector<Figure> first_fault_figures(const Rig& rig) {
  rig.progress("first faults in a device that is being initialised");
  RunningBig big(rig.engine, rig.stage.big(), rig.violations);
  host::Splitmix random(rig.seed);
  Samples ns;
  Samples bare_ns;
  for (uint32_t n = 0; n < rig.nr_faults; ++n) {
    Domain& domain = big.domain();
    pause(random);
    const std::optional<uint64_t> pfn = find_page(rig.engine.pool(), rig.stage.big().data(), false, random);
    if (pfn) ns.push_back(fault(rig.engine.pool(), domain, *pfn, rig.violations));
    big.domain();
    pause(random);
    const std::optional<double> bare = write_bare_unit(rig.engine.pool(), rig.stage.big(), random);
    if (bare) bare_ns.push_back(*bare);
  }
  Figure p50 = time_figure(ns, 50, rig.seed);
  p50.key = "first_fault_us_p50";
  p50.what = "first fault while everything runs, p50";
  p50.target = 3;
  p50.bound = percentile(bare_ns, 50) / 1000;
  Figure p99 = time_figure(ns, 99, rig.seed);
  p99.key = "first_fault_us_p99";
  p99.what = "first fault while everything runs, p99";
  p99.target = 10.6;  // a kernel's grain: 4,096 records at 2.6 ns
  p99.bound = percentile(bare_ns, 99) / 1000;
  return {p50, p99};
}

}  // namespace memmap::simulator
