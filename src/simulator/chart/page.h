// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What all pages have in common: HTML that is also well-formed XML and needs nothing but a browser, with no script, no
// font and no picture from elsewhere; light or dark as the reader prefers; one column where the screen is narrow.
#ifndef MEMMAP_SIMULATOR_CHART_PAGE_H
#define MEMMAP_SIMULATOR_CHART_PAGE_H

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace memmap::chart {

// The page around `body`. `style` comes behind the style that all pages have.
std::string page_of(absl::string_view title, absl::string_view style, absl::string_view body);

// What it ran on: a line of name and text each.
std::string about_of(const std::vector<std::pair<std::string, std::string>>& lines);

// For text and for attributes.
std::string escaped(absl::string_view text);

// Three digits, no exponent: "0.0771", "2.27", "16400".
std::string number(double value);

}  // namespace memmap::chart
#endif  // MEMMAP_SIMULATOR_CHART_PAGE_H
