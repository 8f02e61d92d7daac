// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/ledger.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "simulator/kernel/geometry.h"
#include "simulator/kernel/record.h"

namespace memmap::swarm {
namespace {

constexpr uint8_t kScribble = 0xB6;  // who gets a page uses its record

int call_write(void* ledger, uint64_t at, uint64_t n) { return static_cast<Ledger*>(ledger)->write(at, n); }
int call_ready(void* ledger, uint64_t at, uint64_t n) { return static_cast<Ledger*>(ledger)->ready(at, n); }
int call_undo(void* ledger, uint64_t at, uint64_t n) { return static_cast<Ledger*>(ledger)->undo(at, n); }

}  // namespace

void FreeMemory::operator()(void* memory) const { std::free(memory); }

Memory zeroed(size_t nr_bytes) {
  const size_t rounded = simulator::round_up(std::max<size_t>(nr_bytes, 1), 128);
  Memory memory(static_cast<char*>(std::aligned_alloc(128, rounded)));
  std::memset(memory.get(), 0, rounded);
  return memory;
}

Ledger::Ledger(const SpanPlan& p, uint32_t i, Environment& environment, Marks& marks, Plant plant)
    : plan(p), index(i), environment_(environment), marks_(marks), plant_(plant), expected_(p), pages_(p.nr_pages) {
  for (uint64_t page = plan.altmap.reserve; plan.pieces.empty() && page < plan.nr_pages; ++page)
    pages_[page].present = 1;
  for (const memmap_piece& piece : plan.pieces)
    for (uint64_t page = piece.pfn; page < piece.pfn + piece.nr_pages; ++page) pages_[page - plan.start].present = 1;
  for (const Page& page : pages_) present_pages += page.present;
  prepare();
}

void Ledger::prepare() {
  if (plan.kind == SpanPlan::task) {
    task.run = [](void* ledger) { return static_cast<Ledger*>(ledger)->write(0, 1); };
    task.context = this;
    task.nid = plan.nid;
    task.run_ns = plan.unit_ns;
    return;
  }
  if (plan.kind == SpanPlan::request) return prepare_request();
  range = {plan.start,
           plan.nr_pages,
           plan.unit_shift,
           plan.grain_units,
           plan.nid,
           plan.unit_ns,
           call_write,
           nullptr,
           this,
           nullptr,
           0};
  range.storage_bytes = memmap_range_bytes(&range);
  storage = zeroed(range.storage_bytes);
  range.storage = storage.get();
}

void Ledger::prepare_request() {
  request.start_pfn = plan.start;
  request.nr_pages = plan.nr_pages;
  request.nid = plan.nid;
  request.records_nid = plan.records_nid;
  request.zone = expected_.zone();
  request.kind = plan.image;
  request.device = plan.device;
  request.version = plan.version;
  request.layout = layout_of(plan);
  request.vmemmap_shift = plan.order;
  request.shared_records = plan.shared;
  request.narrow_stores = plan.start / 512 % 2 == 1;  // some, without a draw: a seed stays the case that it was
  request.altmap = plan.altmap;
  request.pgmap = expected_.pgmap();
  request.pieces = plan.pieces.empty() ? nullptr : plan.pieces.data();
  request.nr_pieces = plan.pieces.size();
  request.hooks = {plan.writes_by_hook ? call_write : nullptr, plan.has_ready ? call_ready : nullptr,
                   plan.has_undo ? call_undo : nullptr, this};
  if (!plan.writes_by_hook) {
    records_memory_ = zeroed(records_bytes());
    records_ = records_memory_.get();
    std::memset(records_, simulator::kPoisonByte, records_bytes());
    request.records = record(plan.start);
  }
  request.storage_bytes = memmap_request_bytes(&request);
  storage = zeroed(request.storage_bytes);
  request.storage = storage.get();
}

bool Ledger::scribbled(uint64_t page) const {
  const char* const bytes = record(page);
  return uint8_t(bytes[0]) == kScribble && std::memcmp(bytes, bytes + 1, expected_.record_bytes() - 1) == 0;
}

void Ledger::wrong(const char* invariant, uint64_t page, const char* what) const {
  environment_.violated(invariant,
                        "span " + std::to_string(index) + ", page " + std::to_string(page - plan.start) + ": " + what);
}

void Ledger::check_range(const char* hook, uint64_t first, uint64_t count) const {
  environment_.note(first << 20 ^ count ^ uint64_t(uint8_t(hook[0])) << 56);
  if (frozen_) wrong("I6", first, "a hook is called although a cancel has returned");
  if (begun_at == kNever) wrong("I3", first, "a hook is called for what was not submitted");
  if (count == 0 || first < plan.start || count > end() - first)
    wrong("I3", first, "a hook is called outside the span");
  const Unit unit = unit_of(first);
  if (first + count > unit.last) wrong("I13", first, "a hook is called for pages of two units");
  for (uint64_t page = first; page < first + count; ++page)
    if (!present(page)) wrong("I3", page, "a hook is called for a page that is in no piece");
}

int Ledger::write(uint64_t first, uint64_t count) {
  check_range("write", first, count);
  begun_pages += count;
  const uint64_t skipped = plant_ == Plant::skipped_page && index == 0 && write_calls_ == 1 ? first : kNever;
  ++write_calls_;
  for (uint64_t page = first; page < first + count; ++page) {
    Page& state = pages_[page - plan.start];
    if (state.written != 0) wrong("I1", page, "written twice");
    state.written = page != skipped;
  }
  if (plant_ == Plant::twice && index == 0 && write_calls_ == 2) return write(first, count);
  if (on_write && !environment_.mine().in_grow) on_write(*this);
  environment_.work(count * plan.page_ns);
  if (frozen_) wrong("I6", first, "a write is under way although a cancel has returned");
  if (write_calls_ < plan.fail_write_at || plan.fail_write_at == 0) return 0;
  marks_(Mark::write_failed);
  failed_by |= 1u << 1;
  return error(1);
}

int Ledger::ready(uint64_t first, uint64_t count) {
  check_range("ready", first, count);
  const Unit unit = unit_of(first);
  for (uint64_t page = unit.first; page < unit.last; ++page) {
    const Page& state = pages_[page - plan.start];
    if (!state.present || state.handed != 0) continue;
    if (records_ ? !written(page) : state.written != 1)
      wrong(at_boot() ? "I4" : "I2", page, "handed over before it, and all of its block, is written");
  }
  environment_.work(20);
  if (++ready_calls_ >= plan.fail_ready_at && plan.fail_ready_at != 0) {
    marks_(Mark::ready_failed);
    failed_by |= 1u << 2;
    return error(2);
  }
  for (uint64_t page = first; page < first + count; ++page) {
    if (++pages_[page - plan.start].handed != 1) wrong("I1", page, "handed over twice");
    if (records_ && expected_.has_record(page)) std::memset(record(page), kScribble, expected_.record_bytes());
  }
  handed_pages += count;
  return 0;
}

int Ledger::undo(uint64_t first, uint64_t count) {
  environment_.note(first << 20 ^ count);
  if (count == 0 || first < plan.start || count > end() - first) wrong("I6", first, "undone outside the span");
  for (uint64_t page = first; page < first + count; ++page) {
    Page& state = pages_[page - plan.start];
    const bool done = plan.has_ready ? state.handed == 1 : records_ ? written(page) : state.written;
    if (!state.present || !done) wrong("I6", page, "undone, but not done");
    if (++state.undone != 1) wrong("I6", page, "undone twice");
  }
  undone_pages += count;
  marks_(Mark::undone);
  environment_.work(20);
  if (++undo_calls_ < plan.fail_undo_at || plan.fail_undo_at == 0) return 0;
  marks_(Mark::undo_failed);
  failed_by |= 1u << 3;
  return error(3);
}

bool Ledger::unit_done(uint64_t page) const {
  const Unit unit = unit_of(page);
  for (page = unit.first; page < unit.last; ++page) {
    const Page& state = pages_[page - plan.start];
    if (!state.present) continue;
    if (plan.has_ready ? state.handed != 1 : records_ ? !written(page) : state.written != 1) return false;
  }
  return true;
}

bool Ledger::unit_has_pages(uint64_t page) const {
  const Unit unit = unit_of(page);
  for (page = unit.first; page < unit.last; ++page)
    if (present(page)) return true;
  return false;
}

void Ledger::check_done(const char* invariant, uint64_t first, uint64_t count) const {
  for (uint64_t page = unit_of(first).first; page < first + count; page = unit_of(page).last)
    if (!unit_done(page)) wrong(invariant, page, "not done, although a call says so");
}

void Ledger::check_end(bool clean, bool undone) const {
  for (uint64_t page = plan.start; page < end(); ++page) {
    const Page& state = pages_[page - plan.start];
    if (records_) {
      const bool untouched = expected_.is_untouched(record(page));
      if (!accepted() && !untouched) wrong("I3", page, "written by a submit that was refused");
      if (!state.present && !untouched) wrong("I3", page, "a record that is in no piece was written");
      if (state.handed != 0 && expected_.has_record(page) && !scribbled(page))
        wrong("I1", page, "written again after the hand-over");
      if (state.handed == 0 && !untouched && !written(page)) wrong("I2", page, "a torn record");
    }
    if (!accepted() || !state.present) continue;
    if (undone && plan.has_undo && plan.kind == SpanPlan::request && plan.has_ready && state.undone != state.handed)
      wrong("I6", page, "done, cancelled, and not undone");
    if (clean && state.undone != 0) wrong("I6", page, "undone without a cancel");
  }
  if (accepted() && clean) check_done("I1", plan.start, plan.nr_pages);
  for (uint64_t i = 0; records_ && i < kGuards; ++i)
    if (!expected_.is_untouched(record(plan.start - kGuards + i)) || !expected_.is_untouched(record(end() + i)))
      wrong("I3", plan.start, "a guard record was written");
  if (frozen_ && records_ && frozen_hash_ != records_hash()) wrong("I6", plan.start, "written after the cancel");
}

uint64_t Ledger::records_hash() const {
  uint64_t hash = 0;
  const uint64_t* const words = reinterpret_cast<const uint64_t*>(records_);
  for (uint64_t i = 0; i < records_bytes() / sizeof(uint64_t); ++i) hash = (hash ^ words[i]) * 0x9E3779B97F4A7C15;
  return hash;
}

void Ledger::freeze() {
  if (frozen_) return;
  frozen_ = true;
  if (records_) frozen_hash_ = records_hash();
}

}  // namespace memmap::swarm
