// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/log_line.h"

#include <gtest/gtest.h>

#include "simulator/inputs/e820.h"

namespace memmap::simulator {
namespace {

LogLine line_of(absl::string_view text) {
  const absl::StatusOr<LogLine> line = parse_log_line(text, "f:1");
  EXPECT_TRUE(line.ok()) << line.status();
  return line.ok() ? *line : LogLine();
}

TEST(LogLine, TableEntry) {
  const LogLine line = line_of("[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable");
  EXPECT_EQ(line.kind, LogKind::entry);
  EXPECT_EQ(line.who, "BIOS-e820");
  EXPECT_EQ(line.bytes.begin, 0x100000u);
  EXPECT_EQ(line.bytes.end, 0xbffe0000u);
  EXPECT_EQ(line.type, kE820Ram);
}

TEST(LogLine, TablesOfOthers) {
  EXPECT_EQ(line_of("user: [mem 0x0000000000000000-0x0000000000000fff] persistent (type 12)").type, 12u);
  EXPECT_EQ(line_of("modified: [mem 0x0000000000000000-0x0000000000000fff] reserved").who, "modified");
  EXPECT_EQ(line_of("reserve setup_data: [mem 0x0000000000000000-0x0000000000000fff] usable").who,
            "reserve setup_data");
  EXPECT_EQ(line_of("Xen: [mem 0x0000000000000000-0x0000000000000fff] usable").who, "Xen");
}

TEST(LogLine, EntryOfOldKernels) {
  const LogLine line = line_of(" BIOS-e820: 0000000000100000 - 00000000bf5d0000 (ACPI data)");
  EXPECT_EQ(line.bytes.end, 0xbf5d0000u);
  EXPECT_EQ(line.type, kE820AcpiTables);
}

TEST(LogLine, EmptyEntriesArePrintedBackwards) {
  EXPECT_TRUE(line_of("BIOS-e820: [mem 0x0000000000100000-0x00000000000fffff] usable").bytes.empty());
  EXPECT_TRUE(line_of("BIOS-e820: [mem 0x0000000000000000-0xffffffffffffffff] usable").bytes.empty());
}

TEST(LogLine, Changes) {
  const LogLine update = line_of("e820: update [mem 0x00000000-0x00000fff] usable ==> reserved");
  EXPECT_EQ(update.kind, LogKind::update);
  EXPECT_EQ(update.type, kE820Ram);
  EXPECT_EQ(update.new_type, kE820Reserved);
  const LogLine remove = line_of("e820: remove [mem 0x000a0000-0x000fffff] System RAM");
  EXPECT_EQ(remove.kind, LogKind::remove);
  EXPECT_EQ(remove.type, kE820Ram);
}

TEST(LogLine, Affinity) {
  const LogLine line = line_of("[0.1] ACPI: SRAT: Node 3 PXM 12 [mem 0x2080000000-0x407fffffff] hotplug non-volatile");
  EXPECT_EQ(line.kind, LogKind::affinity);
  EXPECT_EQ(line.nid, 3u);
  EXPECT_EQ(line.bytes.begin, 0x2080000000u);
  EXPECT_TRUE(line.hotplug);
  EXPECT_TRUE(line.non_volatile);
  EXPECT_EQ(line_of("SRAT: Node 1 PXM 1 100000-c0000000").bytes.end, 0xc0000000u);
}

TEST(LogLine, Nodes) {
  EXPECT_EQ(line_of("Early memory node ranges").kind, LogKind::nodes);
  const LogLine line = line_of("[    0.0]   node 100: [mem 0x0000000000001000-0x000000000009efff]");
  EXPECT_EQ(line.kind, LogKind::node_range);
  EXPECT_EQ(line.nid, 100u);
  EXPECT_EQ(line.bytes.end, 0x9f000u);
  EXPECT_EQ(line_of("Initmem setup node 4 as memoryless").nid, 4u);
  EXPECT_EQ(line_of("NODE_DATA(0) allocated [mem 0x63ffd5500-0x63fffffff]").bytes.begin, 0x63ffd5500u);
  EXPECT_EQ(line_of("numa:   NODE_DATA [mem 0x7ffdd880-0x7fffffff]").kind, LogKind::node_data);
  EXPECT_EQ(line_of("Memory: 56859952K/12288000000K available").total_kib, 12288000000u);
}

TEST(LogLine, MostLinesSayNothing) {
  for (const char* const text :
       {"", "# BIOS-e820: [mem", "Initmem setup node 0 [mem 0x0000000000001000-0x0000000000001fff]",
        "node 0 deferred pages initialised in 9ms", "On node 0, zone DMA: 1 pages in unavailable ranges",
        "NUMA: Node 0 [mem 0x00000000-0x0009ffff] + [mem 0x00100000-0x7fffffff] -> [mem 0x00000000-0x7fffffff]",
        "NODE_DATA(1) on node 0", "Memory: Low", "superuser: [mem lost]", "x86/mm: Memory block size: 128MB"}) {
    EXPECT_EQ(kind_of(text), LogKind::other) << text;
    EXPECT_EQ(line_of(text).kind, LogKind::other) << text;
  }
}

TEST(LogLine, WhatStandsInFrontMayLookLikeTheMessage) {
  EXPECT_EQ(line_of("Jan 1 mynode kernel: node 7 rack:   node   1: [mem 0x0000000000001000-0x0000000000001fff]").nid,
            1u);
}

TEST(LogLine, QuotationDepth) {
  EXPECT_EQ(quotation_depth("BIOS-e820 > x"), 0u);
  EXPECT_EQ(quotation_depth("> [mem"), 1u);
  EXPECT_EQ(quotation_depth(" > >> [mem"), 3u);
}

struct LineText {
  const char* name;
  const char* text;
  const char* message;
};

class BadLogLine : public testing::TestWithParam<LineText> {};

INSTANTIATE_TEST_SUITE_P(
    , BadLogLine,
    testing::Values(
        LineText{"CutOff", "BIOS-e820: [mem 0x0000000000100000-0x00000000bf",
                 "f:1: found \"BIOS-e820: [mem 0x0000000000100000-0x00000000bf\", expected an address of 16 digits at "
                 "\"00000000bf\""},
        LineText{"NoType", "BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff]",
                 "f:1: found type \"\", expected \"usable\"?"},
        LineText{
            "DigitLost", "[0.0] BIOS-e820: [mem 0x00000005d0000000-0x000000064ffffff] soft reserved",
            "f:1: found \"BIOS-e820: [mem 0x00000005d0000000-0x000000064ffffff] soft reserved\", expected an address "
            "of "
            "16 digits at \"000000064ffffff\""},
        LineText{
            "Padded", "SRAT: Node 0 PXM 0 [mem 0x0000000000-0x0009ffff]",
            "f:1: found \"SRAT: Node 0 PXM 0 [mem 0x0000000000-0x0009ffff]\", expected an address of 8 digits or more "
            "at "
            "\"0000000000\""},
        LineText{"Backwards", "user: [mem 0x0000000000100000-0x0000000000000fff] usable",
                 "f:1: found \"user: [mem 0x0000000000100000-0x0000000000000fff] usable\", expected an end behind the "
                 "start"},
        LineText{
            "ToTheEnd", "user: [mem 0x0000000000100000-0xffffffffffffffff] usable",
            "f:1: found \"user: [mem 0x0000000000100000-0xffffffffffffffff] usable\", expected an end behind the start "
            "and before 2^64 - 1"},
        LineText{
            "NotHexadecimal", "  node   0: [mem 0x000000000000g000-0x0000000000001fff]",
            "f:1: found \"node   0: [mem 0x000000000000g000-0x0000000000001fff]\", expected an address of 16 digits at "
            "\"000000000000\""},
        LineText{"TypeMistyped", "BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] reservd",
                 "f:1: found type \"reservd\", expected \"reserved\"?"},
        LineText{"NoNode", "SRAT: Node x PXM 0 [mem 0x00000000-0x0009ffff]",
                 "f:1: found \"SRAT: Node x PXM 0 [mem 0x00000000-0x0009ffff]\", expected a decimal number"},
        LineText{
            "HugeNode", "SRAT: Node 4294967296 PXM 0 [mem 0x00000000-0x0009ffff]",
            "f:1: found \"SRAT: Node 4294967296 PXM 0 [mem 0x00000000-0x0009ffff]\", expected a number of at most 32 "
            "bits"},
        LineText{"UnknownFlag", "SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff] warm",
                 "f:1: found \"SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff] warm\", expected \"hotplug\", "
                 "\"non-volatile\" or "
                 "nothing behind the memory"},
        LineText{
            "NoArrow", "e820: update [mem 0x00000000-0x00000fff] usable",
            "f:1: found \"e820: update [mem 0x00000000-0x00000fff] usable\", expected OLD ==> NEW behind the memory"},
        LineText{
            "NoParenthesis", "BIOS-e820: 0000000000100000 - 00000000bf5d0000 (usable",
            "f:1: found \"BIOS-e820: 0000000000100000 - 00000000bf5d0000 (usable\", expected a type in parentheses"},
        LineText{"OldBackwards", "BIOS-e820: 0000000000100000 - 0000000000000000 (usable)",
                 "f:1: found \"BIOS-e820: 0000000000100000 - 0000000000000000 (usable)\", expected an end behind the "
                 "start"}),
    [](const auto& bad) { return bad.param.name; });

TEST_P(BadLogLine, SaysWhereAndWhat) {
  EXPECT_EQ(parse_log_line(GetParam().text, "f:1").status().message(), GetParam().message);
}

}  // namespace
}  // namespace memmap::simulator
