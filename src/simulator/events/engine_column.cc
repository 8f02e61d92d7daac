// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/events/engine_column.h"

#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/chrome_trace.h"
#include "host/record_cost.h"
#include "memmap/memmap.hpp"
#include "simulator/events/arrivals.h"
#include "simulator/events/engine_boot.h"
#include "simulator/events/first_faults.h"
#include "simulator/events/ready_check.h"

namespace memmap::simulator {
namespace {

// The devices' part of the timeline.
class Hotplug {
 public:
  Hotplug(const Stage& stage, Engine& engine, const EngineColumnOptions& options, Column& column)
      : stage_(stage),
        engine_(engine),
        options_(options),
        column_(column),
        big_(stage.big(), options.wrap),
        small_(stage.small(), options.wrap) {}

  // One sync for all: whoever waits, waits for everything that was submitted.
  void with_one_domain(Domain& domain) {
    const memmap_request& request = big_.renewed();
    const uint64_t began = now_ns();
    check("bind pmem0", domain.submit(request));
    column_.goes_on_ns = now_ns() - began;
    std::this_thread::sleep_for(kSmallAfter);
    const uint64_t small_began = now_ns();
    const uint64_t others_before = done_pages(domain);
    check("bind pmem1", domain.submit(small_.renewed()));
    check("sync", domain.flush());
    const uint64_t end = now_ns();
    column_.small_ns = end - small_began;
    column_.big_ns = end - began;
    column_.grains_before =
        (done_pages(domain) - others_before - Stage::present_pages(stage_.small())) / big_grain_pages();
    column_.fault_ns = waits_until(column_.big_ns, options_.seed);
  }

  void with_a_domain_each() {
    Domain big_domain(engine_.pool(), "pmem0");
    const memmap_request& request = big_.renewed();
    const uint64_t began = now_ns();
    check("bind pmem0", big_domain.submit(request));
    column_.goes_on_ns = now_ns() - began;
    FirstFaults faults(engine_.pool(), big_domain, stage_.big().data(), options_.seed);
    std::this_thread::sleep_for(kSmallAfter);
    bind_small(big_domain);
    check("sync pmem0", big_domain.flush());
    column_.big_ns = now_ns() - began;
    faults.stop();
    column_.fault_ns = faults.samples_ns();
    column_.violations.add(faults.violations());
    check("close pmem0", big_domain.close());
  }

 private:
  void bind_small(Domain& big_domain) {
    const uint64_t big_before = done_pages(big_domain);
    const uint64_t began = now_ns();
    Domain domain(engine_.pool(), "pmem1");
    check("bind pmem1", domain.submit(small_.renewed()));
    check("sync pmem1", domain.flush());
    column_.small_ns = now_ns() - began;
    const uint64_t big_after = done_pages(big_domain);
    column_.grains_before = (big_after - big_before) / big_grain_pages();
    column_.grains_after = (Stage::present_pages(stage_.big()) - big_after) / big_grain_pages();
    check("close pmem1", domain.close());
  }

  uint64_t big_grain_pages() const {
    return host::grain_pages_of(Stage::present_pages(stage_.big()), engine_.nr_workers());
  }

  uint64_t done_pages(Domain& domain) {
    memmap_progress_counts counts{};
    check("progress", domain.progress(counts));
    return counts.done_pages;
  }

  void check(const char* call, int status) {
    column_.violations.found(&Violations::calls, status != MEMMAP_OK,
                             absl::StrCat(call, ": ", memmap_status_text(status)));
  }

  const Stage& stage_;
  Engine& engine_;
  const EngineColumnOptions& options_;
  Column& column_;
  DeviceRequest big_;
  DeviceRequest small_;
};

}  // namespace

absl::StatusOr<Column> engine_column(const Stage& stage, const Machine& machine, const EngineColumnOptions& options) {
  auto engine = Engine::make(machine, options.nr_workers, stage.end_pfn(), {.traced = options.trace != nullptr});
  if (!engine.ok()) return engine.status();
  Column column;
  column.name = options.domains == Domains::one ? "one global sync" : "a domain each event";
  Zones zones(stage, FreedBy::initialiser);
  const BootRequests boot_requests(stage, zones, options.wrap);
  Hotplug hotplug(stage, **engine, options, column);  // its storage outlives the domains

  Domain boot((*engine)->pool(), options.domains == Domains::one ? "everything" : "boot");
  const absl::Status status = engine_boot(stage, zones, **engine, boot, boot_requests, column);
  if (!status.ok()) return status;
  column.violations.add(zones.check());
  if (options.domains == Domains::one) {
    hotplug.with_one_domain(boot);
  } else {
    hotplug.with_a_domain_each();
  }
  const int closed = boot.close();
  column.violations.found(&Violations::calls, closed != MEMMAP_OK, absl::StrCat("close: ", memmap_status_text(closed)));
  column.violations.add(check_ready(stage, (*engine)->pool()));
  if (const host::Trace* const trace = (*engine)->end_trace(); trace != nullptr) *options.trace = chrome_trace(*trace);
  return column;
}

}  // namespace memmap::simulator
