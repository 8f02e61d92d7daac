// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/table_reader.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "simulator/options/nearest.h"

namespace memmap::virtual_time {

void Complaints::add(Place place, absl::string_view found, absl::string_view expected) {
  if (!first.ok()) return;
  first = absl::InvalidArgumentError(
      absl::StrCat(file, ":", place.line, ":", place.column, ": found ", found, ", expected ", expected));
}

TableReader::TableReader(const Value& table, Complaints& complaints) : table_(table), complaints_(complaints) {}

const Value* TableReader::find(absl::string_view key) {
  known_.emplace_back(key);
  for (const Value::Entry& entry : table_.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

bool TableReader::text(absl::string_view key, std::string* value) {
  const Value* const found = find(key);
  if (found == nullptr) return false;
  if (found->kind != Value::Kind::text || found->text.empty()) return complain(*found, "a text"), false;
  if (std::any_of(found->text.begin(), found->text.end(), absl::ascii_iscntrl))
    return complain(*found, "a text without control characters"), false;
  *value = found->text;
  return true;
}

bool TableReader::quantity(absl::string_view key, Unit unit, double* value) {
  const Value* const found = find(key);
  if (found == nullptr) return false;
  const auto number = found->kind == Value::Kind::text ? parse_quantity(found->text, unit) : std::nullopt;
  if (!number) return complain(*found, example_of(unit)), false;
  *value = *number;
  return true;
}

bool TableReader::quantity(absl::string_view key, Unit unit, uint64_t* value) {
  double number = 0;
  if (!quantity(key, unit, &number)) return false;
  *value = uint64_t(number);
  return true;
}

bool TableReader::count(absl::string_view key, uint64_t low, uint64_t high, uint32_t* value) {
  const Value* const found = find(key);
  if (found == nullptr) return false;
  if (found->kind != Value::Kind::integer || found->integer < int64_t(low) || found->integer > int64_t(high))
    return complain(*found, absl::StrCat("a whole number from ", low, " to ", high)), false;
  *value = uint32_t(found->integer);
  return true;
}

bool TableReader::real(absl::string_view key, double low, double high, double* value) {
  const Value* const found = find(key);
  if (found == nullptr) return false;
  const bool number = found->kind == Value::Kind::real || found->kind == Value::Kind::integer;
  if (!number || !(found->real >= low && found->real <= high))
    return complain(*found, absl::StrCat("a number from ", low, " to ", high)), false;
  *value = found->real;
  return true;
}

bool TableReader::boolean(absl::string_view key, bool* value) {
  const Value* const found = find(key);
  if (found == nullptr) return false;
  if (found->kind != Value::Kind::boolean) return complain(*found, "true or false"), false;
  *value = found->boolean;
  return true;
}

std::vector<const Value*> TableReader::tables(absl::string_view key) {
  std::vector<const Value*> all;
  const Value* const found = find(key);
  if (found == nullptr) return all;
  if (found->kind != Value::Kind::array) complain(*found, absl::StrCat("[[", key, "]]"));
  for (const Value& item : found->items) {
    if (item.kind != Value::Kind::table) return complain(item, absl::StrCat("[[", key, "]]")), all;
    all.push_back(&item);
  }
  return all;
}

const Value* TableReader::table(absl::string_view key) {
  const Value* const found = find(key);
  if (found == nullptr || found->kind == Value::Kind::table) return found;
  return complain(*found, absl::StrCat("[", key, "]")), nullptr;
}

void TableReader::require(absl::string_view key, absl::string_view example) {
  for (const Value::Entry& entry : table_.entries)
    if (entry.key == key) return;
  complaints_.add(table_.place, absl::StrCat("no ", key), absl::StrCat(key, " = ", example));
}

void TableReader::complain(const Value& value, absl::string_view expected) const {
  complaints_.add(value.place, value.shown(), expected);
}

void TableReader::finish() {
  const std::vector<absl::string_view> names(known_.begin(), known_.end());
  for (const Value::Entry& entry : table_.entries) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    complaints_.add(entry.place, absl::StrCat("the key ", entry.key),
                    absl::StrCat(simulator::nearest(entry.key, names), "?"));
    return;
  }
}

}  // namespace memmap::virtual_time
