// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "catalogue.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace memmap::bench {
namespace {

using Names = std::vector<std::string>;

Names with(const std::string& prefix, const Names& names) {
  Names keys;
  for (const std::string& name : names) keys.push_back(prefix + name);
  return keys;
}

Names joined(std::initializer_list<Names> lists) {
  Names all;
  for (const Names& names : lists) all.insert(all.end(), names.begin(), names.end());
  return all;
}

Names of_sizes(const Names& names) {
  Names keys;
  for (const char* size : {"cold_16mib", "cold_128mib", "cold_1gib", "cold_16gib"}) {
    keys = joined({keys, with(absl::StrCat(size, "_vs_"), names), with(absl::StrCat(size, "_cpu_vs_"), names)});
  }
  return keys;
}

// Of one event that has the machine for itself.
std::vector<Section> sections_alone() {
  return {
      {"Idleness",
       "An engine that is there and has nothing to do should cost nothing.",
       idle_figures,
       {"idle_cpu_ms_per_s"}},
      {"Memory",
       "Bookkeeping beside the records themselves, which take 16 MiB a GiB.",
       memory_figures,
       {"pool_bytes_per_gib", "request_bytes_per_gib", "domain_bytes", "bytes_vs_records"}},
      {"What the system is judged by",
       "The device path and boot against the machine's own limit and the kernel's way; how long callers wait.",
       shared_figures,
       {"fill_vs_limit", "device_vs_kernel_loop_1t", "device_vs_kernel_loop_all", "boot_with_handover_vs_kernel",
        "submit_us_p50", "storage_set_up_us_p50", "small_beside_big_p99_vs_alone",
        "small_beside_big_p99_vs_global_sync", "first_fault_us_p50", "first_fault_us_p99"}},
      {"Warm fill",
       "Everybody writes the same records with the same writer, so that only sharing out differs. Memory is the limit; "
       "no scheduler can win here, only lose.",
       warm_figures,
       joined({{"fill_vs_fence_a_grain", "fill_pinned_vs_unpinned", "fill_vs_narrow"},
               with("fill_vs_", {"tbb_auto", "tbb_static", "tbb_arenas", "tbb_isolated", "tbb_pinned", "openmp_static",
                                 "openmp_dynamic", "openmp_pinned", "padata", "2018", "2018_equal_threads",
                                 "thread_per_node", "template_nt", "kernel_loop"})})},
      {"Boot",
       "All pages of RAM are written and handed over to the buddy. Who writes the records of freed pages at once need "
       "not touch them a second time.",
       boot_figures, with("boot_vs_", {"thread_per_node", "template_nt", "tbb", "openmp_dynamic"})},
      {"Cold start",
       "An event after 3 ms of idleness. Waking somebody takes longer than writing a little; who spins meanwhile "
       "starts "
       "sooner and pays with CPU time.",
       cold_figures,
       of_sizes({"one_thread", "tbb", "tbb_pinned", "openmp", "padata", "2018", "kernel_loop", "unpinned"})},
      {"Every layout",
       "One engine carries all layouts of struct page; a loop that copies a template is what each of them could have "
       "for itself. An allocation that finds nothing at boot gets a block at once, however large its zone.",
       layout_figures,
       {"layout_vs_template_worst", "growth_first_block_units"}},
      {"Cost of the engine",
       "What the engine adds to the stores, and what its calls take when there is nothing to do.",
       cost_figures,
       {"engine_cost_vs_writer", "empty_flush_ns", "empty_flush_vs_tbb", "empty_flush_vs_tbb_isolated",
        "empty_flush_beside_60_vs_alone", "submit_vs_2018"}},
      {"Cost of a claim",
       "Who takes a grain changes the cursor and the claim word. All that a grain costs besides its units is beside "
       "its "
       "bound: four locked accesses and a fence, by themselves. The rivals share out as many things one at a time.",
       claim_figures,
       {"claim_ns", "grain_ns", "grain_beside_60_busy_vs_alone", "claims_vs_tbb", "claims_vs_openmp_dynamic",
        "task_1e4_vs_1e2", "task_1e4_vs_tbb"}},
  };
}

// Of events that others disturb.
std::vector<Section> sections_beside() {
  return {
      {"Small beside big",
       "A small device must become usable while a big one is still being initialised: nobody should wait for another's "
       "event.",
       beside_figures,
       joined({with("small_beside_big_p99_vs_", {"tbb", "openmp", "padata", "template_nt", "2018"}),
               {"small_beside_big_p50_vs_2018"}})},
      {"Backlog", "Waiting for one's own work should take the same time, however much of others' is queued.",
       backlog_figures,
       joined({{"flush_with_backlog_vs_none", "backlog_1e3_vs_none", "backlog_1e4_vs_none"},
               with("backlog_1e3_vs_", {"shared_domain", "tbb_group", "tbb_isolated"}),
               with("backlog_1e4_vs_", {"shared_domain", "tbb_group", "tbb_isolated"}),
               with("backlog_1e5_vs_", {"shared_domain", "tbb_group", "tbb_isolated"})})},
      {"The flush test",
       "B has 60 tasks of 2 ms, A 8 of 50 us. Waiting for A takes 210 us at best, 410 us if the waiter works alone, "
       "and "
       "2 ms or more where it takes up a task of B's.",
       group_figures,
       joined({with("group_after_vs_", {"worker_more", "shared_domain", "tbb_group", "tbb_isolated", "openmp"}),
               with("group_before_vs_", {"worker_more", "shared_domain", "tbb_group", "tbb_isolated", "openmp"})})},
      {"First fault",
       "Somebody needs one page of a device that is not initialised yet. Ours writes 512 records; the design of 2018 "
       "writes a 1,024th of the device, or waits for all before it.",
       fault_figures,
       {"first_fault_p50_vs_2018", "first_fault_p50_vs_2018_equal", "first_fault_p50_vs_2018_prefix",
        "first_fault_p99_vs_2018", "first_fault_p99_vs_2018_equal"}},
      {"Noisy neighbour", "Equal parts are as slow as the slowest CPU; who shares out in small steps is not.",
       neighbour_figures,
       with("neighbour_vs_", {"static", "tbb", "openmp_static", "openmp_dynamic", "padata", "2018"})},
      {"64 events at once",
       "Fairness (Jain's index: 1 is all equal, 1/64 is one at a time) and mean time pull in different directions: the "
       "engine finishes what is nearly done first, so that most wait less, and none more.",
       concurrent_figures,
       joined({{"events64_jain"},
               with("events64_jain_vs_", {"shared_domain", "tbb_auto", "openmp_static", "padata", "template_nt"}),
               with("events64_mean_vs_", {"shared_domain", "tbb_auto", "openmp_static", "padata", "template_nt"})})},
      {"Four threads a CPU", "A crowded machine preempts threads at any point; nobody may wait for such a thread.",
       crowded_figures, with("crowded_vs_", {"one_a_cpu", "tbb", "openmp_static", "openmp_dynamic", "padata"})},
      {"Virtual time",
       "What the simulator says of a boot, two binds and a first fault on this machine before they happen, from what "
       "one "
       "thread takes, the store limit and a wake. The value is predicted by measured, or its inverse: 1 is right.",
       virtual_figures, with("virtual_", {"boot", "bind_big", "bind_small_beside_big", "first_fault"})},
  };
}

}  // namespace

const std::vector<Section>& catalogue() {
  static const std::vector<Section> sections = [] {
    std::vector<Section> all = sections_alone();
    for (Section& section : sections_beside()) all.push_back(std::move(section));
    return all;
  }();
  return sections;
}

}  // namespace memmap::bench
