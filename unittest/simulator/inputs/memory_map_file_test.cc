// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/memory_map_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "simulator/inputs/sample.h"

namespace memmap::simulator {
namespace {

TEST(MemoryMapFile, FindsOutWhatItIs) {
  for (const char* const name : {"dmesg/server.log", "dmesg/windows.log", "iomem/pc.txt", "iomem/cxl.txt"}) {
    const absl::StatusOr<MemoryMap> map = read_memory_map(sample_path(name));
    ASSERT_TRUE(map.ok()) << map.status();
    EXPECT_EQ(map->source, sample_path(name));
    EXPECT_TRUE(validate(*map).ok());
  }
  EXPECT_EQ(ram_of(*read_memory_map(sample_path("iomem/pc.txt")))[0], (std::vector<uint64_t>{1, 0x9f, 0, 0}));
}

TEST(MemoryMapFile, SoftReservedIsADeviceUnlessItIsRam) {
  const absl::StatusOr<MemoryMap> map = read_memory_map(sample_path("iomem/cxl.txt"));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(devices_of(*map), (Rows{{0x400000, 0x500000, 0}}));
  EXPECT_EQ(map->ram.back().start_pfn, 0x500000u);
}

TEST(MemoryMapFile, FolderIsOfFirmware) {
  const std::string folder = testing::TempDir() + "memory_map_file_test";
  std::filesystem::create_directories(folder);
  EXPECT_EQ(read_memory_map(folder).status().message(),
            folder + ": found no RAM (0 other ranges), expected at least a page of it");
  std::filesystem::remove_all(folder);
}

TEST(MemoryMapFile, SaysWhatItMayBe) {
  const std::string expected =
      "a map like /proc/iomem, a kernel's log with BIOS-e820, SRAT or \"Early memory node ranges\", or a folder like "
      "/sys/firmware/memmap";
  EXPECT_EQ(parse_memory_map("", "f").status().message(), "f: found an empty file, expected " + expected);
  EXPECT_EQ(parse_memory_map("[    0.1] Linux version 6.1\n", "f").status().message(),
            "f: found no line about physical memory, expected " + expected);
  EXPECT_EQ(read_memory_map("/does/not/exist").status().message(),
            "/does/not/exist: No such file or directory, expected " + expected);
  EXPECT_EQ(read_memory_map("/proc/self/mem").status().message(),
            "/proc/self/mem: Input/output error, expected " + expected)
      << "it can be opened, but not read: it is not empty";
}

TEST(MemoryMapFile, AByteOrderMarkIsNoPartOfTheMap) {
  const std::string path = testing::TempDir() + "marked_map";
  std::ofstream(path) << "\xEF\xBB\xBF"
                         "00100000-001fffff : System RAM\n";
  const absl::StatusOr<MemoryMap> map = read_memory_map(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(map->ram_pages(), 256u);
}

TEST(MemoryMapFile, MistypedMapIsNoLog) {
  EXPECT_EQ(parse_memory_map("00001000-0009ffff : System RAM\nrubbish\n", "f").status().message(),
            "f:2: found \"rubbish\", expected start-end : name");
}

}  // namespace
}  // namespace memmap::simulator
