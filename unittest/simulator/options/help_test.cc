// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "simulator/command/virtual_options.h"
#include "simulator/options/options.h"
#include "simulator/swarm/swarm_command.h"

namespace memmap::simulator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Arguments = std::vector<const char*>;

std::string said(const Arguments& arguments) {
  EXPECT_TRUE(wants_help(arguments));
  const absl::StatusOr<std::string> text = help(arguments);
  return text.ok() ? *text : std::string(text.status().message());
}

TEST(HelpTest, IsWhatNothingOrHelpAsksFor) {
  for (const Arguments& arguments : {Arguments{}, {"--help"}, {"help"}, {"run", "--help"}, {"run", "--seed=1", "-h"}})
    EXPECT_TRUE(wants_help(arguments));
  for (const Arguments& arguments : {Arguments{"run"}, {"compare", "help"}, {"--version"}})
    EXPECT_FALSE(wants_help(arguments));
}

TEST(HelpTest, OverviewNamesEachVerb) {
  for (const Arguments& arguments : {Arguments{}, {"--help"}, {"help"}}) {
    for (const VerbHelp& verb : verb_helps())
      EXPECT_THAT(said(arguments), HasSubstr("\n  memmap-sim " + std::string(verb.name) + " "));
    EXPECT_THAT(said(arguments), Not(HasSubstr("--memory=")));
    EXPECT_THAT(said(arguments), HasSubstr("\nExit status: 0 "));
  }
}

TEST(HelpTest, EachVerbHasItsOwn) {
  for (const VerbHelp& verb : verb_helps()) {
    const std::string name(verb.name);
    EXPECT_THAT(said({name.c_str(), "--help"}), StartsWith("memmap-sim " + name + ": "));
    EXPECT_EQ(said({"help", name.c_str()}), said({name.c_str(), "-h"}));
    EXPECT_THAT(said({"help", "all"}), HasSubstr("\nmemmap-sim " + name + ": "));
  }
  EXPECT_EQ(said({"help", "comapre"}), "found \"comapre\", expected compare?");
  EXPECT_EQ(said({"rum", "--help"}), "found \"rum\", expected run?");
}

TEST(HelpTest, NamesEachFlagOfTheVerb) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> flags = {
      {"run",
       {"--memory", "--nodes", "--workers", "--pairs", "--seed", "--memory-map", "--iomem", "--format", "--dmesg",
        "--output", "--quiet", "--plant", "--trace"}},
      {"doctor", {"--topology", "--format", "--output"}},
      {"calibrate", {"--memory", "--workers", "--pairs", "--output", "--quiet"}},
      {"compare",
       {"--policy", "--seed", "--sweep", "--steps", "--budget", "--format", "--output", "--trace", "--html"}},
      {"explain", {"--policy", "--seed", "--output", "--trace"}},
      {"validate", {"--format", "--output"}},
      {"scenarios", {"--output"}},
      {"swarm", {"--seeds", "--first-seed", "--seed", "--plant"}},
  };
  for (const auto& [verb, names] : flags)
    for (const char* const name : names) EXPECT_THAT(said({"help", verb}), HasSubstr(name)) << verb;
}

// The words of an example, up to its comment, a pipe or a redirection.
std::vector<std::string> words_of(absl::string_view line) {
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
    if (word[0] == '#' || word[0] == '|' || word[0] == '>') break;
    words.emplace_back(word);
  }
  return words;
}

absl::Status parse_any(const Arguments& arguments) {
  if (is_virtual_verb(arguments[0])) return parse_virtual_options(arguments).status();
  if (arguments[0] == absl::string_view("swarm"))
    return swarm::parse_swarm_options(std::span(arguments).subspan(1)).status();
  return parse_options(arguments).status();
}

TEST(HelpTest, EachExampleIsACommandLine) {
  for (const VerbHelp& verb : verb_helps()) {
    EXPECT_FALSE(verb.examples.empty()) << verb.name;
    for (const absl::string_view line : absl::StrSplit(verb.examples, '\n', absl::SkipEmpty())) {
      const std::vector<std::string> words = words_of(line);
      ASSERT_GE(words.size(), 2u) << line;
      EXPECT_EQ(words[0], "memmap-sim");
      EXPECT_EQ(words[1], verb.name);
      Arguments arguments;
      for (size_t n = 1; n < words.size(); ++n) arguments.push_back(words[n].c_str());
      EXPECT_TRUE(parse_any(arguments).ok()) << line << ": " << parse_any(arguments);
    }
  }
}

}  // namespace
}  // namespace memmap::simulator
