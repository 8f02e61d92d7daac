// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Sizes of x86-64 memory maps, in pages unless they say otherwise, and rounding to them.
#pragma once

#include <cstdint>

namespace memmap::simulator {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kRecordBytes = 64;
constexpr uint32_t kMaxOrder = 10;
constexpr uint64_t kPageblockPages = 512;
constexpr uint64_t kSubsectionPages = 512;
constexpr uint64_t kMaxOrderPages = uint64_t{1} << kMaxOrder;
constexpr uint64_t kSectionPages = 32768;
constexpr uint64_t kSectionRecordBytes = kSectionPages * kRecordBytes;

enum Zone : uint32_t { kZoneDma, kZoneDma32, kZoneNormal, kZoneMovable, kZoneDevice };

// Rounding to a multiple of `unit`, any number but 0.
constexpr uint64_t round_down(uint64_t n, uint64_t unit) { return n / unit * unit; }
constexpr uint64_t round_up(uint64_t n, uint64_t unit) { return round_down(n + unit - 1, unit); }
constexpr uint64_t divide_up(uint64_t n, uint64_t by) { return (n + by - 1) / by; }

}  // namespace memmap::simulator
