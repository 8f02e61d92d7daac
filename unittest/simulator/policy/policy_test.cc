// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Policies: each writes everything once; each waits where Linux does; the engine's runs are the seed's.
#include "simulator/policy/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace memmap::virtual_time {
namespace {

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kGiBRecords = kGiB / kPageBytes;

// Two sockets of eight CPUs. A record takes a memory 1 ns; one thread 20 ns at boot, 10 in a bind.
MachineModel machine() {
  MachineModel model;
  NodeModel socket;
  socket.cpus = 8;
  socket.bytes = 4 * kGiB;
  socket.write_gbs = 64;
  socket.link_gbs = 16;
  model.nodes = {socket, socket};
  model.distances = {10, 20, 20, 10};
  model.core = {20, 10, 4, 4, 3, 0.5};
  model.serial = {100'000, 1000, 0, 13'000, 10'000};
  return model;
}

Event add(const char* name, uint32_t node, uint64_t bytes, uint64_t at_ns = 0) {
  Event event;
  event.kind = EventKind::add;
  event.name = event.group = name;
  event.node = event.records_node = node;
  event.bytes = bytes;
  event.at_ns = at_ns;
  return event;
}

Event of_kind(EventKind kind, uint64_t at_ns = 0, const char* target = "") {
  Event event;
  event.kind = kind;
  event.name = event.group = "boot";
  event.target = target;
  event.at_ns = at_ns;
  event.early = false;
  return event;
}

Scenario scenario(std::vector<Event> events) { return {"test", "", 1, machine(), std::move(events)}; }

uint64_t records_written(const Outcome& outcome) {
  uint64_t records = 0;
  for (const NodeUse& use : outcome.uses) records += use.local_records + use.remote_records;
  return records;
}

TEST(EachPolicy, WritesEveryRecordOnce) {
  Event boot = of_kind(EventKind::boot);
  boot.ranges = 7;
  boot.reserved = 0.1;
  Event faults = of_kind(EventKind::faults, 0, "b");
  faults.count = 20, faults.every_ns = 100'000;
  const Scenario all = scenario({boot, add("a", 0, 5 * kGiB), add("b", 1, 3 * kGiB, 500'000), faults});
  uint64_t expected = 8 * kGiBRecords;
  for (uint64_t range = 0; range < 7; ++range) {  // of each node: a tenth of it, in whole blocks, is not written
    const uint64_t size = 4 * kGiBRecords * (range + 1) / 7 - 4 * kGiBRecords * range / 7;
    expected += 2 * (size - uint64_t(0.1 * double(size)) / 1024 * 1024);
  }
  for (uint32_t p = 0; p < kNrPolicies; ++p) {
    SCOPED_TRACE(name_of(Policy(p)).shown);
    const Outcome outcome = run_policy(all, Policy(p));
    EXPECT_EQ(outcome.error, "");
    // The engine pays for whole units where a range begins or ends inside one; that it writes only what is present is
    // counted by its write hook, and would be an error.
    EXPECT_GE(records_written(outcome), expected);
    EXPECT_LE(records_written(outcome), expected + (is_own(Policy(p)) ? 2 * 7 * 2 * 1024 : 0));
    EXPECT_EQ(outcome.first_fault_ns.size(), 20u);
    for (const EventOutcome& event : outcome.events) {
      EXPECT_GE(event.usable_ns, event.caller_ns);
      EXPECT_GE(double(event.usable_ns), double(event.records)) << "no faster than the memory";
    }
    EXPECT_GE(outcome.end_ns, bound_of(all).total_ns);
  }
}

TEST(LinuxBoot, ThreadsAreOneANodeThenAsManyAsCpus) {
  const Scenario boot = scenario({of_kind(EventKind::boot)});
  const double alone_ns = double(4 * kGiBRecords) * 20;
  EXPECT_NEAR(double(run_policy(boot, Policy::serial).boot_ns), alone_ns * 2.5, alone_ns * 0.01) << "half of it is far";
  EXPECT_NEAR(double(run_policy(boot, Policy::thread_per_node).boot_ns), alone_ns, alone_ns * 0.01);
  const double padata_ns = double(run_policy(boot, Policy::padata).boot_ns);
  EXPECT_GE(padata_ns, alone_ns / 8);
  EXPECT_LE(padata_ns, alone_ns / 8 * 1.3);
}

TEST(LinuxBoot, RangesAreDoneOneAfterTheOtherUntilZonesAreJobs) {
  Event fragments = of_kind(EventKind::boot);
  fragments.ranges = 32;  // a section each: one thread
  const Scenario boot = scenario({fragments});
  const Outcome by_range = run_policy(boot, Policy::padata), by_zone = run_policy(boot, Policy::padata_zone);
  EXPECT_GT(by_range.boot_ns, 5 * by_zone.boot_ns);
}

// One thread, on node 0; what is far takes half as much again. A section a node; or what is reserved, a quarter of
// 4 GiB here, which lies in front and has the section in it.
TEST(EarlyBoot, IsOneThreadsWhateverComesThen) {
  for (const double reserved : {0.0, 0.25}) {
    Event boot = of_kind(EventKind::boot);
    boot.reserved = reserved;
    Scenario late = scenario({boot});
    late.machine.width = 8;  // at time 0 all are awake; later, as many as the width
    Scenario all = late;
    all.events[0].early = true;
    const double early_ns = reserved == 0 ? kSectionPages * (20 + 30) : double(kGiBRecords) * (10 + 15);
    for (const Policy policy : {Policy::own, Policy::padata, Policy::serial}) {
      const Outcome outcome = run_policy(all, policy);
      EXPECT_EQ(outcome.error, "");
      EXPECT_GE(outcome.boot_ns, uint64_t(early_ns * 0.99)) << name_of(policy).shown;
      EXPECT_EQ(records_written(outcome), 8 * kGiBRecords) << name_of(policy).shown << ": reserved ones too";
    }
    const double late_ns = double(run_policy(late, Policy::own).boot_ns);
    EXPECT_NEAR(double(run_policy(all, Policy::own).boot_ns), early_ns + late_ns, 0.06 * early_ns);
    EXPECT_NEAR(double(bound_of(all).serial_ns), early_ns, 0.01 * early_ns);
  }
}

TEST(LinuxBoot, ANodeWithoutCpusHasOneThreadAndHoldsEverybodyUp) {
  Scenario boot = scenario({of_kind(EventKind::boot)});
  boot.machine.nodes[1].cpus = 0;
  const Outcome linux_way = run_policy(boot, Policy::padata), own = run_policy(boot, Policy::own);
  EXPECT_GE(double(linux_way.boot_ns), double(4 * kGiBRecords) * 20);
  EXPECT_LT(own.boot_ns * 5, linux_way.boot_ns);
}

TEST(LinuxBinds, UnderTheLockOneAfterTheOther) {
  const Scenario binds = scenario({add("a", 0, 2 * kGiB), add("b", 1, 2 * kGiB)});
  const Outcome locked = run_policy(binds, Policy::thread_per_node), unlocked = run_policy(binds, Policy::zone_device);
  const double one_ns = double(2 * kGiBRecords) * 10;
  EXPECT_GE(double(locked.end_ns), 2 * one_ns);
  EXPECT_NEAR(double(unlocked.end_ns), one_ns, one_ns * 0.2);
  EXPECT_EQ(locked.events[0].caller_ns, locked.events[0].usable_ns) << "synchronous";
}

// A cookie of one global domain: the small device, done long before, waits for the big one before it.
TEST(Series2018, WhoWaitsForADeviceWaitsForThoseBefore) {
  Scenario binds = scenario({add("big", 0, 64 * kGiB), add("small", 1, kGiB, 1'000'000)});
  binds.events[1].caller_node = 1;
  const Outcome outcome = run_policy(binds, Policy::series_2018);
  EXPECT_LT(outcome.events[1].usable_ns * 2, outcome.events[0].usable_ns);
  ASSERT_EQ(outcome.flush_ns.size(), 2u);
  EXPECT_GE(outcome.flush_ns[1] + 2'000'000, outcome.flush_ns[0]);
  EXPECT_LT(outcome.events[0].caller_ns, 1'000'000u);
  const Outcome own = run_policy(binds, Policy::own);
  EXPECT_LT(*std::min_element(own.flush_ns.begin(), own.flush_ns.end()) * 5, own.events[0].usable_ns);
}

TEST(Series2018, AFirstFaultDoesASubRangeWhichGrowsWithTheDevice) {
  Event faults = of_kind(EventKind::faults, 300'000, "a");
  faults.count = 50, faults.every_ns = 1000;
  const Scenario small = scenario({add("a", 0, 8 * kGiB), faults}), big = scenario({add("a", 0, 64 * kGiB), faults});
  const auto worst = [](const Outcome& outcome) {
    return *std::max_element(outcome.first_fault_ns.begin(), outcome.first_fault_ns.end());
  };
  EXPECT_GT(worst(run_policy(big, Policy::series_2018)), 4 * worst(run_policy(small, Policy::series_2018)));
  EXPECT_LT(worst(run_policy(big, Policy::own)), 2 * worst(run_policy(small, Policy::own)));
}

TEST(Engine, IsAtTheBoundOnAllNodesAtOnce) {
  Scenario binds = scenario({add("a", 0, 256 * kGiB), add("b", 1, 256 * kGiB)});
  binds.machine.width = 8;
  const Outcome own = run_policy(binds, Policy::own);
  EXPECT_LT(double(own.end_ns), 1.15 * double(bound_of(binds).total_ns));
  EXPECT_LT(own.bytes_across(), 512 * kGiB / 64 / 20) << "each node's workers at their own memory";
  for (const EventOutcome& event : own.events) EXPECT_LT(event.caller_ns, 1'000'000u);
}

TEST(Engine, ACancelledDeviceIsLeftAtOnce) {
  const Scenario removal = scenario(
      {add("leaves", 0, 256 * kGiB), add("stays", 1, 8 * kGiB), of_kind(EventKind::remove, 5'000'000, "leaves")});
  const Outcome own = run_policy(removal, Policy::own), stock = run_policy(removal, Policy::zone_device);
  EXPECT_EQ(own.error, "");
  ASSERT_EQ(own.remove_ns.size(), 1u);
  EXPECT_LT(own.remove_ns[0], 1'000'000u) << "a grain";
  EXPECT_EQ(own.events[0].usable_ns, 0u);
  EXPECT_NE(own.events[1].usable_ns, 0u);
  EXPECT_LT(records_written(own), 100 * kGiBRecords);
  EXPECT_GT(stock.remove_ns[0], 100'000'000u) << "to its end";
}

TEST(Engine, BootNeedNotWaitAndMemoryGrowsOnDemand) {
  Event boot = of_kind(EventKind::boot), allocations = of_kind(EventKind::allocations);
  boot.wait = false;
  allocations.node = 1, allocations.bytes = 64 << 20, allocations.count = 10, allocations.every_ns = 50'000;
  const Scenario early = scenario({boot, allocations});
  const Outcome own = run_policy(early, Policy::own), stock = run_policy(early, Policy::padata);
  EXPECT_LE(own.boot_ns, 100'000u);
  EXPECT_EQ(own.allocation_ns.size(), 10u);
  EXPECT_LT(*std::max_element(own.allocation_ns.begin(), own.allocation_ns.end()), 500'000u);
  EXPECT_GT(*std::max_element(stock.allocation_ns.begin(), stock.allocation_ns.end()), 2'000'000u);
}

TEST(Engine, LostCpusStrandNothing) {
  Event offline = of_kind(EventKind::offline, 200'000);
  offline.count = 8;  // all of node 0
  const Outcome own = run_policy(scenario({add("a", 0, 16 * kGiB), add("b", 1, 16 * kGiB), offline}), Policy::own);
  EXPECT_EQ(own.error, "");
  EXPECT_EQ(records_written(own), 32 * kGiBRecords);
}

TEST(Engine, TrafficTakesItsShare) {
  Event traffic = of_kind(EventKind::traffic);
  traffic.count = 4, traffic.for_ns = 10'000'000;
  const Scenario quiet = scenario({add("a", 0, 32 * kGiB)}), busy = scenario({add("a", 0, 32 * kGiB), traffic});
  const Outcome alone = run_policy(quiet, Policy::own), beside = run_policy(busy, Policy::own);
  EXPECT_GT(beside.events[0].usable_ns, alone.events[0].usable_ns);
  EXPECT_GT(beside.traffic_bytes, 10'000'000u);
}

TEST(Engine, TheSameSeedIsTheSameTraceByteForByte) {
  Event faults = of_kind(EventKind::faults, 100'000, "a");
  faults.count = 10, faults.every_ns = 50'000;
  Scenario run = scenario({add("a", 0, 4 * kGiB), add("b", 1, 2 * kGiB), faults});
  std::string first, again, other;
  EXPECT_EQ(run_policy(run, Policy::own, &first).error, "");
  run_policy(run, Policy::own, &again);
  EXPECT_EQ(first, again);
  EXPECT_NE(first.find("\"traceEvents\""), std::string::npos);
  run.seed = 2;
  run_policy(run, Policy::own, &other);
  EXPECT_NE(first, other);
}

TEST(TheBound, CountsMemoriesCpusAndWhatIsSerial) {
  const Scenario binds = scenario({add("a", 0, 32 * kGiB), add("b", 0, 32 * kGiB), add("c", 1, 16 * kGiB)});
  const Bound bound = bound_of(binds);
  EXPECT_EQ(bound.node, 0u);
  EXPECT_EQ(bound.bandwidth_ns, 64 * kGiBRecords) << "1 ns a record";
  EXPECT_EQ(bound.cores_ns, 80 * kGiBRecords * 3 / 16);
  EXPECT_EQ(bound.serial_ns, 300'000u);
  EXPECT_EQ(bound.total_ns, bound.bandwidth_ns + 100'000) << "behind its first bind's time under the lock";
  Scenario late = binds;
  late.events.push_back(add("d", 1, kGiB, 10'000'000'000));
  EXPECT_GT(bound_of(late).total_ns, 10'000'000'000u) << "nothing ends before it begins";
}

TEST(OutcomeFigures, Fairness) {
  Outcome outcome;
  outcome.events = {{"a", 0, 1, 0, 100, 10}, {"b", 0, 1, 0, 200, 20}};
  EXPECT_DOUBLE_EQ(outcome.fairness(), 1);
  outcome.events[1].usable_ns = 2'000'000;
  EXPECT_NEAR(outcome.fairness(), 0.5, 0.01);
}

}  // namespace
}  // namespace memmap::virtual_time
