// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The strict passes: something stands between the engine and the hooks of each request. One pass counts how often each
// record is written, through a write hook; the other compares each page that the engine has written with the reference
// before it is handed over. Far too slow to be timed; what they show does not depend on time.
#ifndef MEMMAP_SIMULATOR_EVENTS_STRICT_PASS_H
#define MEMMAP_SIMULATOR_EVENTS_STRICT_PASS_H

#include <cstdint>
#include <memory>
#include <vector>

#include "memmap/memmap.h"
#include "simulator/options/options.h"
#include "simulator/report/column.h"

namespace memmap::simulator {

class StrictPass {
 public:
  enum class Kind { count_writes, compare_before_ready };

  // Plant::skip and twice make their fault once, in the first request that is wrapped to be counted.
  StrictPass(Kind kind, Plant plant);
  ~StrictPass();
  StrictPass(const StrictPass&) = delete;
  StrictPass& operator=(const StrictPass&) = delete;

  // The pass must outlive the close of the request's domain.
  void wrap(memmap_request& request);

  // When all is over.
  Violations violations() const;
  uint64_t nr_records() const;

 private:
  struct Wrapped;

  const Kind kind_;
  const Plant plant_;
  std::vector<std::unique_ptr<Wrapped>> requests_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_EVENTS_STRICT_PASS_H
