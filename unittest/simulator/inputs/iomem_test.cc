// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/iomem.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace memmap::simulator {
namespace {

// A PC with 8 GiB, a pmem of 4 GiB, and hot-added RAM on a CXL device.
constexpr char kMachine[] = R"(00000000-00000fff : Reserved
00001000-0009fbff : System RAM
0009fc00-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-bffdffff : System RAM
  01000000-020fffff : Kernel code
  02100010-027fffff : Kernel data
  27000000-36ffffff : Crash kernel
    27000000-27ffffff : something deeper
bffe0000-bfffffff : Reserved
fec00000-fec003ff : IOAPIC 0
100000000-23fffffff : System RAM
  100000000-1000000ff : Reserved
240000000-33fffffff : Persistent Memory
  240000000-33fffffff : namespace0.0
4000000000-43ffffffff : CXL Window 0
  4000000000-43ffffffff : region0
    4000000000-43ffffffff : dax0.0
      4000000000-43ffffffff : System RAM (kmem)
)";

std::vector<std::vector<uint64_t>> numbers(const std::vector<RamRange>& ram) {
  std::vector<std::vector<uint64_t>> rows;
  for (const RamRange& range : ram) rows.push_back({range.start_pfn, range.end_pfn(), range.place.zone});
  return rows;
}

TEST(Iomem, ReadsAMachine) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(kMachine, "machine");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->source, "machine");
  EXPECT_EQ(numbers(map->ram), (std::vector<std::vector<uint64_t>>{{0x1, 0x9f, 0},
                                                                   {0x100, 0x1000, 0},
                                                                   {0x1000, 0xbffe0, 1},
                                                                   {0x100000, 0x240000, 2},
                                                                   {0x4000000, 0x4400000, 2}}));
  ASSERT_EQ(map->reserved.size(), 4u);
  EXPECT_EQ(map->reserved[0].pfn, 0x1000u);
  EXPECT_EQ(map->reserved[0].nr_pages, 0x1100u);
  EXPECT_EQ(map->reserved[1].pfn, 0x2100u);  // outwards
  EXPECT_EQ(map->reserved[1].nr_pages, 0x700u);
  EXPECT_EQ(map->reserved[2].nr_pages, 0x10000u);  // what stands deeper does not count again
  EXPECT_EQ(map->reserved[3].nr_pages, 1u);
  ASSERT_EQ(map->devices.size(), 1u);
  EXPECT_EQ(map->devices[0].name, "pmem0");
  EXPECT_EQ(map->devices[0].start_pfn, 0x240000u);
  EXPECT_EQ(map->devices[0].nr_pages, 0x100000u);
}

TEST(Iomem, PmemThatIsUsedAsRamIsNoDevice) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(
      "00100000-3fffffff : System RAM\n240000000-33fffffff : Persistent Memory\n  240000000-33fffffff : dax0.0\n"
      "    240000000-33fffffff : System RAM (kmem)\n",
      "f");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_TRUE(map->devices.empty());
  EXPECT_EQ(map->ram.back().start_pfn, 0x240000u);
}

TEST(Iomem, RangeAcrossZonesIsCutAndSoIsWhatItHolds) {
  const absl::StatusOr<MemoryMap> map =
      parse_iomem("00100000-1ffffffff : System RAM\n  00f00000-010fffff : Reserved\n", "f");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(numbers(map->ram),
            (std::vector<std::vector<uint64_t>>{{0x100, 0x1000, 0}, {0x1000, 0x100000, 1}, {0x100000, 0x200000, 2}}));
  ASSERT_EQ(map->reserved.size(), 2u);
  EXPECT_EQ(map->reserved[1].pfn, 0x1000u);
}

TEST(Iomem, RoundedNeighboursShareNoPage) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(
      "00100000-1fffffff : System RAM\n  01000000-010007ff : Kernel code\n  01000800-01001fff : Kernel data\n", "f");
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->reserved.size(), 2u);
  EXPECT_EQ(map->reserved[0].nr_pages, 1u);
  EXPECT_EQ(map->reserved[1].pfn, 0x1001u);
  EXPECT_EQ(map->reserved[1].nr_pages, 1u);
}

TEST(Iomem, PmemThatBeginsAnywhereHasNoMemmap) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(
      "00100000-3fffffff : System RAM\n240001000-33fffffff : Persistent Memory\n340000000-3400fffff : Persistent "
      "Memory\n350000000-3503fffff : Persistent Memory\n360000000-3604fffff : Persistent Memory (legacy)\n",
      "f");
  ASSERT_TRUE(map.ok()) << map.status();
  ASSERT_EQ(map->devices.size(), 2u);
  EXPECT_EQ(map->devices[0].nr_pages, 1024u);
  EXPECT_EQ(map->devices[1].nr_pages, 1024u) << "the end is cut";
  EXPECT_EQ(map->notes, (std::vector<std::string>{
                            "[mem 0x240001000-0x33fffffff] pmem has no memmap: its start is no multiple of 2 MiB",
                            "[mem 0x340000000-0x3400fffff] pmem has no memmap: it is smaller than 2 MiB",
                            "[mem 0x360000000-0x3604fffff] pmem is cut at 2 MiB"}));
}

TEST(Iomem, HiddenIsAStatusOfItsOwn) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(
      "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n", "io");
  ASSERT_FALSE(map.ok());
  EXPECT_TRUE(is_hidden(map.status()));
  EXPECT_EQ(map.status().message(), "io:1: found only zeros, expected addresses (they need CAP_SYS_ADMIN)");
}

