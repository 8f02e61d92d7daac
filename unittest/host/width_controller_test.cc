// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The controller of widths on memories that saturate: it ends near the knee, and goes on asking.
#include "host/width_controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace memmap::host {
namespace {

// A group at work: grains a nanosecond by the number of workers awake.
struct Group {
  explicit Group(std::function<double(uint32_t)> rate_of, uint32_t first, uint32_t members)
      : rate(std::move(rate_of)), controller(first, members) {}
  void work_for(uint64_t ns) {
    for (const uint64_t end = now_ns + ns; now_ns < end;) {
      now_ns += 500'000;
      done += rate(controller.width()) * 500'000;
      most = std::max(most, controller.observe(now_ns, uint64_t(done)));
    }
  }
  std::function<double(uint32_t)> rate;
  WidthController controller;
  uint64_t now_ns = 1;
  double done = 0;
  uint32_t most = 0;
};

TEST(WidthController, EndsWithinHalfOfTheKnee) {
  for (const uint32_t knee : {2u, 3u, 5u, 9u, 13u, 26u, 52u}) {
    Group group([knee](uint32_t width) { return 0.1 * std::min(width, knee); }, 2, 52);
    group.work_for(200'000'000);
    EXPECT_GE(group.controller.width() * 3, knee * 2) << knee;
    EXPECT_LE(group.controller.width() * 2, knee * 3) << knee;
  }
}

TEST(WidthController, GoesBackWhereMoreWritersAreWorse) {
  // As measured on a 26-core node: best at 13 threads, a fifth less at 26.
  Group group([](uint32_t width) { return width <= 13 ? width : 13 - (width - 13) * 0.2; }, 13, 52);
  group.work_for(200'000'000);
  EXPECT_EQ(group.controller.width(), 13u);
}

TEST(WidthController, AsksAgainAfterAWhileAndAdaptsToNews) {
  uint32_t knee = 4;
  Group group([&knee](uint32_t width) { return 0.1 * std::min(width, knee); }, 4, 16);
  group.work_for(100'000'000);
  EXPECT_EQ(group.controller.width(), 4u);
  knee = 16;
  group.work_for(100'000'000);
  EXPECT_EQ(group.controller.width(), 4u) << "settled";
  group.work_for(1'100'000'000);
  EXPECT_EQ(group.controller.width(), 16u);
}

TEST(WidthController, IdleTimeIsNoSlowness) {
  Group group([](uint32_t width) { return 0.1 * width; }, 2, 8);
  for (int event = 0; event < 100; ++event) {
    group.work_for(6'000'000);
    group.now_ns += 50'000'000;  // nobody works, nobody looks
  }
  EXPECT_EQ(group.controller.width(), 8u) << "grown over many short events, though most time was idle";
}

TEST(WidthController, StaysWithinItsGroup) {
  EXPECT_EQ(WidthController(0, 4).width(), 1u);
  EXPECT_EQ(WidthController(9, 4).width(), 4u);
  Group alone([](uint32_t width) { return double(width); }, 1, 1);
  alone.work_for(3'000'000'000);
  EXPECT_EQ(alone.most, 1u);
}

}  // namespace
}  // namespace memmap::host
