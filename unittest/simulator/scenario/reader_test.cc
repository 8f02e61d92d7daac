// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Scenarios as people write them, and each way to write them wrong: where, what was found, what is expected.
#include "simulator/scenario/reader.h"

#include <gtest/gtest.h>

#include <string>

#include "simulator/scenario/library.h"

namespace memmap::virtual_time {
namespace {

TEST(Quantity, NumbersWithUnits) {
  EXPECT_EQ(parse_quantity("3TiB", Unit::bytes), 3.0 * 1099511627776.0);
  EXPECT_EQ(parse_quantity("1.5 GiB", Unit::bytes), 1.5 * 1073741824.0);
  EXPECT_EQ(parse_quantity("1.5ms", Unit::time), 1'500'000);
  EXPECT_EQ(parse_quantity("2min", Unit::time), 120e9);
  EXPECT_EQ(parse_quantity("7µs", Unit::time), 7000);
  EXPECT_EQ(parse_quantity("46GB/s", Unit::bandwidth), 46);
  for (const char* wrong : {"", "3", "TiB", "3TB", "-1ms", "3tib", "1e3ms", "nanms", "3 ms", "99999999999s", "1ms "})
    EXPECT_FALSE(parse_quantity(wrong, Unit::bytes)) << wrong;
  EXPECT_FALSE(parse_quantity("3TiB", Unit::time));
  EXPECT_FALSE(parse_quantity("9999999999min", Unit::time)) << "too large";
}

const std::string kMachine = R"([machine]
name = "small"
[[machine.node]]
count = 2
cpus = 4
ram = "4GiB"
write = "40GB/s"
link = "10GB/s"
[[machine.node]]
memory = "pmem"
count = 2
beside = 0
write = "10GB/s"
[machine.core]
boot = "17ns"
device = "10ns"
template = "4ns"
own_boot = "3.6ns"
own_device = "3.4ns"
)";

TEST(Reader, AMachineAndItsEvents) {
  const auto scenario = read_scenario("about = \"x\"\nseed = 5\n" + kMachine + R"(
[[event]]
kind = "add"
name = "pmem"
at = "1.5ms"
nodes = "2-3"
size = "1GiB"
count = 2
every = "1ms"
[[event]]
kind = "boot"
)",
                                      "x.toml");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->seed, 5u);
  ASSERT_EQ(scenario->machine.nodes.size(), 4u);
  EXPECT_EQ(scenario->machine.nr_cpus(), 8u);
  EXPECT_EQ(scenario->machine.distances, (std::vector<uint32_t>{10, 20, 17, 27, 20, 10, 27, 17,  //
                                                                17, 27, 10, 34, 27, 17, 34, 10}));
  ASSERT_EQ(scenario->events.size(), 5u);
  EXPECT_EQ(scenario->events[0].kind, EventKind::boot) << "in the order of their times";
  EXPECT_EQ(scenario->events[2].name, "pmem1");
  EXPECT_EQ(scenario->events[2].node, 3u);
  EXPECT_EQ(scenario->events[2].records_node, 1u) << "in the DRAM beside it";
  EXPECT_EQ(scenario->events[4].at_ns, 2'500'000u);
}

TEST(Reader, ATopologyOfHwloc) {
  const std::string text = R"([machine]
topology = "pack:2 [numa(memory=8GiB)] core:3 pu:2"
[[machine.node]]
write = "40GB/s"
)" + kMachine.substr(kMachine.find("[machine.core]")) +
                           "[[event]]\nkind = \"boot\"\n";
  const auto scenario = read_scenario(text, "x.toml");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  ASSERT_EQ(scenario->machine.nodes.size(), 2u);
  EXPECT_EQ(scenario->machine.nodes[1].cpus, 6u);
  EXPECT_EQ(scenario->machine.cores(1), 3u);
  EXPECT_EQ(scenario->machine.nodes[1].bytes, uint64_t{8} << 30);
  EXPECT_TRUE(scenario->events[0].early);
}

