// SPDX-License-Identifier: GPL-2.0-only OR MIT
// memmap-sim: reads the command line, runs, writes the report, says how it went by its exit status.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "memmap/version.h"
#include "simulator/command/calibration.h"
#include "simulator/command/virtual_command.h"
#include "simulator/doctor/doctor.h"
#include "simulator/options/help.h"
#include "simulator/options/options.h"
#include "simulator/options/standard_files.h"
#include "simulator/report/report.h"
#include "simulator/run.h"
#include "simulator/swarm/swarm_command.h"

namespace {

using namespace memmap::simulator;

enum ExitCode : int { kOk = 0, kUsage = 1, kBadInput = 2, kViolated = 3 };  // verbs have codes of their own too
constexpr const char* kVersion = "memmap-sim " MEMMAP_VERSION;

int complain(const std::string& what, ExitCode code) {
  std::cerr << "memmap-sim: " << what << "\n";
  return code;
}

int refuse(const absl::Status& status, const std::string& verb) {
  complain(std::string(status.message()), kUsage);
  std::cerr << "memmap-sim" << (verb.empty() ? "" : " ") << verb << " --help says more\n";
  return kUsage;
}

std::string text_of(const absl::Status& status) { return std::string(status.message()); }

// Where the report goes: the file is opened before the work, so that a wrong name is said at once. What it has goes
// only when there is a report: it may be what the report is about.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path) {
    if (!path_.empty()) file_.open(path_, std::ios::app);
  }
  bool usable() const { return path_.empty() || file_.is_open(); }
  int refuse() const {
    return complain(absl::StrCat(path_, ": cannot be written, expected a file that can"), kBadInput);
  }
  bool write(const std::string& text) {
    std::error_code has_no_size;  // a pipe, a terminal
    if (!path_.empty()) std::filesystem::resize_file(path_, 0, has_no_size);
    std::ostream& out = path_.empty() ? std::cout : file_;
    return bool(out << text << std::flush);
  }

 private:
  const std::string path_;
  std::ofstream file_;
};

int diagnose_and_report(const Options& options) {
  Output out(options.output);
  if (!out.usable()) return out.refuse();
  const absl::StatusOr<Diagnosis> diagnosis = diagnose(options);
  if (!diagnosis.ok()) return complain(text_of(diagnosis.status()), kBadInput);
  if (!out.write(format_diagnosis(*diagnosis, options.format)))
    return complain("the report could not be written", kBadInput);
  return kOk;
}

int run_and_report(const Options& options, const std::string& command) {
  Output out(options.output);
  if (!out.usable()) return out.refuse();
  const absl::StatusOr<Report> report = run(options, command);
  if (!report.ok()) return complain(text_of(report.status()), kBadInput);
  if (!out.write(format_report(*report, options.format))) return complain("the report could not be written", kBadInput);
  if (report->violations.total() == 0) return kOk;
  return complain(
      absl::StrCat(report->violations.total(), " violations: ", absl::StrJoin(report->violations.places, "; ")),
      kViolated);
}

int calibrate_and_report(const Options& options, const std::string& command) {
  Output out(options.output);
  if (!out.usable()) return out.refuse();
  const absl::StatusOr<Machine> machine = load_machine(0);
  if (!machine.ok()) return complain(text_of(machine.status()), kBadInput);
  const absl::StatusOr<VitalSigns> signs = examine(*machine);
  if (!signs.ok()) return complain(text_of(signs.status()), kBadInput);
  const absl::StatusOr<Report> report = run(options, command);
  if (!report.ok()) return complain(text_of(report.status()), kBadInput);
  const auto calibration = calibrate(*report, machine->cpus_of_nodes(), signs->wake_ns_p50);
  if (!calibration.ok()) return complain(text_of(calibration.status()), kBadInput);
  if (!Output("").write(format_calibration(*calibration) + "\n"))
    return complain("the report could not be written", kBadInput);
  if (!out.write(machine_file(*calibration))) return complain("the scenario could not be written", kBadInput);
  return report->violations.total() == 0 ? kOk : kViolated;
}

