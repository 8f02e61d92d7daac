// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/dmesg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/inputs/sample.h"

namespace memmap::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MemoryMap map_of(const std::string& text) {
  const absl::StatusOr<MemoryMap> map = parse_dmesg(text, "log");
  EXPECT_TRUE(map.ok()) << map.status();
  return map.ok() ? *map : MemoryMap();
}

MemoryMap parse_sample(const std::string& name) { return map_of(sample("dmesg/" + name)); }

const Rows kServer = {{0x1, 0x9d, 0, 0},          {0x100, 0x1000, 0, 0},      {0x1000, 0x6c3d3, 0, 1},
                      {0x100000, 0x480000, 0, 2}, {0x480000, 0x600000, 2, 2}, {0x800000, 0x900000, 2, 2}};

TEST(Dmesg, Server) {
  const MemoryMap map = parse_sample("server.log");
  EXPECT_EQ(ram_of(map), kServer);
  EXPECT_EQ(devices_of(map), (Rows{{0x600000, 0x800000, 2}}));
  ASSERT_EQ(map.reserved.size(), 2u);  // NODE_DATA, outwards
  EXPECT_EQ(map.reserved[0].pfn, 0x47ffd5u);
  EXPECT_EQ(map.reserved[0].nr_pages, 0x2bu);
  EXPECT_EQ(map.reserved[1].nr_pages, 0x2bu);
  EXPECT_TRUE(map.has_nodes);
  EXPECT_THAT(map.nids(), ElementsAre(0, 2));
  EXPECT_THAT(map.notes, ElementsAre("nodes without memory are left out: 1")) << "the kernel counted the same RAM";
}

// What Linux makes of the firmware's words is what it says it made of them.
TEST(Dmesg, FirmwareAloneGivesTheKernelsRanges) {
  const std::string text = sample("dmesg/server.log");
  const std::string firmware = text.substr(0, text.find("Zone ranges"));
  EXPECT_EQ(ram_of(map_of(firmware)), kServer);
  EXPECT_EQ(devices_of(map_of(firmware)), (Rows{{0x600000, 0x800000, 2}}));
}

TEST(Dmesg, Linux7) {
  const MemoryMap map = parse_sample("linux7.log");
  EXPECT_EQ(ram_of(map),
            (Rows{{0x1, 0xa0, 0, 0}, {0x100, 0x1000, 0, 0}, {0x1000, 0x7d600, 0, 1}, {0x100000, 0x27f000, 0, 2}}));
  EXPECT_EQ(devices_of(map), (Rows{{0x280000, 0x300000, 0}}));
  EXPECT_FALSE(map.has_nodes);
}

TEST(Dmesg, KernelsBefore3_5) {
  const MemoryMap map = parse_sample("old.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0x9c, 0, 0},
                               {0x100, 0x1000, 0, 0},
                               {0x1000, 0xbf5d0, 0, 1},
                               {0x100000, 0x240000, 0, 2},
                               {0x240000, 0x440000, 1, 2}}));
}

TEST(Dmesg, WindowsWithoutTable) {
  const MemoryMap map = parse_sample("windows.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0xa0, 0, 0},
                               {0x100, 0x1000, 0, 0},
                               {0x1000, 0x80000, 0, 1},
                               {0x100000, 0x1000000, 0, 2},
                               {0x80000000, 0x80200000, 1, 2}}));
  EXPECT_EQ(devices_of(map), (Rows{{0x90000000, 0x90100000, 3}}));
  EXPECT_THAT(map.notes,
              ElementsAre("no RAM but the windows of its SRAT: they are taken as RAM",
                          "windows for hotplug, without memory at boot: on node 2, 3", "quoted lines are left out: 1"));
}

TEST(Dmesg, Arm64HasOnlyNodeRanges) {
  const MemoryMap map = parse_sample("arm64.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x80000, 0xf87c0, 0, 1},
                               {0xf87c0, 0xf8920, 0, 1},
                               {0xf8920, 0xfc000, 0, 1},
                               {0x2000000, 0x2040000, 0, 2},
                               {0x12000000, 0x12080000, 3, 2}}));
  EXPECT_EQ(map.reserved.size(), 1u);
  EXPECT_THAT(map.notes, ElementsAre("nodes without memory are left out: 1"));
}

