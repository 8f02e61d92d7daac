// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Work on a grain: write all present pages of its units; fence; hand over unit by unit; set ready.
#include "memmap/grain.h"
#include "memmap/pool.h"
#include "memmap/request.h"
#include "memmap/units.h"
#include "memmap/writer.h"

namespace memmap::pages {

namespace {

int write_units(const Request& request, uint64_t word, uint64_t bits) {
  const memmap_env& env = *request.pool->engine.env;
  return for_each_run(word, bits, [&](uint64_t first, uint64_t last) {
    uint64_t passed = 0, written = 0;
    if (!request.hooks.write) written = write_images(request, request.pages_of(first, last));
    if (env.spend) {
      if (request.hooks.write) written = request.pages_of(first, last).size();
      env.spend(env.context, request.records_nid, written);
    }
    return request.hooks.write ? call_hook(request, request.hooks.write, first, last, &passed) : 0;
  });
}

// Ready units are visible as such before they count as done.
void hand_over(Request& request, uint64_t word, uint64_t first, uint64_t last, Done* done, int* error) {
  uint64_t passed = 0;
  if (request.hooks.ready)
    *error = call_hook(request, request.hooks.ready, first, last, &passed);
  else
    passed = last - first;
  if (passed == 0) return;
  const PageRange pages = request.pages_of(first, first + passed);
  const uint64_t present = request.present_pages(pages);
  request.pool->sections.set_ready(pages);
  done->bits |= bits_in_word(word, first, first + passed);
  done->pages += present;
  if (request.at_boot()) {
    // N1 with N2: who sees the counter move sees the hand-over
    request.pool->nodes[request.nid].ready.fetch_add(present, release);
  }
}

uint64_t run(sched::Job& job, uint64_t word, uint64_t bits, sched::Holding& holding, int* error) {
  Request& request = static_cast<Request&>(job);
  return observed(request, word, bits, holding, error, [&](auto written) {
    *error = write_units(request, word, bits);
    if (request.stores != Stores::kPlain) writer_fence();
    written();
    Done done;
    if (*error != 0) return done;
    holding.stage.store(sched::Holding::kReady, relaxed);
    for_each_run(word, bits, [&](uint64_t first, uint64_t last) {
      hand_over(request, word, first, last, &done, error);
      return *error;
    });
    return done;
  });
}

}  // namespace

const sched::Work kRequestWork = {run, report_stall};

}  // namespace memmap::pages
