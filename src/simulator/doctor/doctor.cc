// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/doctor/doctor.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "simulator/stage/engine.h"

namespace memmap::simulator {
namespace {

constexpr double kRunningShare = 0.95;   // below this somebody else is on the CPU
constexpr double kSlowWakeNs = 100'000;  // four of them are as long as 150,000 records
constexpr double kSlowClockNs = 200;     // a clock that enters the kernel
constexpr uint64_t kFreeBytes = uint64_t{1} << 30;

std::string gib(uint64_t nr_bytes) { return absl::StrFormat("%.1f GiB", double(nr_bytes) / double(uint64_t{1} << 30)); }

std::string quota_text(const VitalSigns& signs) {
  if (!signs.quota_error.empty()) return signs.quota_error;
  if (!signs.quota) return "none";
  return absl::StrFormat("%.2f CPUs, by %s", double(signs.quota->milli) / 1000, signs.quota->file);
}

std::string signs_text(const VitalSigns& signs) {
  std::string out;
  const auto line = [&out](const char* name, const std::string& text) {
    absl::StrAppendFormat(&out, "  %-10s  %s\n", name, text);
  };
  line("quota", quota_text(signs));
  line("pinning", signs.unpinnable.empty() ? "all allowed CPUs" : "refused on CPUs " + id_list(signs.unpinnable));
  line("memory", absl::StrCat(gib(signs.free_bytes), " free; transparent huge pages: ", signs.thp,
                              "; reserved: ", signs.huge_pages_free, " free of ", signs.huge_page_bytes >> 10, " KiB"));
  line("clock", absl::StrFormat("%s, %.0f ns a look", signs.clock_source, signs.clock_ns));
  line("lenders", absl::StrCat("own threads; oneTBB ", signs.tbb_version,
                               signs.tbbbind ? " with libtbbbind" : " without libtbbbind"));
  line("stores", signs.store_limit);
  line("wake", absl::StrFormat("%.1f us p50, %.1f us p99, until the wakee runs", signs.wake_ns_p50 / 1000,
                               signs.wake_ns_p99 / 1000));
  line("CPU time", absl::StrFormat("%.1f %% of CPU %d while we wanted all of it, the least of all",
                                   100 * signs.running_share, signs.least_running_cpu));
  return out;
}

constexpr size_t kColumns = 110;

// Lines of words, indented.
std::string wrapped(const std::string& text) {
  std::string out = "     ";
  size_t column = out.size();
  for (const absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, "\n     ");
      column = 5;
    }
    absl::StrAppend(&out, " ", word);
    column += 1 + word.size();
  }
  return out + "\n";
}

std::string format_text(const Diagnosis& diagnosis) {
  std::string out = absl::StrCat("memmap-sim doctor: ", diagnosis.subject, "\n", format_view(diagnosis.view));
  if (diagnosis.signs) absl::StrAppend(&out, "\n", signs_text(*diagnosis.signs));
  absl::StrAppend(&out, "\n");
  for (const Finding& finding : diagnosis.findings)
    absl::StrAppend(&out, "slow: ", finding.what, "\n", wrapped(finding.advice));
  if (diagnosis.findings.empty()) absl::StrAppend(&out, "nothing was found that would make it slow\n");
  return out;
}

void write_signs(JsonWriter& json, const VitalSigns& signs) {
  json.begin_object("vital_signs");
  if (signs.quota) json.count("quota_milli", signs.quota->milli);
  json.text("quota", quota_text(signs));
  json.text("unpinnable_cpus", id_list(signs.unpinnable));
  json.count("free_bytes", signs.free_bytes);
  json.text("transparent_huge_pages", signs.thp);
  json.count("huge_pages_free", signs.huge_pages_free);
  json.count("huge_page_bytes", signs.huge_page_bytes);
  json.text("clock_source", signs.clock_source);
  json.number("clock_ns", signs.clock_ns);
  json.text("onetbb", signs.tbb_version);
  json.count("libtbbbind", signs.tbbbind);
  json.number("store_record_ns", signs.store_record_ns);
  json.number("wake_ns_p50", signs.wake_ns_p50);
  json.number("wake_ns_p99", signs.wake_ns_p99);
  json.number("running_share", signs.running_share);
  json.count("least_running_cpu", signs.least_running_cpu);
  json.end_object();
}