TEST(Dmesg, FirmwareAtItsWorst) {
  const MemoryMap map = parse_sample("firmware.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0x9f, 0, 0},
                               {0x100, 0x1000, 0, 0},
                               {0x1000, 0x30000, 0, 1},
                               {0x30001, 0x7ff00, 0, 1},
                               {0x100000, 0x17ffff, 1, 2}}));
  EXPECT_EQ(devices_of(map), (Rows{{0x180000, 0x190000, 1}, {0x190000, 0x1a0000, 1}, {0x1a0000, 0x1b0200, 1}}));
  EXPECT_THAT(map.notes,
              ElementsAre("[mem 0x1c0001000-0x1cfffffff] pmem has no memmap: its start is no multiple of 2 MiB"));
}

TEST(Dmesg, SoftReservedRangeOnTwoNodesIsTwoDevices) {
  const MemoryMap map = parse_sample("cxl.log");
  EXPECT_EQ(devices_of(map), (Rows{{0x400000, 0x480000, 1}, {0x480000, 0x500000, 2}, {0x500000, 0x580000, 2}}));
  EXPECT_THAT(map.nids(), ElementsAre(0, 1, 2));
}

// Node 1's second gigabyte and most of its third are mirrored: the kernel's own, among what can be moved. Node 0 gives
// what is behind 6 GiB; that it has a mirror in front of it changes nothing.
TEST(Dmesg, MirroredMemoryStaysWithTheKernel) {
  const MemoryMap map = parse_sample("mirror.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0xa0, 0, 0},
                               {0x100, 0x1000, 0, 0},
                               {0x1000, 0xc0000, 0, 1},
                               {0x100000, 0x180000, 0, 2},
                               {0x180000, 0x200000, 0, 3},
                               {0x200000, 0x240000, 1, 3},
                               {0x240000, 0x2bfc00, 1, 2},
                               {0x2bfc00, 0x300000, 1, 3}}));
  EXPECT_THAT(map.notes,
              ElementsAre("[mem 0x240000000-0x2bfffefff] is mirrored, but only its whole blocks of 4 MiB stay "
                          "with the kernel"));
  const std::vector<ZoneSpan> spans = zone_spans(map);
  ASSERT_EQ(spans.size(), 7u);
  EXPECT_TRUE(spans[5].deferred) << "of node 1, between its movable memory";
  EXPECT_FALSE(spans[1].deferred);
}

TEST(Dmesg, WithoutTheOptionAMirrorIsMemoryAsAny) {
  std::string text = sample("dmesg/mirror.log");
  text.replace(text.find("kernelcore=mirror"), 17, "kernelcore=6G");
  const MemoryMap map = map_of(text);
  EXPECT_EQ(ram_of(map).back(), (std::vector<uint64_t>{0x200000, 0x300000, 1, 3}));
  EXPECT_FALSE(map.mirrored);
}

TEST(Dmesg, PrefixesDoNotMatter) {
  const MemoryMap map = parse_sample("prefixes.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0xa0, 0, 0},
                               {0x100, 0x1000, 0, 0},
                               {0x1000, 0xc0000, 0, 1},
                               {0x100000, 0x180000, 0, 2},
                               {0x180000, 0x200000, 1, 2}}));
  EXPECT_THAT(map.notes, IsEmpty());
}

TEST(Dmesg, LastBootAndLastTableCount) {
  const MemoryMap map = parse_sample("two_boots.log");
  EXPECT_EQ(ram_of(map), (Rows{{0x1, 0xa0, 0, 0}, {0x100, 0x1000, 0, 0}, {0x1000, 0x8000, 0, 1}}));
  EXPECT_THAT(map.notes, ElementsAre("the last of 2 boots in the log"));
}

TEST(Dmesg, NodeRangesMayBeOutOfOrderAndTwice) {
  const MemoryMap map = map_of(
      "  node   1: [mem 0x0000000200000000-0x00000002ffffffff]\n"
      "  node   0: [mem 0x0000000100000000-0x00000001ffffffff]\n"
      "  node   1: [mem 0x0000000200000000-0x00000002ffffffff]\n");
  EXPECT_EQ(ram_of(map), (Rows{{0x100000, 0x200000, 0, 2}, {0x200000, 0x300000, 1, 2}}));
}

