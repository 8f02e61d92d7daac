// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What tests ask of pages and tables.
#ifndef MEMMAP_UNITTEST_SUPPORT_TEXT_H
#define MEMMAP_UNITTEST_SUPPORT_TEXT_H

#include <cstddef>
#include <string>
#include <string_view>

namespace memmap::support {

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// How often, without overlaps.
inline size_t count(const std::string& text, std::string_view part) {
  size_t n = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
  return n;
}

}  // namespace memmap::support
#endif  // MEMMAP_UNITTEST_SUPPORT_TEXT_H
