// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/e820.h"

#include <gtest/gtest.h>

#include <vector>

namespace memmap::simulator {
namespace {

using Rows = std::vector<std::vector<uint64_t>>;

Rows rows(const E820Table& table) {
  Rows rows;
  for (const E820Entry& entry : table) rows.push_back({entry.bytes.begin, entry.bytes.end, entry.type});
  return rows;
}

E820Table table(const Rows& rows) {
  E820Table table;
  for (const auto& row : rows) table.push_back({{row[0], row[1]}, uint32_t(row[2]), "f:1"});
  return table;
}

Rows sanitized_rows(const Rows& input) { return rows(sanitized(table(input))); }

TEST(E820, HighestTypeWins) {
  EXPECT_EQ(sanitized_rows({{0, 100, 1}, {40, 60, 2}, {50, 120, 4}}), (Rows{{0, 40, 1}, {40, 50, 2}, {50, 120, 4}}));
}

TEST(E820, OrderAndDuplicatesDoNotMatter) {
  EXPECT_EQ(sanitized_rows({{50, 120, 4}, {0, 100, 1}, {40, 60, 2}, {0, 100, 1}, {50, 120, 4}}),
            (Rows{{0, 40, 1}, {40, 50, 2}, {50, 120, 4}}));
}

TEST(E820, NeighboursOfOneTypeAreOneEntry) {
  EXPECT_EQ(sanitized_rows({{0, 10, 1}, {10, 20, 1}, {20, 30, 7}, {30, 40, 7}}), (Rows{{0, 20, 1}, {20, 40, 7}}));
}

TEST(E820, NeighboursThatMayBeTwoDevicesStayTwo) {
  EXPECT_EQ(sanitized_rows({{0, 10, 12}, {10, 20, 12}, {20, 30, kE820SoftReserved}, {30, 40, kE820SoftReserved}}),
            (Rows{{0, 10, 12}, {10, 20, 12}, {20, 30, kE820SoftReserved}, {30, 40, kE820SoftReserved}}));
  EXPECT_EQ(sanitized_rows({{0, 10, 12}, {0, 10, 12}}), (Rows{{0, 10, 12}}));
}

TEST(E820, EmptyEntriesAreNothing) {
  EXPECT_EQ(sanitized_rows({{5, 5, 2}, {0, 10, 1}, {0, 0, 4}}), (Rows{{0, 10, 1}}));
  EXPECT_TRUE(sanitized({}).empty());
}

TEST(E820, EntryInsideAnotherOfItsTypeIsNothing) {
  EXPECT_EQ(sanitized_rows({{0, 9, 1}, {3, 5, 1}}), (Rows{{0, 9, 1}}));
}

TEST(E820, SanitizedKeepsTheLineOfItsEntry) {
  E820Table two = table({{0, 100, 1}, {40, 60, 2}});
  two[1].where = "f:2";
  const E820Table result = sanitized(two);
  ASSERT_EQ(result.size(), 3u);
  EXPECT_EQ(result[1].where, "f:2");
  EXPECT_EQ(result[2].where, "f:1");
}

TEST(E820, RetypeChangesOnlyThatType) {
  E820Table some = table({{0, 100, 1}, {100, 200, 2}});
  retype(some, {50, 150}, 1, 2);
  EXPECT_EQ(rows(some), (Rows{{0, 50, 1}, {50, 100, 2}, {100, 200, 2}}));
  retype(some, {10, 20}, 1, 0);
  EXPECT_EQ(rows(some), (Rows{{0, 10, 1}, {20, 50, 1}, {50, 100, 2}, {100, 200, 2}}));
}

TEST(E820, BiosKeepsItsPageAndItsHole) {
  E820Table some = table({{0, 0x200000, 1}});
  trim_bios_range(some);
  EXPECT_EQ(rows(some), (Rows{{0, 0x1000, 2}, {0x1000, 0xa0000, 1}, {0x100000, 0x200000, 1}}));
}

TEST(E820, KnowsNamesOldAndNew) {
  for (const char* const name : {"usable", "System RAM"}) EXPECT_EQ(*e820_type_in_log(name, "f:1"), 1u);
  for (const char* const name : {"reserved", "device reserved"}) EXPECT_EQ(*e820_type_in_log(name, "f:1"), 2u);
  EXPECT_EQ(*e820_type_in_log("persistent RAM (type 7)", "f:1"), 7u);
  EXPECT_EQ(*e820_type_in_log("soft reserved", "f:1"), kE820SoftReserved);
  EXPECT_EQ(*e820_type_in_log("type 4026531840", "f:1"), 4026531840u);
  EXPECT_EQ(*e820_type_in_sysfs("ACPI Non-volatile Storage", "f:1"), 4u);
  EXPECT_EQ(*e820_type_in_sysfs("Persistent Memory (legacy)", "f:1"), 12u);
  EXPECT_NE(*e820_type_in_sysfs("Unknown E820 type", "f:1"), 1u);
}

TEST(E820, AsksWhatAnUnknownNameMeans) {
  EXPECT_EQ(e820_type_in_log("usible", "f:1").status().message(), "f:1: found type \"usible\", expected \"usable\"?");
  EXPECT_EQ(e820_type_in_log("type 0", "f:1").status().message(), "f:1: found type \"type 0\", expected \"type 20\"?");
  EXPECT_EQ(e820_type_in_sysfs("ACPI Table", "d/type:1").status().message(),
            "d/type:1: found type \"ACPI Table\", expected \"ACPI Tables\"?");
}

}  // namespace
}  // namespace memmap::simulator
