// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/width_controller.h"

#include <algorithm>

namespace memmap::host {

WidthController::WidthController(uint32_t width, uint32_t nr_members)
    : nr_members_(nr_members), width_(std::clamp<uint32_t>(width, 1, std::max(nr_members, 1u))) {}

uint32_t WidthController::observe(uint64_t now_ns, uint64_t done) {
  const uint64_t window_ns = now_ns - began_ns_;
  // Between two looks that are far apart the group was idle: such a window says nothing.
  if (began_ns_ == 0 || window_ns > 4 * kWindowNs) return begin_window(now_ns, done), width_;
  if (window_ns < kWindowNs) return width_;
  const double rate = double(done - began_done_) / double(window_ns);
  begin_window(now_ns, done);
  if (before_ != 0) {
    if (rate < kWorthIt * best_rate_) {  // no more work done: back, for a while
      width_ = before_;
      before_ = 0;
      asks_at_ns_ = now_ns + kSettledNs;
      return width_;
    }
  } else if (now_ns < asks_at_ns_) {
    return width_;
  }
  if (width_ == nr_members_) {
    before_ = 0;
    asks_at_ns_ = now_ns + kSettledNs;
    return width_;
  }
  best_rate_ = rate;
  before_ = width_;
  return width_ = wider();
}

void WidthController::begin_window(uint64_t now_ns, uint64_t done) {
  began_ns_ = now_ns;
  began_done_ = done;
}

// Half as many more: few steps on big nodes, and never far beyond the knee.
uint32_t WidthController::wider() const { return std::min(nr_members_, width_ + std::max(1u, width_ / 2)); }

}  // namespace memmap::host
