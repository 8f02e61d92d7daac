// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A big device that the design of 2018 initialises in the background while something else is measured: as
// simulator/figures/running_big.h does it with ours.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_RUNNING_2018_H
#define MEMMAP_INTEGRATION_BENCHMARK_RUNNING_2018_H

#include <chrono>
#include <memory>
#include <thread>

#include "init_2018.h"

namespace memmap::bench {

class Running2018 {
 public:
  Running2018(AsyncDomain& domain, const Target& target) : domain_(domain), target_(target) {}

  // One of which at least a fifth is still to do.
  Init2018& init() {
    if (init_ != nullptr && init_->nr_sub_ranges_left() < kParts2018 * kSubRanges2018 / 5) stop();
    if (init_ == nullptr) {
      init_ = std::make_unique<Init2018>(domain_, target_);
      std::this_thread::sleep_for(std::chrono::microseconds(300));  // until its threads are at it
    }
    return *init_;
  }
  void stop() { init_.reset(); }
  const Target& target() const { return target_; }

 private:
  AsyncDomain& domain_;
  const Target target_;
  std::unique_ptr<Init2018> init_;  // null while nothing runs
};

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_RUNNING_2018_H
