// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reads one table of a document key by key: each key is asked for by name and type; what nobody asked for is an error
// with the nearest name. The first error of a document is kept, the rest of the reading goes on harmlessly.
#ifndef MEMMAP_SIMULATOR_SCENARIO_TABLE_READER_H
#define MEMMAP_SIMULATOR_SCENARIO_TABLE_READER_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "simulator/scenario/document.h"
#include "simulator/scenario/quantity.h"

namespace memmap::virtual_time {

// Where the first error of a file goes.
struct Complaints {
  std::string file;
  absl::Status first;

  // "file:line:column: found ..., expected ..."
  void add(Place place, absl::string_view found, absl::string_view expected);
};

class TableReader {
 public:
  TableReader(const Value& table, Complaints& complaints);

  // Each leaves *value as it is where the key is absent. True: it was there and fits.
  bool text(absl::string_view key, std::string* value);
  bool quantity(absl::string_view key, Unit unit, double* value);
  bool quantity(absl::string_view key, Unit unit, uint64_t* value);
  bool count(absl::string_view key, uint64_t low, uint64_t high, uint32_t* value);
  bool real(absl::string_view key, double low, double high, double* value);
  bool boolean(absl::string_view key, bool* value);
  // Null where absent; what the caller reads it as is its own.
  const Value* find(absl::string_view key);
  // The tables of an array of tables, [[key]]; empty where absent.
  std::vector<const Value*> tables(absl::string_view key);
  const Value* table(absl::string_view key);

  // Complains where `key` is absent.
  void require(absl::string_view key, absl::string_view example);
  void complain(const Value& value, absl::string_view expected) const;
  // After the last question: complains about keys that nobody asked for.
  void finish();

  Place place() const { return table_.place; }
  Complaints& complaints() const { return complaints_; }

 private:
  const Value& table_;
  Complaints& complaints_;
  std::vector<std::string> known_;
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_SCENARIO_TABLE_READER_H