TEST(Reader, HardwareThreadsAndABootWithoutItsEarlyPart) {
  std::string text = kMachine + "[[event]]\nkind = \"boot\"\nearly = false\n";
  const auto plain = read_scenario(text, "x.toml");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->machine.cores(0), plain->machine.nodes[0].cpus);
  EXPECT_FALSE(plain->events[0].early);
  text.insert(text.find("cpus = "), "threads = 2\n");
  const auto threads = read_scenario(text, "x.toml");
  ASSERT_TRUE(threads.ok()) << threads.status();
  EXPECT_EQ(threads->machine.cores(0), (threads->machine.nodes[0].cpus + 1) / 2);
}

// HBM that hwloc attaches to the CPUs of DRAM nodes is beside them: no link between.
TEST(Reader, ATopologyOfAFileWithMemoryBesideItsSockets) {
  const std::string text = R"([machine]
topology = "unittest/host/testdata/hbm-shared-cpuset.xml"
[[machine.node]]
write = "40GB/s"
)" + kMachine.substr(kMachine.find("[machine.core]")) +
                           "[[event]]\nkind = \"boot\"\n";
  const auto scenario = read_scenario(text, "x.toml");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  size_t beside = 0;
  for (const NodeModel& node : scenario->machine.nodes) {
    EXPECT_EQ(node.cpus == 0, node.beside != UINT32_MAX) << node.memory;
    if (node.beside == UINT32_MAX) continue;
    EXPECT_GT(scenario->machine.nodes[node.beside].cpus, 0u);
    ++beside;
  }
  EXPECT_GT(beside, 0u);
  std::string absent = text;
  absent.replace(absent.find("hbm-shared"), 3, "hbn");
  EXPECT_EQ(std::string(read_scenario(absent, "x").status().message()).substr(0, 12), "x:2:12: foun");
}

struct Wrong {
  const char* events;  // behind kMachine, from line 20 on
  const char* complaint;
};

