// SPDX-License-Identifier: GPL-2.0-only OR MIT
// One line on the standard error that says what a long run does at the moment; nothing where nobody watches, or where
// the terminal is said to be dumb: a line is replaced by an escape sequence.
#ifndef MEMMAP_SIMULATOR_STAGE_PROGRESS_H
#define MEMMAP_SIMULATOR_STAGE_PROGRESS_H

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace memmap::simulator {

class Progress {
 public:
  explicit Progress(bool quiet) : visible_(!quiet && isatty(STDERR_FILENO) == 1 && !is_dumb(std::getenv("TERM"))) {}
  ~Progress() { say(""); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Replaces the line.
  void say(const std::string& text) const {
    if (visible_) std::fprintf(stderr, "\r\033[K%s", text.c_str());
  }

 private:
  static bool is_dumb(const char* term) { return term == nullptr || std::string_view(term) == "dumb"; }

  const bool visible_;
};

}  // namespace memmap::simulator
#endif  // MEMMAP_SIMULATOR_STAGE_PROGRESS_H
