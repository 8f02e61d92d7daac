// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/options/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace memmap::simulator {
namespace {

size_t distance(absl::string_view from, absl::string_view to) {
  std::vector<size_t> row(to.size() + 1);  // from the letters so far to each beginning of `to`
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t n = 0; n < from.size(); ++n) {
    size_t diagonal = row[0];
    row[0] = n + 1;
    for (size_t m = 0; m < to.size(); ++m) {
      const size_t replaced = diagonal + (from[n] == to[m] ? 0 : 1);
      diagonal = row[m + 1];
      row[m + 1] = std::min({replaced, row[m] + 1, row[m + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

absl::string_view nearest(absl::string_view typed, std::span<const absl::string_view> names) {
  const auto nearer = [typed](absl::string_view a, absl::string_view b) {
    return distance(typed, a) < distance(typed, b);
  };
  return *std::min_element(names.begin(), names.end(), nearer);
}

std::string hint(absl::string_view typed, std::span<const absl::string_view> names) {
  const absl::string_view best = nearest(typed, names);
  if (distance(typed, best) <= std::max(typed.size(), best.size()) / 3) return absl::StrCat(best, "?");
  return absl::StrCat("one of ", absl::StrJoin(names, ", "));
}

}  // namespace memmap::simulator
