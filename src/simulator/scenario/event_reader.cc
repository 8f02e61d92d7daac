// SPDX-License-Identifier: GPL-2.0-only OR MIT
// [[event]]: what happens, where, when. One entry may stand for several: for some nodes, and `count` times.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/options/nearest.h"
#include "simulator/scenario/reader.h"

namespace memmap::virtual_time {
namespace {

constexpr std::array<absl::string_view, 7> kKinds = {"boot",        "add",     "remove", "faults",
                                                     "allocations", "offline", "traffic"};  // as EventKind
constexpr uint64_t kEventsMax = 4096;
constexpr uint64_t kBlockBytes = 1024 * kPageBytes;  // a max-order block: with less RAM there is nothing to initialise

class EventReader {
 public:
  EventReader(const Value& value, Complaints& complaints, Scenario* scenario)
      : table_(value, complaints), scenario_(*scenario) {}

  void read() {
    if (!read_kind()) return;
    table_.quantity("at", Unit::time, &event_.at_ns);
    switch (event_.kind) {
      case EventKind::boot:
        return read_boot();
      case EventKind::add:
        return read_add();
      case EventKind::remove:
        return read_remove();
      case EventKind::faults:
        return read_faults();
      case EventKind::allocations:
        return read_allocations();
      case EventKind::offline:
      case EventKind::traffic:
        return read_cpus();
    }
  }

 private:
  bool read_kind() {
    std::string kind;
    table_.require("kind", "\"boot\", \"add\" or the like");
    if (!table_.text("kind", &kind)) return false;
    const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
    if (found == kKinds.end())
      return table_.complain(*table_.find("kind"), absl::StrCat("\"", simulator::nearest(kind, kKinds), "\"?")), false;
    event_.kind = EventKind(found - kKinds.begin());
    event_.name = event_.group = kind;
    return true;
  }

  void finish() {
    table_.finish();
    scenario_.events.push_back(event_);
  }

  // The last one's time can be told in 64 bits.
  void check_times(uint32_t count) {
    const double end_s = (double(event_.at_ns) + double(count) * double(event_.every_ns)) / 1e9;
    if (end_s > kScenarioSecondsMax)
      complaints().add(table_.place(), absl::StrCat("events until ", end_s, " s"),
                       absl::StrCat("at most ", kScenarioSecondsMax, " s"));
  }

