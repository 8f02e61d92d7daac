// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/report_programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memmap::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report violated_report() {
  Report report;
  report.command = "memmap-sim run --format=json";
  report.seed = 4711;
  Column column;
  column.boot_ns = 10;
  column.records_verified = 1000;
  report.columns = {column, column, column};
  report.violations.found(&Violations::twice, 2, "here");
  Figure figure;
  figure.key = "fill_vs_limit";
  figure.value = 0.97;
  figure.target = 0.95;
  figure.theirs_is = "memset, \"all\" CPUs";
  Figure apart;
  apart.key = "reported_apart";
  report.figures = {figure, apart};
  return report;
}

TEST(ReportProgramsTest, JsonHasTheFiguresInOneObject) {
  const std::string json = format_json(violated_report());
  EXPECT_THAT(json, HasSubstr("\"schema_version\": 1,"));
  EXPECT_THAT(json, HasSubstr("\"command\": \"memmap-sim run --format=json\""));
  EXPECT_THAT(json, HasSubstr("  \"figures\": {\n    \"records_verified\": 3000,\n    \"violations\": 2,\n"
                              "    \"fill_vs_limit\": 0.97\n  }"));
  EXPECT_THAT(json, HasSubstr("\"reported_apart\": {"));
  EXPECT_THAT(json, HasSubstr("\"theirs_is\": \"memset, \\\"all\\\" CPUs\""));
  EXPECT_THAT(json, HasSubstr("\"domain_per_event_ns\": 10"));
  EXPECT_THAT(json, HasSubstr("\"here\""));
}

TEST(ReportProgramsTest, CsvHasALineForEachTimeAndFigure) {
  const std::string csv = format_csv(violated_report());
  EXPECT_EQ(csv.rfind("kind,event,what,column,value,unit\n", 0), 0);
  EXPECT_THAT(csv, HasSubstr("time,boot,usable,linux_way,10,ns\n"));
  EXPECT_THAT(csv, HasSubstr("time,pmem1,\"usable, beside pmem0\",domain_per_event,0,ns\n"));
  EXPECT_THAT(csv, HasSubstr("figure,,violations,,2,\n"));
  EXPECT_THAT(csv, HasSubstr("figure,,fill_vs_limit,,0.97,\n"));
  EXPECT_THAT(csv, Not(HasSubstr("first fault p50")));
}

}  // namespace
}  // namespace memmap::simulator
