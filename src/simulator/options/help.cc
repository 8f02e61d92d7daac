// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/help.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/options/nearest.h"

namespace memmap::simulator {
namespace {

constexpr absl::string_view kRun = R"(
A boot, then a big and a small device that are bound while the other is, then first faults in the big one: as Linux
does it, by this engine with one sync for all, by this engine with a domain for each event.

  --memory=SIZE     records take at most this, such as 512MiB; default: a quarter of free RAM, or less where the system
                    is slow to hand memory out (it says so)
  --memory-map=PATH the memory of any machine, cut to that size: its kernel's log (dmesg), a map like /proc/iomem, or a
                    folder like /sys/firmware/memmap; default: this machine's /proc/iomem (--iomem=PATH: the same)
  --nodes=N         pretend N NUMA nodes; default: those of the memory map where it names them, else this machine's
  --workers=N       default, and at most: one for each CPU that this process may use
  --pairs=N         samples of each figure, ours and theirs in turn; default: 7
  --seed=N          of everything that is drawn; default: 2018
  --format=FORMAT   table (default), json, csv, dmesg
  --dmesg           the same as --format=dmesg: the lines that Linux 6.1 logs at such a boot and such binds, with this
                    run's numbers, to be compared with real logs
  --output=FILE     default: the standard output
  --trace=FILE      also records one run for ui.perfetto.dev: who did what when
  --quiet           no progress on the standard error
  --plant=FAULT     self-test: makes one fault (flip, skip, twice, outside), which the checks must find
)";

constexpr absl::string_view kDoctor = R"(
How the engine sees this machine, or the one that `lstopo FILE.xml` recorded: nodes, who works on which memory, who
steals from whom, limits, and on this machine what would make it slow, measured in a few seconds.

  --topology=FILE   an hwloc XML file; default: this machine
  --format=FORMAT   table (default), json
  --output=FILE     default: the standard output
)";

constexpr absl::string_view kCalibrate = R"(
Runs the main job, takes what one thread takes, the store limit, a wake and a first fault where nobody else is at work
into a model of this machine, and says how well a virtual run predicts the rest.

  --memory=SIZE --workers=N --pairs=N   as of `run`
  --output=FILE     where the scenario goes; default: the standard output, behind the table
  --quiet           no progress on the standard error
)";

constexpr absl::string_view kCompare = R"(
SCENARIO is a ready one (`memmap-sim scenarios`) or a TOML file.

  --policy=A,B      only these: serial, thread_per_node, zone_device, padata, padata_zone, series_2018, template_2026,
                    own_shared, own
  --seed=N          instead of the scenario's
  --sweep=AXIS:A..B draws curves over size (3TiB..24TiB), cpus (2..56) or bandwidth (5GB/s..50GB/s)
  --steps=N         of a sweep; default: 8
  --budget=X        this engine may take X times the bound, else exit status 4
  --format=FORMAT   table (default), json, csv
  --output=FILE     default: the standard output
  --html=FILE       draws it: a page that needs nothing but a browser
  --trace=FILE      this engine's run, for ui.perfetto.dev
  --plant=FAULT     self-test: skipped_page, by this engine's writer, which must be found
)";

constexpr absl::string_view kExplain = R"(
SCENARIO is a ready one (`memmap-sim scenarios`) or a TOML file.

  --policy=A,B      only these, as of `compare`
  --seed=N          instead of the scenario's
  --output=FILE     default: the standard output
  --trace=FILE      this engine's run, for ui.perfetto.dev
  --plant=FAULT     self-test: skipped_page, by this engine's writer, which must be found
)";

constexpr absl::string_view kValidate = R"(
The constants of the model stand in its source, with their sources; rows that gave a constant are called calibration.

  --format=FORMAT   table (default), json, csv
  --output=FILE     default: the standard output
)";

constexpr absl::string_view kScenarios = R"(
Without NAME a line each: its name and what it is about.

  --output=FILE     default: the standard output
)";

constexpr absl::string_view kSwarm = R"(
A seed draws machine, map, jobs, callers, faults and order; checkers that know the API hold what they see against its
promises. A seed that fails is told with its case, made smaller.

  --seeds=N         how many; default: 2000
  --first-seed=N    default: 1
  --seed=N          this one alone
  --plant=FAULT     self-test: lost_wake, skipped_page or twice, which the checkers must find
)";

