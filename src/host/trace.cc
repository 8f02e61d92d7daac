// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/trace.h"

#include <string.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace memmap::host {

absl::StatusOr<std::unique_ptr<Trace>> Trace::create(std::vector<Place> workers, std::vector<uint32_t> nid_of_group,
                                                     uint32_t events_per_track) {
  std::unique_ptr<Trace> trace(new Trace);
  trace->workers_ = std::move(workers);
  trace->nid_of_group_ = std::move(nid_of_group);
  trace->events_per_track_ = events_per_track;
  trace->tracks_.reset(new Track[trace->nr_tracks()]);
  trace->names_.reset(new char[kNames * kNameBytes]());
  Placement reserved;
  reserved.no_reserve = true;
  auto memory = PlacedMemory::map(size_t{trace->nr_tracks()} * events_per_track * sizeof(memmap_trace), reserved);
  if (!memory.ok()) return memory.status();
  trace->memory_ = *std::move(memory);
  trace->events_ = static_cast<memmap_trace*>(trace->memory_.address());
  return trace;
}

absl::StatusOr<std::unique_ptr<Trace>> Trace::create(const Topology& topology, const EngineTopology& tables,
                                                     const std::string& lender) {
  std::vector<uint32_t> nid_of_group;
  for (const LocalityGroup& group : topology.groups) nid_of_group.push_back(group.nid);
  std::vector<Place> workers;
  for (uint32_t n = 0; n < tables.nr_workers(); ++n) {
    const std::string where = lender.empty() ? absl::StrCat("cpu ", tables.cpu_of_worker(n)) : lender;
    workers.push_back({nid_of_group[tables.table()->group_of_worker[n]], absl::StrCat("worker ", n, " (", where, ")")});
  }
  return create(std::move(workers), std::move(nid_of_group));
}

uint32_t Trace::take_track() {
  const uint32_t taken = nr_callers_.fetch_add(1, relaxed);
  return taken < kCallerTracks ? nr_workers() + taken : kNoTrack;
}

void Trace::record(uint32_t track, const memmap_trace& event) {
  if (track >= nr_tracks()) {
    nr_trackless_.fetch_add(1, relaxed);
    return;
  }
  Track& own = tracks_[track];
  const uint64_t n = own.nr_events.load(relaxed);
  if (n == events_per_track_) return add_own(own.nr_dropped, 1);
  memmap_trace& kept = events_[uint64_t{track} * events_per_track_ + n];
  kept = event;
  kept.domain = event.kind == MEMMAP_TRACE_OPEN ? keep_name(event.domain) : nullptr;
  own.nr_events.store(n + 1, release);  // H1 with H2: the event is whole
}

void Trace::record(TracedSelf& self, const memmap_trace& event) {
  if (!self.has_track) self.track = take_track();
  self.has_track = true;
  record(self.track, event);
}

const char* Trace::keep_name(const char* name) {
  const uint32_t n = nr_names_.fetch_add(1, relaxed);
  if (n >= kNames || name == nullptr) return nullptr;
  return strncpy(&names_[size_t{n} * kNameBytes], name, kNameBytes - 1);
}

uint64_t Trace::nr_dropped() const {
  uint64_t sum = nr_trackless_.load(relaxed);
  for (uint32_t track = 0; track < nr_tracks(); ++track) sum += tracks_[track].nr_dropped.load(relaxed);
  return sum;
}

TracedScope::~TracedScope() {
  if (env_.trace != nullptr) record(env_, kind_, begin_ns_);
}

void record(const memmap_env& env, memmap_trace_kind kind, uint64_t begin_ns) {
  memmap_trace event{};
  event.kind = kind;
  event.begin_ns = begin_ns;
  event.end_ns = env.clock_ns(env.context);
  env.trace(env.context, &event);
}

}  // namespace memmap::host
