// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/report/report_programs.h"

namespace memmap::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Column column(const char* name, uint64_t big_ns) {
  Column column;
  column.name = name;
  column.boot_ns = 1'000'000'000;
  column.goes_on_ns = 12'345;
  column.big_ns = big_ns;
  column.small_ns = 3'100'000;
  column.fault_ns = {2'000, 3'000, 4'000};
  column.grains_before = 5;
  column.grains_after = 77;
  column.growths = 2;
  column.records_verified = 1000;
  return column;
}

Report report() {
  Report report;
  report.command = "memmap-sim run";
  report.seed = 4711;
  report.machine = "2 CPUs";
  report.big_records = 1'000'000;
  report.unit_records = 512;
  report.limit_record_ns = 2;
  report.columns = {column("Linux way", 640'000'000), column("one global sync", 1), column("a domain each event", 2)};
  report.columns[0].fault_ns.clear();
  report.records_counted = 999;
  Figure figure;
  figure.key = "fill_vs_limit";
  figure.value = 0.97;
  figure.interval = {0.9, 1.0};
  figure.theirs_is = "memset, \"all\" CPUs";
  figure.target = 0.95;
  figure.samples = 31;
  report.figures = {figure};
  return report;
}

TEST(ReportTest, TimesHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(format_ns(0), "0 ns");
  EXPECT_EQ(format_ns(812.4), "812 ns");
  EXPECT_EQ(format_ns(999.6), "1.00 µs");
  EXPECT_EQ(format_ns(3149), "3.15 µs");
  EXPECT_EQ(format_ns(45'000), "45.0 µs");
  EXPECT_EQ(format_ns(999'400), "999 µs");
  EXPECT_EQ(format_ns(999'600), "1.00 ms");
  EXPECT_EQ(format_ns(1.2e9), "1.20 s");
  EXPECT_EQ(format_ns(1.2e12), "1200 s");
  EXPECT_EQ(format_ns(-1), "-");
}

TEST(ReportTest, PaddingCountsCharactersNotBytes) {
  EXPECT_EQ(pad_left("3 µs", 6), "  3 µs");
  EXPECT_EQ(pad_right("3 µs", 6), "3 µs  ");
  EXPECT_EQ(pad_left("too long", 3), "too long");
}

TEST(ReportTest, TheTableHasARowForEachQuestion) {
  const std::string table = format_report(report(), Format::table);
  for (const char* const part :
       {"boot   usable", "pmem0  caller goes on", "pmem0  usable", "pmem1  usable, beside pmem0",
        "first fault p50 / p99", "(padata; sync)", "domain/event", "12.3 µs", "640 ms", "3.00 / 4.00 µs", "2.00 ms",
        "seed 4711", "why: ", "next: ", "fill_vs_limit"}) {
    EXPECT_THAT(table, HasSubstr(part));
  }
  EXPECT_THAT(table, HasSubstr("3000 records checked by oneTBB against a serial image: 0 wrong, 0 twice, 0 outside"));
  EXPECT_THAT(table, HasSubstr("pmem1 waited for 5 grains of pmem0"));
  EXPECT_THAT(table, Not(HasSubstr("VIOLATED")));
}

TEST(ReportTest, ViolationsAreSaidWithTheirPlace) {
  Report bad = report();
  bad.violations.found(&Violations::wrong, 3, "pfn 4711: flags");
  const std::string table = format_report(bad, Format::table);
  EXPECT_THAT(table, HasSubstr("3 wrong"));
  EXPECT_THAT(table, HasSubstr("VIOLATED: pfn 4711: flags"));
}

TEST(ReportTest, RowsHaveNoTimeWhereNothingWasMeasured) {
  const std::vector<ReportRow> rows = rows_of(report());
  ASSERT_EQ(rows.size(), 6);
  EXPECT_EQ(rows[1].limit_ns, -1);
  EXPECT_EQ(rows[2].limit_ns, 2'000'000);
  EXPECT_EQ(rows[4].column_ns, (std::vector<double>{-1, 3'000, 3'000}));
  EXPECT_EQ(rows[5].column_ns, (std::vector<double>{-1, 4'000, 4'000}));
}

TEST(ReportTest, FiguresShowTheirTarget) { EXPECT_THAT(format_figures(report().figures), HasSubstr("≥ 0.95")); }

}  // namespace
}  // namespace memmap::simulator
