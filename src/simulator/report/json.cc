// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/json.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace memmap::simulator {

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
  for (const char c : text) {
    if (c == '"' || c == '\\') out_ += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out_, "\\u%04x", static_cast<unsigned>(c));
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

}  // namespace memmap::simulator
