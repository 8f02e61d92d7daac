// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What all parsers of memory maps share: errors that name a line, and numbers in hexadecimal.
#ifndef MEMMAP_SIMULATOR_INPUTS_SOURCE_LINE_H
#define MEMMAP_SIMULATOR_INPUTS_SOURCE_LINE_H

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace memmap::simulator {

constexpr uint64_t kAddressEnd = uint64_t{1} << 52;  // as many address bits as x86-64 can have

// Addresses [begin, end), in bytes.
struct Bytes {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool empty() const { return begin >= end; }
  bool touches(Bytes other) const { return begin < other.end && other.begin < end; }
};

// "WHERE: found FOUND, expected EXPECTED"; `where` is file:line.
absl::Status wrong(absl::string_view where, absl::string_view found, absl::string_view expected);

// Digits without "0x", at most 64 bits.
absl::StatusOr<uint64_t> parse_hex(absl::string_view digits, absl::string_view where);

// As the kernel prints them: eight digits or more, the last byte included. text_of(): "[mem 0x...-0x...]".
std::string hex(uint64_t n);
std::string text_of(Bytes bytes);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_SOURCE_LINE_H
