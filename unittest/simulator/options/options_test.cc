// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace memmap::simulator {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Options> parse(const std::vector<const char*>& arguments) { return parse_options(arguments); }

std::string error(const std::vector<const char*>& arguments) {
  const absl::StatusOr<Options> options = parse(arguments);
  EXPECT_FALSE(options.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(options.status()));
  return std::string(options.status().message());
}

TEST(OptionsTest, NothingOrHelpAsksForHelp) {
  for (const std::vector<const char*>& arguments :
       {std::vector<const char*>{}, {"--help"}, {"help"}, {"run", "--help"}, {"run", "--memory", "1GiB", "-h"}}) {
    const absl::StatusOr<Options> options = parse(arguments);
    ASSERT_TRUE(options.ok());
    EXPECT_EQ(options->action, Options::Action::help);
  }
  EXPECT_EQ(parse({"--version"})->action, Options::Action::version);
}

TEST(OptionsTest, RunHasDefaults) {
  const absl::StatusOr<Options> options = parse({"run"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->action, Options::Action::run);
  EXPECT_EQ(options->format, Format::table);
  EXPECT_EQ(options->memory_bytes, 0);
  EXPECT_EQ(options->memory_map, "");
  EXPECT_EQ(options->plant, Plant::none);
}

TEST(OptionsTest, ReadsEachFlagInBothSpellings) {
  const absl::StatusOr<Options> options =
      parse({"run", "--memory=3GiB", "--nodes", "4", "--workers=2", "--pairs=31", "--seed", "18446744073709551615",
             "--format=json", "--output=report.json", "--memory-map=map", "--plant=skip", "--quiet", "--trace=t.json"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->memory_bytes, uint64_t{3} << 30);
  EXPECT_EQ(options->nr_nodes, 4);
  EXPECT_EQ(options->nr_workers, 2);
  EXPECT_EQ(options->nr_pairs, 31);
  EXPECT_EQ(options->seed, UINT64_MAX);
  EXPECT_EQ(options->format, Format::json);
  EXPECT_EQ(options->output, "report.json");
  EXPECT_EQ(options->memory_map, "map");
  EXPECT_EQ(options->plant, Plant::skip);
  EXPECT_TRUE(options->quiet);
  EXPECT_EQ(options->trace, "t.json");
}

TEST(OptionsTest, DoctorHasFlagsOfItsOwn) {
  const absl::StatusOr<Options> options = parse({"doctor", "--topology=m.xml", "--format", "json", "--output=out"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->action, Options::Action::doctor);
  EXPECT_EQ(options->topology, "m.xml");
  EXPECT_EQ(options->format, Format::json);
  EXPECT_EQ(options->output, "out");
  EXPECT_EQ(parse({"doctor"})->topology, "");
  EXPECT_EQ(error({"doctor", "--topologie=x"}), "found --topologie, expected --topology?");
  EXPECT_EQ(error({"doctor", "--memory=1GiB"}).substr(0, 14), "found --memory");
  EXPECT_EQ(error({"doctor", "--quiet"}).substr(0, 13), "found --quiet");
  EXPECT_EQ(error({"doctor", "--format=csv"}), "found --format=csv, expected table or json");
  EXPECT_EQ(error({"doctor", "--format=dmesg"}), "found --format=dmesg, expected table or json");
  EXPECT_EQ(error({"run", "--topology=m.xml"}).substr(0, 16), "found --topology");
  EXPECT_EQ(error({"run", "--quiet=yes"}), "found --quiet=yes, expected --quiet");
}

TEST(OptionsTest, NamesTheNearestVerbFlagAndValue) {
  EXPECT_EQ(error({"rum"}), "found \"rum\", expected run?");
  EXPECT_THAT(error({"--memory=1GiB"}), HasSubstr("expected one of run, doctor, "));
  EXPECT_EQ(error({"run", "--sed=3"}), "found --sed, expected --seed?");
  EXPECT_EQ(error({"run", "--format=jason"}), "found --format=jason, expected \"json\"?");
  EXPECT_EQ(error({"run", "--plant=flop"}), "found --plant=flop, expected \"flip\"?");
  EXPECT_EQ(error({"run", "memory"}), "found memory, expected --memory?");
  EXPECT_THAT(error({"run", ""}), HasSubstr("an empty argument"));
}

TEST(OptionsTest, MemoryMapAndDmesgHaveTwoNamesEach) {
  EXPECT_EQ(parse({"run", "--iomem=map"})->memory_map, "map");
  EXPECT_EQ(parse({"run", "--memory-map", "map"})->memory_map, "map");
  EXPECT_EQ(parse({"run", "--dmesg"})->format, Format::dmesg);
  EXPECT_EQ(parse({"run", "--format=dmesg"})->format, Format::dmesg);
  EXPECT_EQ(error({"run", "--memory-mop=map"}), "found --memory-mop, expected --memory-map?");
  EXPECT_EQ(error({"run", "--memory-map="}), "found --memory-map=, expected the name of a file");
}

TEST(OptionsTest, RefusesWhatIsNoNumberInRange) {
  EXPECT_EQ(error({"run", "--nodes=0"}), "found --nodes=0, expected a number from 1 to 1024");
  EXPECT_THAT(error({"run", "--nodes=1025"}), HasSubstr("1 to 1024"));
  EXPECT_THAT(error({"run", "--workers=-1"}), HasSubstr("found --workers=-1"));
  EXPECT_THAT(error({"run", "--pairs=3x"}), HasSubstr("found --pairs=3x"));
  EXPECT_THAT(error({"run", "--seed=18446744073709551616"}), HasSubstr("--seed=18446744073709551616"));
  EXPECT_EQ(error({"run", "--seed"}), "found --seed without a value, expected --seed=VALUE");
  EXPECT_EQ(error({"run", "--output="}), "found --output=, expected the name of a file");
}

TEST(OptionsTest, ReadsSizes) {
  EXPECT_EQ(*parse_bytes("4096"), 4096);
  EXPECT_EQ(*parse_bytes("512MiB"), uint64_t{512} << 20);
  EXPECT_EQ(*parse_bytes("2G"), uint64_t{2} << 30);
  EXPECT_EQ(*parse_bytes("1TiB"), uint64_t{1} << 40);
  EXPECT_EQ(*parse_bytes("16777215T"), uint64_t{16777215} << 40);
  for (const char* const text : {"", "0", "MiB", "4 GiB", "4GB", "4gib", "-1G", "16777216T", "1KiBs", "1.5G"}) {
    EXPECT_FALSE(parse_bytes(text).ok()) << text;
  }
}

}  // namespace
}  // namespace memmap::simulator
