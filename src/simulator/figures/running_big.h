// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A big device that is being initialised in the background while something else is measured: it is bound again before
// it is done. Nobody waits for it, so that only workers are at it.
#ifndef MEMMAP_SIMULATOR_FIGURES_RUNNING_BIG_H
#define MEMMAP_SIMULATOR_FIGURES_RUNNING_BIG_H

#include <chrono>
#include <string>
#include <thread>

#include "memmap/memmap.hpp"
#include "simulator/events/requests.h"
#include "simulator/report/column.h"
#include "simulator/stage/engine.h"

namespace memmap::simulator {

class RunningBig {
 public:
  RunningBig(Engine& engine, const DeviceSpan& span, Violations& violations)
      : engine_(engine), nr_pages_(Stage::present_pages(span)), request_(span), violations_(violations) {}
  ~RunningBig() { stop(); }

  // The domain of a device of which at least a fifth is still to do.
  Domain& domain() {
    if (domain_ && done_pages() > nr_pages_ / 5 * 4) stop();
    if (!domain_) start();
    return domain_;
  }

  void stop() {
    if (!domain_) return;
    check(domain_.cancel(), MEMMAP_OK);
    check(domain_.close(), MEMMAP_CANCELLED);
  }

 private:
  void start() {
    memmap_domain_options options{};
    options.name = "big";
    check(domain_.open(engine_.pool(), options), MEMMAP_OK);
    check(domain_.submit(request_.renewed()), MEMMAP_OK);
    std::this_thread::sleep_for(std::chrono::microseconds(300));  // until its workers are at it
  }

  uint64_t done_pages() {
    memmap_progress_counts counts{};
    check(domain_.progress(counts), MEMMAP_OK);
    return counts.done_pages;
  }

  void check(int status, int expected) {
    violations_.found(&Violations::calls, status != expected,
                      std::string("a big device in the background: ") + memmap_status_text(status));
  }

  Engine& engine_;
  const uint64_t nr_pages_;
  DeviceRequest request_;
  Violations& violations_;
  Domain domain_;  // closed while nothing runs
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_FIGURES_RUNNING_BIG_H
