// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace memmap::simulator {

absl::StatusOr<std::string> read_text(const std::string& path, absl::string_view expected) {
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (file.is_open() && !file.bad()) return text.str();
  const std::string why = absl::StrCat(path, ": ", std::strerror(errno), ", expected ", expected);
  return errno == EACCES || errno == EPERM ? absl::PermissionDeniedError(why) : absl::NotFoundError(why);
}

}  // namespace memmap::simulator
