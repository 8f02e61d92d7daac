// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/stage/record_memory.h"

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <chrono>

#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

constexpr uint64_t kSteps = 64;
constexpr uint64_t kBlockBytes = uint64_t{2} << 20;

// A store to each small page, so that it does not matter which size they turn out to have.
void touch(std::byte* begin, std::byte* end) {
  const auto blocks = divide_up(uint64_t(end - begin), kBlockBytes);
  oneapi::tbb::parallel_for(uint64_t{0}, blocks, [&](uint64_t block) {
    std::byte* const last = std::min(end, begin + (block + 1) * kBlockBytes);
    for (std::byte* page = begin + block * kBlockBytes; page < last; page += kPageBytes) {
      *static_cast<volatile std::byte*>(page) = std::byte{0};
    }
  });
}

}  // namespace

absl::StatusOr<RecordMemory> RecordMemory::reserve(const Machine& machine, const std::vector<uint64_t>& bytes_of_node) {
  RecordMemory memory;
  for (uint32_t n = 0; n < bytes_of_node.size(); ++n) {
    memory.arenas_.emplace_back();
    memory.used_.push_back(0);
    if (bytes_of_node[n] == 0) continue;
    host::Placement placement;
    placement.nid = machine.pretended ? host::kAnyNode : machine.nid(n);
    placement.huge_pages = true;
    placement.no_reserve = true;
    auto arena = host::PlacedMemory::map(bytes_of_node[n], placement);
    if (!arena.ok()) return arena.status();
    memory.arenas_.back() = *std::move(arena);
  }
  return memory;
}

double RecordMemory::make_present(double seconds, const std::function<void(double)>& progress) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  uint64_t present = 0;
  for (uint64_t step = 0; step < kSteps; ++step) {
    const double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    if (elapsed > seconds && present >= kLeast) return double(step) / double(kSteps);
    progress(double(step) / double(kSteps));
    for (host::PlacedMemory& arena : arenas_) {
      std::byte* const at = static_cast<std::byte*>(arena.address());
      const uint64_t from = round_up(arena.nr_bytes() * step / kSteps, kBlockBytes);
      const uint64_t to = std::min(round_up(arena.nr_bytes() * (step + 1) / kSteps, kBlockBytes), arena.nr_bytes());
      if (from >= to) continue;
      touch(at + from, at + to);
      present += to - from;
    }
  }
  return 1;
}

std::byte* RecordMemory::carve(uint32_t node_index, uint64_t nr_bytes) {
  const uint64_t rounded = round_up(nr_bytes, kPageBytes);
  uint64_t& used = used_[node_index];
  if (rounded > arenas_[node_index].nr_bytes() - used) return nullptr;
  std::byte* const carved = static_cast<std::byte*>(arenas_[node_index].address()) + used;
  used += rounded;
  return carved;
}

std::string RecordMemory::shortfall() const {
  for (const host::PlacedMemory& arena : arenas_) {
    if (!arena.shortfall().empty()) return arena.shortfall();
  }
  return "";
}

}  // namespace memmap::simulator
