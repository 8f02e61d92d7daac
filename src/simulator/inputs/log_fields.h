// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Reads the fields of a log line one after the other.
#ifndef MEMMAP_SIMULATOR_INPUTS_LOG_FIELDS_H
#define MEMMAP_SIMULATOR_INPUTS_LOG_FIELDS_H

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "simulator/inputs/source_line.h"

namespace memmap::simulator {

class LogFields {
 public:
  LogFields(absl::string_view text, absl::string_view where) : all_(text), rest_(text), where_(where) {}

  absl::string_view rest() const { return rest_; }
  const absl::Status& status() const { return status_; }  // the first error; after it nothing is read

  bool eat(absl::string_view word);     // if it is next, steps over it and the blanks behind it
  void expect(absl::string_view word);  // the same; an error if it is not next
  void skip_behind(absl::string_view word);
  uint64_t number();                      // decimal
  uint32_t small_number();                // decimal, at most 2^32 - 1: of a node or a proximity domain
  uint32_t type(absl::string_view name);  // E820Type, by its name in a log

  // "[mem 0xSTART-0xLAST]". The kernel pads addresses with zeros to `digits`: a shorter one is cut off or mistyped.
  Bytes memory(absl::string_view kind, size_t digits);
  // "0xSTART", padded likewise.
  uint64_t start(size_t digits);
  // "START-END" or "START - END", without 0x, END not included, as before Linux 3.5.
  Bytes old_memory();

  void fail(absl::string_view expected);

 private:
  uint64_t address(size_t digits);

  absl::string_view all_;
  absl::string_view rest_;
  absl::string_view where_;
  absl::Status status_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_LOG_FIELDS_H
