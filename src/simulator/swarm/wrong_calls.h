// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Calls of the public API that are wrong in one way each, and what they must answer.
#ifndef MEMMAP_SIMULATOR_SWARM_WRONG_CALLS_H
#define MEMMAP_SIMULATOR_SWARM_WRONG_CALLS_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "memmap/env.h"
#include "memmap/range.h"

namespace memmap::swarm {

constexpr uint64_t kPfnLimit = uint64_t{1} << 52;  // no pfn and no number of pages is above

// What is right until a call makes one part of it wrong.
struct Tried {
  static constexpr size_t kSpareBytes = 64 * 1024;  // a pool, or a request's storage

  Tried(memmap_pool* pool, const memmap_pool_config& of_pool, memmap_domain* domain, char* spare);
  Tried(const Tried&) = delete;
  Tried& operator=(const Tried&) = delete;

  // INVALID, too, where it needs a number of bytes that is not 0 although it is refused, or the other way round.
  int submit();
  int submit_range();
  int start_pool();  // in `spare`

  memmap_pool* const pool;  // has `domain` open
  memmap_domain* const domain;
  char* const spare;  // zeroed, 128-byte aligned
  memmap_env env;
  memmap_topology topology;
  memmap_pool_config config;  // of these two
  memmap_layout layout;
  memmap_piece pieces[2];
  memmap_request request{};  // of one page
  memmap_range range{};      // of one number
  memmap_task task{};
  size_t bytes_missing = 0;  // of a pool's storage
};

struct WrongCall {
  const char* what;
  int expected;
  int (*call)(Tried& tried);
};

// Looks have no status: `no` is the right answer, and stands for INVALID.
inline int answered(bool yes) { return yes ? MEMMAP_OK : MEMMAP_INVALID; }

std::span<const WrongCall> wrong_requests();
std::span<const WrongCall> wrong_pools();
// Of ranges, tasks, domains, looks: all others.
std::span<const WrongCall> wrong_others();

inline size_t nr_wrong_calls() { return wrong_requests().size() + wrong_pools().size() + wrong_others().size(); }
inline const WrongCall& wrong_call(size_t index) {
  for (const auto& calls : {wrong_requests(), wrong_pools()}) {
    if (index < calls.size()) return calls[index];
    index -= calls.size();
  }
  return wrong_others()[index];
}

}  // namespace memmap::swarm
#endif  // MEMMAP_SIMULATOR_SWARM_WRONG_CALLS_H
