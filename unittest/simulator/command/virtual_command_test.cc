// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The virtual verbs: their flags, what they print, and the exit status they earn.
#include "simulator/command/virtual_command.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "support/text.h"

namespace memmap::simulator {
namespace {

std::string wrong(std::vector<const char*> arguments) {
  return std::string(parse_virtual_options(arguments).status().message());
}

VirtualResult run(std::vector<const char*> arguments) {
  const auto options = parse_virtual_options(arguments);
  EXPECT_TRUE(options.ok()) << options.status();
  return run_virtual(*options, "memmap-sim test");
}

using support::has;

TEST(VirtualOptions, WhatIsWrongIsSaid) {
  EXPECT_EQ(wrong({"compare"}),
            "found compare without a scenario, expected one of `memmap-sim scenarios`, or a TOML file");
  EXPECT_EQ(wrong({"compare", "2018", "hbm"}), "found \"hbm\", expected flags only");
  EXPECT_EQ(wrong({"compare", "2018", "--polcy=own"}), "found --polcy, expected --policy?");
  EXPECT_EQ(wrong({"compare", "2018", "--policy=own,padta"}), "found --policy=padta, expected padata?");
  EXPECT_EQ(wrong({"compare", "2018", "--seed=x"}), "found --seed=x, expected a number from 0 to 18446744073709551615");
  EXPECT_EQ(wrong({"compare", "2018", "--format=jsn"}), "found --format=jsn, expected json?");
  EXPECT_EQ(wrong({"compare", "2018", "--budget"}), "found --budget without a value, expected --budget=VALUE");
  EXPECT_EQ(wrong({"compare", "2018", "--sweep=size:3..4"}),
            "found --sweep=size:3..4, expected size:3TiB..24TiB, cpus:2..56 or bandwidth:5GB/s..50GB/s");
  EXPECT_EQ(wrong({"validate", "2018"}), "found \"2018\", expected flags only");
  EXPECT_EQ(wrong({"explain", "2018", "--budget=2"}),
            "found --budget, expected one of --policy, --seed, --output, --trace, --plant");
  EXPECT_EQ(wrong({"compare", "2018", "--plant=page"}), "found --plant=page, expected skipped_page");
  EXPECT_EQ(wrong({"scenarios", "--seed=2"}), "found --seed, expected one of --output");
  EXPECT_EQ(wrong({"compare", "2018", "--policy=padata,own_shared", "--budget=1"}),
            "found --budget without own, expected own among --policy");
  EXPECT_EQ(wrong({"explain", "2018", "--policy=padata", "--plant=skipped_page"}),
            "found --plant without own, expected own or own_shared among --policy");
  EXPECT_EQ(wrong({"compare", "2018", "--trace=x", "--sweep=cpus:1..2"}),
            "found --trace with --sweep, expected one of the two");
}

TEST(VirtualCommand, ComparesInThreeFormats) {
  const VirtualResult table = run({"compare", "vm-2vcpu"});
  EXPECT_EQ(table.exit_status, 0);
  for (const char* part : {"this engine", "serial, before 4.2", "goes on", "bound: ", "seed 2"})
    EXPECT_TRUE(has(table.out, part)) << part << "\n" << table.out;
  EXPECT_FALSE(has(table.out, "1st fault")) << "a column without a value";
  const VirtualResult json = run({"compare", "vm-2vcpu", "--format", "json", "--seed=9"});
  for (const char* part : {"\"schema_version\": 1", "\"command\": \"memmap-sim test\"", "\"seed\": 9", "\"usable_ns\""})
    EXPECT_TRUE(has(json.out, part)) << part << "\n" << json.out;
  const VirtualResult csv = run({"compare", "vm-2vcpu", "--format=csv", "--policy=own,padata"});
  EXPECT_TRUE(has(csv.out, "scenario,policy,caller_goes_on_max_ns")) << csv.out;
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 4);
}

TEST(VirtualCommand, ExplainsInWords) {
  const VirtualResult words = run({"explain", "vm-2vcpu", "--policy=zone_device,own"});
  EXPECT_TRUE(has(words.out, "callers stood still for")) << words.out;
  EXPECT_TRUE(has(words.out, "callers went on after")) << words.out;
  EXPECT_TRUE(has(words.out, "workers took")) << words.out;
}

TEST(VirtualCommand, SweepsDrawCurves) {
  const VirtualResult curves =
      run({"compare", "vm-2vcpu", "--policy=padata,own", "--sweep=size:2GiB..32GiB", "--steps=3"});
  EXPECT_TRUE(has(curves.out, "until all is usable, over size")) << curves.out;
  const VirtualResult csv =
      run({"compare", "vm-2vcpu", "--policy=padata,own", "--sweep=cpus:1..8", "--steps=4", "--format=csv"});
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 10) << csv.out;
  EXPECT_TRUE(has(csv.out, "# schema_version 1; seed 2; memmap-sim test")) << csv.out;
  const VirtualResult json =
      run({"compare", "vm-2vcpu", "--policy=own", "--sweep=cpus:1..8", "--steps=2", "--format=json"});
  for (const char* part : {"\"schema_version\": 1", "\"command\": \"memmap-sim test\"", "\"axis\": \"cpus\"",
                           "\"cpus\": 8", "\"seed\": 2", "\"policies\""})
    EXPECT_TRUE(has(json.out, part)) << part << "\n" << json.out;
}

