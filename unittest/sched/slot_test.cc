// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Slots: who may pin, who is refused, when close returns.
#include "sched/slot.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "sched/domain.h"
#include "support/test_pool.h"

namespace memmap::sched {
namespace {

using support::TestEnv;

TEST(Slot, AFreshOneHoldsNobody) {
  Slot slot;
  EXPECT_EQ(slot.pin(Slot::kAny), nullptr);
  EXPECT_EQ(slot.pin(1), nullptr);
}

TEST(Slot, PinsTheDomainOfItsGeneration) {
  Slot slot;
  Domain domain;
  const uint32_t generation = slot.open(domain);
  EXPECT_NE(generation, Slot::kAny);
  EXPECT_EQ(slot.pin(generation), &domain);
  EXPECT_EQ(slot.pin(generation + 1), nullptr);
  EXPECT_EQ(slot.pin(Slot::kAny), &domain);
}

TEST(Slot, CloseReturnsAtOnceWhereNobodyIsInside) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain domain;
  const uint32_t generation = slot.open(domain);
  ASSERT_NE(slot.pin(generation), nullptr);
  slot.unpin(env.env, drained, false);
  slot.close(env.env, drained, 0, [] {});
  EXPECT_EQ(env.parks, 0u);
  EXPECT_EQ(env.unparks, 0u) << "nobody waited";
  EXPECT_EQ(slot.pin(generation), nullptr);
  EXPECT_EQ(slot.pin(Slot::kAny), nullptr);
}

TEST(Slot, CloseWaitsForTheLastPinAndForNoOther) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain domain;
  const uint32_t generation = slot.open(domain);
  for (int i = 0; i < 3; ++i) ASSERT_NE(slot.pin(generation), nullptr);
  int inside = 3;
  env.on_park = [&](uint32_t*) {
    EXPECT_EQ(slot.pin(generation), nullptr) << "closing";
    EXPECT_EQ(slot.pin(Slot::kAny), nullptr) << "closing";
    slot.unpin(env.env, drained, false);
    EXPECT_EQ(env.unparks, --inside == 0 ? 1u : 0u) << "only the last one wakes";
  };
  slot.close(env.env, drained, 0, [] {});
  EXPECT_EQ(inside, 0);
  EXPECT_EQ(env.parks, 3u);
}

TEST(Slot, TheLastPinWakesLaterWhereItMayNotWake) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain domain;
  ASSERT_NE(slot.pin(slot.open(domain)), nullptr);
  env.on_park = [&](uint32_t*) { slot.unpin(env.env, drained, true); };
  slot.close(env.env, drained, 0, [] {});
  EXPECT_EQ(env.unparks, 0u);
  EXPECT_EQ(env.wakes_later, 1u);
}

TEST(Slot, ThePinThatDrainsWakesTheWordThatCloseParksOn) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain domain;
  uint32_t* parked_on = nullptr;
  ASSERT_NE(slot.pin(slot.open(domain)), nullptr);
  env.on_wake = [&](uint32_t* word) { EXPECT_EQ(word, parked_on); };
  env.on_park = [&](uint32_t* word) {
    parked_on = word;
    const uint32_t before = *word;
    slot.unpin(env.env, drained, false);
    EXPECT_NE(*word, before) << "a closer between its look and its park would sleep for ever";
  };
  slot.close(env.env, drained, 0, [] {});
  EXPECT_EQ(env.unparks, 1u);
}

TEST(Slot, AStaleGenerationStaysOutsideOfTheNextDomain) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain first, second;
  const uint32_t old_generation = slot.open(first);
  slot.close(env.env, drained, 0, [] {});
  const uint32_t generation = slot.open(second);
  EXPECT_NE(generation, old_generation);
  EXPECT_EQ(slot.pin(old_generation), nullptr);
  EXPECT_EQ(slot.pin(generation), &second);
}

TEST(Slot, GenerationsSkipTheOneThatMeansAny) {
  TestEnv env;
  Slot slot;
  Atomic<uint32_t> drained;
  Domain domain;
  static_assert(sizeof(Atomic<uint64_t>) == sizeof(uint64_t));
  slot.open(domain);
  slot.close(env.env, drained, 0, [] {});
  // As after 2^32 - 1 domains, which an hour of opening and closing reaches.
  *reinterpret_cast<uint64_t*>(&slot) |= uint64_t{UINT32_MAX} << 32;
  const uint32_t generation = slot.open(domain);
  EXPECT_NE(generation, Slot::kAny);
  EXPECT_EQ(slot.pin(generation), &domain);
  EXPECT_EQ(slot.pin(Slot::kAny), &domain);
}

}  // namespace
}  // namespace memmap::sched