std::string format_programs(const Diagnosis& diagnosis) {
  JsonWriter json;
  json.begin_object();
  json.count("schema_version", 1);
  json.text("subject", diagnosis.subject);
  write_view(json, diagnosis.view);
  if (diagnosis.signs) write_signs(json, *diagnosis.signs);
  json.begin_array("findings");
  for (const Finding& finding : diagnosis.findings) {
    json.begin_object();
    json.text("what", finding.what);
    json.text("advice", finding.advice);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.written();
}

void find_slow_memory(const VitalSigns& signs, std::vector<Finding>& found) {
  if (signs.thp == "never") {
    found.push_back({"transparent huge pages: never",
                     "first stores to fresh records fault every 4 KiB; in /sys/kernel/mm/transparent_hugepage/enabled "
                     "madvise is enough"});
  }
  if (signs.free_bytes < kFreeBytes) {
    found.push_back({gib(signs.free_bytes) + " of memory free", "records will be few, or reclaim will be timed"});
  }
}

void find_slow_time(const VitalSigns& signs, std::vector<Finding>& found) {
  if (signs.running_share < kRunningShare) {
    found.push_back({absl::StrFormat("CPU %d was ours for only %.1f %% of the time", signs.least_running_cpu,
                                     100 * signs.running_share),
                     "somebody else runs there, a quota stopped us, or the hypervisor took it: workers pinned to it "
                     "finish late; rest them, or measure when it is quiet"});
  }
  if (signs.wake_ns_p50 > kSlowWakeNs) {
    found.push_back({absl::StrFormat("a wake takes %.0f us", signs.wake_ns_p50 / 1000),
                     "deep idle states, or a busy machine: set memmap_pool_config.wake_ns, so that small requests are "
                     "done by who submits them"});
  }
  if (signs.clock_ns > kSlowClockNs) {
    found.push_back({absl::StrFormat("the clock (%s) takes %.0f ns a look", signs.clock_source, signs.clock_ns),
                     "waits and traces look at it; a grain does not. tsc or kvm-clock are read without the kernel"});
  }
}

}  // namespace

std::vector<Finding> find_slow(const MachineView& view) {
  std::vector<Finding> found;
  if (view.distances == MachineView::Distances::not_told && view.nodes.size() > 1) {
    found.push_back({"distances between nodes are not told", "thieves take all other nodes for equally far"});
  }
  if (view.nr_allowed == 1) {
    found.push_back({"one CPU", "workers and callers take turns: nothing is parallel, and a wake costs a switch"});
  } else if (view.nr_allowed < view.nr_cpus) {
    found.push_back({absl::StrCat(view.nr_cpus - view.nr_allowed, " of ", view.nr_cpus, " CPUs are not allowed",
                                  " (cpuset or affinity mask)"),
                     "no worker is started there; memory of their nodes is written from others"});
  }
  const auto orphans = std::count_if(view.nodes.begin(), view.nodes.end(),
                                     [](const auto& node) { return node.why != host::Initiator::own; });
  if (orphans != 0) {
    found.push_back({absl::StrCat(orphans, " of ", view.nodes.size(), " nodes have no worker of their own"),
                     "their memory is written over a link, by the groups that the table names"});
  }
  return found;
}

std::vector<Finding> find_slow(const MachineView& view, const VitalSigns& signs) {
  std::vector<Finding> found = find_slow(view);
  if (signs.quota && signs.quota->milli < 1000 * uint64_t{view.nr_allowed}) {
    found.push_back({absl::StrFormat("a CPU quota of %.2f for %d CPUs (%s)", double(signs.quota->milli) / 1000,
                                     view.nr_allowed, signs.quota->file),
                     "that many workers are started, rounded up; a used-up quota stops all of them for the rest of its "
                     "period, also with units claimed"});
  }
  if (!signs.unpinnable.empty()) {
    found.push_back({absl::StrCat("threads cannot be pinned to CPUs ", id_list(signs.unpinnable)),
                     "workers run where the scheduler puts them: a cold start takes about twice as long"});
  }
  if (!signs.tbbbind) {
    found.push_back({"libtbbbind is missing", "oneTBB sees one node only; install libtbbbind-2-5 before lending it"});
  }
  find_slow_memory(signs, found);
  find_slow_time(signs, found);
  return found;
}

absl::StatusOr<Diagnosis> diagnose(const Options& options) {
  Diagnosis diagnosis;
  if (!options.topology.empty()) {
    const auto topology = host::load_xml(options.topology);
    if (!topology.ok()) return topology.status();
    auto view = view_machine(*topology, host::kAllCpus);
    if (!view.ok()) return view.status();
    diagnosis.subject = options.topology;
    diagnosis.view = *std::move(view);
    diagnosis.findings = find_slow(diagnosis.view);
    return diagnosis;
  }
  const auto machine = load_machine(0);
  if (!machine.ok()) return machine.status();
  auto view = view_machine(machine->topology, default_workers(*machine));
  if (!view.ok()) return view.status();
  auto signs = examine(*machine);
  if (!signs.ok()) return signs.status();
  diagnosis.subject = machine->describe();
  diagnosis.view = *std::move(view);
  diagnosis.signs = *std::move(signs);
  diagnosis.findings = find_slow(diagnosis.view, *diagnosis.signs);
  return diagnosis;
}

std::string format_diagnosis(const Diagnosis& diagnosis, Format format) {
  return format == Format::json ? format_programs(diagnosis) : format_text(diagnosis);
}

}  // namespace memmap::simulator
