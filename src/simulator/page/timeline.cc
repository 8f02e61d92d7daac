// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/page/timeline.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "simulator/chart/page.h"
#include "simulator/chart/scale.h"

namespace memmap::virtual_time {
namespace {

using chart::escaped;
using chart::Scale;

constexpr int kMostHeight = 240;  // of all events, and of all memories: many have thinner lanes
constexpr int kThickest = 20, kThinnest = 5, kText = 13;
constexpr size_t kLetters = 15;  // that a name may have
constexpr size_t kTicks = 4;

// A lane and what stands in front of it.
struct Lane {
  std::string name, svg;  // svg: in a box of the lane's height, its upper edge 0
};

std::string cut(const std::string& name) {
  return name.size() <= kLetters ? name : absl::StrCat(name.substr(0, kLetters - 1), "…");
}

int height_of(size_t nr_lanes) { return std::clamp(kMostHeight / std::max(1, int(nr_lanes)), kThinnest, kThickest); }

std::string part(const char* of, const Scale& scale, double begin_ns, double end_ns, int height) {
  if (end_ns <= begin_ns) return "";
  const double at = scale.at(begin_ns);
  return absl::StrFormat("<rect class=\"%s\" x=\"%.2f%%\" y=\"1\" width=\"%.2f%%\" height=\"%d\"/>", of, at,
                         std::max(scale.at(end_ns) - at, 0.25), height - 2);
}

// Until its caller goes on, until it is usable or gone.
std::string event_svg(const EventOutcome& event, const Scale& scale, int height) {
  const double begin = double(event.begin_ns), on = begin + double(event.caller_ns);
  const bool gone = event.usable_ns == 0 && event.removed_ns != 0;
  std::string svg = part("waits", scale, begin, on, height);
  if (gone) return svg + part("removed", scale, on, begin + double(event.removed_ns), height);
  return svg + part("behind", scale, on, begin + double(event.usable_ns), height);
}

std::vector<EventOutcome> events_of(const Outcome& outcome) {
  std::vector<EventOutcome> events = outcome.events;
  if (outcome.boot_ns == 0) return events;
  EventOutcome boot;
  boot.name = "boot";
  boot.begin_ns = outcome.boot_begin_ns;
  boot.caller_ns = outcome.boot_ns;
  boot.usable_ns = outcome.boot_usable_ns;
  events.insert(events.begin(), boot);
  return events;
}

// A curve of steps, full height: all of the memory's bandwidth.
std::string band_svg(const History& written, double write_gbs, const Scale& scale, int height) {
  const double room = height - 2;
  std::string path = absl::StrFormat("M0 %.0f", room);
  double last = 0;
  for (size_t i = 0; i < written.bins().size(); ++i) {
    const double begin_ns = double(i * written.bin_ns());
    const double end_ns = std::min(double((i + 1) * written.bin_ns()), scale.high());
    if (end_ns <= begin_ns) break;
    const double gbs = written.bins()[i] * double(kRecordBytes) / (end_ns - begin_ns);
    const double y = std::round(10 * room * std::min(gbs / write_gbs, 1.0)) / 10;
    if (y != last) absl::StrAppendFormat(&path, "H%.1fV%.1f", 10 * scale.at(begin_ns), room - y);
    last = y;
  }
  const double written_until = scale.at(double(written.bins().size() * written.bin_ns()));
  absl::StrAppendFormat(&path, "H%.1fV%.0fz", 10 * written_until, room);
  return absl::StrFormat(
      "<rect class=\"lane\" x=\"0\" y=\"1\" width=\"100%%\" height=\"%.0f\"/><svg y=\"1\" width=\"100%%\" "
      "height=\"%.0f\" viewBox=\"0 0 1000 %.0f\" preserveAspectRatio=\"none\"><path class=\"band\" d=\"%s\"/></svg>",
      room, room, room, path);
}

// Lanes below each other from `y` on; a name at each, or at every so many where they are thin.
int append(const std::vector<Lane>& lanes, int y, std::string& names, std::string& plot) {
  const int height = height_of(lanes.size());
  const size_t each = size_t((kText + height - 1) / height);
  for (size_t i = 0; i < lanes.size(); ++i, y += height) {
    if (i % each == 0)
      absl::StrAppendFormat(&names, "<text class=\"tick\" x=\"100%%\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
                            y + std::max(height / 2 + 4, 9), escaped(cut(lanes[i].name)));
    absl::StrAppendFormat(&plot, "<svg y=\"%d\" width=\"100%%\" height=\"%d\"><title>%s</title>%s</svg>\n", y, height,
                          escaped(lanes[i].name), lanes[i].svg);
  }
  return y;
}

std::string axis(const Scale& scale, int height) {
  std::string svg;
  for (const double tick : scale.ticks(kTicks)) {
    const double x = scale.at(tick);
    absl::StrAppendFormat(&svg, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", x, x, height);
    absl::StrAppendFormat(&svg, "<text class=\"tick\" x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x,
                          height + 14, chart::anchor_at(x), chart::tick_ns(tick));
  }
  return svg;
}

std::vector<Lane> event_lanes(const std::vector<EventOutcome>& events, const Scale& scale) {
  std::vector<Lane> lanes;
  for (const EventOutcome& event : events)
    lanes.push_back({event.name, event_svg(event, scale, height_of(events.size()))});
  return lanes;
}

std::vector<Lane> memory_lanes(const Comparison& comparison, const Outcome& outcome, const Scale& scale) {
  const std::vector<NodeModel>& nodes = comparison.scenario.machine.nodes;
  const auto used = size_t(std::count_if(outcome.uses.begin(), outcome.uses.end(),
                                         [](const NodeUse& use) { return !use.written.bins().empty(); }));
  std::vector<Lane> lanes;
  for (size_t n = 0; n < outcome.uses.size(); ++n) {
    const History& written = outcome.uses[n].written;
    if (written.bins().empty()) continue;
    lanes.push_back(
        {absl::StrCat(nodes[n].memory, " of node ", n), band_svg(written, nodes[n].write_gbs, scale, height_of(used))});
  }
  return lanes;
}

}  // namespace

std::string timeline_of(const Comparison& comparison, const Outcome& outcome) {
  const std::vector<EventOutcome> events = events_of(outcome);
  uint64_t end_ns = std::max<uint64_t>(1, outcome.end_ns), first_ns = UINT64_MAX;
  for (const EventOutcome& event : events) {
    end_ns = std::max({end_ns, event.begin_ns + event.usable_ns, event.begin_ns + event.removed_ns});
    first_ns = std::min(first_ns, event.begin_ns);
  }
  const Scale scale(0, double(end_ns), false);
  std::string names, plot;
  int y = append(event_lanes(events, scale), 0, names, plot);
  y = append(memory_lanes(comparison, outcome, scale), y + 8, names, plot);
  std::string html =
      absl::StrFormat("<div class=\"lanes\"><svg width=\"100%%\" height=\"%d\">%s</svg>\n", y + 18, names);
  absl::StrAppendFormat(&html, "<svg role=\"img\" width=\"100%%\" height=\"%d\" aria-label=\"over time\">\n", y + 18);
  absl::StrAppend(&html, axis(scale, y), plot);
  if (comparison.bound.total_ns != 0 && first_ns != UINT64_MAX) {
    const double x = scale.at(double(first_ns + comparison.bound.total_ns));
    absl::StrAppendFormat(&html, "<line class=\"bound\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>\n", x, x, y);
  }
  return html + "</svg></div>\n";
}

}  // namespace memmap::virtual_time
