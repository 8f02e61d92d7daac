// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What records cost in every layout, beside a loop that copies a template; and how soon growth has its first block.
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "device_jobs.h"
#include "foreign_units.h"
#include "memmap/layout.h"

namespace memmap::bench {
namespace {

using simulator::DeviceRequest;
using simulator::DeviceSpan;
using simulator::Engine;
using simulator::kMaxOrderPages;
using simulator::kSectionPages;
using simulator::now_ns;

// The plain template writer: a copy of one record to each place, past the caches; nothing of it depends on the page.
template <uint32_t kWords>
void copy_template(const uint64_t* from, uint64_t* to, uint64_t nr_records) {
  std::array<uint64_t, kWords> words;
  std::copy_n(from, kWords, words.begin());
  for (uint64_t* const end = to + nr_records * kWords; to != end; to += kWords) {
    for (uint32_t n = 0; n < kWords; ++n) _mm_stream_si64(reinterpret_cast<long long*>(to + n), int64_t(words[n]));
  }
  _mm_sfence();
}

void copy_template(uint32_t record_bytes, const uint64_t* from, uint64_t* to, uint64_t nr_records) {
  switch (record_bytes / 8) {
    case 7:
      return copy_template<7>(from, to, nr_records);
    case 9:
      return copy_template<9>(from, to, nr_records);
    case 10:
      return copy_template<10>(from, to, nr_records);
    default:
      return copy_template<8>(from, to, nr_records);
  }
}

simulator::Pairs fill_pairs(const Rig& rig, const memmap_layout& layout) {
  const DeviceSpan span = simulator::slice_of(rig.stage.big(), simulator::kSlicePages);
  DeviceSpan part = simulator::slice_of(span, span.device.nr_pages * 64 / 80 / kSectionPages * kSectionPages);
  DeviceRequest request(part, [&layout](memmap_request& asked) {
    without_hooks(asked);
    asked.layout = &layout;
    asked.zone = std::min(asked.zone, (1u << layout.zone.width) - 1);  // some number their zones otherwise
  });
  uint64_t* const records = reinterpret_cast<uint64_t*>(part.memmap.first);
  return simulator::measure_pairs(
      rig.nr_pairs, [&] { return bind_ns(rig.inline_engine, request, rig.violations); },
      [&] {
        const std::array<uint64_t, 10> record = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        const uint64_t began = now_ns();
        copy_template(layout.record_bytes, record.data(), records, part.device.nr_pages);
        return double(now_ns() - began);
      });
}

// The layout that does worst against the template.
void layouts(Bench& bench) {
  if (!bench.wants("layout_vs_template_worst")) return;
  Figure worst;
  const memmap_layout* layout = nullptr;
  for (uint32_t n = 0; (layout = memmap_layout_at(n)) != nullptr; ++n) {
    bench.rig.progress(absl::StrCat("layout ", layout->name).c_str());
    Figure figure = simulator::throughput_figure(fill_pairs(bench.rig, *layout), 1);
    if (n > 0 && figure.value >= worst.value) continue;
    worst = std::move(figure);
    worst.what = absl::StrCat("records of every layout, one thread; the worst: ", layout->name);
  }
  worst.key = "layout_vs_template_worst";
  worst.theirs_is = "a template copied in a loop";
  worst.unit = "ns a fill";
  worst.target = 0.95;
  bench.add(std::move(worst));
}

// A zone that workers have nearly done: each of them stops in the last hundred blocks until it is let go.
class NearlyDone {
 public:
  static constexpr uint64_t kLeft = 100;
  static constexpr uint64_t kBlockNs = 4000;  // 1,024 records at the speed of one thread

  NearlyDone(const Rig& rig, uint64_t nr_blocks) : stop_pfn_((nr_blocks - kLeft) * kMaxOrderPages) {
    span_.device.nr_pages = nr_blocks * kMaxOrderPages;
    span_.device.nid = rig.machine.nid(0);
  }
  DeviceRequest request() {
    return DeviceRequest(span_, [this](memmap_request& asked) {
      asked.kind = MEMMAP_BOOT;
      asked.hooks = {};
      asked.hooks.write = write;
      asked.hooks.context = this;
    });
  }
  void wait_for_stops(uint32_t nr_workers) const {
    while (stopped_.load() < nr_workers) std::this_thread::yield();
  }
  void let_go() { go_.store(true); }

 private:
  static int write(void* context, uint64_t pfn, uint64_t) {
    NearlyDone& own = *static_cast<NearlyDone*>(context);
    if (std::this_thread::get_id() == own.grower_) return Spin{kBlockNs}(), 0;
    if (pfn < own.stop_pfn_ || own.go_.load()) return 0;
    own.stopped_.fetch_add(1);
    while (!own.go_.load()) std::this_thread::yield();
    return 0;
  }

  DeviceSpan span_{};
  uint64_t stop_pfn_;
  std::thread::id grower_ = std::this_thread::get_id();
  std::atomic<uint32_t> stopped_{0};
  std::atomic<bool> go_{false};
};

// From the call of an allocation that found nothing until it has a block, in blocks' times.
double growth_blocks(const Rig& rig, Engine& engine, uint64_t nr_blocks) {
  NearlyDone zone(rig, nr_blocks);
  DeviceRequest request = zone.request();
  Domain domain(engine.pool(), "boot");
  bool ok = domain.submit(request.renewed()) == MEMMAP_OK;
  if (ok) zone.wait_for_stops(engine.nr_workers());
  const uint32_t nid = rig.machine.nid(0);
  uint64_t seen = memmap_node_ready_pages(engine.pool(), nid);
  const uint64_t began = now_ns();
  ok = memmap_grow(engine.pool(), nid, 1, &seen) && ok;
  const double took = double(now_ns() - began);
  zone.let_go();
  ok = domain.close() == MEMMAP_OK && ok;
  rig.violations.found(&simulator::Violations::calls, !ok, "growth beside workers");
  return took / double(NearlyDone::kBlockNs);
}

// The size of zone, 1 GiB to 16 TiB, that makes an allocation wait longest.
void growth(Bench& bench) {
  if (!bench.wants("growth_first_block_units")) return;
  Figure worst;
  for (const uint64_t nr_blocks : {uint64_t{1} << 8, uint64_t{1} << 15, uint64_t{1} << 22}) {
    bench.rig.progress("growth beside workers");
    auto engine = Engine::make(bench.rig.machine, bench.rig.engine.nr_workers(), nr_blocks * kMaxOrderPages);
    if (!engine.ok() || !(*engine)->start_workers().ok()) return;
    Samples units;
    for (uint32_t n = 0; n < bench.rig.nr_pairs; ++n) units.push_back(growth_blocks(bench.rig, **engine, nr_blocks));
    const std::string what =
        absl::StrCat("first block by growth beside workers; the worst zone: ", nr_blocks >> 8, " GiB");
    Figure figure = time_of("growth_first_block_units", what.c_str(), units, "units", 2);
    if (figure.value > worst.value) worst = std::move(figure);
  }
  bench.add(std::move(worst));
}

}  // namespace

void layout_figures(Bench& bench) {
  layouts(bench);
  growth(bench);
}

}  // namespace memmap::bench
