// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace memmap::simulator {
namespace {

// How many bytes the first letter of `text` has in UTF-8; 0: it is none. A command line may have any bytes.
size_t letter_bytes(absl::string_view text) {
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};  // what needs so many bytes
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t size = first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  uint32_t value = first & (0x7Fu >> size);
  for (const char next : text.substr(1, size - 1)) {
    if ((next & 0xC0) != 0x80) return 0;
    value = value << 6 | (next & 0x3F);
  }
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  return value < kLeast[size] || value > 0x10FFFF || surrogate ? 0 : size;
}

}  // namespace

void JsonWriter::text(absl::string_view key, absl::string_view value) {
  next(key);
  quote(value);
}

void JsonWriter::number(absl::string_view key, double value) {
  next(key);
  absl::StrAppend(&out_, std::isfinite(value) ? absl::StrFormat("%.6g", value) : "null");
}

void JsonWriter::count(absl::string_view key, uint64_t value) {
  next(key);
  absl::StrAppend(&out_, value);
}

void JsonWriter::begin(absl::string_view key, char bracket) {
  next(key);
  out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!first_) absl::StrAppend(&out_, "\n", std::string(2 * depth_, ' '));
  out_ += bracket;
  first_ = false;
  if (depth_ == 0) out_ += '\n';
}

void JsonWriter::next(absl::string_view key) {
  if (depth_ > 0) absl::StrAppend(&out_, first_ ? "\n" : ",\n", std::string(2 * depth_, ' '));
  first_ = false;
  if (key.empty()) return;
  quote(key);
  out_ += ": ";
}

void JsonWriter::quote(absl::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    const size_t size = letter_bytes(text);
    const absl::string_view letter = text.substr(0, std::max<size_t>(size, 1));
    if (letter == "\"" || letter == "\\") out_ += '\\';
    if (size == 0) {
      out_ += "\\ufffd";  // stands for what no letter can be read from
    } else if (size == 1 && letter[0] < 0x20) {
      absl::StrAppendFormat(&out_, "\\u%04x", unsigned(letter[0]));
    } else {
      absl::StrAppend(&out_, letter);
    }
    text.remove_prefix(letter.size());
  }
  out_ += '"';
}

}  // namespace memmap::simulator