TEST(Dmesg, SaysWhereTheKernelCountedOtherwise) {
  const MemoryMap map =
      map_of("  node   0: [mem 0x0000000100000000-0x00000001ffffffff]\nMemory: 1K/4194300K available\n");
  EXPECT_THAT(map.notes, ElementsAre("the kernel counted 4194300 KiB of RAM, here are 4194304"));
}

struct DmesgText {
  const char* name;
  const char* text;
  const char* message;
};

class BadDmesg : public testing::TestWithParam<DmesgText> {};

INSTANTIATE_TEST_SUITE_P(
    , BadDmesg,
    testing::Values(
        DmesgText{"Nothing", "hello\n", "log: found no RAM (0 other ranges), expected at least a page of it"},
        DmesgText{"OnlyDevices", "BIOS-e820: [mem 0x0000000100000000-0x00000001ffffffff] soft reserved\n",
                  "log: found no RAM (1 other ranges), expected at least a page of it"},
        DmesgText{"LessThanAPage", "BIOS-e820: [mem 0x0000000100000001-0x0000000100001ffe] usable\n",
                  "log: found no RAM (1 other ranges), expected at least a page of it"},
        DmesgText{
            "Line", "\n\nBIOS-e820: [mem 0x000000100000000-0x00000001ffffffff] usable\n",
            "log:3: found \"BIOS-e820: [mem 0x000000100000000-0x00000001ffffffff] usable\", expected an address of 16 "
            "digits at \"000000100000000\""},
        DmesgText{
            "NodesOverlap",
            "  node   0: [mem 0x0000000100000000-0x00000001ffffffff]\n"
            "  node   1: [mem 0x00000001fffff000-0x00000002ffffffff]\n",
            "log:2: found node 1 [mem 0x1fffff000-0x2ffffffff] (overlapping), expected nothing of log:1: node 0 [mem "
            "0x100000000-0x1ffffffff]"},
        DmesgText{"NodeTooHigh", "  node 1024: [mem 0x0000000100000000-0x00000001ffffffff]\n",
                  "log:1: found node 1024 [mem 0x100000000-0x1ffffffff], expected a node of at most 1023"},
        DmesgText{"NodeRangeTooHigh", "  node   0: [mem 0x0000000100000000-0x001fffffffffffff]\n",
                  "log:1: found node 0 [mem 0x100000000-0x1fffffffffffff], expected an end of at most 2^52 bytes"},
        DmesgText{"NodeRangeEmpty", "  node   0: [mem 0x0000000100000000-0x00000000ffffffff]\n",
                  "log:1: found a range of no bytes, expected at least a page"},
        DmesgText{"MirrorCutOff",
                  "efi: mem07: [Conventional Memory|   |  |MR|  |WB| ] range=[0x0000000240000000-0x00000002\n",
                  "log:1: found \"efi: mem07: [Conventional Memory|   |  |MR|  |WB| ] "
                  "range=[0x0000000240000000-0x00000002\", "
                  "expected an address of 16 digits at \"00000002\""},
        DmesgText{"MovableCutOff", "  Node 1: 0x00000002400\n",
                  "log:1: found \"Node 1: 0x00000002400\", expected an address of 16 digits at \"00000002400\""},
        DmesgText{"DeviceInRam",
                  "BIOS-e820: [mem 0x0000000180000000-0x00000002ffffffff] persistent (type 12)\n"
                  "  node   2: [mem 0x0000000100000000-0x00000001ffffffff]\n",
                  "log:1: found a device at [mem 0x180000000-0x2ffffffff], expected nothing of the RAM at [mem "
                  "0x100000000-0x1ffffffff] on node 2"}),
    [](const auto& bad) { return bad.param.name; });

TEST_P(BadDmesg, SaysWhereAndWhat) {
  EXPECT_EQ(parse_dmesg(GetParam().text, "log").status().message(), GetParam().message);
}

}  // namespace
}  // namespace memmap::simulator