TEST(VirtualCommand, DrawsAPageIfAsked) {
  EXPECT_EQ(run({"compare", "vm-2vcpu", "--policy=own"}).page, "");
  const VirtualResult compared = run({"compare", "vm-2vcpu", "--policy=padata,own", "--html=page.html"});
  EXPECT_TRUE(has(compared.page, "id=\"own\"") && has(compared.out, "bound: ")) << compared.page;
  const VirtualResult swept =
      run({"compare", "vm-2vcpu", "--policy=own", "--sweep=cpus:1..4", "--steps=2", "--html=page.html"});
  EXPECT_TRUE(has(swept.page, "over CPUs a node")) << swept.page;
}

TEST(VirtualCommand, ExitStatuses) {
  EXPECT_EQ(run({"compare", "vm-2vcpu", "--policy=own", "--budget=1.5"}).exit_status, 0);
  const VirtualResult missed = run({"compare", "vm-2vcpu", "--policy=own", "--budget=1"});
  EXPECT_EQ(missed.exit_status, 4);
  EXPECT_TRUE(has(missed.complaint, "times the bound, expected at most 1")) << missed.complaint;
  const VirtualResult violated = run({"compare", "vm-2vcpu", "--policy=own", "--plant=skipped_page"});
  EXPECT_EQ(violated.exit_status, 3);
  EXPECT_TRUE(has(violated.complaint, " pages written, expected ")) << violated.complaint;
  const VirtualResult absent = run({"compare", "2108"});
  EXPECT_EQ(absent.exit_status, 2);
  EXPECT_TRUE(has(absent.complaint, "expected 2018?")) << absent.complaint;
}

TEST(VirtualCommand, ListsScenariosAndPrintsTheirText) {
  EXPECT_TRUE(has(run({"scenarios"}).out, "2018-altmap")) << run({"scenarios"}).out;
  EXPECT_TRUE(has(run({"scenarios", "hbm"}).out, "[[machine.node]]"));
  const VirtualResult absent = run({"scenarios", "hbn"});
  EXPECT_EQ(absent.exit_status, 2);
  EXPECT_EQ(absent.complaint, "hbn: found no ready scenario, expected hbm?");
  const std::string path = testing::TempDir() + "virtual_command_test.toml";
  std::ofstream(path) << run({"scenarios", "hbm"}).out;
  const VirtualResult file = run({"scenarios", path.c_str()});
  EXPECT_EQ(file.exit_status, 2);
  EXPECT_TRUE(has(file.complaint, "found no ready scenario, expected one of 2018-altmap")) << file.complaint;
  EXPECT_EQ(run({"explain", path.c_str(), "--policy=own"}).exit_status, 0);
}

// In a child: nothing runs to its end any more.
[[noreturn]] void interrupted(std::vector<const char*> arguments) {
  virtual_time::interrupt_runs();
  const VirtualResult partial = run(std::move(arguments));
  std::cerr << partial.out;
  std::exit(partial.exit_status);
}

TEST(VirtualCommand, AnInterruptLeavesWhatIsThere) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fork would leave behind the threads that earlier tests started
  const testing::ExitedWithCode stopped(130);
  EXPECT_EXIT(interrupted({"compare", "vm-2vcpu", "--format=csv"}), stopped, "scenario,policy");
  EXPECT_EXIT(interrupted({"validate"}), stopped, "predictions within: 0 of 0");
}

}  // namespace
}  // namespace memmap::simulator
