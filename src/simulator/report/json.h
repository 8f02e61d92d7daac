// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Writes JSON: objects, arrays, text and numbers, indented by two blanks.
#ifndef MEMMAP_SIMULATOR_REPORT_JSON_H
#define MEMMAP_SIMULATOR_REPORT_JSON_H

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace memmap::simulator {

class JsonWriter {
 public:
  // Where a key is needed (inside an object) it comes first; in arrays and at the top it is empty.
  void begin_object(absl::string_view key = "") { begin(key, '{'); }
  void end_object() { end('}'); }
  void begin_array(absl::string_view key = "") { begin(key, '['); }
  void end_array() { end(']'); }
  void text(absl::string_view key, absl::string_view value);
  void number(absl::string_view key, double value);
  void count(absl::string_view key, uint64_t value);

  const std::string& written() const { return out_; }

 private:
  void begin(absl::string_view key, char bracket);
  void end(char bracket);
  void next(absl::string_view key);
  void quote(absl::string_view text);

  std::string out_;
  size_t depth_ = 0;
  bool first_ = true;  // of its object or array
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_REPORT_JSON_H
