// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What is found slow, from facts made by hand; and files that are no machine.
#include "simulator/doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace memmap::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

MachineView good_view() {
  MachineView view{};
  view.nr_cpus = view.nr_allowed = view.nr_workers = 2;
  view.nodes.push_back({0, "", 1, 2, true, host::Initiator::own, {0}});
  view.groups.push_back({0, {0, 1}, 2, 2, {}});
  return view;
}

VitalSigns good_signs() {
  VitalSigns signs;
  signs.free_bytes = uint64_t{8} << 30;
  signs.thp = "madvise";
  signs.clock_source = "tsc";
  signs.clock_ns = 25;
  signs.tbb_version = "2021.8";
  signs.tbbbind = true;
  signs.wake_ns_p50 = 20'000;
  return signs;
}

TEST(DoctorTest, AGoodMachineHasNoFindings) {
  EXPECT_THAT(find_slow(good_view(), good_signs()), IsEmpty());
  Diagnosis diagnosis{"it", good_view(), good_signs(), {}};
  EXPECT_THAT(format_diagnosis(diagnosis, Format::table), HasSubstr("nothing was found that would make it slow"));
}

TEST(DoctorTest, EachIllIsNamedAlone) {
  struct Ill {
    const char* what;
    std::function<void(MachineView&, VitalSigns&)> fall;
  };
  const Ill ills[] = {
      {"a CPU quota of 1.50 for 2 CPUs (/sys/x/cpu.max)",
       [](auto&, auto& s) {
         s.quota = {1500, "/sys/x/cpu.max"};
       }},
      {"threads cannot be pinned to CPUs 1", [](auto&, auto& s) { s.unpinnable = {1}; }},
      {"libtbbbind is missing", [](auto&, auto& s) { s.tbbbind = false; }},
      {"transparent huge pages: never", [](auto&, auto& s) { s.thp = "never"; }},
      {"0.5 GiB of memory free", [](auto&, auto& s) { s.free_bytes = uint64_t{1} << 29; }},
      {"CPU 1 was ours for only 50.0 % of the time",
       [](auto&, auto& s) { s.running_share = 0.5, s.least_running_cpu = 1; }},
      {"a wake takes 200 us", [](auto&, auto& s) { s.wake_ns_p50 = 200'000; }},
      {"the clock (hpet) takes 900 ns a look", [](auto&, auto& s) { s.clock_source = "hpet", s.clock_ns = 900; }},
      {"one CPU", [](auto& v, auto&) { v.nr_cpus = v.nr_allowed = 1; }},
      {"3 of 5 CPUs are not allowed", [](auto& v, auto&) { v.nr_cpus = 5; }},
      {"1 of 1 nodes have no worker", [](auto& v, auto&) { v.nodes[0].why = host::Initiator::nearest; }},
      {"distances between nodes are not told", [](auto& v, auto&) { v.nodes.push_back(v.nodes[0]); }},
  };
  for (const Ill& ill : ills) {
    MachineView view = good_view();
    VitalSigns signs = good_signs();
    ill.fall(view, signs);
    const std::vector<Finding> found = find_slow(view, signs);
    ASSERT_EQ(found.size(), 1u) << ill.what;
    EXPECT_THAT(found[0].what, StartsWith(ill.what));
    EXPECT_FALSE(found[0].advice.empty());
    const Diagnosis diagnosis{"it", view, signs, found};
    EXPECT_THAT(format_diagnosis(diagnosis, Format::table), HasSubstr(std::string("slow: ") + ill.what));
    EXPECT_THAT(format_diagnosis(diagnosis, Format::json), HasSubstr("\"advice\": "));
  }
}

TEST(DoctorTest, AQuotaAsWideAsTheCpusIsNone) {
  VitalSigns signs = good_signs();
  signs.quota = {2000, "cpu.max"};
  EXPECT_THAT(find_slow(good_view(), signs), IsEmpty());
}

TEST(DoctorTest, ARecordedMachineIsNotMeasured) {
  Options options;
  options.topology = "unittest/host/testdata/sparse-ids-cpuless.xml";
  const auto diagnosis = diagnose(options);
  ASSERT_TRUE(diagnosis.ok()) << diagnosis.status();
  EXPECT_EQ(diagnosis->subject, options.topology);
  EXPECT_FALSE(diagnosis->signs.has_value());
}

TEST(DoctorTest, AFileThatIsNoMachineIsRefused) {
  Options options;
  options.topology = "unittest/host/testdata/absent.xml";
  EXPECT_THAT(std::string(diagnose(options).status().message()), HasSubstr("absent.xml: cannot be opened"));
}

}  // namespace
}  // namespace memmap::simulator
