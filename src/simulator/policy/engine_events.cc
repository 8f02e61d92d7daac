// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What a kernel with this engine does at each event.
#include <algorithm>

#include "simulator/policy/engine_run.h"

namespace memmap::virtual_time {

// The calling fiber as the engine sees it.
void EngineRun::sit_down() {
  memmap_self& self = *machine_.world().env().self(machine_.world().env().context);
  const uint32_t cpu = machine_.cpu_of_current();
  self.group = tables_->group_of_cpu(cpu);
  self.beside = tables_->worker_of_cpu(cpu);
}

// Storage is there only while the job is: 24 TiB have some MiB of words.
void EngineRun::submit(Job& job) {
  job.request.storage_bytes = memmap_request_bytes(&job.request);
  job.storage = allocate_zeroed(job.request.storage_bytes);
  job.request.storage = job.storage.get();
  const int status = memmap_init_async(&job.request, job.domain);
  job.submitted = status == MEMMAP_OK;
  if (!job.removed) expect(status, "init_async");
}

void EngineRun::add(size_t add) {
  sit_down();
  Job& job = *jobs_[add];
  const Event& event = *job.extent->event;
  hold_hotplug_lock(*job.extent, false, nullptr);
  if (policy_ == Policy::own) {
    memmap_domain_options options{};
    options.name = event.name.c_str();
    options.max_workers = event.max_workers;
    expect(memmap_domain_open(job.domain, pool_, &options), "domain_open");
  }
  job.populate.storage_bytes = memmap_range_bytes(&job.populate);
  job.populate_storage = allocate_zeroed(job.populate.storage_bytes);
  job.populate.storage = job.populate_storage.get();
  expect(memmap_range_async(&job.populate, job.domain), "range_async");
  note_caller_on(add);
  wait_first(event);
  int status = memmap_flush(job.domain);                       // records' memory, and who submits behind it
  if (status == MEMMAP_OK) status = memmap_flush(job.domain);  // the records
  if (job.removed) return;
  expect(status, "flush");
  note_usable(add);
  note_flushed(add);
  close(job);
}

// As long as it waits for another event, it does not help its own.
void EngineRun::wait_first(const Event& event) {
  for (size_t i = 0; i < layout_.adds.size(); ++i)
    if (layout_.adds[i].event->name == event.waits_for) usable_[i].wait();
}

void EngineRun::close(Job& job) {
  if (policy_ != Policy::own || job.closed) return;
  job.closed = true;
  const int status = memmap_domain_close(job.domain);
  if (!job.removed) expect(status, "domain_close");
}

// A domain for the boot, its nodes' spans one submit.
void EngineRun::boot(const Event& event) {
  sit_down();
  if (boot_jobs_.empty()) return note_boot_on(), note_boot_usable();
  memmap_domain* const domain = boot_jobs_[0]->domain;
  if (policy_ == Policy::own) {
    memmap_domain_options options{};
    options.name = "boot";
    expect(memmap_domain_open(domain, pool_, &options), "domain_open");
  }
  const memmap_request* next = nullptr;
  for (auto job = boot_jobs_.rbegin(); job != boot_jobs_.rend(); ++job) {
    memmap_request& request = (*job)->request;
    request.next = next;
    request.storage_bytes = memmap_request_bytes(&request);
    (*job)->storage = allocate_zeroed(request.storage_bytes);
    request.storage = (*job)->storage.get();
    (*job)->domain = domain;
    next = &request;
  }
  expect(memmap_init_async(next, domain), "init_async");
  for (const auto& job : boot_jobs_) job->submitted = true;
  boot_submitted_.open();
  if (!event.wait) note_boot_on();
  expect(memmap_flush(domain), "flush");
  if (event.wait) note_boot_on();
  note_boot_usable();
  close(*boot_jobs_[0]);
}

bool EngineRun::fault_in(const Extent& extent, uint64_t pfn) {
  sit_down();
  if (memmap_ready(pool_, pfn)) return true;
  machine_.compute(scenario_.machine.serial.call_ns);
  if (extent.event->kind == EventKind::boot) {
    boot_submitted_.wait();
    const int status = memmap_flush_range(boot_jobs_[0]->domain, pfn, 1);
    return status == MEMMAP_OK || memmap_ready(pool_, pfn);
  }
  const size_t add = size_t(&extent - layout_.adds.data());
  Job& job = *jobs_[add];
  bound_[add].wait();
  if (!job.submitted) {
    const int status = memmap_range_flush(job.domain, &job.populate, job.populate.first, job.populate.count);
    if (status != MEMMAP_OK && !job.removed && !job.closed) expect(status, "range_flush");
  }
  const int status = memmap_flush_range(job.domain, pfn, 1);
  if (status == MEMMAP_OK || memmap_ready(pool_, pfn)) return true;
  if (!job.removed) expect(status, "flush_range");
  return false;
}

// An allocation that failed: grow, and try again, until the node has no more to give.
void EngineRun::allocate(uint32_t node, uint64_t nr_pages) {
  sit_down();
  boot_submitted_.wait();
  const uint64_t wanted = wanted_pages_[node] += nr_pages;
  uint64_t seen = 0;
  while (memmap_node_ready_pages(pool_, node) < wanted) {
    if (!memmap_grow(pool_, node, nr_pages, &seen)) return;
  }
}

void EngineRun::remove(size_t add) {
  sit_down();
  Job& job = *jobs_[add];
  bound_[add].wait();
  if (policy_ == Policy::own_shared) return usable_[add].wait();  // what is not its own domain cannot be cancelled
  if (job.closed) return;
  job.removed = true;
  expect(memmap_cancel(job.domain), "cancel");
  outcome_.events[add].dropped_records = job.extent->records - job.written;
  close(job);
}

}  // namespace memmap::virtual_time
