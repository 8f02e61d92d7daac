// SPDX-License-Identifier: GPL-2.0-only OR MIT
#ifndef MEMMAP_SIMULATOR_OPTIONS_STANDARD_FILES_H
#define MEMMAP_SIMULATOR_OPTIONS_STANDARD_FILES_H

#include <fcntl.h>
#include <unistd.h>

namespace memmap::simulator {

// Where the caller has closed the standard output, the next file to be opened would be that, and the report would go
// into it. After this, which comes before any file, a report that has nowhere to go fails.
inline void occupy_standard_files() {
  int lowest;
  while ((lowest = open("/dev/null", O_RDONLY)) >= 0 && lowest <= STDERR_FILENO) {
  }
  if (lowest >= 0) close(lowest);
}

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_OPTIONS_STANDARD_FILES_H
