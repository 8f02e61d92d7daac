// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the benchmark's page says. That a whole page is well-formed and has every key: bench_test.sh.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "integration/benchmark/bench_options.h"
#include "integration/benchmark/catalogue.h"
#include "integration/benchmark/html_chart.h"
#include "integration/benchmark/html_page.h"
#include "integration/benchmark/html_words.h"
#include "integration/benchmark/rounds.h"

namespace memmap::bench {
namespace {

Figure figure_of(double value, double target, double bound) {
  Figure figure;
  figure.key = "a_vs_b";
  figure.what = "a job";
  figure.value = value;
  figure.interval = {value * 0.99, value * 1.01};
  figure.ours = 2;
  figure.theirs = 2 * value;
  figure.unit = "ns/record";
  figure.theirs_is = "b < c";
  figure.target = target;
  figure.bound = bound;
  return figure;
}

TEST(HtmlTest, ASentenceSaysByHowMuch) {
  EXPECT_EQ(sentence_of(figure_of(3, 0, 0)),
            "A job: 2.00 ns/record here, 6.00 with: b < c. That is 3.00 times faster.");
  EXPECT_NE(sentence_of(figure_of(1.0, 0, 0)).find("That is as fast."), std::string::npos);
  EXPECT_NE(sentence_of(figure_of(0.8, 0, 0)).find("That is 25 % slower."), std::string::npos);
}

TEST(HtmlTest, OnlyAReachedBoundExcusesAMiss) {
  EXPECT_EQ(excuse_of(figure_of(2.6, 2.5, 2.7)), "");
  EXPECT_EQ(excuse_of(figure_of(1.2, 2.5, 0)), "");
  EXPECT_NE(excuse_of(figure_of(1.2, 2.5, 1.21)).find("1.21, and it is there."), std::string::npos);
  EXPECT_NE(excuse_of(figure_of(0.8, 2.5, 1.25)).find("1.25, and it is not even there"), std::string::npos);
  EXPECT_NE(excuse_of(figure_of(1.2, 2.5, 0.8)).find("excuses nothing"), std::string::npos);
  EXPECT_EQ(excuse_of(figure_of(1.2, 2.5, 2.9)), "This machine would allow 2.90.");
}

TEST(HtmlTest, APageHasTheFiguresOfItsSections) {
  BenchReport report{"bench", 1, "a machine", "a map", "sizes", "memory", "limit", 7, 0, 1, {}};
  report.sections.push_back({&catalogue()[0], {figure_of(1.2, 1, 2)}, {}, 1});
  report.sections.push_back({&catalogue()[1], {}, {}, 0});
  const std::string page = html_page(report);
  EXPECT_NE(page.find("id=\"a_vs_b\""), std::string::npos);
  EXPECT_NE(page.find("b &lt; c"), std::string::npos);
  EXPECT_NE(page.find("id=\"Idleness\""), std::string::npos);
  EXPECT_EQ(page.find("id=\"Memory\""), std::string::npos);  // nothing of it was measured
}

TEST(CatalogueTest, KeysAreUniqueAndFitTheTable) {
  std::set<std::string> keys;
  for (const Section& section : catalogue()) {
    for (const std::string& key : section.keys) {
      EXPECT_TRUE(keys.insert(key).second) << key;
      EXPECT_LE(key.size(), 35u) << key;
    }
  }
  EXPECT_GT(keys.size(), 100u);
}

TEST(BenchOptionsTest, OwnFlagsAreTakenOutAndOthersKept) {
  const char* const arguments[] = {"--only", "^fill", "--pairs=5", "--html=page", "--seed", "3"};
  const auto options = parse_bench_options(arguments);
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->html, "page");
  EXPECT_TRUE(options->wants("fill_vs_limit") && !options->wants("claim_ns"));
  EXPECT_EQ(std::vector<std::string>(options->others.begin(), options->others.end()),
            (std::vector<std::string>{"run", "--pairs=31", "--pairs=5", "--seed", "3"}));
}

TEST(RoundsTest, EachComesOnceARoundBehindAnyAndTheFirstRoundDoesNotCount) {
  constexpr uint32_t kRounds = 40;
  std::string order;
  const auto job = [&order](char name) {
    return once([&order, name] {
      order += name;
      return double(order.size());
    });
  };
  const std::vector<Contestant> contestants = {
      {"a", "", 0, job('a')}, {"b", "b", 0, job('b')}, {"c", "c", 0, job('c')}};
  const std::vector<Samples> samples = measure_rounds(kRounds, contestants, 1);
  const std::string first = order.substr(0, 3 * (kRounds + 1));
  ASSERT_EQ(order.size(), 3 * (kRounds + 1));
  std::set<std::string> orders;  // of a round: turning them about would give three
  for (uint32_t round = 0; round <= kRounds; ++round) orders.insert(order.substr(3 * round, 3));
  EXPECT_EQ(orders, (std::set<std::string>{"abc", "acb", "bac", "bca", "cab", "cba"}));
  ASSERT_EQ(samples[0].size(), kRounds);
  EXPECT_EQ(samples[0][0], double(order.find('a', 3) + 1));
  order.clear();
  measure_rounds(kRounds, contestants, 2);
  EXPECT_NE(order, first) << "another seed";
}

}  // namespace
}  // namespace memmap::bench
