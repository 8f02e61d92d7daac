// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A job: one span of units, each to be run exactly once. What is claimed, by whom it should be, what is over.
//
// Unit u is bit u % 64 of word u / 64. Claim bits only go from 0 to 1, by fetch_or: who turns a bit owns its unit, must
// run or drop it, and retires it once. Everything else here is a hint about where to look for 0 bits.
//
//                        owner of the bits    anybody
//   claim word           -                    fetch_or
//   done word            fetch_or             load
//   stripe.left          fetch_sub, once      load
//   stripe.cursor        -                    fetch_add (hint)
#pragma once

#include "base/atomic.h"
#include "base/bits.h"

namespace memmap::sched {

struct Domain;
struct Job;

// What a worker or caller is doing right now: written by it alone, read by who writes a stall report.
struct Holding {
  enum Stage : uint32_t { kWrite, kReady, kRetire };
  Atomic<const Job*> job;
  Atomic<uint64_t> word, bits;
  Atomic<uint32_t> stage;
};

// What the owner of a job does with units. Called without any lock, concurrently for different units.
struct Work {
  // Runs the units `bits` of word `word`; returns those that are done, and in *error the first error.
  uint64_t (*run)(Job& job, uint64_t word, uint64_t bits, Holding& holding, int* error);
  // The caller has waited that long for units of `wanted` (null: for all jobs of the domain), which others hold.
  void (*stalled)(const Domain& domain, const Job* wanted, uint64_t first, uint64_t last, uint64_t waited_ns);
};

// A contiguous part of a job's units with a home group, not empty. Borders lie on grains, or on words.
struct alignas(64) Stripe {
  uint64_t begin = 0, end = 0;  // units
  uint32_t home = 0;            // locality group
  bool whole_words = false;     // what its cursor gives away: words, whose grains are claimed one by one; or grains
  alignas(64) Atomic<uint64_t> cursor;
  Atomic<uint64_t> left;  // units not retired
  Atomic<uint64_t> full;  // word before which nothing is unclaimed: where a sweep begins. At the end: nothing is left

  // Units that nobody has been sent to: a hint, never 0 while something may be unclaimed.
  uint64_t unclaimed_hint() const;
};

struct alignas(64) Job {
  const Work* work = nullptr;
  Job* next = nullptr;     // accepted before this one, in the same domain; constant once published
  Atomic<Job*> next_live;  // the same, with jobs that are over left out: a hint
  Atomic<uint64_t>* claim = nullptr;
  Atomic<uint64_t>* done = nullptr;
  Stripe* stripes = nullptr;
  uint32_t nr_stripes = 0;
  uint32_t grain_units = 1;  // power of two, <= 64
  uint32_t unit_ns = 0;      // estimate of running one
  Atomic<uint32_t> open;     // stripes whose left is not 0

  bool over() const { return open.load(seq_cst) == 0; }                         // W3 with R3: all units are retired
  uint64_t done_bits(uint64_t word) const { return done[word].load(seq_cst); }  // W4 with R1: what they stored
};

// Claimed units of one word of one stripe, owned by who claimed them.
struct Grain {
  Job* job = nullptr;
  Stripe* stripe = nullptr;
  uint64_t word = 0, bits = 0;
};

// claim: those of `bits` that nobody had are the caller's now.
Grain claim(Job& job, Stripe& stripe, uint64_t word, uint64_t bits);

// take: at most `units` units of the stripe that `last` is of, where `last` has bits the next to them: of the word that
// it came from, then from the cursor, then by a sweep. No bits where nothing is left.
Grain take(const Grain& last, uint32_t units);

// sweep: the lowest unclaimed unit of the stripe, with those of the `units` - 1 behind it that are unclaimed too,
// without moving the cursor. Or the lowest of its units [from, last); `from` moves on past words without any.
Grain sweep(Job& job, Stripe& stripe, uint32_t units);
Grain sweep(Job& job, Stripe& stripe, uint32_t units, uint64_t& from, uint64_t last);

}  // namespace memmap::sched
