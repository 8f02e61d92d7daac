// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A TOML file as a plain tree in which each key and value knows its line and column. The one place that knows toml++.
#ifndef MEMMAP_SIMULATOR_SCENARIO_DOCUMENT_H
#define MEMMAP_SIMULATOR_SCENARIO_DOCUMENT_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::virtual_time {

struct Place {
  uint32_t line = 0, column = 0;
};

struct Value {
  enum class Kind { text, integer, real, boolean, array, table, other };
  struct Entry;

  Kind kind = Kind::other;
  Place place;
  std::string text;
  int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Value> items;    // of an array
  std::vector<Entry> entries;  // of a table, in the file's order

  // As it would be written, shortened; of containers what they are.
  std::string shown() const;
};

struct Value::Entry {
  std::string key;
  Place place;  // of the key
  Value value;
};

// The table at the top. An error begins with file:line:column.
absl::StatusOr<Value> parse_document(absl::string_view text, const std::string& file);

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_DOCUMENT_H
