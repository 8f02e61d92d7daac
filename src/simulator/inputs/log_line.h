// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One line of a kernel's log, as far as it says something about physical memory. What stands in front of the message
// does not matter: "[    0.000000]", "<6>", "[    T0]", a syslog's date and host, "ACPI: "; nor does a carriage return.
// Lines that begin with # are comments; ">" in front is a quotation, as in mail.
#ifndef MEMMAP_SIMULATOR_INPUTS_LOG_LINE_H
#define MEMMAP_SIMULATOR_INPUTS_LOG_LINE_H

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/inputs/source_line.h"

namespace memmap::simulator {

enum class LogKind {
  other,
  boot,        // Linux version ...
  table,       // BIOS-provided physical RAM map:
  entry,       // BIOS-e820: [mem 0x...-0x...] usable; also of Linux 3.4 and before: 0000... - 0000... (usable)
  gap,         // BIOS-e820: [gap 0x...-0x...]; since Linux 7
  update,      // e820: update [mem 0x...-0x...] usable ==> reserved
  remove,      // e820: remove [mem 0x...-0x...] usable
  affinity,    // SRAT: Node 0 PXM 0 [mem 0x...-0x...] hotplug non-volatile; before 3.5: 0-a0000
  nodes,       // Early memory node ranges
  node_range,  //   node   0: [mem 0x...-0x...]
  node_data,   // NODE_DATA(0) allocated [mem 0x...-0x...]; arm64 and powerpc: NODE_DATA [mem 0x...-0x...]
  memoryless,  // Initmem setup node 1 as memoryless
  command,     // Command line: ... kernelcore=mirror ...
  firmware,    // efi: mem45: [Conventional Memory|   |  |MR| ... range=[0x...-0x...] (2048MB)
  movable,     //   Node 0: 0x..., below "Movable zone start for each node"
  total,       // Memory: 100K/200K available
};

// What the line says; which fields count is up to its kind.
struct LogLine {
  LogKind kind = LogKind::other;
  absl::string_view who;  // entry: before the colon, "BIOS-e820", "user", "modified", ...
  Bytes bytes;            // empty where the kernel printed an end before the start, which is how it prints no bytes
  uint32_t type = 0;      // E820Type
  uint32_t new_type = 0;  // update
  uint32_t nid = 0;
  bool hotplug = false;
  bool non_volatile = false;
  bool mirror = false;  // command: kernelcore=mirror; firmware: more reliable
  uint64_t total_kib = 0;
};

// How many ">" the line begins with.
size_t quotation_depth(absl::string_view line);

// Cheap: what the line is about, without a look at its numbers.
LogKind kind_of(absl::string_view line);

// INVALID_ARGUMENT: a line that is about memory, but is cut off or mistyped: "WHERE: found ..., expected ...".
absl::StatusOr<LogLine> parse_log_line(absl::string_view line, absl::string_view where);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_LOG_LINE_H
