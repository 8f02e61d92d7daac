// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/wrong_calls.h"

namespace memmap::swarm {
namespace {

// One page's compound of 512 from a subsection on.
memmap_request& compound(Tried& t) {
  t.request.kind = MEMMAP_DEVICE;
  t.request.vmemmap_shift = 9;
  t.request.nr_pages = 512;
  return t.request;
}

memmap_layout& own_layout(Tried& t) {
  t.request.layout = &t.layout;
  return t.layout;
}

memmap_request& in_pieces(Tried& t, memmap_piece first, memmap_piece second) {
  t.request.nr_pages = 100;
  t.pieces[0] = {t.request.start_pfn + first.pfn, first.nr_pages};
  t.pieces[1] = {t.request.start_pfn + second.pfn, second.nr_pages};
  t.request.pieces = t.pieces;
  t.request.nr_pieces = 2;
  return t.request;
}

constexpr WrongCall kRequestCalls[] = {
    {"no request", MEMMAP_INVALID, [](Tried& t) { return memmap_init_async(nullptr, t.domain); }},
    {"no domain", MEMMAP_INVALID, [](Tried& t) { return memmap_init_async(&t.request, nullptr); }},
    {"no pages", MEMMAP_INVALID, [](Tried& t) { return t.request.nr_pages = 0, t.submit(); }},
    {"more pages than there are", MEMMAP_INVALID,
     [](Tried& t) { return t.request.nr_pages = kPfnLimit + 1, t.submit(); }},
    {"a page that no kernel has", MEMMAP_INVALID, [](Tried& t) { return t.request.start_pfn = kPfnLimit, t.submit(); }},
    {"an unknown kind", MEMMAP_INVALID, [](Tried& t) { return t.request.kind = memmap_kind(7), t.submit(); }},
    {"an unknown device", MEMMAP_INVALID, [](Tried& t) { return t.request.device = memmap_device(7), t.submit(); }},
    {"neither records nor a hook", MEMMAP_INVALID,
     [](Tried& t) { return t.request.hooks.write = nullptr, t.submit(); }},
    {"records at odd places", MEMMAP_INVALID, [](Tried& t) { return t.request.records = t.spare + 8, t.submit(); }},
    {"of 72 bytes, at odder ones", MEMMAP_INVALID,
     [](Tried& t) {
       own_layout(t).record_bytes = 72;
       return t.request.records = t.spare + 4, t.submit();
     }},
    {"a record of 57 bytes", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).record_bytes = 57, t.submit(); }},
    {"of 48", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).record_bytes = 48, t.submit(); }},
    {"of 88", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).record_bytes = 88, t.submit(); }},
    {"blocks above a section", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).max_order = 16, t.submit(); }},
    {"sections above all", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).section_shift = 31, t.submit(); }},
    {"pages of 128 KiB", MEMMAP_INVALID, [](Tried& t) { return own_layout(t).page_shift = 17, t.submit(); }},
    {"a node above the field", MEMMAP_INVALID,
     [](Tried& t) {
       own_layout(t).node.width = 1;
       return t.request.nid = 2, t.submit();
     }},
    {"above any field", MEMMAP_INVALID, [](Tried& t) { return t.request.nid = 1024, t.submit(); }},
    {"a zone above the field", MEMMAP_INVALID, [](Tried& t) { return t.request.zone = 8, t.submit(); }},
    {"an altmap at boot", MEMMAP_INVALID, [](Tried& t) { return t.request.altmap.free = 1, t.submit(); }},
    {"an altmap and pieces", MEMMAP_INVALID,
     [](Tried& t) {
       in_pieces(t, {0, 5}, {10, 5}).kind = MEMMAP_DEVICE;
       return t.request.altmap.free = 1, t.submit();
     }},
    {"a reserve that is all", MEMMAP_INVALID,
     [](Tried& t) {
       t.request.kind = MEMMAP_DEVICE;
       return t.request.altmap.reserve = 1, t.submit();
     }},
    {"an altmap beyond the end", MEMMAP_INVALID,
     [](Tried& t) {
       t.request.kind = MEMMAP_DEVICE;
       return t.request.altmap.free = 2, t.submit();
     }},
    {"pieces without a number", MEMMAP_INVALID,
     [](Tried& t) {
       return in_pieces(t, {0, 5}, {10, 5}).nr_pieces = 0, t.submit();
     }},
    {"a number without pieces", MEMMAP_INVALID, [](Tried& t) { return t.request.nr_pieces = 1, t.submit(); }},
    {"pieces that overlap", MEMMAP_INVALID,
     [](Tried& t) {
       return in_pieces(t, {0, 5}, {4, 5}), t.submit();
     }},
    {"an empty piece", MEMMAP_INVALID,
     [](Tried& t) {
       return in_pieces(t, {0, 5}, {10, 0}), t.submit();
     }},
    {"a piece behind the end", MEMMAP_INVALID,
     [](Tried& t) {
       return in_pieces(t, {0, 5}, {100, 5}), t.submit();
     }},
    {"a piece across the end", MEMMAP_INVALID,
     [](Tried& t) {
       return in_pieces(t, {0, 5}, {96, 5}), t.submit();
     }},
    {"shared records of single pages", MEMMAP_INVALID,
     [](Tried& t) { return t.request.shared_records = true, t.submit(); }},
    {"compounds of RAM", MEMMAP_INVALID, [](Tried& t) { return compound(t).kind = MEMMAP_BOOT, t.submit(); }},
    {"compounds in pieces", MEMMAP_INVALID,
     [](Tried& t) {
       return compound(t), in_pieces(t, {0, 5}, {10, 5}), t.submit();
     }},
    {"compounds of 8 TiB", MEMMAP_INVALID, [](Tried& t) { return compound(t).vmemmap_shift = 31, t.submit(); }},
    {"half a compound", MEMMAP_INVALID, [](Tried& t) { return compound(t).nr_pages = 256, t.submit(); }},
    {"no compound behind its altmap", MEMMAP_INVALID,
     [](Tried& t) { return compound(t).altmap.free = 512, t.submit(); }},
    {"compounds off the grid", MEMMAP_UNSUPPORTED, [](Tried& t) { return compound(t).start_pfn += 8, t.submit(); }},
    {"shared records of an altmap", MEMMAP_UNSUPPORTED,
     [](Tried& t) {
       compound(t).shared_records = true;
       t.request.nr_pages = 1024;
       return t.request.altmap.free = 512, t.submit();
     }},
    {"shared, nothing to share", MEMMAP_UNSUPPORTED,
     [](Tried& t) {
       compound(t).shared_records = true;
       return t.request.vmemmap_shift = 7, t.submit();
     }},
    {"shared, of 72 bytes", MEMMAP_UNSUPPORTED,
     [](Tried& t) {
       compound(t).shared_records = true;
       return own_layout(t).record_bytes = 72, t.submit();
     }},
    {"shared, without a virtual map", MEMMAP_UNSUPPORTED,
     [](Tried& t) {
       compound(t).shared_records = true;
       return own_layout(t).model = MEMMAP_FLATMEM, t.submit();
     }},
    {"spans that descend", MEMMAP_INVALID,
     [](Tried& t) {
       const memmap_request second = t.request;
       return t.request.next = &second, t.submit();
     }},
    {"below the pool, or beyond", MEMMAP_OUTSIDE,
     [](Tried& t) {
       t.request.start_pfn = t.config.start_pfn != 0 ? t.config.start_pfn - 1 : t.config.nr_pages;
       return t.submit();
     }},
    {"across its end", MEMMAP_OUTSIDE,
     [](Tried& t) {
       t.request.start_pfn = t.config.start_pfn + t.config.nr_pages - 1;
       return t.request.nr_pages = 2, t.submit();
     }},
    {"a node that is none", MEMMAP_NO_NODE, [](Tried& t) { return t.request.nid = t.topology.nr_nids, t.submit(); }},
    {"records on none", MEMMAP_NO_NODE,
     [](Tried& t) { return t.request.records_nid = t.topology.nr_nids, t.submit(); }},
    {"no storage", MEMMAP_STORAGE, [](Tried& t) { return t.request.storage = nullptr, t.submit(); }},
    {"storage at odd places", MEMMAP_STORAGE, [](Tried& t) { return t.request.storage = t.spare + 32, t.submit(); }},
    {"storage that is too small", MEMMAP_STORAGE, [](Tried& t) { return --t.request.storage_bytes, t.submit(); }},
    {"storage that was used", MEMMAP_STORAGE,
     [](Tried& t) {
       t.spare[0] = 1;
       const int found = t.submit();
       return t.spare[0] = 0, found;
     }},
    {"bytes of no request", MEMMAP_INVALID, [](Tried&) { return answered(memmap_request_bytes(nullptr) != 0); }},
};

}  // namespace