  void read_boot() {
    if (table_.text("name", &event_.name)) event_.group = event_.name;
    const auto has_ram = [](const NodeModel& node) { return node.bytes >= kBlockBytes; };
    if (std::none_of(scenario_.machine.nodes.begin(), scenario_.machine.nodes.end(), has_ram))
      complaints().add(table_.place(), "a boot of a machine without RAM", "a node with ram = \"4MiB\" or more");
    table_.count("ranges", 1, 10'000, &event_.ranges);
    table_.real("reserved", 0, 0.9, &event_.reserved);
    table_.boolean("early", &event_.early);
    table_.boolean("wait", &event_.wait);
    finish();
  }

  void read_add() {
    table_.require("name", "\"pmem\"");
    table_.text("name", &event_.group);
    table_.require("size", "\"1.5TiB\"");
    table_.quantity("size", Unit::bytes, &event_.bytes);
    if (event_.bytes % (512 * kPageBytes) != 0 || event_.bytes == 0)
      complaints().add(table_.place(), absl::StrCat("a size of ", event_.bytes, " bytes"),
                       "whole subsections of 2 MiB");
    table_.boolean("altmap", &event_.altmap);
    table_.count("max_workers", 0, 8192, &event_.max_workers);
    read_waits_for();
    uint32_t records = UINT32_MAX, caller = 0;
    table_.count("records", 0, last_node(), &records);
    table_.count("caller", 0, last_node(), &caller);
    const std::vector<uint32_t> nodes = read_nodes();
    uint32_t count = 1;
    table_.count("count", 1, kEventsMax, &count);
    table_.quantity("every", Unit::time, &event_.every_ns);
    table_.finish();
    check_times(count);
    event_.caller_node = scenario_.machine.nearest_with_cpus(caller);
    const uint64_t begin_ns = event_.at_ns;
    for (uint32_t i = 0; i < count && complaints().first.ok(); ++i) {
      for (size_t n = 0; n < nodes.size(); ++n) {
        const uint32_t node = nodes[n];
        const size_t number = size_t(i) * nodes.size() + n;
        event_.name = count * nodes.size() == 1 ? event_.group : absl::StrCat(event_.group, number);
        event_.node = node;
        const uint32_t near = records != UINT32_MAX ? records : scenario_.machine.nearest_with_cpus(node);
        event_.records_node = event_.altmap ? node : near;
        event_.at_ns = begin_ns + i * event_.every_ns;
        scenario_.events.push_back(event_);
      }
    }
  }

  // Another add, above this one, that itself waits for none.
  void read_waits_for() {
    if (!table_.text("waits_for", &event_.waits_for)) return;
    std::vector<absl::string_view> names;
    for (const Event& other : scenario_.events) {
      if (other.kind != EventKind::add || !other.waits_for.empty()) continue;
      if (other.name == event_.waits_for) return;
      names.push_back(other.name);
    }
    table_.complain(*table_.find("waits_for"),
                    names.empty() ? "an add above this one that waits for none"
                                  : absl::StrCat("\"", simulator::nearest(event_.waits_for, names), "\"?"));
  }

  void read_remove() {
    read_target();
    for (const Event& waiting : scenario_.events)
      for (const Event& other : scenario_.events)
        if (other.name == waiting.waits_for && (other.name == event_.target || other.group == event_.target))
          table_.complain(*table_.find("target"), "one that no other event waits for");
    finish();
  }

  void read_faults() {
    read_target();
    event_.count = 200;
    event_.every_ns = 1'000'000;
    table_.count("count", 1, 10'000, &event_.count);
    table_.quantity("every", Unit::time, &event_.every_ns);
    check_times(event_.count);
    finish();
  }

  void read_allocations() {
    const auto is_boot = [](const Event& other) { return other.kind == EventKind::boot; };
    if (std::none_of(scenario_.events.begin(), scenario_.events.end(), is_boot))
      complaints().add(table_.place(), "allocations without a boot", "a boot above them");
    event_.node = read_node();
    event_.bytes = uint64_t{16} << 20;
    table_.quantity("size", Unit::bytes, &event_.bytes);
    table_.count("count", 1, 10'000, &event_.count);
    table_.quantity("every", Unit::time, &event_.every_ns);
    check_times(event_.count);
    finish();
  }

  void read_cpus() {
    event_.node = read_node();
    const uint32_t cpus = complaints().first.ok() ? scenario_.machine.nodes[event_.node].cpus : 0;
    table_.require("cpus", "2");
    if (event_.kind == EventKind::traffic) {
      table_.require("for", "\"1s\"");
      table_.quantity("for", Unit::time, &event_.for_ns);
    }
    // Somebody must be left to do the work.
    const uint32_t others = scenario_.machine.nr_cpus() - (event_.kind == EventKind::offline ? 1 : 0);
    table_.count("cpus", 1, std::max(1u, std::min(cpus, others)), &event_.count);
    finish();
  }

  void read_target() {
    table_.require("target", "the name of an event");
    table_.text("target", &event_.target);
    std::vector<absl::string_view> names;
    for (const Event& other : scenario_.events) {
      const bool fits =
          other.kind == EventKind::add || (other.kind == EventKind::boot && event_.kind != EventKind::remove);
      if (!fits) continue;
      if (other.name == event_.target || other.group == event_.target) return;
      names.push_back(other.name);
    }
    const Value* const target = table_.find("target");
    if (target != nullptr && complaints().first.ok())
      table_.complain(*target, names.empty() ? "an event above this one, which adds memory"
                                             : absl::StrCat("\"", simulator::nearest(event_.target, names), "\"?"));
  }

  uint32_t last_node() const { return uint32_t(scenario_.machine.nodes.size()) - 1; }

  uint32_t read_node() {
    uint32_t node = 0;
    table_.count("node", 0, last_node(), &node);
    return node;
  }

  // node = 3, or nodes = "8-15".
  std::vector<uint32_t> read_nodes() {
    uint32_t first = read_node(), last = first;
    std::string range;
    if (table_.text("nodes", &range)) {
      const char* const end = range.data() + range.size();
      const auto begin = std::from_chars(range.data(), end, first);
      const bool dash = begin.ec == std::errc() && begin.ptr != end && *begin.ptr == '-';
      const auto rest = dash ? std::from_chars(begin.ptr + 1, end, last) : begin;
      if (!dash || rest.ec != std::errc() || rest.ptr != end || first > last || last > last_node()) {
        table_.complain(*table_.find("nodes"),
                        absl::StrCat("nodes such as \"0-", last_node(), "\", which the machine has"));
        first = last = 0;
      }
    }
    std::vector<uint32_t> nodes;
    for (uint32_t node = first; node <= last; ++node) nodes.push_back(node);
    return nodes;
  }

  Complaints& complaints() { return table_.complaints(); }

  TableReader table_;
  Scenario& scenario_;
  Event event_;
};

}  // namespace

void read_events(const std::vector<const Value*>& tables, Complaints& complaints, Scenario* scenario) {
  for (const Value* table : tables) {
    EventReader(*table, complaints, scenario).read();
    if (!complaints.first.ok()) return;
    if (scenario->events.size() > kEventsMax)
      return complaints.add(table->place, "too many events", absl::StrCat("at most ", kEventsMax));
  }
  for (size_t i = 0; i < scenario->events.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Event& a = scenario->events[i];
      const Event& b = scenario->events[j];
      if (a.kind == EventKind::add && b.kind == EventKind::add && a.name == b.name)
        return complaints.add({1, 1}, absl::StrCat("two events named ", a.name), "one");
      if (a.kind == EventKind::boot && b.kind == EventKind::boot)
        return complaints.add({1, 1}, "two boots", "one at most");
    }
  }
  // By their times, equals in the file's order.
  std::vector<std::pair<uint64_t, size_t>> order;
  for (size_t i = 0; i < scenario->events.size(); ++i) order.emplace_back(scenario->events[i].at_ns, i);
  std::sort(order.begin(), order.end());
  std::vector<Event> sorted;
  for (const auto& [at_ns, i] : order) sorted.push_back(scenario->events[i]);
  scenario->events = std::move(sorted);
}

}  // namespace memmap::virtual_time
