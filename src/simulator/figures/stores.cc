// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/stores.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/strings/str_format.h"
#include "simulator/figures/pinned.h"
#include "simulator/kernel/geometry.h"
#include "simulator/report/statistics.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace memmap::simulator {
namespace {

constexpr uint64_t kWord = 0x5A5A5A5A5A5A5A5A;

void store_plainly(std::byte* begin, size_t nr_bytes) { std::memset(begin, 0x5A, nr_bytes); }

#if defined(__x86_64__)
// Of 64 bytes, without a loop, whose branches would take as long as the stores.
void stream_words(void* to, const std::array<long long, 8>& words) {
  [&]<size_t... n>(std::index_sequence<n...>) { (_mm_stream_si64(static_cast<long long*>(to) + n, words[n]), ...); }
  (std::make_index_sequence<8>());
}

void store_8(std::byte* begin, size_t nr_bytes) {
  std::array<long long, 8> words;
  words.fill((long long)(kWord));
  for (std::byte* at = begin; at != begin + nr_bytes; at += 64) stream_words(at, words);
  _mm_sfence();
}

[[gnu::target("avx2")]] void store_32(std::byte* begin, size_t nr_bytes) {
  const __m256i value = _mm256_set1_epi64x((long long)(kWord));
  for (std::byte* at = begin; at != begin + nr_bytes; at += 64) {
    _mm256_stream_si256(reinterpret_cast<__m256i*>(at), value);
    _mm256_stream_si256(reinterpret_cast<__m256i*>(at + 32), value);
  }
  _mm_sfence();
}

[[gnu::target("avx512f")]] void store_64(std::byte* begin, size_t nr_bytes) {
  const __m512i value = _mm512_set1_epi64((long long)(kWord));
  for (std::byte* at = begin; at != begin + nr_bytes; at += 64) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(at), value);
  }
  _mm_sfence();
}

void store_string(std::byte* begin, size_t nr_bytes) {
  asm volatile("rep stosb" : "+D"(begin), "+c"(nr_bytes) : "a"(0x5A) : "memory");
}
#endif

std::vector<StoreKind> find_store_kinds() {
  std::vector<StoreKind> kinds;
#if defined(__x86_64__)
  kinds.push_back({"8-byte non-temporal stores", store_8});
  if (__builtin_cpu_supports("avx2")) kinds.push_back({"32-byte non-temporal stores", store_32, false});
  if (__builtin_cpu_supports("avx512f")) kinds.push_back({"64-byte non-temporal stores", store_64, false});
  kinds.push_back({"rep stosb", store_string});
  kinds.push_back({"memset", store_plainly, false});
#else
  kinds.push_back({"memset", store_plainly});
#endif
  return kinds;
}

}  // namespace

std::span<const StoreKind> store_kinds() {
  static const std::vector<StoreKind> kinds = find_store_kinds();
  return kinds;
}

std::vector<StoreKind> kernel_store_kinds() {
  std::vector<StoreKind> kinds;
  std::ranges::copy_if(store_kinds(), std::back_inserter(kinds), &StoreKind::in_kernel);
  return kinds;
}

void store_copies(const Record& record, Record* first, uint64_t nr_records) {
#if defined(__x86_64__)
  const auto words = std::bit_cast<std::array<long long, sizeof(Record) / 8>>(record);
  for (Record* at = first; at != first + nr_records; ++at) stream_words(at, words);
  _mm_sfence();
#else
  std::fill_n(first, nr_records, record);
#endif
}

uint64_t store_ns(const StoreKind& kind, std::span<std::byte> memory, const std::vector<uint32_t>& cpus) {
  return run_pinned(cpus, [&](size_t n) {
    const Part part = part_of(memory.size(), kSectionRecordBytes, n, cpus.size());
    kind.write(memory.data() + part.begin, part.end - part.begin);
  });
}

void wait_for_own_stores() {
#if defined(__x86_64__)
  _mm_mfence();
#endif
}

void leave_caches(std::span<std::byte> memory, const std::vector<uint32_t>& cpus) {
  store_ns(store_kinds().front(), memory, cpus);
}

std::string StoreLimit::describe() const {
  return absl::StrFormat("%.2f ns a record, %.1f GB/s: %s on %d CPU%s", record_ns, double(kRecordBytes) / record_ns,
                         kind.name, cpus.size(), cpus.size() == 1 ? "" : "s");
}

namespace {

StoreLimit measure_kinds(std::span<const StoreKind> kinds, std::span<std::byte> memory,
                         const std::vector<uint32_t>& cpus, uint32_t rounds) {
  const double nr_records = double(memory.size() / kRecordBytes);
  std::vector<Samples> record_ns(kinds.size());
  for (uint32_t round = 0; round < rounds; ++round) {
    for (size_t n = 0; n < kinds.size(); ++n) {
      record_ns[n].push_back(double(store_ns(kinds[n], memory, cpus)) / nr_records);
    }
  }
  StoreLimit best{kinds[0], cpus, median(record_ns[0])};
  for (size_t n = 1; n < kinds.size(); ++n) {
    const double ns = median(record_ns[n]);
    if (ns < best.record_ns) best = {kinds[n], cpus, ns};
  }
  return best;
}

}  // namespace

StoreLimit measure_store_limit(std::span<std::byte> memory, const std::vector<uint32_t>& cpus, uint32_t rounds) {
  return measure_kinds(store_kinds(), memory, cpus, rounds);
}

StoreLimit measure_best_limit(std::span<std::byte> memory, const std::vector<uint32_t>& cpus, uint32_t rounds) {
  const StoreLimit all = measure_store_limit(memory, cpus, rounds);
  if (cpus.size() == 1) return all;
  const StoreLimit one = measure_kinds({&all.kind, 1}, memory, {cpus[0]}, rounds);
  return one.record_ns < all.record_ns ? one : all;
}

}  // namespace memmap::simulator
