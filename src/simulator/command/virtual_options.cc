// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/command/virtual_options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "simulator/options/nearest.h"

namespace memmap::simulator {
namespace {

using virtual_time::Policy;

constexpr std::array<absl::string_view, 4> kVerbs = {"compare", "explain", "validate", "scenarios"};  // as Verb
constexpr std::array<absl::string_view, 10> kCompareFlags = {"--policy", "--seed",   "--sweep", "--steps", "--budget",
                                                             "--format", "--output", "--trace", "--html",  "--plant"};
constexpr std::array<absl::string_view, 5> kExplainFlags = {"--policy", "--seed", "--output", "--trace", "--plant"};
constexpr std::array<absl::string_view, 2> kValidateFlags = {"--format", "--output"};
constexpr std::array<absl::string_view, 1> kScenariosFlags = {"--output"};
constexpr absl::string_view kPlant = "skipped_page";
constexpr std::array<absl::string_view, 3> kFormats = {"table", "json", "csv"};  // as Format

absl::Status usage_error(absl::string_view found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("found ", found, ", expected ", expected));
}

std::span<const absl::string_view> flags_of(VirtualOptions::Verb verb) {
  switch (verb) {
    case VirtualOptions::Verb::compare:
      return kCompareFlags;
    case VirtualOptions::Verb::explain:
      return kExplainFlags;
    case VirtualOptions::Verb::validate:
      return kValidateFlags;
    case VirtualOptions::Verb::scenarios:
      break;
  }
  return kScenariosFlags;
}

absl::Status set_policies(absl::string_view text, std::vector<Policy>* policies) {
  std::vector<absl::string_view> keys;
  for (const Policy policy : virtual_time::all_policies()) keys.push_back(virtual_time::name_of(policy).key);
  policies->clear();
  for (const absl::string_view name : absl::StrSplit(text, ',')) {
    const auto found = std::find(keys.begin(), keys.end(), name);
    if (found == keys.end())
      return usage_error(absl::StrCat("--policy=", name), absl::StrCat(nearest(name, keys), "?"));
    policies->push_back(Policy(found - keys.begin()));
  }
  return absl::OkStatus();
}

template <typename Number>
absl::Status set_number(absl::string_view flag, absl::string_view text, Number low, Number high, Number* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error == std::errc() && end == text.data() + text.size() && *number >= low && *number <= high)
    return absl::OkStatus();
  return usage_error(absl::StrCat(flag, "=", text), absl::StrCat("a number from ", low, " to ", high));
}

absl::Status set_format(absl::string_view text, Format* format) {
  const auto found = std::find(kFormats.begin(), kFormats.end(), text);
  if (found == kFormats.end())
    return usage_error(absl::StrCat("--format=", text), absl::StrCat(nearest(text, kFormats), "?"));
  *format = Format(found - kFormats.begin());
  return absl::OkStatus();
}

// What some flags come to only together.
struct Steps {
  uint32_t steps = 8;
};

absl::Status set(absl::string_view flag, absl::string_view text, VirtualOptions* options, Steps* steps) {
  if (text.empty()) return usage_error(absl::StrCat(flag, "="), absl::StrCat(flag, "=VALUE"));
  if (flag == "--policy") return set_policies(text, &options->policies);
  if (flag == "--format") return set_format(text, &options->format);
  if (flag == "--steps") return set_number<uint32_t>(flag, text, 1, 1000, &steps->steps);
  if (flag == "--budget") return set_number<double>(flag, text, 1, 1e6, &options->budget);
  if (flag == "--output") return options->output = std::string(text), absl::OkStatus();
  if (flag == "--trace") return options->trace = std::string(text), absl::OkStatus();
  if (flag == "--html") return options->html = std::string(text), absl::OkStatus();
  if (flag == "--plant") {
    options->skips_page = text == kPlant;
    return options->skips_page ? absl::OkStatus() : usage_error(absl::StrCat("--plant=", text), kPlant);
  }
  if (flag == "--sweep") {
    const auto sweep = virtual_time::parse_sweep(text);
    if (sweep.ok()) options->sweep = *sweep;
    return sweep.status();
  }
  uint64_t seed = 0;
  absl::Status status = set_number<uint64_t>(flag, text, 0, UINT64_MAX, &seed);
  options->seed = seed;
  return status;
}

absl::Status check_together(VirtualOptions* options, const Steps& steps) {
  const bool needs_scenario = options->verb <= VirtualOptions::Verb::explain;
  if (needs_scenario && options->scenario.empty()) {
    return usage_error(absl::StrCat(kVerbs[size_t(options->verb)], " without a scenario"),
                       "one of `memmap-sim scenarios`, or a TOML file");
  }
  const auto has = [options](Policy policy) {
    return std::find(options->policies.begin(), options->policies.end(), policy) != options->policies.end();
  };
  if (options->budget != 0 && !has(Policy::own)) return usage_error("--budget without own", "own among --policy");
  if (options->skips_page && !has(Policy::own) && !has(Policy::own_shared))
    return usage_error("--plant without own", "own or own_shared among --policy");
  if (options->sweep && !options->trace.empty()) return usage_error("--trace with --sweep", "one of the two");
  if (options->sweep) options->sweep->steps = steps.steps;
  return absl::OkStatus();
}

}  // namespace

std::span<const absl::string_view> virtual_verbs() { return kVerbs; }

bool is_virtual_verb(absl::string_view verb) { return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end(); }

absl::StatusOr<VirtualOptions> parse_virtual_options(std::span<const char* const> arguments) {
  VirtualOptions options;
  Steps steps;
  options.verb = VirtualOptions::Verb(std::find(kVerbs.begin(), kVerbs.end(), arguments[0]) - kVerbs.begin());
  const std::span<const Policy> all = virtual_time::all_policies();
  options.policies.assign(all.begin(), all.end());
  for (size_t n = 1; n < arguments.size(); ++n) {
    const absl::string_view argument = arguments[n];
    if (argument.empty() || argument[0] != '-') {
      if (!options.scenario.empty() || options.verb == VirtualOptions::Verb::validate)
        return usage_error(absl::StrCat("\"", argument, "\""), "flags only");
      options.scenario = std::string(argument);
      continue;
    }
    const size_t equals = argument.find('=');
    const absl::string_view flag = argument.substr(0, equals);
    const std::span<const absl::string_view> flags = flags_of(options.verb);
    if (std::find(flags.begin(), flags.end(), flag) == flags.end()) return usage_error(flag, hint(flag, flags));
    if (equals == argument.npos && n + 1 == arguments.size())
      return usage_error(absl::StrCat(flag, " without a value"), absl::StrCat(flag, "=VALUE"));
    const absl::string_view value = equals != argument.npos ? argument.substr(equals + 1) : arguments[++n];
    if (absl::Status status = set(flag, value, &options, &steps); !status.ok()) return status;
  }
  if (absl::Status status = check_together(&options, steps); !status.ok()) return status;
  return options;
}

}  // namespace memmap::simulator
