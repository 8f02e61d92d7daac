// SPDX-License-Identifier: GPL-2.0-only OR MIT
// WidthController: how many workers of a locality group are worth having awake? Memory saturates before its CPUs are
// used up, and beyond that more writers cost other people's CPU time, or even bandwidth. Nobody knows the number: so it
// raises the width while that brings more work done, and otherwise goes back; from time to time it asks again.
//
// Pure logic, one thread at a time. Who owns it feeds it, while the group works, with the time and the work done so
// far.
#ifndef MEMMAP_HOST_WIDTH_CONTROLLER_H
#define MEMMAP_HOST_WIDTH_CONTROLLER_H

#include <cstdint>

namespace memmap::host {

class WidthController {
 public:
  // width: where it begins, at least 1; nr_members: where it ends.
  WidthController(uint32_t width, uint32_t nr_members);

  // Work done, of any unit, only grows. Returns the width to have from now on.
  uint32_t observe(uint64_t now_ns, uint64_t done);
  uint32_t width() const { return width_; }

  static constexpr uint64_t kWindowNs = 4'000'000;       // a rate is taken over this long: some hundred grains
  static constexpr uint64_t kSettledNs = 1'000'000'000;  // after which it asks again
  static constexpr double kWorthIt = 1.05;               // ktask's finding: below this a worker adds nothing

 private:
  void begin_window(uint64_t now_ns, uint64_t done);
  uint32_t wider() const;

  const uint32_t nr_members_;
  uint32_t width_;
  uint32_t before_ = 0;   // width that a wider one is tried against; 0: none is
  double best_rate_ = 0;  // at `before_`
  uint64_t began_ns_ = 0, began_done_ = 0;
  uint64_t asks_at_ns_ = 0;
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_WIDTH_CONTROLLER_H
