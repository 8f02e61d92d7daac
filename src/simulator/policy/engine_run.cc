// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The engine's side: its pool, workers and hooks.
#include "simulator/policy/engine_run.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/chrome_trace.h"

namespace memmap::virtual_time {
namespace {

constexpr uint64_t kRelaxNs = 500;  // a turn of a spin loop: coarser than a pause, for fewer events
constexpr uint32_t kZoneDevice = 4, kZoneNormal = 2;

}  // namespace

EngineRun::EngineRun(const Scenario& scenario, Policy policy, std::string* trace)
    : ScenarioRun(scenario, policy),
      topology_(topology_of(scenario.machine)),
      trace_text_(trace),
      boot_submitted_(machine_),
      wanted_pages_(scenario.machine.nodes.size()),
      skips_page_(scenario.skips_page) {
  for (const Extent& extent : layout_.boot) {
    boot_jobs_.push_back(std::make_unique<Job>());
    make_job(*boot_jobs_.back(), extent, MEMMAP_BOOT_FREED);
  }
  for (const Extent& extent : layout_.adds) {
    jobs_.push_back(std::make_unique<Job>());
    make_job(*jobs_.back(), extent, MEMMAP_DEVICE);
  }
}

EngineRun::Memory EngineRun::allocate_zeroed(size_t nr_bytes) {
  const size_t rounded = (nr_bytes + 127) / 128 * 128;
  Memory memory(static_cast<char*>(std::aligned_alloc(128, rounded)));
  std::memset(memory.get(), 0, rounded);
  return memory;
}

void EngineRun::make_job(Job& job, const Extent& extent, memmap_kind kind) {
  job.run = this;
  job.extent = &extent;
  job.domain = policy_ == Policy::own_shared ? &shared_ : &job.own_domain;
  const uint64_t first_section = extent.span.begin / kSectionPages;
  job.units_left = extent.span.size() / kSectionPages;
  job.populate.first = first_section;
  job.populate.count = job.units_left;
  job.populate.nid = extent.records_node;
  job.populate.run = &populate_hook;
  job.populate.context = &job;
  job.populate.unit_ns = uint32_t(std::max<uint64_t>(1, scenario_.machine.serial.populate_ns));
  for (const Pages& range : extent.ranges) job.pieces.push_back({range.begin, range.size()});
  job.request.start_pfn = extent.span.begin;
  job.request.nr_pages = extent.span.size();
  job.request.nid = extent.node;
  job.request.records_nid = extent.records_node;
  job.request.zone = kind == MEMMAP_DEVICE ? kZoneDevice : kZoneNormal;
  job.request.kind = kind;
  job.request.pieces = job.pieces.data();
  job.request.nr_pieces = job.pieces.size();
  job.request.hooks.write = &write_hook;
  if (kind != MEMMAP_DEVICE) job.request.hooks.ready = &ready_hook;
  job.request.hooks.context = &job;
}

void EngineRun::begin() {
  auto tables = host::EngineTopology::create(topology_);
  if (!tables.ok()) {
    outcome_.error = std::string(tables.status().message());
    return;
  }
  tables_ = *std::move(tables);
  host::FiberWorld& world = machine_.world();
  world.set_relax_ns(kRelaxNs);
  world.set_spend([this](const memmap_self&, uint32_t records_nid, uint64_t nr_pages) {
    const uint32_t fiber = machine_.world().current();
    if (hand_over_ns_.size() <= fiber) hand_over_ns_.resize(fiber + 1);
    const uint64_t owed_ns = uint64_t(std::exchange(hand_over_ns_[fiber], 0));
    machine_.compute_and_write(owed_ns, scenario_.machine.core.own_device_ns, records_nid, nr_pages);
  });
  if (trace_text_) start_trace();
  start_pool();
}

void EngineRun::start_pool() {
  const CoreModel& core = scenario_.machine.core;
  const SerialModel& serial = scenario_.machine.serial;
  host::FiberWorld& world = machine_.world();
  config_.env = &world.env();
  config_.topology = tables_->table();
  config_.nr_pages = std::max(layout_.nr_pages, kSectionPages);
  config_.record_ps = uint32_t(core.own_device_ns * 1000);
  config_.wake_ns = uint32_t(std::max<uint64_t>(1, serial.waker_ns + serial.wakee_ns));
  const size_t nr_bytes = memmap_pool_bytes(&config_);
  pool_storage_ = allocate_zeroed(nr_bytes);
  expect(memmap_pool_init(&pool_, &config_, pool_storage_.get(), nr_bytes), "pool_init");
  for (uint32_t group = 0; scenario_.machine.width != 0 && group < tables_->table()->nr_groups; ++group)
    expect(memmap_pool_set_width(pool_, group, scenario_.machine.width), "set_width");
  for (uint32_t worker = 0; worker < tables_->nr_workers(); ++worker) {
    const uint32_t cpu = tables_->cpu_of_worker(worker);
    machine_.spawn_worker(absl::StrCat("worker", worker), tables_->group_of_cpu(cpu), worker, cpu, [this, worker] {
      do
        while (memmap_worker_step(pool_, worker)) {
        }
      while (memmap_worker_idle(pool_, worker));
    });
  }
  world.when_callers_ended([this] { memmap_pool_stop(pool_); });
  if (policy_ == Policy::own_shared) {
    memmap_domain_options options{};
    options.name = "all events";
    expect(memmap_domain_open(&shared_, pool_, &options), "domain_open");
  }
}

void EngineRun::start_trace() {
  auto trace = host::Trace::create(topology_, *tables_);
  if (!trace.ok()) {
    outcome_.error = std::string(trace.status().message());
    return;
  }
  trace_ = *std::move(trace);
  machine_.world().set_tracer([this](uint32_t fiber, const memmap_trace& event) {
    if (fiber == host::FiberWorld::kNone) return;
    if (tracks_.size() <= fiber) tracks_.resize(fiber + 1);
    if (fiber < tables_->nr_workers()) return trace_->record(fiber, event);  // they are spawned first
    if (tracks_[fiber] == 0) tracks_[fiber] = trace_->take_track() + 1;
    trace_->record(tracks_[fiber] - 1, event);
  });
}

void EngineRun::end() {
  for (const auto* jobs : {&boot_jobs_, &jobs_}) {
    for (const auto& job : *jobs) {
      if (job->removed || job->written == job->extent->records) continue;
      outcome_.error =
          absl::StrCat(job->extent->event->name, ": ", job->written, " pages written, expected ", job->extent->records);
    }
  }
  for (uint32_t worker = 0; worker < tables_->nr_workers(); ++worker) {
    memmap_worker_counts counts;
    if (memmap_worker_counters(pool_, worker, &counts) != MEMMAP_OK) continue;
    outcome_.grains += counts.grains;
    outcome_.steals += counts.stolen_grains;
    outcome_.parks += counts.parks;
  }
  if (trace_) *trace_text_ = host::chrome_trace(*trace_);
}

void EngineRun::expect(int status, const char* call) {
  if (status == MEMMAP_OK) return;
  if (outcome_.error.empty()) outcome_.error = absl::StrCat(call, ": ", memmap_status_text(status));
}

int EngineRun::populate_hook(void* context, uint64_t, uint64_t count) {
  Job& job = *static_cast<Job*>(context);
  job.run->machine_.compute(job.run->scenario_.machine.serial.populate_ns * count);
  job.units_left -= count;
  if (job.units_left == 0) job.run->submit(job);
  return 0;
}

int EngineRun::write_hook(void* context, uint64_t, uint64_t nr_pages) {
  Job& job = *static_cast<Job*>(context);
  job.written += nr_pages - uint64_t(std::exchange(job.run->skips_page_, false));
  return 0;
}

int EngineRun::ready_hook(void* context, uint64_t, uint64_t nr_pages) {
  EngineRun& run = *static_cast<Job*>(context)->run;
  const CoreModel& core = run.scenario_.machine.core;
  run.hand_over_ns_[run.machine_.world().current()] +=
      std::max(0.0, core.own_boot_ns - core.own_device_ns) * double(nr_pages);
  return 0;
}

}  // namespace memmap::virtual_time
