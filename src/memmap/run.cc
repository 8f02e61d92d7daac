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
    const PageRange pages = request.pages_of(first, last);
    uint64_t passed = 0, written = pages.size();
    if (!request.hooks.write) written = write_images(request, pages);
    if (env.spend) env.spend(env.context, request.records_nid, written);
    return request.hooks.write ? call_hook(request, request.hooks.write, first, last, &passed) : 0;
  });
}

// Ready units are visible as such before they count as done. Returns how many of the run were handed over.
uint64_t hand_over(Request& request, uint64_t first, uint64_t last, int* error) {
  uint64_t passed = 0;
  if (request.hooks.ready)
    *error = call_hook(request, request.hooks.ready, first, last, &passed);
  else
    passed = last - first;
  if (passed == 0) return 0;
  const PageRange pages = request.pages_of(first, first + passed);
  request.pool->sections.set_ready(pages);
  if (request.at_boot()) {
    // N1 with N2: who sees the counter move sees the hand-over
    request.pool->nodes[request.nid].ready.fetch_add(request.present_pages(pages), release);
  }
  return passed;
}

uint64_t run(sched::Job& job, uint64_t word, uint64_t bits, sched::Holding& holding, int* error) {
  Request& request = static_cast<Request&>(job);
  return observed(request, word, bits, holding, error, [&](auto written) {
    *error = write_units(request, word, bits);
    if (request.streaming) writer_fence();
    written();
    uint64_t done = 0;
    if (*error != 0) return done;
    holding.stage.store(sched::Holding::kReady, relaxed);
    for_each_run(word, bits, [&](uint64_t first, uint64_t last) {
      done |= bits_in_word(word, first, first + hand_over(request, first, last, error));
      return *error;
    });
    return done;
  });
}

}  // namespace

const sched::Work kRequestWork = {run, report_stall};

}  // namespace memmap::pages