// Valid: one page of RAM, by a hook.
Tried::Tried(memmap_pool* p, const memmap_pool_config& of_pool, memmap_domain* d, char* s)
    : pool(p),
      domain(d),
      spare(s),
      env(*of_pool.env),
      topology(*of_pool.topology),
      config(of_pool),
      layout(*memmap_layout_at(0)),
      pieces{} {
  uint32_t node = 0;
  while (topology.home_begin[node] == topology.home_begin[node + 1]) ++node;
  config.env = &env;
  config.topology = &topology;
  request.start_pfn = config.start_pfn;
  request.nr_pages = 1;
  request.nid = request.records_nid = range.nid = task.nid = node;
  request.hooks.write = [](void*, uint64_t, uint64_t) { return 0; };
  request.storage = range.storage = spare;
  request.storage_bytes = memmap_request_bytes(&request);
  range.count = 1;
  range.run = request.hooks.write;
  range.storage_bytes = memmap_range_bytes(&range);
  task.run = [](void*) { return 0; };
}

int Tried::submit() {
  const size_t bytes = memmap_request_bytes(&request);
  const int status = memmap_init_async(&request, domain);
  const bool is_wrong = status == MEMMAP_INVALID || status == MEMMAP_UNSUPPORTED;
  return request.next || is_wrong == (bytes == 0) ? status : MEMMAP_OK;
}

std::span<const WrongCall> wrong_requests() { return kRequestCalls; }

}  // namespace memmap::swarm
