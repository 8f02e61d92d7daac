// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/kernel_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "simulator/inputs/dmesg.h"
#include "simulator/inputs/sample.h"

namespace memmap::simulator {
namespace {

// What a log says from its zones on, up to the total of its memory, without the lines' times.
std::vector<std::string> part_about_zones(const std::string& text) {
  std::vector<std::string> lines;
  bool inside = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view message = line.substr(std::min(line.size(), line.find("] ") + 2));
    inside = (inside || message == "Zone ranges:") && message.substr(0, 7) != "Memory:";
    if (inside && message.find("as memoryless") == message.npos) lines.emplace_back(message);
  }
  return lines;
}

TEST(KernelLog, IsTheLogOfTheMachineThatItWasReadFrom) {
  const std::string text = sample("dmesg/server.log");
  const absl::StatusOr<MemoryMap> map = parse_dmesg(text, "server.log");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(part_about_zones(log_of_map(*map, 0)), part_about_zones(text));
}

TEST(KernelLog, CanBeReadAgain) {
  for (const char* const name : {"server.log", "old.log", "windows.log", "arm64.log", "firmware.log", "cxl.log"}) {
    const absl::StatusOr<MemoryMap> map = parse_dmesg(sample(std::string("dmesg/") + name), name);
    ASSERT_TRUE(map.ok()) << map.status();
    const absl::StatusOr<MemoryMap> again = parse_dmesg(log_of_map(*map, 1000), "again");
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->ram_pages(), map->ram_pages()) << name;
    for (const std::string& note : again->notes) EXPECT_EQ(note.find("counted"), note.npos) << note;
  }
}

TEST(KernelLog, MemoryInKib) {
  MemoryMap map;
  add_ram(map, 0x100000, 0x180000);
  map.reserved = {{0x100000, 16}};
  const std::string text = log_of_map(map, 4096);
  EXPECT_NE(
      text.find("[    0.000000] Memory: 16384K/2097152K available (0K kernel code, 0K rwdata, 0K rodata, 0K init, "
                "0K bss, 64K reserved, 0K cma-reserved)\n"),
      text.npos)
      << text;
  EXPECT_NE(text.find("  DMA      empty\n"), text.npos);
  EXPECT_NE(text.find("  Normal   [mem 0x0000000100000000-0x000000017fffffff]\n"), text.npos);
}

TEST(KernelLog, NodesAndDevicesInOrderOfTheirEnd) {
  Column column;
  column.name = "some way";
  column.boot_ns = 46'000'000;
  column.node_times = {{0, 46'000'000}, {2, 4'200'000}};
  column.big_ns = 1'400'000'000;
  column.small_ns = 1'999'999;
  EXPECT_EQ(log_of_column(column, {.big_pages = 2097152, .small_pages = 1024, .small_after_ns = 500'000}),
            "[    0.000000] memmap-sim: some way\n"
            "[    0.004200] node 2 deferred pages initialised in 4ms\n"
            "[    0.046000] node 0 deferred pages initialised in 46ms\n"
            "[    0.048499] memmap_init_zone_device initialised 1024 pages in 1ms\n"
            "[    1.446000] memmap_init_zone_device initialised 2097152 pages in 1400ms\n");
}

}  // namespace
}  // namespace memmap::simulator