int run_in_virtual_time(std::span<const char* const> arguments, const std::string& command) {
  const absl::StatusOr<VirtualOptions> options = parse_virtual_options(arguments);
  if (!options.ok()) return refuse(options.status(), arguments[0]);
  Output out(options->output);
  if (!out.usable()) return out.refuse();
  Output trace(options->trace);
  if (!trace.usable()) return trace.refuse();
  Output page(options->html);
  if (!page.usable()) return page.refuse();
  std::signal(SIGINT, [](int) { memmap::virtual_time::interrupt_runs(); });
  const VirtualResult result = run_virtual(*options, command);
  if (!out.write(result.out)) return complain("the report could not be written", kBadInput);
  if (!options->trace.empty() && !trace.write(result.trace))
    return complain("the trace could not be written", kBadInput);
  if (!options->html.empty() && !page.write(result.page)) return complain("the page could not be written", kBadInput);
  return result.complaint.empty() ? result.exit_status : complain(result.complaint, ExitCode(result.exit_status));
}

int run_swarm_and_report(std::span<const char* const> arguments) {
  const auto options = memmap::swarm::parse_swarm_options(arguments);
  if (!options.ok()) return refuse(options.status(), "swarm");
  std::signal(SIGINT, [](int) { memmap::virtual_time::interrupt_runs(); });
  const auto result = memmap::swarm::swarm_command(*options, kVersion, memmap::virtual_time::interrupted);
  const bool written = Output("").write(result.out);
  if (result.exit_status != kOk) return complain(result.complaint, ExitCode(result.exit_status));
  return written ? kOk : complain("the report could not be written", kBadInput);
}

// Where memory or threads run out. What they were for is in the middle of its work, so nothing is unwound.
[[noreturn]] void give_up() {
  try {
    if (std::current_exception()) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    std::_Exit(complain("found too little memory, expected more, or a smaller --memory", kBadInput));
  } catch (const std::system_error& error) {
    std::_Exit(complain(absl::StrCat(error.what(), ", expected another thread, or file"), kBadInput));
  } catch (...) {
  }
  std::abort();
}

bool is_verb(absl::string_view name) {
  const auto named = [name](const VerbHelp& verb) { return verb.name == name; };
  return std::any_of(verb_helps().begin(), verb_helps().end(), named);
}

int say_help(std::span<const char* const> arguments) {
  const absl::StatusOr<std::string> text = help(arguments);
  if (!text.ok()) return refuse(text.status(), "");
  return Output("").write(*text) ? kOk : complain("the help could not be written", kBadInput);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_files();
  std::set_terminate(give_up);
  const std::span<const char* const> arguments(argv + 1, argv + argc);
  const std::string command = absl::StrCat("memmap-sim ", absl::StrJoin(arguments, " "));
  if (wants_help(arguments)) return say_help(arguments);
  if (is_virtual_verb(arguments[0])) return run_in_virtual_time(arguments, command);
  if (arguments[0] == absl::string_view("swarm")) return run_swarm_and_report(arguments.subspan(1));
  const absl::StatusOr<Options> options = parse_options(arguments);
  if (!options.ok()) return refuse(options.status(), is_verb(arguments[0]) ? arguments[0] : "");
  switch (options->action) {
    case Options::Action::help:
      return say_help(arguments);
    case Options::Action::version:
      return Output("").write(absl::StrCat(kVersion, "\n")) ? kOk
                                                            : complain("the version could not be written", kBadInput);
    case Options::Action::doctor:
      return diagnose_and_report(*options);
    case Options::Action::calibrate:
      return calibrate_and_report(*options, command);
    case Options::Action::run:
      return run_and_report(*options, command);
  }
}
