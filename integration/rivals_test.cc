// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The benchmark's rivals do the whole job: each record gets its image, none beside is touched. And the design of 2018
// waits for what it should.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <new>
#include <thread>
#include <vector>

#include "integration/benchmark/init_2018.h"
#include "integration/benchmark/rivals.h"
#include "integration/benchmark/woken_threads.h"
#include "simulator/stage/machine.h"

namespace memmap::bench {
namespace {

constexpr uint64_t kRecords = 3 * simulator::kSectionPages + 700;
constexpr uint64_t kGuards = 64;
constexpr uint64_t kPgmap = 0xFFFF888000001000;

// Records between guards, all poison.
class Records {
 public:
  explicit Records(uint64_t nr)
      : nr_(nr),
        memory_(static_cast<simulator::Record*>(operator new ((nr + 2 * kGuards) * 64, std::align_val_t{64}))) {
    poison();
  }
  ~Records() { operator delete (memory_, std::align_val_t{64}); }
  void poison() { std::memset(static_cast<void*>(memory_), simulator::kPoisonByte, (nr_ + 2 * kGuards) * 64); }
  Target target() const {
    const simulator::Memmap memmap{memory_ + kGuards, 0, nr_};
    return {memmap, pages::image_of(MEMMAP_DEVICE, 1, simulator::kZoneDevice, kPgmap), 1, kPgmap};
  }
  bool guards_are_whole() const {
    for (uint64_t n = 0; n < kGuards; ++n) {
      if (memory_[n].flags != simulator::kPoisonWord || memory_[kGuards + nr_ + n].flags != simulator::kPoisonWord) {
        return false;
      }
    }
    return true;
  }

 private:
  const uint64_t nr_;
  simulator::Record* const memory_;
};

TEST(RivalsTest, EachWritesEveryRecordAndNothingElse) {
  const absl::StatusOr<simulator::Machine> machine = simulator::load_machine(0);
  ASSERT_TRUE(machine.ok());
  simulator::Padata padata(1);
  std::vector<uint32_t> cpus = machine->cpus;
  if (cpus.size() > 4) cpus.resize(4);
  std::vector<Rival> rivals = kernel_rivals(padata, uint32_t(cpus.size()));
  for (const Rival& rival : tbb_rivals(cpus)) rivals.push_back(rival);
  for (const Rival& rival : openmp_rivals(cpus)) rivals.push_back(rival);
  ASSERT_EQ(rivals.size(), 14u);
  Records records(kRecords);
  for (const Rival& rival : rivals) {
    records.poison();
    EXPECT_EQ(records.target().nr_wrong(), kRecords);
    rival.enter();
    rival.fill(records.target());
    rival.leave();
    EXPECT_EQ(records.target().nr_wrong(), 0u) << rival.name;
    EXPECT_TRUE(records.guards_are_whole()) << rival.name;
  }
}

// The bounds of cold starts are no shorter than the whole job either, whoever of them wakes up in time.
TEST(BoundsTest, EachWritesEveryRecordEachTime) {
  const absl::StatusOr<simulator::Machine> machine = simulator::load_machine(0);
  ASSERT_TRUE(machine.ok());
  std::vector<uint32_t> cpus = machine->cpus;
  while (cpus.size() < 3) cpus.push_back(cpus[0]);  // more threads than CPUs, on a small machine
  cpus.resize(3);
  Records records(kRecords);
  const auto expect_all = [&](double ns) {
    EXPECT_GT(ns, 0);
    EXPECT_EQ(records.target().nr_wrong(), 0u);
    EXPECT_TRUE(records.guards_are_whole());
    records.poison();
  };
  for (const uint64_t pages_a_fence : {uint64_t{UINT64_MAX}, uint64_t{8192}, uint64_t{1000}})
    expect_all(static_parts_ns(records.target(), cpus, pages_a_fence));
  for (int team = 0; team < 3; ++team) {
    WokenThreads woken(cpus);
    for (int time = 0; time < 10; ++time) expect_all(woken.fill_ns(records.target()));
  }
}

TEST(Init2018Test, WhoNeedsARecordWritesItsSubRangeAlone) {
  AsyncDomain domain(1);
  std::atomic<bool> go_on{false};
  domain.schedule([&] {
    while (!go_on.load()) std::this_thread::yield();
  });
  Records records(kRecords);
  Init2018 init(domain, records.target());  // its works wait for the one thread
  EXPECT_FALSE(init.is_written(kRecords - 1));
  init.sync(kRecords - 1, 1);
  EXPECT_TRUE(init.is_written(kRecords - 1));
  EXPECT_FALSE(init.is_written(0));
  init.sync(500, 100);  // across a border
  EXPECT_TRUE(init.is_written(0) && init.is_written(599));
  init.sync(0, kRecords);
  EXPECT_EQ(records.target().nr_wrong(), 0u);
  go_on.store(true);
}

TEST(Init2018Test, AWaitByCookieIsForEverythingBefore) {
  AsyncDomain domain(2);
  std::atomic<bool> go_on{false};
  std::atomic<bool> first_is_done{false};
  domain.schedule([&] {
    while (!go_on.load()) std::this_thread::yield();
    first_is_done.store(true);
  });
  Records records(kRecords);
  Init2018 init(domain, records.target());
  while (init.nr_sub_ranges_left() != 0) std::this_thread::yield();  // the device itself is there
  EXPECT_FALSE(first_is_done.load());
  std::thread later([&] { go_on.store(true); });
  init.wait();
  EXPECT_TRUE(first_is_done.load());
  EXPECT_EQ(records.target().nr_wrong(), 0u);
  later.join();
}

TEST(Init2018Test, AbandonedItWritesNoMore) {
  AsyncDomain domain(1);
  Records records(kRecords);
  {
    Init2018 init(domain, records.target());
    init.abandon();
  }
  const uint64_t nr_wrong = records.target().nr_wrong();
  records.poison();
  EXPECT_LE(nr_wrong, kRecords);
  EXPECT_EQ(records.target().nr_wrong(), kRecords);
}

}  // namespace
}  // namespace memmap::bench
