// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "absl/strings/str_cat.h"
#include "simulator/nearest.h"

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
                                                      "swarm", "validate", "scenarios", "--help",  "--version"};

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
      return usage_error(flag.empty() ? "an empty argument" : flag, absl::StrCat(nearest(flag, flags), "?"));
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
    return usage_error(absl::StrCat("\"", verb, "\""), absl::StrCat(nearest(verb, kVerbs), "?"));
  if (absl::Status status = parse_flags(arguments.subspan(1), &options); !status.ok()) return status;
  if (options.action == Options::Action::doctor && options.format != Format::table && options.format != Format::json) {
    return usage_error(absl::StrCat("--format=", kFormats[size_t(options.format)]), "table or json");
  }
  return options;
}

absl::string_view usage() {
  return R"(memmap-sim: initialises memory maps on this machine's memory, three ways, and verifies every record.

  memmap-sim run [FLAG...]
  memmap-sim doctor [--topology=FILE] [--format=table|json] [--output=FILE]
  memmap-sim calibrate [--memory=SIZE] [--pairs=N] [--workers=N] [--output=FILE] [--quiet]
  memmap-sim compare SCENARIO [FLAG...]    in virtual time, on a machine that need not exist: all policies side by side
  memmap-sim explain SCENARIO [FLAG...]    the same, in words: where the time went
  memmap-sim validate [--format=FORMAT]    virtual runs against published timings
  memmap-sim swarm [--seeds=N]             this engine on machines, maps and faults from seeds, checked from outside
  memmap-sim scenarios [NAME]              the ready scenarios, or the text of one, to be changed

A boot, then a big and a small device that are bound while the other is, then first faults in the big one: as Linux
does it, by this engine with one sync for all, by this engine with a domain for each event.

  --memory=SIZE     records take at most this, such as 512MiB; default: half of free RAM, or less where the system is
                    slow to hand memory out (it says so)
  --memory-map=PATH the memory of any machine, cut to that size: its kernel's log (dmesg), a map like /proc/iomem, or a
                    folder like /sys/firmware/memmap; default: this machine's /proc/iomem (--iomem=PATH: the same)
  --nodes=N         pretend N NUMA nodes; default: those of the memory map where it names them, else this machine's
  --workers=N       default: one for each CPU that this process may use
  --pairs=N         samples of each figure, ours and theirs in turn; default: 7
  --seed=N          of everything that is drawn; default: 2018
  --format=FORMAT   table (default), json, csv, dmesg
  --dmesg           the same as --format=dmesg: the lines that Linux 6.1 logs at such a boot and such binds, with this
                    run's numbers, to be compared with real logs
  --output=FILE     default: the standard output
  --trace=FILE      also records one run for ui.perfetto.dev: who did what when
  --quiet           no progress on the standard error
  --plant=FAULT     self-test: makes one fault (flip, skip, twice, outside), which the checks must find
  --help --version

doctor says how the engine sees this machine, or the one that `lstopo FILE` recorded: nodes, who works on which memory,
who steals from whom, limits, and on this machine what would make it slow, measured in a few seconds.

calibrate measures this machine, says how well a virtual run predicts the real one, and writes a scenario of it.

compare and explain take a ready scenario or a TOML file (docs/simulator.md), and:

  --policy=A,B      only these: serial, thread_per_node, zone_device, padata, padata_zone, series_2018, template_2026,
                    own_shared, own
  --seed=N          instead of the scenario's
  --sweep=AXIS:A..B draws curves over size (3TiB..24TiB), cpus (2..56) or bandwidth (5GB/s..50GB/s); --steps=N of them
  --budget=X        this engine may take X times the bound, else exit status 4
  --format=FORMAT   table (default), json, csv
  --output=FILE --trace=FILE   the trace: this engine's run, for ui.perfetto.dev
  --html=FILE       draws it: a page that needs nothing but a browser

swarm takes --seeds=N (2000), --first-seed=N, --seed=N for one alone, and as a self-test --plant=FAULT (lost_wake,
skipped_page, twice). A seed that fails is told with its case, made smaller.

Exit status: 0 all is well; 1 the command line is wrong; 2 an input is bad, or this machine cannot run it;
3 an invariant was violated; 4 a budget was missed; 130 interrupted, with the output so far.
)";
}

}  // namespace memmap::simulator
