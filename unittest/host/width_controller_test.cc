// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The controller of widths on memories that saturate: it ends near the knee, from below and from above, and goes on
// asking.
#include "host/width_controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>
#include <vector>

namespace memmap::host {
namespace {

constexpr uint64_t kMsOfWork = 1'000'000, kSecondOfWork = 1'000 * kMsOfWork;

// A group at work.
struct Group {
  // rate_of: units a nanosecond by the number of workers awake.
  Group(std::function<double(uint32_t)> rate_of, uint32_t first, uint32_t members)
      : rate(std::move(rate_of)), nr_members(members), controller(first, members) {}

  void work_for(uint64_t ns) {
    for (const uint64_t end = now_ns + ns; now_ns < end;) {
      const uint32_t awake = std::min({controller.width(), present, at_work});
      now_ns += kStepNs;
      const double did = rate(awake) * kStepNs * (1 + noise * (2 * chance(random) - 1));
      units += did;
      grains += did / units_of_grain;
      so_far = {uint64_t(grains), so_far.awake_ns + awake * kStepNs};
      widths += awake;
      ++steps;
      most = std::max(most, controller.observe(now_ns, so_far, awake, std::min(present, nr_members)));
    }
  }
  // Of what the best width would have got done.
  double share_of_best_for(uint64_t ns) {
    double best = 0;
    for (uint32_t width = 1; width <= nr_members; ++width) best = std::max(best, rate(width));
    units = 0;
    work_for(ns);
    return units / (best * double(ns));
  }
  double mean_width_for(uint64_t ns) {
    widths = steps = 0;
    work_for(ns);
    return widths / steps;
  }

