// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/inputs/log_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "simulator/inputs/log_fields.h"

namespace memmap::simulator {
namespace {

constexpr size_t kLongDigits = 16;  // printed with %#018Lx
constexpr size_t kShortDigits = 8;  // printed with %#010Lx
constexpr absl::string_view kBlanks = " \t";

struct Key {
  absl::string_view text;
  LogKind kind;
};

// The kernel's own words, longer ones before what they contain. A table's entries are named after who made it.
constexpr Key kKeys[] = {
    {"Linux version ", LogKind::boot},
    {"Command line: ", LogKind::command},
    {"Kernel command line: ", LogKind::command},
    {"efi: mem", LogKind::firmware},
    {"physical RAM map:", LogKind::table},
    {"BIOS-e820: [gap", LogKind::gap},
    {"BIOS-e820: ", LogKind::entry},
    {"BIOS-e801: ", LogKind::entry},
    {"BIOS-88: ", LogKind::entry},
    {"Xen: [mem", LogKind::entry},
    {"user: [mem", LogKind::entry},
    {"modified: [mem", LogKind::entry},
    {"extended: [mem", LogKind::entry},
    {"reserve setup_data: [mem", LogKind::entry},
    {"e820: update [mem", LogKind::update},
    {"e820: remove [mem", LogKind::remove},
    {"SRAT: Node ", LogKind::affinity},
    {"Early memory node ranges", LogKind::nodes},
    {"NODE_DATA", LogKind::node_data},
    {"Initmem setup node ", LogKind::memoryless},
    {"Memory: ", LogKind::total},
    {"node ", LogKind::node_range},
    {"Node ", LogKind::movable},
};

bool is_word(char c) { return absl::ascii_isalnum(uint8_t(c)) != 0 || c == '-' || c == '_'; }

// "node   0" and then `behind`.
bool is_numbered(absl::string_view text, absl::string_view behind) {
  const size_t digit = text.find_first_not_of(kBlanks, 4);
  const size_t end = digit == text.npos ? digit : text.find_first_not_of("0123456789", digit);
  return end != text.npos && end != digit && absl::StartsWith(text.substr(end), behind);
}

// Some keys are also parts of other sentences.
bool is_meant(LogKind kind, absl::string_view text) {
  const auto has = [text](absl::string_view word) { return absl::StrContains(text, word); };
  if (kind == LogKind::node_range) return is_numbered(text, ": [mem");  // not "node 0 deferred pages"
  if (kind == LogKind::movable) return is_numbered(text, ": 0x");
  if (kind == LogKind::firmware) return has("|") && has("range=");
  if (kind == LogKind::memoryless) return has(" as memoryless");
  if (kind == LogKind::total) return has(" available") && has("K/");
  if (kind == LogKind::node_data) return has("[mem") && !has("on node");  // "NODE_DATA(1) on node 0" names no memory
  return true;
}

struct Found {
  LogKind kind = LogKind::other;
  absl::string_view text;  // from the key on
};

// The message, behind whatever stands in front of it.
Found find_message(absl::string_view line) {
  line = absl::StripTrailingAsciiWhitespace(line);
  if (absl::StartsWith(line, "#")) return {};
  for (const Key& key : kKeys) {
    for (size_t at = line.find(key.text); at != line.npos; at = line.find(key.text, at + 1)) {
      if (at > 0 && is_word(line[at - 1])) continue;
      if (is_meant(key.kind, line.substr(at))) return {key.kind, line.substr(at)};
    }
  }
  return {};
}

void read_entry(LogFields& fields, LogLine& line) {
  line.who = fields.rest().substr(0, fields.rest().find(':'));
  fields.expect(line.who);
  fields.expect(":");
  if (line.kind == LogKind::gap) {
    fields.memory("gap", kLongDigits);
  } else if (absl::StartsWith(fields.rest(), "[")) {
    line.bytes = fields.memory("mem", kLongDigits);
    line.type = fields.type(fields.rest());
  } else {
    line.bytes = fields.old_memory();
    fields.expect("(");
    absl::string_view name = fields.rest();
    if (!absl::ConsumeSuffix(&name, ")")) fields.fail("a type in parentheses");
    line.type = fields.type(name);
  }
}

void read_change(LogFields& fields, LogLine& line) {
  const bool update = line.kind == LogKind::update;
  fields.expect(update ? "e820: update" : "e820: remove");
  line.bytes = fields.memory("mem", kShortDigits);
  const size_t arrow = fields.rest().find("==>");
  if (update && arrow == absl::string_view::npos) return fields.fail("OLD ==> NEW behind the memory");
  if (update) line.new_type = fields.type(fields.rest().substr(arrow + 3));
  if (!fields.rest().empty()) line.type = fields.type(fields.rest().substr(0, arrow));
}

void read_affinity(LogFields& fields, LogLine& line) {
  fields.expect("SRAT: Node ");
  line.nid = fields.small_number();
  fields.expect("PXM");
  fields.small_number();
  line.bytes = absl::StartsWith(fields.rest(), "[") ? fields.memory("mem", kShortDigits) : fields.old_memory();
  line.hotplug = fields.eat("hotplug");
  line.non_volatile = fields.eat("non-volatile");
  if (!fields.rest().empty()) fields.fail("\"hotplug\", \"non-volatile\" or nothing behind the memory");
}

void read_node(LogFields& fields, LogLine& line) {
  if (line.kind == LogKind::memoryless) fields.expect("Initmem setup");
  fields.expect("node");
  line.nid = fields.small_number();
  if (line.kind == LogKind::memoryless) return;
  fields.expect(":");
  line.bytes = fields.memory("mem", kLongDigits);
}

void read_node_data(LogFields& fields, LogLine& line) {
  fields.expect("NODE_DATA");
  if (fields.eat("(")) {
    fields.small_number();
    fields.expect(")");
    fields.expect("allocated");
  }
  line.bytes = fields.memory("mem", kShortDigits);
}

// "efi: mem45: [NAME|RUN|SP|MR|...] range=[0xSTART-0xLAST] (2048MB)"; of the columns one says more reliable.
void read_firmware(LogFields& fields, LogLine& line) {
  line.mirror = absl::StrContains(fields.rest(), "|MR|");
  fields.skip_behind("range=");
  line.bytes = fields.memory("", kLongDigits);
}

void read_movable(LogFields& fields, LogLine& line) {
  fields.expect("Node");
  line.nid = fields.small_number();
  fields.expect(":");
  line.bytes.begin = fields.start(kLongDigits);
}

void read_total(LogFields& fields, LogLine& line) {
  fields.expect("Memory:");
  fields.number();
  fields.expect("K/");
  line.total_kib = fields.number();
  fields.expect("K");
}

}  // namespace

size_t quotation_depth(absl::string_view line) {
  const absl::string_view marks = line.substr(0, line.find_first_not_of("> \t"));
  return size_t(std::count(marks.begin(), marks.end(), '>'));
}

LogKind kind_of(absl::string_view line) { return find_message(line).kind; }

absl::StatusOr<LogLine> parse_log_line(absl::string_view text, absl::string_view where) {
  const Found found = find_message(text);
  LogLine line;
  line.kind = found.kind;
  LogFields fields(found.text, where);
  switch (found.kind) {
    case LogKind::other:
    case LogKind::boot:
    case LogKind::table:
    case LogKind::nodes:
      break;
    case LogKind::entry:
    case LogKind::gap:
      read_entry(fields, line);
      break;
    case LogKind::update:
    case LogKind::remove:
      read_change(fields, line);
      break;
    case LogKind::affinity:
      read_affinity(fields, line);
      break;
    case LogKind::node_range:
    case LogKind::memoryless:
      read_node(fields, line);
      break;
    case LogKind::node_data:
      read_node_data(fields, line);
      break;
    case LogKind::command:
      line.mirror = absl::StrContains(found.text, "kernelcore=mirror");
      break;
    case LogKind::firmware:
      read_firmware(fields, line);
      break;
    case LogKind::movable:
      read_movable(fields, line);
      break;
    case LogKind::total:
      read_total(fields, line);
      break;
  }
  if (!fields.status().ok()) return fields.status();
  return line;
}

}  // namespace memmap::simulator