struct IomemText {
  const char* name;
  const char* text;
  const char* message;
};

class BadIomem : public testing::TestWithParam<IomemText> {};

INSTANTIATE_TEST_SUITE_P(
    , BadIomem,
    testing::Values(
        IomemText{"Empty", "", "f:1: found an empty file, expected start-end : name"},
        IomemText{"EmptyLine", "00001000-00001fff : System RAM\n\n",
                  "f:2: found an empty line, expected start-end : name"},
        IomemText{"NoName", "00001000-00001fff\n", "f:1: found \"00001000-00001fff\", expected start-end : name"},
        IomemText{"EmptyName", "00001000-00001fff : \n",
                  "f:1: found \"00001000-00001fff : \", expected start-end : name"},
        IomemText{"NoEnd", "00001000 : System RAM\n",
                  "f:1: found \"00001000 : System RAM\", expected start-end : name"},
        IomemText{"ThreeEnds", "1-2-3 : System RAM\n", "f:1: found \"1-2-3 : System RAM\", expected start-end : name"},
        IomemText{"NotHexadecimal", "0000100g-00001fff : System RAM\n",
                  "f:1: found address \"0000100g\", expected hexadecimal digits"},
        IomemText{"Sign", "-1000-1fff : System RAM\n",
                  "f:1: found \"-1000-1fff : System RAM\", expected start-end : name"},
        IomemText{"NoDigits", "-1fff : System RAM\n", "f:1: found address \"\", expected hexadecimal digits"},
        IomemText{"SixtyEightBits", "10000000000000000-1ffffffffffffffff : System RAM\n",
                  "f:1: found address 10000000000000000, expected at most 64 bits"},
        IomemText{"TooHigh", "00001000-10000000000000 : System RAM\n",
                  "f:1: found address 10000000000000, expected at most 52 bits"},
        IomemText{"EmptyRange", "00000000-00000fff : Reserved\n00002000-00001fff : System RAM\n",
                  "f:2: found empty range 00002000-00001fff, expected an end behind the start"},
        IomemText{"OddIndentation", "00001000-00001fff : System RAM\n 00001000-00001fff : Kernel code\n",
                  "f:2: found 1 blanks of indentation, expected an even number"},
        IomemText{"TooDeep", "00001000-00001fff : System RAM\n    00001000-00001fff : Kernel code\n",
                  "f:2: found depth 2, expected at most 1"},
        IomemText{"StartsDeep", "  00001000-00001fff : System RAM\n", "f:1: found depth 1, expected at most 0"},
        IomemText{
            "Overlapping", "00001000-00002fff : System RAM\n00002000-00003fff : System RAM\n",
            "f:2: found 00002000-00003fff : System RAM (overlapping), expected a start of at least 00003000, behind "
            "00001000-00002fff : System RAM"},
        IomemText{
            "Descending", "00005000-00005fff : System RAM\n00001000-00001fff : System RAM\n",
            "f:2: found 00001000-00001fff : System RAM (descending), expected a start of at least 00006000, behind "
            "00005000-00005fff : System RAM"},
        IomemText{
            "ChildrenOverlap",
            "00001000-00009fff : System RAM\n  00001000-00002fff : Kernel code\n  00002000-00003fff : Kernel data\n",
            "f:3: found 00002000-00003fff : Kernel data (overlapping), expected a start of at least 00003000, behind "
            "00001000-00002fff : Kernel code"},
        IomemText{"ChildOutside", "00001000-00001fff : System RAM\n  00001000-00002fff : Kernel code\n",
                  "f:2: found 00001000-00002fff : Kernel code, expected a part of 00001000-00001fff : System RAM"},
        IomemText{"NoRam", "00000000-00000fff : Reserved\n00001000-00001fff : ACPI Tables\n",
                  "f: found no RAM, expected some"}),
    [](const auto& bad) { return bad.param.name; });

TEST_P(BadIomem, SaysWhereAndWhat) {
  const absl::StatusOr<MemoryMap> map = parse_iomem(GetParam().text, "f");
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.status().message(), GetParam().message);
  EXPECT_FALSE(is_hidden(map.status()));
}

TEST(ReadIomem, NamesAFileThatIsNotThere) {
  const absl::StatusOr<MemoryMap> map = read_iomem("/does/not/exist");
  ASSERT_FALSE(map.ok());
  EXPECT_EQ(map.status().message(), "/does/not/exist: No such file or directory, expected a map like /proc/iomem");
}

TEST(ReadIomem, ReadsAFile) {
  const std::string path = testing::TempDir() + "/iomem_test.txt";
  std::ofstream(path) << kMachine;
  const absl::StatusOr<MemoryMap> map = read_iomem(path);
  std::remove(path.c_str());
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->source, path);
  EXPECT_EQ(map->ram.size(), 5u);
}

// This machine's own map is readable, hidden or (no /proc) missing; it is never malformed.
TEST(ReadIomem, UnderstandsThisMachine) {
  const absl::StatusOr<MemoryMap> map = read_iomem("/proc/iomem");
  EXPECT_TRUE(map.ok() || is_hidden(map.status()) || absl::IsNotFound(map.status())) << map.status();
}

}  // namespace
}  // namespace memmap::simulator
