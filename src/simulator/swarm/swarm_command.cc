// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/swarm_command.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/options/nearest.h"

namespace memmap::swarm {
namespace {

constexpr std::array<absl::string_view, 4> kFlags = {"--seeds", "--first-seed", "--seed", "--plant"};
constexpr std::array<absl::string_view, 4> kPlants = {"none", "lost_wake", "skipped_page", "twice"};  // as Plant
constexpr uint64_t kSeedsMax = 1'000'000'000;
constexpr size_t kFailuresShown = 3;

enum Exit { kViolated = 3, kInterrupted = 130 };

absl::Status usage_error(absl::string_view found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("found ", found, ", expected ", expected));
}

absl::Status set(absl::string_view flag, absl::string_view text, SwarmOptions* options) {
  if (flag == "--plant") {
    const auto found = std::find(kPlants.begin(), kPlants.end(), text);
    if (found == kPlants.end())
      return usage_error(absl::StrCat("--plant=", text), absl::StrCat(simulator::nearest(text, kPlants), "?"));
    options->plant = Plant(found - kPlants.begin());
    return absl::OkStatus();
  }
  uint64_t number = 0;
  const bool is_count = flag == "--seeds";
  if (!absl::SimpleAtoi(text, &number) || (is_count && (number == 0 || number > kSeedsMax)))
    return usage_error(absl::StrCat(flag, "=", text),
                       absl::StrCat("a number", is_count ? " from 1 to 1000000000" : ""));
  if (is_count) return options->nr_seeds = number, absl::OkStatus();
  options->first_seed = number;
  if (flag == "--seed") options->nr_seeds = 1;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SwarmOptions> parse_swarm_options(std::span<const char* const> arguments) {
  SwarmOptions options;
  for (size_t n = 0; n < arguments.size(); ++n) {
    const absl::string_view argument = arguments[n];
    const size_t equals = argument.find('=');
    const absl::string_view flag = argument.substr(0, equals);
    if (std::find(kFlags.begin(), kFlags.end(), flag) == kFlags.end())
      return usage_error(flag.empty() ? "an empty argument" : flag, simulator::hint(flag, kFlags));
    if (equals == argument.npos && n + 1 == arguments.size())
      return usage_error(absl::StrCat(flag, " without a value"), absl::StrCat(flag, "=VALUE"));
    const absl::string_view value = equals != argument.npos ? argument.substr(equals + 1) : arguments[++n];
    if (absl::Status status = set(flag, value, &options); !status.ok()) return status;
  }
  return options;
}

SwarmResultText swarm_command(const SwarmOptions& options, const std::string& version, bool (*stopped)()) {
  const SwarmResult result = run_swarm(options, stopped);
  SwarmResultText text;
  absl::StrAppendFormat(&text.out, "%d seeds from %d on: %d violate an invariant\n", result.nr_seeds,
                        options.first_seed, result.failures.size());
  absl::StrAppendFormat(&text.out, "a seed takes %.2f ms in the median, p99 %.2f ms, at most %.2f ms\n",
                        result.seed_ms_p50, result.seed_ms_p99, result.seed_ms_max);
  std::string never;
  for (size_t i = 0; i < kMarks; ++i)
    if (result.marks.counts[i] == 0) absl::StrAppend(&never, " ", kMarkNames[i]);
  absl::StrAppendFormat(&text.out, "%d marks, never reached:%s\n", kMarks, never.empty() ? " none" : never);
  for (size_t i = 0; options.nr_seeds > 1 && i < kMarks; ++i)
    absl::StrAppendFormat(&text.out, "%-26s %10d%s", kMarkNames[i], result.marks.counts[i],
                          i % 3 == 2 || i + 1 == kMarks ? "\n" : "   ");
  for (size_t i = 0; i < result.failures.size() && i < kFailuresShown; ++i)
    absl::StrAppend(&text.out, "\n", report_failure(result.failures[i], options, version));
  for (size_t i = kFailuresShown; i < result.failures.size(); ++i)
    absl::StrAppend(&text.out, "\nseed ", result.failures[i].seed, ": ", result.failures[i].violation);
  if (!result.failures.empty()) {
    text.complaint = absl::StrCat(result.failures.size(), " seeds violate an invariant, the first is ",
                                  result.failures[0].seed, ": ", result.failures[0].violation);
    text.exit_status = kViolated;
  } else if (stopped()) {
    text.complaint = "interrupted: the output is partial";
    text.exit_status = kInterrupted;
  }
  return text;
}

}  // namespace memmap::swarm
