// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/quantity.h"

#include <charconv>
#include <span>

#include "absl/strings/strip.h"

namespace memmap::virtual_time {
namespace {

struct Scale {
  absl::string_view name;
  double factor;
};
constexpr Scale kBytes[] = {
    {"B", 1}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}, {"TiB", 1099511627776.0}};
constexpr Scale kTimes[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}};
constexpr Scale kBandwidths[] = {{"MB/s", 1e-3}, {"GB/s", 1}};
constexpr double kLimit = 9e18;

std::span<const Scale> scales_of(Unit unit) {
  if (unit == Unit::bytes) return kBytes;
  if (unit == Unit::time) return kTimes;
  return kBandwidths;
}

}  // namespace

std::optional<double> parse_quantity(absl::string_view text, Unit unit) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc() || !(number >= 0)) return std::nullopt;
  absl::string_view name(rest, size_t(end - rest));
  absl::ConsumePrefix(&name, " ");
  for (const Scale& scale : scales_of(unit))
    if (name == scale.name && number * scale.factor < kLimit) return number * scale.factor;
  return std::nullopt;
}

absl::string_view example_of(Unit unit) {
  if (unit == Unit::bytes) return "a size such as \"3TiB\"";
  if (unit == Unit::time) return "a time such as \"1.5ms\"";
  return "a bandwidth such as \"46GB/s\"";
}

}  // namespace memmap::virtual_time
