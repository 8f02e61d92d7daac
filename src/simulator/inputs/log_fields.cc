// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/log_fields.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "simulator/inputs/e820.h"

namespace memmap::simulator {
namespace {

template <typename Is>
absl::string_view take_while(absl::string_view& text, Is is) {
  const auto end = std::find_if_not(text.begin(), text.end(), [is](char c) { return is(uint8_t(c)); });
  const absl::string_view taken = text.substr(0, size_t(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

}  // namespace

void LogFields::fail(absl::string_view expected) {
  if (status_.ok()) status_ = wrong(where_, absl::StrCat("\"", all_, "\""), expected);
}

bool LogFields::eat(absl::string_view word) {
  if (!status_.ok() || !absl::ConsumePrefix(&rest_, word)) return false;
  rest_ = absl::StripLeadingAsciiWhitespace(rest_);
  return true;
}

void LogFields::expect(absl::string_view word) {
  if (!eat(word)) fail(absl::StrCat("\"", word, "\" before \"", rest_, "\""));
}

void LogFields::skip_behind(absl::string_view word) {
  const size_t at = rest_.find(word);
  if (at == rest_.npos) return fail(absl::StrCat("\"", word, "\""));
  rest_.remove_prefix(at + word.size());
}

uint64_t LogFields::number() {
  if (!status_.ok()) return 0;
  uint64_t value = 0;
  const absl::string_view digits = take_while(rest_, absl::ascii_isdigit);
  rest_ = absl::StripLeadingAsciiWhitespace(rest_);
  if (!absl::SimpleAtoi(digits, &value)) fail("a decimal number");
  return value;
}

uint32_t LogFields::small_number() {
  const uint64_t value = number();
  if (value > std::numeric_limits<uint32_t>::max()) fail("a number of at most 32 bits");
  return uint32_t(value);
}

uint32_t LogFields::type(absl::string_view name) {
  if (!status_.ok()) return 0;
  const absl::StatusOr<uint32_t> type = e820_type_in_log(absl::StripAsciiWhitespace(name), where_);
  if (type.ok()) return *type;
  status_ = type.status();
  return 0;
}

uint64_t LogFields::address(size_t digits) {
  if (!status_.ok()) return 0;
  const absl::string_view number = take_while(rest_, absl::ascii_isxdigit);
  const absl::StatusOr<uint64_t> value = parse_hex(number, where_);
  if (!value.ok()) {
    status_ = value.status();
    return 0;
  }
  const bool padded = number.size() > digits && number[0] == '0';
  if (digits > 0 && (number.size() < digits || padded)) {
    fail(absl::StrCat("an address of ", digits, digits < 16 ? " digits or more" : " digits", " at \"", number, "\""));
  }
  return *value;
}

Bytes LogFields::memory(absl::string_view kind, size_t digits) {
  expect(absl::StrCat("[", kind));
  const uint64_t begin = start(digits);
  expect("-");
  const uint64_t last = start(digits);
  expect("]");
  if (!status_.ok() || last + 1 == begin) return {};  // also 0 .. 2^64 - 1, whose size is 0 in 64 bits
  if (last < begin || last == std::numeric_limits<uint64_t>::max()) {
    fail(absl::StrCat("an end behind the start", last < begin ? "" : " and before 2^64 - 1"));
    return {};
  }
  return {begin, last + 1};
}

uint64_t LogFields::start(size_t digits) {
  expect("0x");
  return address(digits);
}

Bytes LogFields::old_memory() {
  const uint64_t begin = address(0);
  rest_ = absl::StripLeadingAsciiWhitespace(rest_);
  expect("-");
  const uint64_t end = address(0);
  rest_ = absl::StripLeadingAsciiWhitespace(rest_);
  if (end < begin) fail("an end behind the start");
  return {begin, end};
}

}  // namespace memmap::simulator