constexpr std::array<VerbHelp, 8> kVerbHelps = {{
    {"run", "[FLAG...]", "a boot and two binds on this machine's memory, three ways, every record verified", kRun,
     "memmap-sim run                                          # a quarter of free RAM, half a minute\n"
     "memmap-sim run --memory=512MiB --format=json --output=run.json\n"
     "memmap-sim run --memory-map=server.log --memory=1GiB    # another machine's memory, from its log\n"
     "memmap-sim run --memory=64MiB --pairs=1 --plant=flip    # how it looks when a record is wrong\n"},
    {"doctor", "[FLAG...]", "how the engine sees this machine, and what would make it slow", kDoctor,
     "memmap-sim doctor\n"
     "memmap-sim doctor --topology=server.xml     # a machine that lstopo recorded elsewhere\n"
     "memmap-sim doctor --format=json | jq .findings\n"},
    {"calibrate", "[FLAG...]", "measures this machine, and writes a scenario of it", kCalibrate,
     "memmap-sim calibrate --output=this.toml     # then: memmap-sim compare this.toml\n"},
    {"compare", "SCENARIO [FLAG...]",
     "in virtual time, on a machine that need not exist: all policies side by side, with the bound", kCompare,
     "memmap-sim compare 2018\n"
     "memmap-sim compare 2018 --policy=padata,own --html=2018.html\n"
     "memmap-sim compare 2018 --sweep=size:3TiB..24TiB --format=csv --output=sizes.csv\n"
     "memmap-sim compare server.toml --policy=own --budget=1.1    # exit status 4: missed\n"},
    {"explain", "SCENARIO [FLAG...]", "the same, in words: where the time went", kExplain,
     "memmap-sim explain 2018 --policy=series_2018,own\n"},
    {"validate", "[FLAG...]", "virtual runs against published timings", kValidate, "memmap-sim validate\n"},
    {"swarm", "[FLAG...]", "this engine on machines, maps and faults from seeds, checked from outside", kSwarm,
     "memmap-sim swarm --seeds=100000\n"
     "memmap-sim swarm --seed=257                 # one again: the same run, byte for byte\n"
     "memmap-sim swarm --plant=lost_wake\n"},
    {"scenarios", "[NAME] [FLAG...]", "the ready scenarios, or the text of one, to be changed", kScenarios,
     "memmap-sim scenarios\n"
     "memmap-sim scenarios 2018 >server.toml      # then: memmap-sim compare server.toml\n"},
}};

constexpr absl::string_view kManners = R"(
--flag=value and --flag value are the same. What was asked for goes to the standard output or to --output; complaints,
and where it is a terminal one line of progress, to the standard error. There are no colours. JSON has a schema_version
and a schema in docs/schema.
)";

constexpr absl::string_view kExitStatus = R"(
Exit status: 0 all is well; 1 the command line is wrong; 2 an input is bad, or this machine cannot run it;
3 an invariant was violated; 4 a budget was missed; 130 interrupted, with the output so far.
)";

std::string overview() {
  std::string text =
      "memmap-sim: initialises memory maps, on this machine's memory or in virtual time, and verifies every "
      "record.\n\n";
  for (const VerbHelp& verb : kVerbHelps)
    absl::StrAppendFormat(&text, "  memmap-sim %-10s %s\n", verb.name, verb.purpose);
  return absl::StrCat(text,
                      "  memmap-sim help VERB  its flags and examples, as VERB --help; `help all`: those of all\n",
                      "  memmap-sim --version\n", kManners);
}

std::string text_of(const VerbHelp& verb) {
  std::string text = absl::StrCat("memmap-sim ", verb.name, ": ", verb.purpose, ".\n\n  memmap-sim ", verb.name, " ",
                                  verb.arguments, "\n", verb.text, "\nExamples:\n\n");
  for (size_t at = 0; at < verb.examples.size();) {
    const size_t end = verb.examples.find('\n', at) + 1;
    absl::StrAppend(&text, "  ", verb.examples.substr(at, end - at));
    at = end;
  }
  return text;
}

bool asks(absl::string_view argument) { return argument == "--help" || argument == "-h"; }

}  // namespace

std::span<const VerbHelp> verb_helps() { return kVerbHelps; }

bool wants_help(std::span<const char* const> arguments) {
  return arguments.empty() || arguments[0] == absl::string_view("help") ||
         std::any_of(arguments.begin(), arguments.end(), asks);
}

absl::StatusOr<std::string> help(std::span<const char* const> arguments) {
  const auto is_verb = [](absl::string_view argument) { return argument != "help" && !asks(argument); };
  const auto named = std::find_if(arguments.begin(), arguments.end(), is_verb);
  if (named == arguments.end()) return overview() + std::string(kExitStatus);
  const absl::string_view name = *named;
  std::vector<absl::string_view> names;
  std::string all;
  for (const VerbHelp& verb : kVerbHelps) {
    if (verb.name == name) return text_of(verb) + std::string(kExitStatus);
    names.push_back(verb.name);
    all += "\n" + text_of(verb);
  }
  if (name == "all") return overview() + all + std::string(kExitStatus);
  names.push_back("all");
  return absl::InvalidArgumentError(absl::StrCat("found \"", name, "\", expected ", hint(name, names)));
}

}  // namespace memmap::simulator