  static constexpr uint64_t kStepNs = 500'000;
  std::function<double(uint32_t)> rate;
  const uint32_t nr_members;
  WidthController controller;
  GroupWork so_far;
  uint64_t now_ns = 1;
  double units_of_grain = 1, noise = 0;  // of each step
  uint32_t present = 64, at_work = 64, most = 0;
  double units = 0, grains = 0, widths = 0, steps = 0;
  std::mt19937_64 random{1};
  std::uniform_real_distribution<double> chance{0, 1};
};

// Grows to a knee, then stays.
std::function<double(uint32_t)> up_to(uint32_t knee) {
  return [knee](uint32_t width) { return 0.1 * std::min(width, knee); };
}

// A quota or a cpuset has left fewer than the width begins with.
TEST(WidthController, FindsTheKneeOfThoseWhoAreThere) {
  Group group(up_to(4), 16, 64);
  group.present = 8;
  group.work_for(kSecondOfWork);
  EXPECT_GE(group.controller.width(), 4u);
  EXPECT_LE(group.mean_width_for(kSecondOfWork), 6);
  group.rate = up_to(64);
  group.present = 64;
  group.work_for(200 * kSecondOfWork);
  EXPECT_GT(group.mean_width_for(kSecondOfWork), 32) << "they are back";
}

TEST(WidthController, EndsWithinHalfOfTheKnee) {
  for (const uint32_t knee : {2u, 3u, 5u, 9u, 13u, 26u, 52u}) {
    Group group(up_to(knee), 2, 52);
    group.work_for(200 * kMsOfWork);
    EXPECT_GE(group.controller.width() * 3, knee * 2) << knee;
    EXPECT_LE(group.controller.width() * 2, knee * 3) << knee;
  }
}

TEST(WidthController, GoesBackWhereMoreWritersAreWorse) {
  // As measured on a 26-core node: best at 13 threads, a fifth less at 26.
  Group group([](uint32_t width) { return width <= 13 ? width : 13 - (width - 13) * 0.2; }, 13, 52);
  group.work_for(200 * kMsOfWork);
  EXPECT_EQ(group.controller.width(), 13u);
}

TEST(WidthController, AsksAgainAfterAWhileAndAdaptsToNews) {
  Group group(up_to(4), 4, 16);
  group.work_for(200 * kMsOfWork);
  EXPECT_EQ(group.controller.width(), 4u);
  group.rate = up_to(16);
  group.work_for(100 * kMsOfWork);
  EXPECT_EQ(group.controller.width(), 4u) << "settled";
  group.work_for(1100 * kMsOfWork);
  EXPECT_EQ(group.controller.width(), 16u);
}

// What scales is followed by stores that saturate at 4, and get slower beyond.
TEST(WidthController, ComesDownAgainWhereTheKneeIsLower) {
  Group group(up_to(16), 4, 16);
  group.work_for(kSecondOfWork);
  EXPECT_EQ(group.controller.width(), 16u);
  group.rate = [](uint32_t width) { return width <= 4 ? width : 4 - (width - 4) * 0.05; };
  group.work_for(3 * kSecondOfWork);
  EXPECT_GE(group.controller.width(), 4u);
  EXPECT_LE(group.controller.width(), 6u);
  EXPECT_GE(group.share_of_best_for(60 * kSecondOfWork), 0.98);
}

TEST(WidthController, AWidthThatBringsNothingIsGivenBack) {
  Group flat([](uint32_t) { return 1.0; }, 4, 16);
  flat.work_for(3 * kSecondOfWork);
  EXPECT_EQ(flat.controller.width(), WidthController::kLeast);
  EXPECT_LE(flat.mean_width_for(60 * kSecondOfWork), 2.1);
}

TEST(WidthController, AskingCostsNextToNothing) {
  for (const uint32_t knee : {4u, 6u, 9u, 16u, 64u}) {
    Group group(up_to(knee), 4, 64);
    group.work_for(2 * kSecondOfWork);
    EXPECT_GE(group.share_of_best_for(60 * kSecondOfWork), knee == 16 ? 0.96 : 0.98) << knee;
  }
}

// Between what is worth it and what is not missed: decided once.
TEST(WidthController, DoesNotSwing) {
  for (const double gain : {1.02, 1.035, 1.05, 1.06, 1.1}) {
    Group group([gain](uint32_t width) { return width <= 4 ? width : 4 * (1 + (gain - 1) * (width - 4) / 2); }, 4, 6);
    group.work_for(3 * kSecondOfWork);
    const uint32_t width = group.controller.width();
    uint32_t other = 0, seconds = 0;
    for (; seconds < 60; ++seconds) {
      group.work_for(kSecondOfWork);
      other += std::fabs(group.mean_width_for(100 * kMsOfWork) - width) > 0.5;
    }
    EXPECT_LE(other, 6u) << gain;
  }
}

TEST(WidthController, NoiseMakesItWrongForAWhileOnly) {
  for (const uint32_t knee : {4u, 8u}) {
    Group group(up_to(knee), 4, 32);
    group.noise = 0.15;  // of half a millisecond: about 3 % of a window
    group.work_for(kSecondOfWork);
    EXPECT_GE(group.share_of_best_for(200 * kSecondOfWork), 0.95) << knee;
    const double mean = group.mean_width_for(200 * kSecondOfWork);
    EXPECT_GE(mean, knee * 0.8) << knee;
    EXPECT_LE(mean, knee * 1.6) << knee;
  }
}

TEST(WidthController, AnotherMixIsNoOtherBandwidth) {
  Group group(up_to(4), 4, 16);
  for (uint64_t change = 0; change < 10'000; ++change) {  // also in the middle of a window
    group.units_of_grain = change % 2 == 0 ? 8 : 1;
    group.work_for(13 * kMsOfWork + 500'000 * (change % 7));
  }
  EXPECT_GE(group.mean_width_for(kSecondOfWork), 2.5);
  EXPECT_LE(group.most, 6u) << "a fine grain's rate is eight times a coarse one's";
}

TEST(WidthController, IdleTimeIsNoSlowness) {
  Group group(up_to(8), 2, 8);
  for (int event = 0; event < 100; ++event) {
    if (event == 50) group.widths = group.steps = 0;
    group.work_for(6 * kMsOfWork);
    group.now_ns += 50 * kMsOfWork;  // nobody works, nobody looks
  }
  EXPECT_EQ(group.most, 8u);
  EXPECT_GE(group.widths / group.steps, 7) << "grown over many short events, though most time was idle";
}

TEST(WidthController, AWidthThatIsNotHadIsNotTried) {
  Group group(up_to(16), 8, 16);
  group.at_work = 5;
  group.work_for(5 * kSecondOfWork);
  EXPECT_EQ(group.controller.width(), 8u) << "there are five at work, whatever the width";
  group.at_work = 10;
  group.work_for(5 * kSecondOfWork);
  EXPECT_EQ(group.controller.width(), 8u) << "12 were tried, but there are ten";
  group.at_work = 16;
  group.work_for(2 * kSecondOfWork);
  EXPECT_EQ(group.controller.width(), 16u);
}

// Each worker's units take so long; looks come at the ends of units.
TEST(WidthController, UnitsMayTakeAsLongAsTheyLike) {
  for (const uint64_t unit_ns : {kMsOfWork / 100, kMsOfWork, 5 * kMsOfWork, 20 * kMsOfWork, kSecondOfWork}) {
    WidthController controller(2, 8);
    std::vector<uint64_t> ends(8);
    for (uint64_t worker = 0; worker < 8; ++worker) ends[worker] = 1 + unit_ns * worker / 8;
    GroupWork so_far;
    uint64_t now_ns = 0, looked_ns = 0;
    while (controller.width() < 8 && now_ns < 100 * (unit_ns + 4 * kMsOfWork)) {
      const auto next = std::min_element(ends.begin(), ends.begin() + controller.width());
      now_ns = std::max(now_ns, *next);
      *next = now_ns + unit_ns;
      so_far = {so_far.grains + 1, so_far.awake_ns + unit_ns};
      if (now_ns - looked_ns < kMsOfWork) continue;
      looked_ns = now_ns;
      controller.observe(now_ns, so_far, controller.width(), 8);
    }
    EXPECT_EQ(controller.width(), 8u) << unit_ns;
  }
}

TEST(WidthController, StaysWithinItsGroup) {
  EXPECT_EQ(WidthController(0, 4).width(), 1u);
  EXPECT_EQ(WidthController(9, 4).width(), 4u);
  Group alone([](uint32_t width) { return double(width); }, 1, 1);
  alone.work_for(3 * kSecondOfWork);
  EXPECT_EQ(alone.most, 1u);
}

}  // namespace
}  // namespace memmap::host
