// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Litmus tests (docs/litmus/*.litmus), read from their files and run under the explorer.
//
// The files are in herd's C11 dialect; of that this reads: initial values, threads of straight-line atomic calls that
// keep what they found in `int` registers, and an exists clause over registers and final values.
//
//     C name
//     (* comment, with the verdict: Result, Needs, On x86 *)
//     { x=1; }
//     P0(atomic_int* x) { int r0 = atomic_fetch_add_explicit(x, 1, memory_order_release);  // R1: comment }
//     exists (0:r0=1 /\ (x=2 \/ x=3))
//
// An access whose comment begins with a label of src/ can be weakened.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/explorer.h"

namespace memmap::explore {

// How strong an access is, as sets of guarantees: a weaker one has a subset. `split`: the read-modify-write is a plain
// load and a plain store.
enum Strength : uint8_t { kSplit = 0, kRelaxed = 1, kAcquire = 3, kRelease = 5, kAcqRel = 7, kSeqCst = 15 };

constexpr uint32_t kLitmusPlacesMax = 8;  // locations, threads, registers of one

struct LitmusAccess {
  enum Kind { kLoad, kStore, kAdd, kSub, kOr, kAnd, kCompareExchange };
  Kind kind;
  uint32_t location;
  uint64_t operand = 0;
  uint64_t expected = 0;  // of a compare-exchange; its register is 1 if it took place
  Strength strength = kRelaxed;
  std::optional<uint32_t> found;  // register
  std::string label;              // "R1"; "F1/C1": either access of the source; or none
};

struct LitmusTerm {
  std::optional<uint32_t> thread;  // none: a final value
  uint32_t index;                  // register or location
  uint64_t value;
};

struct Litmus {
  std::string name;
  std::string result, needs, on_x86;  // as the file has them
  std::vector<std::string> locations;
  std::vector<uint64_t> initial;
  std::vector<std::vector<std::string>> registers;
  std::vector<std::vector<LitmusAccess>> threads;
  std::vector<std::vector<LitmusTerm>> exists;  // any of these, of which all terms hold

  std::vector<std::string> labels() const;  // in order of appearance
};

// "" or what is wrong: "LINE: found X, expected Y".
std::string parse_litmus(std::string_view text, Litmus* litmus);

// Whether some execution ends as the exists clause says, with accesses of this label made that strong. All executions
// are run: `complete` says so.
struct Outcome {
  bool reached, complete;
};
Outcome run_litmus(const Litmus& litmus, Memory memory, const std::string& label = {}, Strength strength = kSeqCst);

// All values that registers, thread by thread, and then locations can have at the end. `prune` as in ExploreOptions.
std::set<std::vector<uint64_t>> litmus_outcomes(const Litmus& litmus, Memory memory, bool prune);

// For each label that may not be weakened at will the weakest order that suffices when all others are as in the file:
// "R1 release, W4 acquire". Where a weaker order suffices than one that does not: "? LABEL".
std::string weakest_orders(const Litmus& litmus, Memory memory);

}  // namespace memmap::explore