TEST(Reader, WhatIsWrongIsSaidWithItsPlace) {
  const Wrong wrongs[] = {
      {"[[event]]\nkind = \"bot\"", "x:21:8: found \"bot\", expected \"boot\"?"},
      {"[[event]]\nkind = \"boot\"\nname = \"a\\u0001\"",
       "x:22:8: found \"a\\x01\", expected a text without control characters"},
      {"[[event]]\nkind = \"boot\"\nrnages = 3", "x:22:1: found the key rnages, expected ranges?"},
      {"[[event]]\nkind = \"boot\"\nranges = 0", "x:22:10: found 0, expected a whole number from 1 to 10000"},
      {"[[event]]\nkind = \"boot\"\nwait = 1", "x:22:8: found 1, expected true or false"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"3TB\"",
       "x:23:8: found \"3TB\", expected a size such as \"3TiB\""},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1MiB\"",
       "x:20:1: found a size of 1048576 bytes, expected whole subsections of 2 MiB"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"", "x:20:1: found no size, expected size = \"1.5TiB\""},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1GiB\"\nnode = 4",
       "x:24:8: found 4, expected a whole number from 0 to 3"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1GiB\"\nnodes = \"2-9\"",
       "x:24:9: found \"2-9\", expected nodes such as \"0-3\", which the machine has"},
      {"[[event]]\nkind = \"boot\"\nat = 5", "x:22:6: found 5, expected a time such as \"1.5ms\""},
      {"[[event]]\nkind = \"boot\"\n[[event]]\nkind = \"remove\"\ntarget = \"a\"",
       "x:24:10: found \"a\", expected an event above this one, which adds memory"},
      {"[[event]]\nkind = \"add\"\nname = \"pmem\"\nsize = \"1GiB\"\n[[event]]\nkind = \"faults\"\ntarget = \"pem\"",
       "x:26:10: found \"pem\", expected \"pmem\"?"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1GiB\"\nwaits_for = \"a\"",
       "x:24:13: found \"a\", expected an add above this one that waits for none"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1GiB\"\n[[event]]\nkind = \"add\"\nname = \"b\"\n"
       "size = \"1GiB\"\nwaits_for = \"a\"\n[[event]]\nkind = \"remove\"\ntarget = \"a\"",
       "x:31:10: found \"a\", expected one that no other event waits for"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"4097TiB\"",
       "x:1:1: found 4097 TiB in all, expected at most 4096 TiB"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"8000000TiB\"",
       "x:1:1: found 8e+06 TiB in all, expected at most"},
      {"[[event]]\nkind = \"add\"\nname = \"a\"\nsize = \"1GiB\"\ncount = 3\nevery = \"8999999999s\"",
       "x:20:1: found events until 2.7e+10 s, expected at most 9e+09 s"},
      {"[[event]]\nkind = \"boot\"\n[[event]]\nkind = \"faults\"\ntarget = \"boot\"\nevery = \"8999999999s\"",
       "x:22:1: found events until 1.8e+12 s, expected at most"},
      {"[[event]]\nkind = \"allocations\"", "x:20:1: found allocations without a boot, expected a boot above them"},
      {"[[event]]\nkind = \"offline\"\ncpus = 9", "x:22:8: found 9, expected a whole number from 1 to 4"},
      {"[[event]]\nkind = \"boot\"\n[[event]]\nkind = \"boot\"", "x:1:1: found two boots, expected one at most"},
      {"", "x:1:1: found no event, expected event = at least one [[event]]"},
      {"[[event]]\nkind = \"boot\"\n[[even]]\n", "x:22:3: found the key even, expected event?"},
      {"[[event]]\nkind = ", "x:21:8: found no TOML:"},
      {"[event]\nkind = \"boot\"", "x:20:1: found a table, expected [[event]]"},
  };
  for (const Wrong& wrong : wrongs) {
    const auto scenario = read_scenario(kMachine + wrong.events, "x");
    ASSERT_FALSE(scenario.ok()) << wrong.events;
    EXPECT_EQ(std::string(scenario.status().message()).substr(0, std::string(wrong.complaint).size()), wrong.complaint)
        << scenario.status().message();
  }
}

TEST(Reader, AMachineThatCannotBe) {
  std::string text = kMachine + "[[event]]\nkind = \"boot\"\n";
  text.replace(text.find("40GB/s"), 6, "4GB/s");
  EXPECT_EQ(read_scenario(text, "x").status().message(),
            "x:1:1: impossible machine: node 0 (dram) has a link of 10 GB/s, expected at most its own 4 GB/s");
  text = kMachine + "[[event]]\nkind = \"boot\"\n";
  text.replace(text.find("beside = 0"), 10, "beside = 3");
  EXPECT_EQ(read_scenario(text, "x").status().message(),
            "x:1:1: found a memory beside node 4, expected a node that the machine has");
  text = kMachine + "[[event]]\nkind = \"boot\"\n";
  text.replace(text.find("ram = \"4GiB\""), 12, "ram = \"4095KiB\"");
  EXPECT_EQ(read_scenario(text, "x").status().message(),
            "x:20:1: found a boot of a machine without RAM, expected a node with ram = \"4MiB\" or more");
}

TEST(Library, AllReadyScenariosCanBeRead) {
  EXPECT_GE(ready_scenarios().size(), 12u);
  for (const ReadyScenario& ready : ready_scenarios()) {
    const auto scenario = load_scenario(std::string(ready.name));
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    if (!scenario.ok()) continue;
    EXPECT_FALSE(scenario->about.empty()) << ready.name;
    EXPECT_FALSE(scenario->machine.name.empty()) << ready.name;
  }
  EXPECT_EQ(load_scenario("2108").status().message(),
            "2108: found neither a file nor a ready scenario, expected 2018?");
  const std::string folder = testing::TempDir();
  EXPECT_EQ(load_scenario(folder).status().message(),
            folder + ": Is a directory, expected a ready scenario, or a TOML file");
}

}  // namespace
}  // namespace memmap::virtual_time
