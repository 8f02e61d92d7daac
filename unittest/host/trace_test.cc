// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Tracks keep what their threads record until they are full; what comes then is counted.
#include "host/trace.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace memmap::host {
namespace {

std::unique_ptr<Trace> make_trace(uint32_t events_per_track) {
  auto trace = Trace::create({{0, "worker 0"}, {7, "worker 1"}}, {0, 7}, events_per_track);
  EXPECT_TRUE(trace.ok()) << trace.status();
  return *std::move(trace);
}

memmap_trace grain(uint64_t pfn) {
  memmap_trace event{};
  event.pfn = pfn;
  return event;
}

TEST(TraceTest, KeepsEventsInTheirOrder) {
  const auto trace = make_trace(3);
  for (uint64_t pfn = 0; pfn < 3; ++pfn) trace->record(1, grain(pfn));
  ASSERT_EQ(trace->nr_events(1), 3u);
  for (uint64_t n = 0; n < 3; ++n) EXPECT_EQ(trace->events(1)[n].pfn, n);
  EXPECT_EQ(trace->nr_events(0), 0u);
  EXPECT_EQ(trace->nr_dropped(), 0u);
}

TEST(TraceTest, DropsAndCountsWhatDoesNotFit) {
  const auto trace = make_trace(3);
  for (uint64_t pfn = 0; pfn < 10; ++pfn) trace->record(0, grain(pfn));
  EXPECT_EQ(trace->nr_events(0), 3u);
  EXPECT_EQ(trace->events(0)[2].pfn, 2u) << "what came first is kept";
  EXPECT_EQ(trace->nr_dropped(), 7u);
}

TEST(TraceTest, CallersGetTracksWhileThereAreSome) {
  const auto trace = make_trace(1);
  for (uint32_t n = 0; n < Trace::kCallerTracks; ++n) EXPECT_EQ(trace->take_track(), 2 + n);
  const uint32_t none = trace->take_track();
  EXPECT_EQ(none, Trace::kNoTrack);
  trace->record(none, grain(1));
  EXPECT_EQ(trace->nr_dropped(), 1u);
}

TEST(TraceTest, NamesOutliveTheirDomains) {
  const auto trace = make_trace(2);
  std::string name = "pmem0, with a name that is longer than a domain may have";
  memmap_trace open{};
  open.kind = MEMMAP_TRACE_OPEN;
  open.domain = name.c_str();
  trace->record(0, open);
  name.assign(name.size(), 'x');
  EXPECT_EQ(std::string(trace->events(0)[0].domain), "pmem0, with a name that is long");
}

TEST(TraceTest, PlacesAreThoseOfTheTables) {
  const auto topology = load_synthetic("pack:2 [numa] core:2 pu:1");
  const auto tables = EngineTopology::create(*topology);
  const auto trace = *Trace::create(*topology, **tables);
  EXPECT_EQ(trace->nr_workers(), 4u);
  EXPECT_EQ(trace->worker(3).nid, 1u);
  EXPECT_EQ(trace->worker(3).name, "worker 3 (cpu 3)");
  EXPECT_EQ(trace->nid_of_group(1), 1u);
  EXPECT_EQ(trace->nid_of_group(2), kNone);
}

TEST(TraceTest, SomebodyMayReadMeanwhile) {
  const auto trace = make_trace(10'000);
  std::thread writer([&] {
    for (uint64_t pfn = 0; pfn < 10'000; ++pfn) trace->record(0, grain(pfn));
  });
  for (uint64_t n = 0; n < 10'000;) {
    n = trace->nr_events(0);
    if (n == 0) continue;
    EXPECT_EQ(trace->events(0)[n - 1].pfn, n - 1);
  }
  writer.join();
}

}  // namespace
}  // namespace memmap::host
