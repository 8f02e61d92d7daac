// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Shared memories by themselves: one writer's time, many writers' bandwidth, what lies between, and that nothing is
// gained or lost while writers come and go.
#include "simulator/virtual/network.h"

#include <gtest/gtest.h>

#include <vector>

namespace memmap::virtual_time {
namespace {

constexpr double kGbs = 32;  // a record takes the memory 2 ns
constexpr double kServiceNs = 2;

TEST(Network, OneWriterTakesWhatItTakesAlone) {
  Network network;
  const uint32_t memory = network.add_station({kGbs, 0, 0});
  EXPECT_DOUBLE_EQ(network.rate(network.add_class(10, {memory}), 1), 0.1);
  EXPECT_DOUBLE_EQ(network.rate(network.add_class(1, {memory}), 1), 1 / kServiceNs) << "no faster than the memory";
}

// Exact mean value analysis of the same network, one writer after the other.
double exact_rate(double think_ns, uint32_t n) {
  double queue = 0, rate = 0;
  for (uint32_t i = 1; i <= n; ++i) {
    const double stay_ns = kServiceNs * (1 + queue);
    rate = i / (think_ns + stay_ns);
    queue = rate * stay_ns;
  }
  return rate;
}

TEST(Network, RatesAreThoseOfAClosedQueueingNetwork) {
  Network network;
  const uint32_t writers = network.add_class(20, {network.add_station({kGbs, 0, 0})});
  double before = 0;
  for (const uint32_t n : {1u, 2u, 4u, 8u, 10u, 16u, 32u, 64u, 256u}) {
    const double rate = network.rate(writers, n);
    EXPECT_NEAR(rate, exact_rate(20 - kServiceNs, n), 0.07 * rate) << n << " writers; Schweitzer is an approximation";
    EXPECT_GT(rate, before) << "more writers are never slower without a knee";
    EXPECT_LE(rate, 1 / kServiceNs) << "no more than the bandwidth";
    before = rate;
  }
  EXPECT_GT(before, 0.99 / kServiceNs);
}

TEST(Network, ThreadsOfACoreShareItsOwnPart) {
  Network network;
  const uint32_t memory = network.add_station({kGbs, 0, 0});
  const uint32_t alone = network.add_class(20, {memory}), shared = network.add_class(20, {memory}, 2);
  EXPECT_DOUBLE_EQ(network.rate(shared, 1), 1 / (2 * (20 - kServiceNs) + kServiceNs));
  EXPECT_NEAR(network.rate(shared, 2), network.rate(alone, 1), 0.06 * network.rate(alone, 1)) << "two are as one";
  EXPECT_DOUBLE_EQ(network.rate({3, 0}), network.rate(alone, 3));
}

TEST(Network, WhoStandsStillLosesNothing) {
  Network network;
  const uint32_t memory = network.add_station({kGbs, 0, 0}), writers = network.add_class(10, {memory});
  std::vector<uint32_t> finished;
  network.start(0, writers, 100, 7);
  network.start(0, writers, 1000, 8);
  const double left = network.stop(500, writers, 7);
  EXPECT_GT(left, 45);
  EXPECT_LT(left, 60);
  network.start(1000, writers, left, 7);
  network.advance(network.due_ns(), finished);
  EXPECT_EQ(finished, std::vector<uint32_t>{7});
  EXPECT_NEAR(double(network.due_ns()), 10'000, 400) << "the other one was alone for most of the time";
}

TEST(Network, BeyondItsKneeAMemorySlowsDown) {
  Network network;
  const uint32_t writers = network.add_class(2, {network.add_station({kGbs, 4, 0.5})});
  EXPECT_NEAR(network.rate(writers, 4), 1 / kServiceNs, 0.01);
  EXPECT_NEAR(network.rate(writers, 8), 1 / (1.5 * kServiceNs), 0.01) << "twice the knee: once more by half";
}

TEST(Network, WhoComesOverALinkIsBoundByIt) {
  Network network;
  const uint32_t memory = network.add_station({kGbs, 0, 0}), link = network.add_station({kGbs / 4, 0, 0});
  const uint32_t near = network.add_class(4, {memory}), far = network.add_class(12, {memory, link});
  EXPECT_NEAR(network.rate(far, 64), 0.25 / kServiceNs, 0.01);
  EXPECT_NEAR(network.rate(near, 64), 1 / kServiceNs, 0.01);
}

// Runs until nobody writes any more; who was finished when.
std::vector<std::pair<uint32_t, uint64_t>> drain(Network& network) {
  std::vector<std::pair<uint32_t, uint64_t>> order;
  while (network.due_ns() != UINT64_MAX) {
    const uint64_t now_ns = network.due_ns();
    std::vector<uint32_t> finished;
    network.advance(now_ns, finished);
    for (const uint32_t who : finished) order.emplace_back(who, now_ns);
  }
  return order;
}

TEST(Network, EqualWritersShareEqually) {
  Network network;
  const uint32_t writers = network.add_class(2, {network.add_station({kGbs, 0, 0})});
  network.start(0, writers, 1000, 7);
  network.start(0, writers, 1000, 8);
  network.start(0, writers, 500, 9);
  const auto order = drain(network);
  ASSERT_EQ(order.size(), 3u);
  EXPECT_EQ(order[0].first, 9u);
  EXPECT_NEAR(double(order[0].second), 3 * 500 * kServiceNs, 5);
  EXPECT_EQ(order[1].first, 7u) << "equals in the order of their coming";
  EXPECT_NEAR(double(order[2].second), 2500 * kServiceNs, 5) << "all of it, at the memory's speed";
}

TEST(Network, WhoComesLaterTakesItsPartFromThenOn) {
  Network network;
  const uint32_t writers = network.add_class(2, {network.add_station({kGbs, 0, 0})});
  network.start(0, writers, 1000, 1);
  network.start(1000, writers, 1000, 2);  // 500 of the first are written
  const auto order = drain(network);
  EXPECT_EQ(order[0].first, 1u);
  EXPECT_NEAR(double(order[0].second), 3000, 5);
  EXPECT_NEAR(double(order[1].second), 4000, 5);
}

// Whatever comes when: all is finished, none sooner than alone, and the memory never does more than it can.
TEST(Network, NothingIsGainedOrLost) {
  Network network;
  const uint32_t memory = network.add_station({kGbs, 0, 0});
  const uint32_t classes[] = {network.add_class(3, {memory}), network.add_class(20, {memory})};
  const double alone_ns[] = {3, 20};
  std::vector<std::pair<uint32_t, uint64_t>> order;
  std::vector<uint64_t> began(200), records(200);
  uint64_t now_ns = 0, sum = 0;
  for (uint32_t who = 0; who < 200; ++who) {
    now_ns += who * 7919 % 700;
    while (network.due_ns() <= now_ns) {
      const uint64_t due_ns = network.due_ns();
      std::vector<uint32_t> finished;
      network.advance(due_ns, finished);
      for (const uint32_t one : finished) order.emplace_back(one, due_ns);
    }
    began[who] = now_ns, records[who] = 1 + who * 104729 % 1000, sum += records[who];
    network.start(now_ns, classes[who % 2], double(records[who]), who);
  }
  for (const auto& late : drain(network)) order.push_back(late);
  ASSERT_EQ(order.size(), 200u);
  for (const auto& [who, at_ns] : order)
    EXPECT_GE(double(at_ns - began[who]) + 2, double(records[who]) * alone_ns[who % 2]) << who;
  EXPECT_GE(double(order.back().second) + 2, double(sum) * kServiceNs);
}

}  // namespace
}  // namespace memmap::virtual_time
