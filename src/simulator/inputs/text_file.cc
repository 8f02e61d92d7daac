// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/text_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace memmap::simulator {

absl::StatusOr<std::string> read_text(const std::string& path, absl::string_view expected) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char part[4096];
  // Not by way of its buffer, which throws where a folder or a bad disk cannot be read.
  while (file.read(part, sizeof(part)) || file.gcount() > 0) text.append(part, size_t(file.gcount()));
  if (file.is_open() && !file.bad()) return std::string(absl::StripPrefix(text, "\xEF\xBB\xBF"));  // as some editors
  const std::string why = absl::StrCat(path, ": ", std::strerror(errno), ", expected ", expected);
  return errno == EACCES || errno == EPERM ? absl::PermissionDeniedError(why) : absl::NotFoundError(why);
}

}  // namespace memmap::simulator
