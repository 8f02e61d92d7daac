// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One line on the standard error that says what a long run does at the moment; nothing where nobody watches.
#ifndef MEMMAP_SIMULATOR_PROGRESS_H
#define MEMMAP_SIMULATOR_PROGRESS_H

#include <unistd.h>

#include <cstdio>
#include <string>

namespace memmap::simulator {

class Progress {
 public:
  explicit Progress(bool quiet) : visible_(!quiet && isatty(STDERR_FILENO) == 1) {}
  ~Progress() { say(""); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Replaces the line.
  void say(const std::string& text) const {
    if (visible_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
  }

 private:
  const bool visible_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_PROGRESS_H
