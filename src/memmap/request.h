// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A request as the engine runs it: memmap_request, checked, copied into its own storage, cut in units.
#pragma once

#include "memmap/image.h"
#include "memmap/range_job.h"
#include "memmap/writer.h"

namespace memmap::pages {

struct Request : RangeJob {
  uint32_t nid = 0;
  memmap_kind kind = MEMMAP_BOOT;
  char* records = nullptr;  // of span.begin
  memmap_request asked{};   // what images are made of
  Image image{};            // of compounds: the heads'
  Image altmap{};
  uint64_t data_begin = 0;  // pfns below get the altmap's image
  Stores stores = Stores::kPlain;

  char* record_of(uint64_t pfn) const { return records + (pfn - span.begin) * image.nr_words * 8; }
  bool at_boot() const { return kind == MEMMAP_BOOT || kind == MEMMAP_BOOT_FREED; }
};

inline PageRange span_of(const memmap_request& request) {
  return {request.start_pfn, request.start_pfn + request.nr_pages};
}

// Whether the request could be accepted by any pool; its storage is not looked at.
int check_request(const memmap_request& request);
// The request at home in its storage, not yet published. It was checked, and its sections are taken; NO_NODE, STORAGE.
int make_request(const memmap_request& request, memmap_pool& pool, Request** made);

// records.cc: writes the images of the present pages among these, whole compounds if any. Returns how many records.
uint64_t write_images(const Request& request, PageRange pages);

// run.cc: what the engine calls.
extern const sched::Work kRequestWork;

// The job, if it is a request.
inline Request* as_request(sched::Job* job) {
  return job->work == &kRequestWork ? static_cast<Request*>(job) : nullptr;
}

}  // namespace memmap::pages
