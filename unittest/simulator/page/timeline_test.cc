// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A run over time: who waits, what goes on behind, what was removed, how full a memory's bandwidth was.
#include "simulator/page/timeline.h"

#include <gtest/gtest.h>

#include "support/text.h"

namespace memmap::virtual_time {
namespace {

using support::has;

// One memory of 64 GB/s; a run of 100 ms, in which it is written to at half of that until 50 ms.
Comparison comparison() {
  Comparison made;
  NodeModel node;
  node.write_gbs = 64;
  made.scenario.machine.nodes = {node};
  made.bound.total_ns = 25'000'000;
  Outcome outcome;
  outcome.end_ns = 100'000'000;
  outcome.events = {{"first & last", 0, 1000, 20'000'000, 100'000'000, 0, 0, 0}};
  outcome.uses.resize(1);
  outcome.uses[0].written.add(0, 50'000'000, 25e6);
  made.outcomes = {outcome};
  return made;
}

TEST(Timeline, AnEventsCallerWaitsAndTheRestIsBehindIt) {
  const Comparison made = comparison();
  const std::string html = timeline_of(made, made.outcomes[0]);
  EXPECT_TRUE(has(html, "class=\"waits\" x=\"0.00%\" y=\"1\" width=\"20.00%\"")) << html;
  EXPECT_TRUE(has(html, "class=\"behind\" x=\"20.00%\" y=\"1\" width=\"80.00%\"")) << html;
  EXPECT_TRUE(has(html, "<title>first &amp; last</title>")) << html;
  EXPECT_TRUE(has(html, "class=\"bound\" x1=\"25.00%\"")) << html;
  EXPECT_FALSE(has(html, "class=\"removed\"")) << html;
}

TEST(Timeline, WhatWasRemovedEndsThere) {
  Comparison made = comparison();
  made.outcomes[0].events[0].usable_ns = 0;
  made.outcomes[0].events[0].removed_ns = 60'000'000;
  const std::string html = timeline_of(made, made.outcomes[0]);
  EXPECT_TRUE(has(html, "class=\"removed\" x=\"20.00%\" y=\"1\" width=\"40.00%\"")) << html;
  EXPECT_FALSE(has(html, "class=\"behind\"")) << html;
}

TEST(Timeline, AMemorysBandIsAsHighAsItsShareOfTheBandwidth) {
  const Comparison made = comparison();
  const std::string html = timeline_of(made, made.outcomes[0]);
  EXPECT_TRUE(has(html, "viewBox=\"0 0 1000 18\"")) << html;
  EXPECT_TRUE(has(html, "d=\"M0 18H0.0V9.0H")) << "half of 18\n" << html;
  EXPECT_FALSE(has(html, "H1000")) << "nothing is written after 50 ms\n" << html;
}

TEST(Timeline, ManyLanesAreThinAndNotAllHaveNames) {
  Comparison made = comparison();
  for (int i = 0; i < 47; ++i) made.outcomes[0].events.push_back({"more", 0, 1, 1, 1, 0, 0, 0});
  const std::string html = timeline_of(made, made.outcomes[0]);
  size_t names = 0;
  for (size_t at = 0; (at = html.find(">more</text>", at)) != html.npos; ++at) ++names;
  EXPECT_EQ(names, 15u) << "5 pixels each: a name at each third";
}

TEST(Timeline, TheBootIsAnEventToo) {
  Comparison made = comparison();
  made.outcomes[0].boot_ns = 10'000'000;
  made.outcomes[0].boot_usable_ns = 30'000'000;
  EXPECT_TRUE(has(timeline_of(made, made.outcomes[0]), "<title>boot</title>"));
}

}  // namespace
}  // namespace memmap::virtual_time
