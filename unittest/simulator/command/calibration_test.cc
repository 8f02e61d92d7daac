// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What becomes of a run's figures: a machine that says them again, and a scenario that can be read back.
#include "simulator/command/calibration.h"

#include <gtest/gtest.h>

#include <string>

#include "simulator/scenario/reader.h"

namespace memmap::simulator {
namespace {

Figure figure(const char* key, double ours, double theirs) {
  Figure made;
  made.key = key, made.ours = ours, made.theirs = theirs;
  return made;
}

// Two CPUs; a record takes the memory 2 ns.
Report two_cpus() {
  Report made;
  made.machine = "2 CPUs";
  made.boot_records = made.big_records = 1 << 22;
  made.small_records = 1 << 18;
  made.limit_record_ns = 2;
  made.lone_fault_ns = 1800;
  made.columns.resize(3);
  made.columns[0].big_ns = 40'000'000;
  made.columns[2].boot_ns = made.columns[2].big_ns = 9'000'000;
  made.columns[2].small_ns = 1'500'000;
  made.columns[2].fault_ns = {2000, 2000, 3000};
  made.figures = {figure("device_vs_kernel_loop_1t", 3, 10), figure("device_vs_kernel_loop_all", 2.2, 5.5),
                  figure("boot_with_handover_vs_kernel", 2.3, 7)};
  return made;
}

TEST(Calibrate, TakesWhatOneThreadTakesAndPredictsTheRest) {
  const auto calibration = calibrate(two_cpus(), {{2, 2}}, 20'000);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  const virtual_time::MachineModel& machine = calibration->scenario.machine;
  EXPECT_EQ(machine.nr_cpus(), 2u);
  EXPECT_DOUBLE_EQ(machine.nodes[0].write_gbs, 32);
  EXPECT_EQ(machine.serial.waker_ns + machine.serial.wakee_ns, 20'000u);
  EXPECT_EQ(machine.serial.call_ns, 1800u - 512 * 3) << "beside its records";
  EXPECT_GT(machine.core.boot_ns, 2 * 7 * 0.8) << "two threads took 7 ns a record";
  for (const CalibrationRow& row : calibration->rows) {
    if (row.calibration) {
      EXPECT_NEAR(row.error(), 0, 0.001) << row.what;
    } else if (row.what.find("fault") == std::string::npos) {
      EXPECT_NEAR(row.error(), 0, 0.5) << row.what << ": figures that fit each other";
    }
  }
  EXPECT_NE(format_calibration(*calibration).find("calibration"), std::string::npos);
}

TEST(Calibrate, WritesAScenarioThatCanBeReadAgain) {
  const auto calibration = calibrate(two_cpus(), {{1, 1}, {1, 1}}, 20'000);
  ASSERT_TRUE(calibration.ok()) << calibration.status();
  const auto again = virtual_time::read_scenario(machine_file(*calibration), "machine.toml");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->machine.nodes.size(), 2u);
  EXPECT_EQ(again->events.size(), calibration->scenario.events.size());
  EXPECT_NEAR(again->machine.core.device_ns, 10, 1e-9);
}

TEST(Predict, SaysWhatArithmeticSaysWhereNothingIsShared) {
  Measured measured{"one CPU", {{1, 1}}, 3, 5, 10, 20, 1, 20'000, 2000};
  const auto prediction = predict(measured, {1 << 20, 1 << 20, 1 << 14});
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->boot_ns, 5.0 * (1 << 20), 0.02 * 5 * (1 << 20));
  EXPECT_GE(prediction->big_ns, 3.0 * (1 << 20));
  EXPECT_LE(prediction->big_ns, 3.2 * ((1 << 20) + (1 << 14)));
  EXPECT_LT(prediction->small_ns, prediction->big_ns / 4);
  EXPECT_GE(prediction->first_fault_p50_ns, 2000);
}

// Two CPUs that are together hardly slower than each alone have not filled the memory: a model in which they had would
// make them wait for each other, 1.65 ns.
TEST(Predict, TwoWhoDoNotFillTheMemoryTakeWhatTheyWereSeenToTake) {
  Measured measured{"two CPUs", {{2, 2}}, 2.47, 2.47, 4, 6, 1.335, 20'000, 2300};
  measured.one_limit_ns = 2.47;
  const auto prediction = predict(measured, {1 << 22, 1 << 25, 1 << 14});
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->big_ns, 1.335 * (1 << 25), 0.03 * 1.335 * (1 << 25));
}

TEST(Calibrate, ABandwidthThatIsNotReachedIsAtMostTwiceWhatIsSeen) {
  const auto gbs_of = [](double one_limit_ns) {
    Report report = two_cpus();
    report.figures[0].bound = report.figures[0].theirs / one_limit_ns;
    report.figures[1].bound = report.figures[1].theirs / 2;
    const auto calibration = calibrate(report, {{2, 2}}, 20'000);
    return calibration.ok() ? calibration->scenario.machine.nodes[0].write_gbs : 0;
  };
  EXPECT_NEAR(gbs_of(2), 32, 1e-6) << "one of them fills it";
  EXPECT_GT(gbs_of(3), 33);
  EXPECT_LT(gbs_of(3), 63);
  EXPECT_NEAR(gbs_of(5), 64, 1e-6) << "two took less than half of what one takes";
}

// Whoever has bound both waits for the small one first, and helps the big one only then.
TEST(Predict, TheSmallOneHasTheMemoryForItself) {
  const Measured measured{"two CPUs", {{2, 2}}, 2.3, 2.3, 3, 3, 2.3, 20'000, 2000};
  const auto prediction = predict(measured, {1 << 20, 1 << 25, 1 << 20});
  ASSERT_TRUE(prediction.ok()) << prediction.status();
  EXPECT_NEAR(prediction->small_ns, 2.3 * (1 << 20), 0.2 * 2.3 * (1 << 20))
      << "it took 1.5 times as long where the big one was helped";
}

TEST(Calibrate, WithoutFiguresThereIsNothingToTake) {
  Report empty = two_cpus();
  empty.figures.clear();
  EXPECT_FALSE(calibrate(empty, {{2, 2}}, 20'000).ok());
}

}  // namespace
}  // namespace memmap::simulator
