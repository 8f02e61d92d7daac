// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/reference/verify.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace memmap::simulator {
namespace {

constexpr uint64_t kPagesATask = 16384;
using Pages = oneapi::tbb::blocked_range<uint64_t>;

// `later` covers pages behind those of `so_far`.
Verification joined(Verification so_far, const Verification& later) {
  so_far.verified += later.verified;
  so_far.untouched += later.untouched;
  so_far.wrong += later.wrong;
  so_far.outside += later.outside;
  for (const Offender& offender : later.offenders) {
    if (so_far.offenders.size() < Verification::kOffenders) so_far.offenders.push_back(offender);
  }
  return so_far;
}

void verify_page(const ExpectedSpan& span, uint64_t pfn, Verification& result) {
  const char* address = static_cast<const char*>(span.records) + (pfn - span.start_pfn) * sizeof(Record);
  Record found;
  std::memcpy(&found, address, sizeof(found));
  const Record expected = expected_record(span.page, reinterpret_cast<uintptr_t>(address));
  const bool untouched = span.page.content == Content::untouched;
  ++(untouched ? result.untouched : result.verified);
  const std::optional<Difference> wrong = difference(found, expected, span.phase);
  if (!wrong) return;
  ++(untouched ? result.outside : result.wrong);
  if (result.offenders.size() < Verification::kOffenders) result.offenders.push_back({pfn, *wrong});
}

Verification verify_span(const ExpectedSpan& span) {
  const auto verify_pages = [&span](const Pages& pages, Verification result) {
    for (uint64_t pfn = pages.begin(); pfn != pages.end(); ++pfn) verify_page(span, pfn, result);
    return result;
  };
  const Pages all(span.start_pfn, span.start_pfn + span.nr_pages, kPagesATask);
  return oneapi::tbb::parallel_reduce(all, Verification{}, verify_pages, joined);
}

}  // namespace

Verification verify(std::span<const ExpectedSpan> spans) {
  Verification result;
  for (const ExpectedSpan& span : spans) result = joined(std::move(result), verify_span(span));
  return result;
}

std::string describe(const Offender& offender) {
  char text[160];
  std::snprintf(text, sizeof(text), "pfn %" PRIu64 ": %s is 0x%" PRIx64 ", expected 0x%" PRIx64, offender.pfn,
                offender.difference.field, offender.difference.found, offender.difference.expected);
  return text;
}

}  // namespace memmap::simulator
