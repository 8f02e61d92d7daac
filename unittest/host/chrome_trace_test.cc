// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The JSON of traces made by hand. That of whole runs is parsed and judged by integration/trace_test.py.
#include "host/chrome_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memmap::host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ChromeTraceTest : testing::Test {
  void record(uint32_t track, memmap_trace_kind kind, uint64_t begin_ns, uint64_t end_ns, const char* name = nullptr) {
    memmap_trace event{};
    event.kind = kind;
    event.begin_ns = begin_ns;
    event.ready_ns = event.end_ns = end_ns;
    event.domain = name;
    event.domain_id = 3;
    event.pfn = 512;
    event.nr_pages = 1024;
    event.units = 3;
    event.unit_shift = 9;
    event.rank = track == 0;
    event.home = 1;
    trace->record(track, event);
  }
  std::string json() { return chrome_trace(*trace); }

  const std::unique_ptr<Trace> trace = *Trace::create({{0, "worker 0"}, {7, "worker 1"}}, {0, 7}, 4);
};

TEST_F(ChromeTraceTest, OfNothingHasTheWorkers) {
  EXPECT_THAT(json(), HasSubstr("\"name\":\"thread_name\",\"pid\":7,\"tid\":1,\"args\":{\"name\":\"worker 1\"}}"));
  EXPECT_THAT(json(), HasSubstr("\"pid\":7,\"tid\":0,\"args\":{\"name\":\"node 7\"}}"));
  EXPECT_THAT(json(), Not(HasSubstr("\"ph\":\"X\"")));
}

TEST_F(ChromeTraceTest, TimesAreMicrosecondsSinceTheFirstEvent) {
  record(1, MEMMAP_TRACE_PARK, 1'000'000, 1'002'003);
  record(0, MEMMAP_TRACE_UNPARK, 1'001'001, 1'001'002);
  EXPECT_THAT(json(),
              HasSubstr("\"name\":\"parked\",\"cat\":\"park\",\"pid\":7,\"tid\":1,\"ts\":0.000,\"dur\":2.003,"));
  EXPECT_THAT(json(), HasSubstr("\"name\":\"unpark\",\"cat\":\"park\",\"pid\":0,\"tid\":0,\"ts\":1.001}"));
}

TEST_F(ChromeTraceTest, AStolenGrainHasAnArrowFromItsHome) {
  record(0, MEMMAP_TRACE_GRAIN, 1000, 3000);
  record(1, MEMMAP_TRACE_GRAIN, 1000, 3000);
  const std::string text = json();
  EXPECT_THAT(text, HasSubstr("\"args\":{\"name\":\"stolen from group 1\"}"));
  EXPECT_THAT(text, HasSubstr("\"ph\":\"s\",\"bp\":\"e\",\"name\":\"theft\",\"cat\":\"theft\",\"id\":0,\"pid\":7,"));
  EXPECT_THAT(text, HasSubstr("\"ph\":\"f\",\"bp\":\"e\",\"name\":\"theft\",\"cat\":\"theft\",\"id\":0,\"pid\":0,"));
  EXPECT_THAT(text, Not(HasSubstr("\"id\":1,"))) << "the other is at home";
}

TEST_F(ChromeTraceTest, ADomainFromOpenToCloseWithItsRequest) {
  record(2, MEMMAP_TRACE_OPEN, 1000, 1001, "a \"b\"\\\n\xe9");
  record(2, MEMMAP_TRACE_SUBMIT, 2000, 2001);
  record(1, MEMMAP_TRACE_GRAIN, 3000, 5000);
  EXPECT_THAT(json(), HasSubstr("\"closed\":false"));
  record(2, MEMMAP_TRACE_CLOSE, 4000, 6000);
  const std::string text = json();
  EXPECT_THAT(text, HasSubstr("\"closed\":true"));
  EXPECT_THAT(text, HasSubstr("\"name\":\"a \\\"b\\\"\\\\\\u000a\\u00e9\""));
  EXPECT_THAT(text, HasSubstr("\"ph\":\"e\",\"cat\":\"domain\",\"id\":\"3\","));
  EXPECT_THAT(text, HasSubstr("\"ts\":5.000,\"args\":{}}"));
  EXPECT_THAT(text, HasSubstr("\"ph\":\"e\",\"cat\":\"domain\",\"id\":\"3.request0\","));
  EXPECT_THAT(text, HasSubstr("\"ts\":4.000,\"args\":{}}")) << "the request ends with its last grain";
}

TEST_F(ChromeTraceTest, SaysWhatIsMissing) {
  for (uint64_t n = 0; n < 6; ++n) record(0, MEMMAP_TRACE_PARK, n, n + 1);
  EXPECT_THAT(json(), HasSubstr("\"dropped_events\":2"));
}

}  // namespace
}  // namespace memmap::host
