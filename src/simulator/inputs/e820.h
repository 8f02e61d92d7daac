// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The table that x86 firmware gives to the kernel, and what the kernel does to it: overlapping, empty and unsorted
// entries are normal. Followed: Linux 6.1, arch/x86/kernel/e820.c and arch/x86/kernel/setup.c.
#ifndef MEMMAP_SIMULATOR_INPUTS_E820_H
#define MEMMAP_SIMULATOR_INPUTS_E820_H

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/inputs/source_line.h"

namespace memmap::simulator {

// Numbers of ACPI and of Linux. Where entries overlap, the highest number holds.
enum E820Type : uint32_t {
  kE820Ram = 1,
  kE820Reserved = 2,
  kE820AcpiTables = 3,
  kE820AcpiStorage = 4,
  kE820Unusable = 5,
  kE820Persistent = 7,
  kE820PersistentLegacy = 12,  // also what memmap=SIZE!START makes
  kE820SoftReserved = 0xefffffff,
};

struct E820Entry {
  Bytes bytes;
  uint32_t type;
  std::string where;  // file:line
};

using E820Table = std::vector<E820Entry>;

// The name of a type in a log, old ("usable", "type 20") or as of Linux 7 ("System RAM", "device reserved"); or as
// /sys/firmware/memmap shows it ("ACPI Non-volatile Storage").
absl::StatusOr<uint32_t> e820_type_in_log(absl::string_view name, absl::string_view where);
absl::StatusOr<uint32_t> e820_type_in_sysfs(absl::string_view name, absl::string_view where);

// Devices, whose memmap is not made at boot.
bool is_device_type(uint32_t type);

// sanitized: ascending, disjoint, without empty entries; the highest type wins; neighbours of one type are one entry,
// but legacy persistent and soft reserved ones, which may be two devices: e820__update_table(), e820_nomerge().
E820Table sanitized(const E820Table& table);

// What of `range` has type `from` becomes `to`, or nothing where `to` is 0: e820__range_update(), e820__range_remove().
void retype(E820Table& table, Bytes range, uint32_t from, uint32_t to);

// The first page belongs to the BIOS, and so does 640 KiB to 1 MiB: trim_bios_range().
void trim_bios_range(E820Table& table);

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_INPUTS_E820_H
