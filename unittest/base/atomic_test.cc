// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Atomic<T>: what each operation returns and leaves behind, for each kind of T that the engine uses, and that
// concurrent read-modify-writes lose nothing.
#include "base/atomic.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace memmap {
namespace {

TEST(Atomic, StartsAtZeroOrAtItsArgument) {
  EXPECT_EQ(Atomic<uint64_t>().load(relaxed), 0u);
  EXPECT_EQ(Atomic<uint32_t>(7).load(relaxed), 7u);
  EXPECT_EQ(Atomic<const char*>().load(relaxed), nullptr);
}

TEST(Atomic, StoreThenLoad) {
  Atomic<uint64_t> word;
  word.store(UINT64_MAX, release);
  EXPECT_EQ(word.load(acquire), UINT64_MAX);
}

TEST(Atomic, EachModificationReturnsWhatWasThere) {
  Atomic<uint32_t> word(0b0101);
  EXPECT_EQ(word.fetch_or(0b0011, acq_rel), 0b0101u);
  EXPECT_EQ(word.fetch_and(0b0110, acq_rel), 0b0111u);
  EXPECT_EQ(word.fetch_add(10, acq_rel), 0b0110u);
  EXPECT_EQ(word.fetch_sub(5, acq_rel), 16u);
  EXPECT_EQ(word.load(relaxed), 11u);
}

TEST(Atomic, ArithmeticWrapsAround) {
  Atomic<uint16_t> word(UINT16_MAX);
  EXPECT_EQ(word.fetch_add(1, relaxed), UINT16_MAX);
  EXPECT_EQ(word.fetch_sub(1, relaxed), 0u);
  EXPECT_EQ(word.load(relaxed), UINT16_MAX);
}

TEST(Atomic, CompareExchangeStoresOnlyOverTheExpectedValue) {
  Atomic<uint64_t> word(1);
  uint64_t expected = 2;
  EXPECT_FALSE(word.compare_exchange(expected, 3, seq_cst));
  EXPECT_EQ(expected, 1u) << "a failed exchange reports what it found";
  EXPECT_EQ(word.load(relaxed), 1u);
  EXPECT_TRUE(word.compare_exchange(expected, 3, seq_cst));
  EXPECT_EQ(expected, 1u);
  EXPECT_EQ(word.load(relaxed), 3u);
}

TEST(Atomic, PointersExchange) {
  int first = 0;
  int second = 0;
  Atomic<int*> pointer(&first);
  int* expected = &first;
  EXPECT_TRUE(pointer.compare_exchange(expected, &second, acq_rel));
  EXPECT_EQ(pointer.load(acquire), &second);
}

TEST(Atomic, AddressIsThatOfTheWord) {
  Atomic<uint32_t> word;
  *word.address() = 5;
  EXPECT_EQ(word.load(relaxed), 5u);
  EXPECT_EQ(static_cast<void*>(word.address()), static_cast<void*>(&word));
}

// Runs `body(thread)` in two threads at once.
template <typename Body>
void in_two_threads(Body body) {
  std::thread other([&] { body(1u); });
  body(0u);
  other.join();
}

constexpr uint64_t kRounds = 100'000;

TEST(AtomicInTwoThreads, NoAdditionIsLost) {
  Atomic<uint64_t> added;
  Atomic<uint64_t> exchanged;
  in_two_threads([&](unsigned) {
    for (uint64_t i = 0; i < kRounds; ++i) {
      added.fetch_add(1, relaxed);
      uint64_t seen = exchanged.load(relaxed);
      while (!exchanged.compare_exchange(seen, seen + 1, relaxed)) {
      }
    }
  });
  EXPECT_EQ(added.load(relaxed), 2 * kRounds);
  EXPECT_EQ(exchanged.load(relaxed), 2 * kRounds);
}

TEST(AtomicInTwoThreads, EachBitIsTurnedByExactlyOne) {
  Atomic<uint64_t> words[64];
  uint64_t turned[2] = {};
  in_two_threads([&](unsigned thread) {
    for (unsigned i = 0; i < 64 * 64; ++i) {
      const uint64_t bit = uint64_t{1} << (i % 64);
      if (!(words[i / 64].fetch_or(bit, relaxed) & bit)) ++turned[thread];
    }
  });
  EXPECT_EQ(turned[0] + turned[1], 64u * 64);
}

TEST(AtomicInTwoThreads, ReleaseHandsOverWhatWasWrittenBefore) {
  uint64_t payload = 0;
  Atomic<uint32_t> turn;
  in_two_threads([&](unsigned thread) {
    for (uint32_t i = 0; i < 10'000; ++i) {
      while (turn.load(acquire) % 2 != thread) std::this_thread::yield();
      ++payload;  // not atomic: a race, if the order did not hold, that TSan reports
      turn.fetch_add(1, release);
    }
  });
  EXPECT_EQ(payload, 20'000u);
}

TEST(AddOwn, CountsForItsOneWriter) {
  Atomic<uint64_t> counter;
  add_own(counter, 3);
  add_own(counter, 4);
  EXPECT_EQ(counter.load(relaxed), 7u);
}

}  // namespace
}  // namespace memmap
