// SPDX-License-Identifier: GPL-2.0-only OR MIT
// WidthController: how many workers of a locality group are worth having awake? Memory saturates before its CPUs are
// used up, and beyond that more writers cost other people's CPU time, or even bandwidth. Nobody knows the number, and
// it is another one for other work. So it asks: a wider width is kept where it gets more done, then a narrower one
// where it gets hardly less done; a second later again.
//
// The rate at a width is the width times what one worker gets done while it is awake. So neither idle time counts nor
// where a long unit begins and ends, and a window is as long as its units need. Two rates are compared only where both
// widths were really had: other windows say nothing.
//
// Grains are all that it counts, and they need not be alike: a change of the mix between two windows looks like a
// change of bandwidth. One that no change of the width could have made ends the comparison, which then begins again. A
// smaller one may be believed; then what was decided is wrong until it asks again.
//
// Pure logic, one thread at a time. Who owns it feeds it, while the group works.
#ifndef MEMMAP_HOST_WIDTH_CONTROLLER_H
#define MEMMAP_HOST_WIDTH_CONTROLLER_H

#include <cstdint>

namespace memmap::host {

// Of a group, since its start: only grows.
struct GroupWork {
  uint64_t grains = 0;    // done
  uint64_t awake_ns = 0;  // that its workers were awake for them, summed over workers
};

class WidthController {
 public:
  // width: where it begins, at least 1; nr_members: where it ends.
  WidthController(uint32_t width, uint32_t nr_members);

  // nr_awake: members that are awake now; nr_present: that have not left. Returns the width to have from now on.
  uint32_t observe(uint64_t now_ns, const GroupWork& so_far, uint32_t nr_awake, uint32_t nr_present);
  uint32_t width() const { return width_; }

  // A width of two costs hardly anybody anything, and where there is but one, a hook that waits holds everything up.
  static constexpr uint32_t kLeast = 2;
  static constexpr uint64_t kWindowNs = 4'000'000;  // a rate is taken over so much of each worker: some hundred grains,
  static constexpr uint32_t kWindowGrains = 2;      // and at least over so many of each
  static constexpr uint64_t kSettledNs = 1'000'000'000;  // after which it asks again,
  static constexpr uint64_t kSettledMost = 60 * kSettledNs;
  static constexpr uint32_t kSettledTimes = 16;            // but not before so many times what it last tried in vain
  static constexpr uint64_t kRestartNs = kSettledNs / 10;  // the same, where the mix has changed
  static constexpr double kWorthIt = 1.05;                 // ktask's finding: below this a worker adds nothing
  // Nearer to 1 than that is, so that what was kept by a hair is not given back by a hair.
  static constexpr double kNotMissed = 0.97;

 private:
  enum class Direction : uint8_t { wider, narrower };

  void begin_window(const GroupWork& so_far);
  uint32_t ask(uint64_t now_ns, double rate);
  uint32_t answer(uint64_t now_ns, double rate);
  uint32_t settle(uint64_t now_ns);
  uint32_t start_over(uint64_t now_ns, uint64_t after_ns);
  uint32_t change_to(uint32_t width);

  void limit_to(uint32_t nr_present);

  uint32_t least_, nr_members_, width_;
  uint32_t before_ = 0;  // the width that this one is tried against; 0: none is
  double rate_before_ = 0;
  Direction direction_ = Direction::wider;  // of what is tried now or next
  bool kept_ = false;                       // since it began to ask it has kept another width
  bool unsettled_ = false;                  // this window does not say anything: part of it is of another width
  uint32_t nr_unfit_ = 0;                   // windows behind each other in which the width was not had
  uint32_t nr_looks_ = 0, nr_fit_ = 0;      // in this window; of these with as many awake as the width says
  GroupWork began_;                         // the window
  uint64_t asked_at_ns_ = 0, asks_at_ns_ = 0;
};

}  // namespace memmap::host
#endif  // MEMMAP_HOST_WIDTH_CONTROLLER_H
