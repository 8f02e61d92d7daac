// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Trace: what the threads of an environment have done, kept until somebody writes it down (chrome_trace.h).
//
// Each thread has a track, a fixed buffer that it alone writes: recording allocates nothing, locks nothing, waits for
// nobody. What comes when the buffer is full is dropped and counted. Untouched buffers are address space only.
#ifndef MEMMAP_HOST_TRACE_H
#define MEMMAP_HOST_TRACE_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/atomic.h"
#include "host/engine_topology.h"
#include "host/placement.h"
#include "host/topology.h"
#include "memmap/env.h"

namespace memmap::host {

struct TracedSelf;

class Trace {
 public:
  static constexpr uint32_t kNoTrack = UINT32_MAX;
  static constexpr uint32_t kEventsPerTrack = 1 << 17;  // 11 MiB: about a minute of grains
  static constexpr uint32_t kCallerTracks = 64;

  // Where a thread is drawn: on which node (kNone: it moves about, a caller), under which name.
  struct Place {
    uint32_t nid = kNone;
    std::string name;
  };
  // Tracks 0 .. workers.size() - 1 are those of the workers; nid_of_group tells where stolen work comes from. Callers
  // take one of the others.
  static absl::StatusOr<std::unique_ptr<Trace>> create(std::vector<Place> workers, std::vector<uint32_t> nid_of_group,
                                                       uint32_t events_per_track = kEventsPerTrack);
  // `lender`: whose threads they are; empty: each its own, on its CPU.
  static absl::StatusOr<std::unique_ptr<Trace>> create(const Topology& topology, const EngineTopology& tables,
                                                       const std::string& lender = "");
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // A track for a caller; kNoTrack where all are taken: what it records is counted as dropped.
  uint32_t take_track();
  // A track has one thread at a time. event.domain need not live on.
  void record(uint32_t track, const memmap_trace& event);
  // By who has this self, a caller's with its first event.
  void record(TracedSelf& self, const memmap_trace& event);

  // For who reads: what was recorded so far.
  uint32_t nr_tracks() const { return nr_workers() + kCallerTracks; }
  uint32_t nr_workers() const { return uint32_t(workers_.size()); }
  const Place& worker(uint32_t track) const { return workers_[track]; }
  uint32_t nid_of_group(uint32_t group) const { return group < nid_of_group_.size() ? nid_of_group_[group] : kNone; }
  // Events of a track in the order of their ends. Their `domain` is null but in those of MEMMAP_TRACE_OPEN.
  const memmap_trace* events(uint32_t track) const { return &events_[uint64_t{track} * events_per_track_]; }
  uint64_t nr_events(uint32_t track) const {
    return tracks_[track].nr_events.load(acquire);  // H2 with H1: they are whole
  }
  uint64_t nr_dropped() const;

 private:
  static constexpr uint32_t kNames = 4096;
  static constexpr uint32_t kNameBytes = 32;
  struct alignas(64) Track {
    Atomic<uint64_t> nr_events, nr_dropped;  // written by its thread alone
  };

  Trace() = default;
  const char* keep_name(const char* name);

  std::vector<Place> workers_;
  std::vector<uint32_t> nid_of_group_;
  uint32_t events_per_track_ = 0;
  std::unique_ptr<Track[]> tracks_;
  std::unique_ptr<char[]> names_;  // [kNames][kNameBytes]
  PlacedMemory memory_;
  memmap_trace* events_ = nullptr;  // [nr_tracks][events_per_track]
  Atomic<uint32_t> nr_names_, nr_callers_;
  Atomic<uint64_t> nr_trackless_;  // events of callers without a track
};

// What an environment that may record keeps for each thread of execution.
struct TracedSelf : memmap_self {
  constexpr TracedSelf() : memmap_self{MEMMAP_NO_WORKER, 0, MEMMAP_NO_WORKER, 0} {}
  // Of a worker.
  TracedSelf(uint32_t index, uint32_t its_group, uint32_t its_beside)
      : memmap_self{index, its_group, its_beside, 0}, track(index), has_track(true) {}

  uint32_t track = Trace::kNoTrack;
  bool has_track = false;  // or was refused one
};

// Records what its scope did, where the environment records.
class TracedScope {
 public:
  TracedScope(const memmap_env& env, memmap_trace_kind kind)
      : env_(env), kind_(kind), begin_ns_(env.trace != nullptr ? env.clock_ns(env.context) : 0) {}
  ~TracedScope();
  TracedScope(const TracedScope&) = delete;
  TracedScope& operator=(const TracedScope&) = delete;

 private:
  const memmap_env& env_;
  const memmap_trace_kind kind_;
  const uint64_t begin_ns_;
};

// It is over now, and began then.
void record(const memmap_env& env, memmap_trace_kind kind, uint64_t begin_ns);

}  // namespace memmap::host
#endif  // MEMMAP_HOST_TRACE_H
