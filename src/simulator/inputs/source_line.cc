// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/source_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace memmap::simulator {

absl::Status wrong(absl::string_view where, absl::string_view found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": found ", found, ", expected ", expected));
}

absl::StatusOr<uint64_t> parse_hex(absl::string_view digits, absl::string_view where) {
  uint64_t number = 0;
  const auto is_digit = [](unsigned char c) { return absl::ascii_isxdigit(c) != 0; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return wrong(where, absl::StrCat("address \"", digits, "\""), "hexadecimal digits");
  }
  for (const char digit : digits) {
    if (number >> 60 != 0) return wrong(where, absl::StrCat("address ", digits), "at most 64 bits");
    number = number << 4 | uint64_t(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return number;
}

std::string hex(uint64_t n) { return absl::StrCat(absl::Hex(n, absl::kZeroPad8)); }

std::string text_of(Bytes bytes) { return absl::StrCat("[mem 0x", hex(bytes.begin), "-0x", hex(bytes.end - 1), "]"); }

}  // namespace memmap::simulator
