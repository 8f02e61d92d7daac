// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/width_controller.h"

#include <algorithm>

namespace memmap::host {
namespace {

constexpr uint32_t kPatience = 8;  // windows for a width that is not had: too little work, or CPUs that are gone

// Half as many more: few steps on big nodes, and never far beyond the knee. And back.
uint32_t wider(uint32_t width) { return width + std::max(1u, width / 2); }
uint32_t narrower(uint32_t width) { return width - std::max(1u, width / 3); }

// Could a change of the width by `share` have changed the rate so? One worker gets hardly more done beside more others,
// and hardly less beside fewer; a memory may lose by more writers, but not half in a step.
bool plausible(double share, double ratio) {
  return share > 1 ? ratio > 0.5 && ratio < 1.15 * share : ratio > 0.85 * share && ratio < 2;
}

}  // namespace

WidthController::WidthController(uint32_t width, uint32_t nr_members)
    : least_(std::clamp<uint32_t>(nr_members, 1, kLeast)),
      nr_members_(std::max(nr_members, 1u)),
      width_(std::clamp<uint32_t>(width, 1, nr_members_)) {}

// A width that nobody is there for is none that could be tried.
void WidthController::limit_to(uint32_t nr_present) {
  nr_members_ = std::max(nr_present, 1u);
  least_ = std::min(nr_members_, kLeast);
  if (width_ <= nr_members_ && before_ <= nr_members_) return;
  before_ = 0;
  change_to(std::min(width_, nr_members_));
}

uint32_t WidthController::observe(uint64_t now_ns, const GroupWork& so_far, uint32_t nr_awake, uint32_t nr_present) {
  limit_to(nr_present);
  ++nr_looks_;
  nr_fit_ += nr_awake == width_;
  const uint64_t grains = so_far.grains - began_.grains, awake_ns = so_far.awake_ns - began_.awake_ns;
  if (awake_ns < width_ * kWindowNs || grains < uint64_t{width_} * kWindowGrains) return width_;
  const bool fits = 2 * nr_fit_ > nr_looks_;
  begin_window(so_far);
  if (!fits) {
    unsettled_ = true;  // the next one begins in the middle of a change
    return ++nr_unfit_ > kPatience && before_ != 0 ? start_over(now_ns, kSettledNs) : width_;
  }
  nr_unfit_ = 0;
  if (unsettled_) {
    unsettled_ = false;
    return width_;
  }
  const double rate = width_ * double(grains) / double(awake_ns);
  if (before_ != 0) return answer(now_ns, rate);
  return now_ns < asks_at_ns_ ? width_ : ask(now_ns, rate);
}

void WidthController::begin_window(const GroupWork& so_far) {
  began_ = so_far;
  nr_looks_ = nr_fit_ = 0;
}

// `rate` is what this width is worth.
uint32_t WidthController::ask(uint64_t now_ns, double rate) {
  if (direction_ == Direction::wider || kept_) asked_at_ns_ = now_ns;  // what was kept has cost nothing
  if (direction_ == Direction::wider && width_ == nr_members_ && !kept_) direction_ = Direction::narrower;
  if (width_ == (direction_ == Direction::wider ? nr_members_ : least_)) return settle(now_ns);
  before_ = width_;
  rate_before_ = rate;
  return change_to(direction_ == Direction::wider ? std::min(nr_members_, wider(width_))
                                                  : std::max(least_, narrower(width_)));
}

uint32_t WidthController::answer(uint64_t now_ns, double rate) {
  const double ratio = rate / rate_before_;
  if (!plausible(double(width_) / before_, ratio)) return start_over(now_ns, kRestartNs);
  if (ratio >= (direction_ == Direction::wider ? kWorthIt : kNotMissed)) {
    before_ = 0;
    kept_ = true;
    return ask(now_ns, rate);  // and further
  }
  change_to(before_);
  before_ = 0;
  if (direction_ == Direction::narrower || kept_) return settle(now_ns);
  direction_ = Direction::narrower;
  return width_;
}

uint32_t WidthController::settle(uint64_t now_ns) {
  const uint64_t costly_ns = kSettledTimes * (now_ns - asked_at_ns_);
  asks_at_ns_ = now_ns + std::clamp(costly_ns, kSettledNs, kSettledMost);
  direction_ = Direction::wider;
  kept_ = false;
  return width_;
}

// What is tried is not found out now.
uint32_t WidthController::start_over(uint64_t now_ns, uint64_t after_ns) {
  change_to(before_);
  before_ = 0;
  settle(now_ns);
  asks_at_ns_ = now_ns + after_ns;
  return width_;
}

uint32_t WidthController::change_to(uint32_t width) {
  unsettled_ = true;
  return width_ = width;
}

}  // namespace memmap::host
