// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "absl/strings/str_cat.h"
#include "simulator/options/nearest.h"

namespace memmap::simulator {
namespace {

absl::Status usage_error(absl::string_view found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("found ", found, ", expected ", expected));
}

template <typename Number>
absl::Status parse_number(absl::string_view flag, absl::string_view text, uint64_t low, uint64_t high, Number* number) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return usage_error(absl::StrCat(flag, "=", text), absl::StrCat("a number from ", low, " to ", high));
  }
  *number = Number(value);
  return absl::OkStatus();
}

template <typename Value, size_t kNames>
absl::Status parse_name(absl::string_view flag, absl::string_view text,
                        const std::array<absl::string_view, kNames>& names, Value* value) {
  for (size_t n = 0; n < kNames; ++n) {
    if (text != names[n]) continue;
    *value = Value(n);
    return absl::OkStatus();
  }
  return usage_error(absl::StrCat(flag, "=", text), absl::StrCat("\"", nearest(text, names), "\"?"));
}

constexpr std::array<absl::string_view, 4> kFormats = {"table", "json", "csv", "dmesg"};            // as Format
constexpr std::array<absl::string_view, 5> kPlants = {"none", "flip", "skip", "twice", "outside"};  // as Plant
constexpr std::array<absl::string_view, 13> kRunFlags = {"--memory", "--nodes",  "--workers", "--pairs",      "--seed",
                                                         "--iomem",  "--format", "--output",  "--memory-map", "--plant",
                                                         "--quiet",  "--dmesg",  "--trace"};
constexpr std::array<absl::string_view, 5> kCalibrateFlags = {"--memory", "--pairs", "--workers", "--output",
                                                              "--quiet"};
constexpr std::array<absl::string_view, 3> kDoctorFlags = {"--topology", "--format", "--output"};
constexpr std::array<absl::string_view, 10> kVerbs = {"run",   "doctor",   "calibrate", "compare", "explain",
                                                      "swarm", "validate", "scenarios", "help",    "--version"};

std::span<const absl::string_view> flags_of(Options::Action action) {
  if (action == Options::Action::doctor) return kDoctorFlags;
  if (action == Options::Action::calibrate) return kCalibrateFlags;
  return kRunFlags;
}

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

absl::Status set_memory(absl::string_view text, Options* options) {
  const absl::StatusOr<uint64_t> bytes = parse_bytes(text);
  if (bytes.ok()) options->memory_bytes = *bytes;
  return bytes.status();
}

absl::Status set_path(absl::string_view flag, absl::string_view text, std::string* path) {
  if (text.empty()) return usage_error(absl::StrCat(flag, "="), "the name of a file");
  *path = std::string(text);
  return absl::OkStatus();
}

absl::Status set(absl::string_view flag, absl::string_view text, Options* options) {
  if (flag == "--memory") return set_memory(text, options);
  if (flag == "--nodes") return parse_number(flag, text, 1, 1024, &options->nr_nodes);
  if (flag == "--workers") return parse_number(flag, text, 1, 65535, &options->nr_workers);
  if (flag == "--pairs") return parse_number(flag, text, 1, 100'000, &options->nr_pairs);
  if (flag == "--seed") return parse_number(flag, text, 0, kNoLimit, &options->seed);
  if (flag == "--format") return parse_name(flag, text, kFormats, &options->format);
  if (flag == "--plant") return parse_name(flag, text, kPlants, &options->plant);
  if (flag == "--output") return set_path(flag, text, &options->output);
  if (flag == "--memory-map" || flag == "--iomem") return set_path(flag, text, &options->memory_map);
  if (flag == "--trace") return set_path(flag, text, &options->trace);
  if (flag == "--topology") return set_path(flag, text, &options->topology);
  return usage_error(absl::StrCat(flag, "=", text), flag);  // one that takes no value
}

// Both --flag=value and --flag value.
absl::Status parse_flags(std::span<const char* const> arguments, Options* options) {
  for (size_t n = 0; n < arguments.size(); ++n) {
    const absl::string_view argument = arguments[n];
    if (argument == "--quiet" && options->action != Options::Action::doctor) {
      options->quiet = true;
      continue;
    }
    if (argument == "--dmesg" && options->action == Options::Action::run) {
      options->format = Format::dmesg;
      continue;
    }
    if (argument == "--help" || argument == "-h") {
      options->action = Options::Action::help;
      return absl::OkStatus();
    }
    const size_t equals = argument.find('=');
    const absl::string_view flag = argument.substr(0, equals);
    const std::span<const absl::string_view> flags = flags_of(options->action);
    if (std::find(flags.begin(), flags.end(), flag) == flags.end()) {
      return usage_error(flag.empty() ? "an empty argument" : flag, hint(flag, flags));
    }
    if (equals == argument.npos && n + 1 == arguments.size()) {
      return usage_error(absl::StrCat(flag, " without a value"), absl::StrCat(flag, "=VALUE"));
    }
    const absl::string_view value = equals != argument.npos ? argument.substr(equals + 1) : arguments[++n];
    if (absl::Status status = set(flag, value, options); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> parse_bytes(absl::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const absl::string_view unit = text.substr(size_t(end - text.data()));
  uint32_t shift = 0;
  constexpr absl::string_view kUnits = "KMGT";
  if (!unit.empty() && kUnits.find(unit[0]) != kUnits.npos) shift = 10 * (uint32_t(kUnits.find(unit[0])) + 1);
  const bool known = unit.empty() || (shift != 0 && (unit.size() == 1 || unit.substr(1) == "iB"));
  if (error != std::errc() || !known || number == 0 || number > kNoLimit >> shift) {
    return usage_error(absl::StrCat("\"", text, "\""), "a size such as 512MiB or 4GiB");
  }
  return number << shift;
}

absl::StatusOr<Options> parse_options(std::span<const char* const> arguments) {
  Options options;
  options.action = Options::Action::help;
  if (arguments.empty()) return options;
  const absl::string_view verb = arguments[0];
  const bool asks =
      arguments.size() > 1 && (arguments[1] == absl::string_view("--help") || arguments[1] == absl::string_view("-h"));
  if (verb == "--help" || verb == "-h" || verb == "help" || asks) return options;
  options.action = Options::Action::version;
  if (verb == "--version") return options;
  options.action = Options::Action::run;
  if (verb == "doctor") options.action = Options::Action::doctor;
  if (verb == "calibrate") options.action = Options::Action::calibrate;
  if (options.action == Options::Action::run && verb != "run")
    return usage_error(absl::StrCat("\"", verb, "\""), hint(verb, kVerbs));
  if (absl::Status status = parse_flags(arguments.subspan(1), &options); !status.ok()) return status;
  if (options.action == Options::Action::doctor && options.format != Format::table && options.format != Format::json) {
    return usage_error(absl::StrCat("--format=", kFormats[size_t(options.format)]), "table or json");
  }
  return options;
}

}  // namespace memmap::simulator
