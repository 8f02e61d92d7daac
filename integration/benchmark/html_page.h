// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The report as one page that needs nothing but a browser: no script, no font, no picture from elsewhere.
#ifndef MEMMAP_INTEGRATION_BENCHMARK_HTML_PAGE_H
#define MEMMAP_INTEGRATION_BENCHMARK_HTML_PAGE_H

#include <string>

#include "bench_report.h"

namespace memmap::bench {

// HTML that is also well-formed XML.
std::string html_page(const BenchReport& report);

}  // namespace memmap::bench
#endif  // MEMMAP_INTEGRATION_BENCHMARK_HTML_PAGE_H
