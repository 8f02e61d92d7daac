// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/firmware_memmap.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "simulator/inputs/sample.h"

namespace memmap::simulator {
namespace {

const std::vector<FirmwareEntry> kPc = {{"d/0", "0x100000\n", "0xbffdffff\n", "System RAM\n"},
                                        {"d/1", "0x0\n", "0x9fbff\n", "System RAM\n"},
                                        {"d/2", "0x9fc00\n", "0xfffff\n", "Reserved\n"},
                                        {"d/3", "0x240000000\n", "0x33fffffff\n", "Persistent Memory\n"},
                                        {"d/4", "0x100000000\n", "0x23fffffff\n", "System RAM\n"},
                                        {"d/5", "0xfeedf000\n", "0xfeedefff\n", "Reserved\n"}};
const Rows kPcRam = {{0x1, 0x9f, 0, 0}, {0x100, 0x1000, 0, 0}, {0x1000, 0xbffe0, 0, 1}, {0x100000, 0x240000, 0, 2}};

TEST(FirmwareMemmap, EntriesInNoOrder) {
  const absl::StatusOr<MemoryMap> map = parse_firmware_memmap(kPc, "d");
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(ram_of(*map), kPcRam);
  EXPECT_EQ(devices_of(*map), (Rows{{0x240000, 0x340000, 0}}));
  EXPECT_FALSE(map->has_nodes);
  EXPECT_EQ(map->source, "d");
}

TEST(FirmwareMemmap, NamesTheFileOfTheEntry) {
  const auto error = [](FirmwareEntry entry) {
    return std::string(parse_firmware_memmap({std::move(entry)}, "d").status().message());
  };
  EXPECT_EQ(error({"d/7", "100000", "0x1fffff", "System RAM"}),
            "d/7/start:1: found \"100000\", expected 0x and an address");
  EXPECT_EQ(error({"d/7", "0x100000", "0x1ffffg", "System RAM"}),
            "d/7/end:1: found address \"1ffffg\", expected hexadecimal digits");
  EXPECT_EQ(error({"d/7", "0x100000", "0xffff", "System RAM"}),
            "d/7/end:1: found 0x0000ffff, expected an end behind the start 0x00100000 and before 2^64 - 1");
  EXPECT_EQ(error({"d/7", "0x100000", "0x1fffff", "System ROM"}),
            "d/7/type:1: found type \"System ROM\", expected \"System RAM\"?");
}

class Folder {
 public:
  Folder() : path_(testing::TempDir() + "firmware_memmap_test") {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  void add(const std::string& name, const FirmwareEntry& entry) {
    std::filesystem::create_directories(path_ + "/" + name);
    std::ofstream(path_ + "/" + name + "/start") << entry.start;
    std::ofstream(path_ + "/" + name + "/end") << entry.end;
    std::ofstream(path_ + "/" + name + "/type") << entry.type;
  }

 private:
  const std::string path_;
};

TEST(ReadFirmwareMemmap, ReadsAFolder) {
  Folder folder;
  for (size_t n = 0; n < kPc.size(); ++n) folder.add(std::to_string(n), kPc[n]);
  const absl::StatusOr<MemoryMap> map = read_firmware_memmap(folder.path());
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(ram_of(*map), kPcRam);
}

TEST(ReadFirmwareMemmap, SaysWhatDoesNotBelongThere) {
  Folder folder;
  folder.add("0", kPc[0]);
  std::filesystem::create_directories(folder.path() + "/1");
  EXPECT_EQ(read_firmware_memmap(folder.path()).status().message(),
            folder.path() +
                "/1/start: No such file or directory, expected start, end and type of an entry, as in "
                "/sys/firmware/memmap");
  std::filesystem::create_directories(folder.path() + "/power");
  EXPECT_EQ(read_firmware_memmap(folder.path()).status().message(),
            folder.path() + ": found \"power\", expected only folders 0, 1, ..., as in /sys/firmware/memmap");
  EXPECT_EQ(read_firmware_memmap("/does/not/exist").status().message(),
            "/does/not/exist: No such file or directory, expected a folder of entries");
}

// This machine's own is as it is.
TEST(ReadFirmwareMemmap, UnderstandsThisMachine) {
  if (!std::filesystem::exists("/sys/firmware/memmap/0")) GTEST_SKIP() << "no /sys/firmware/memmap";
  const absl::StatusOr<MemoryMap> map = read_firmware_memmap("/sys/firmware/memmap");
  EXPECT_TRUE(map.ok()) << map.status();
}

}  // namespace
}  // namespace memmap::simulator
