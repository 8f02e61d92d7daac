// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Linux at boot, and what all its binds share.
#include "simulator/policy/linux_run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace memmap::virtual_time {

LinuxRun::LinuxRun(const Scenario& scenario, Policy policy)
    : ScenarioRun(scenario, policy),
      all_nodes_done_(machine_),
      padata_works_left_(scenario.machine.nr_cpus()),
      series_(layout_.adds.size()),
      series_left_(layout_.adds.size()) {
  for (size_t n = 0; n < scenario.machine.nodes.size(); ++n) node_done_.emplace_back(machine_);
  for (size_t i = 0; i < layout_.adds.size(); ++i) series_done_.emplace_back(machine_);
}

// Present pages among `pages`, a section at a time: the kernel's loops look at the scheduler at least that often.
void LinuxRun::write_pages(const Extent& extent, Pages pages, double record_ns) {
  auto range = std::partition_point(extent.ranges.begin(), extent.ranges.end(),
                                    [&](const Pages& one) { return one.end <= pages.begin; });
  for (; range != extent.ranges.end() && range->begin < pages.end; ++range) {
    const uint64_t end = std::min(range->end, pages.end);
    for (uint64_t at = std::max(range->begin, pages.begin); at < end;) {
      const uint64_t next = std::min(end, (at / kSectionPages + 1) * kSectionPages);
      machine_.write(record_ns, extent.records_node, next - at);
      at = next;
    }
  }
}

// page_alloc_init_late() waits for all nodes, whoever needs which: `wait = false` is nothing that Linux could do.
void LinuxRun::boot(const Event&) {
  const double boot_ns = scenario_.machine.core.boot_ns;
  if (policy_ == Policy::serial) {
    for (const Extent& extent : layout_.boot) {
      write_pages(extent, extent.span, boot_ns);
      node_done_[extent.node].open();
    }
  } else {
    nodes_left_ = uint32_t(layout_.boot.size());
    for (const Extent& extent : layout_.boot)
      machine_.spawn(absl::StrCat("pgdatinit", extent.node), next_cpu(extent.node), [&] { init_node(extent); });
    all_nodes_done_.wait();
  }
  note_boot_on();
  note_boot_usable();
}

void LinuxRun::init_node(const Extent& extent) {
  if (policy_ == Policy::padata) {
    for (const Pages& range : extent.ranges) init_by_padata(extent, range);
  } else if (policy_ == Policy::padata_zone || policy_ == Policy::template_2026) {
    init_by_padata(extent, extent.span);
  } else {
    write_pages(extent, extent.span, scenario_.machine.core.boot_ns);
  }
  node_done_[extent.node].open();
  if (--nodes_left_ == 0) all_nodes_done_.open();
}

void LinuxRun::init_by_padata(const Extent& extent, Pages job_pages) {
  constexpr uint64_t kLoadBalance = 4;
  const uint64_t max_threads = std::max(1u, scenario_.machine.nodes[extent.node].cpus);
  const uint64_t threads = std::clamp<uint64_t>(job_pages.size() / kSectionPages, 1, max_threads);
  const uint64_t chunk = std::max(job_pages.size() / (threads * kLoadBalance), kSectionPages);
  Gate done(machine_);
  PadataJob job{&extent, job_pages.begin, job_pages.end, (chunk + kSectionPages - 1) / kSectionPages * kSectionPages, 1,
                &done};
  // The thread that asks works too; the others come from a pool that all jobs share.
  const uint32_t others = std::min(uint32_t(threads) - 1, padata_works_left_);
  padata_works_left_ -= others;
  job.working += others;
  for (uint32_t i = 0; i < others; ++i)
    machine_.spawn("padata", next_cpu(extent.node), [this, &job] {
      machine_.world().sleep(scenario_.machine.serial.wakee_ns);
      work_on(job);
    });
  work_on(job);
  done.wait();
  padata_works_left_ += others;
}

void LinuxRun::work_on(PadataJob& job) {
  while (job.next < job.end) {
    const Pages pages = {job.next, std::min(job.end, (job.next + 1 + job.chunk - 1) / job.chunk * job.chunk)};
    job.next = pages.end;
    write_pages(*job.extent, pages, scenario_.machine.core.boot_ns);
  }
  if (--job.working == 0) job.done->open();
}

// deferred_grow_zone() is off as soon as the threads begin: whoever runs short waits for its node.
void LinuxRun::allocate(uint32_t node, uint64_t) { node_done_[node].wait(); }

}  // namespace memmap::virtual_time
