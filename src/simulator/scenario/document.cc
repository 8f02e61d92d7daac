// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/document.h"

#include <toml++/toml.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace memmap::virtual_time {
namespace {

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

Value convert(const toml::node& node) {
  Value value;
  value.place = place_of(node.source());
  if (const auto* table = node.as_table()) {
    value.kind = Value::Kind::table;
    for (const auto& [key, child] : *table)
      value.entries.push_back({std::string(key.str()), place_of(key.source()), convert(child)});
    // toml++ sorts by key; people read from the top.
    std::sort(value.entries.begin(), value.entries.end(), [](const Value::Entry& a, const Value::Entry& b) {
      return a.place.line != b.place.line ? a.place.line < b.place.line : a.place.column < b.place.column;
    });
  } else if (const auto* array = node.as_array()) {
    value.kind = Value::Kind::array;
    for (const auto& child : *array) value.items.push_back(convert(child));
  } else if (const auto* text = node.as_string()) {
    value.kind = Value::Kind::text, value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = Value::Kind::integer, value.integer = integer->get(), value.real = double(integer->get());
  } else if (const auto* real = node.as_floating_point()) {
    value.kind = Value::Kind::real, value.real = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = Value::Kind::boolean, value.boolean = boolean->get();
  }
  return value;
}

}  // namespace

std::string Value::shown() const {
  switch (kind) {
    case Kind::text:
      return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text.substr(0, 40)), "\"");
    case Kind::integer:
      return absl::StrCat(integer);
    case Kind::real:
      return absl::StrCat(real);
    case Kind::boolean:
      return boolean ? "true" : "false";
    case Kind::array:
      return "an array";
    case Kind::table:
      return "a table";
    case Kind::other:
      break;
  }
  return "a date or time";
}

absl::StatusOr<Value> parse_document(absl::string_view text, const std::string& file) {
  try {
    return convert(toml::parse(std::string_view(text.data(), text.size())));
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return absl::InvalidArgumentError(absl::StrCat(file, ":", at.line, ":", at.column, ": found no TOML: ",
                                                   std::string(error.description()), ", expected TOML 1.0"));
  }
}

}  // namespace memmap::virtual_time
