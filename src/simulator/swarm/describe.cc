// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A case in words.
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "simulator/swarm/case.h"

namespace memmap::swarm {
namespace {

class Text {
 public:
  __attribute__((format(printf, 2, 3))) void line(const char* format, ...) {
    char buffer[400];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    text += buffer;
  }
  std::string text;
};

constexpr const char* kStepNames[] = {"open", "submit", "flush", "flush_range", "cancel", "close", "progress",
                                      "grow", "await",  "pause", "look",        "width",  "misuse"};
constexpr const char* kDeedNames[] = {"nothing", "submits", "tries to block", "opens a child"};
constexpr const char* kImageNames[] = {"boot", "boot, freed", "device", "added", "reserved"};
constexpr const char* kNamings[] = {"", ", opened without options or name", ", its name is too long"};

void describe_span(Text& out, const SpanPlan& s, uint32_t index) {
  out.line("span %u: ", index);
  if (s.kind != SpanPlan::request)
    out.line("%s of %" PRIu64 " from %" PRIu64 ", unit shift %u, %u units a grain, %u ns a unit, node %u",
             s.kind == SpanPlan::task ? "task" : "range", s.nr_pages, s.start, s.unit_shift, s.grain_units, s.unit_ns,
             s.nid);
  else
    out.line("%s, pages %" PRIu64 " + %" PRIu64 ", node %u, records on %u, %s", kImageNames[s.image], s.start,
             s.nr_pages, s.nid, s.records_nid, s.writes_by_hook ? "write hook" : "image");
  if (s.order != 0) out.line(", compounds of order %u%s", s.order, s.shared ? " that share records" : "");
  if (s.layout + s.version + s.device != 0)
    out.line(", layout %u, version %u, device %u", s.layout, unsigned(s.version), unsigned(s.device));
  if (s.altmap.reserve + s.altmap.free != 0)
    out.line(", altmap %" PRIu64 " + %" PRIu64, s.altmap.reserve, s.altmap.free);
  if (!s.has_ready) out.line(", no ready hook");
  if (s.fail_write_at + s.fail_ready_at + s.fail_undo_at != 0)
    out.line(", write fails at %u, ready at %u, undo at %u", s.fail_write_at, s.fail_ready_at, s.fail_undo_at);
  out.line(", %u ns a page", s.page_ns);
  if (s.next != kNone) out.line(", together with span %u", s.next);
  if (s.deed.kind != HookDeed::none)
    out.line(", at call %u its hook %s (domain %d, span %d)", s.deed.at, kDeedNames[s.deed.kind], int(s.deed.domain),
             int(s.deed.span));
  out.line("\n");
  for (size_t i = 0; i < s.pieces.size(); ++i)
    out.line("%s%" PRIu64 " + %" PRIu64 "%s", i == 0 ? "  present: " : ", ", s.pieces[i].pfn, s.pieces[i].nr_pages,
             i + 1 == s.pieces.size() ? "\n" : "");
}

void describe_machine(Text& out, const MachinePlan& m) {
  out.line("machine:");
  for (const GroupPlan& g : m.groups) {
    out.line(" node %u: %u workers", g.nid, g.nr_workers);
    if (g.width != 0) out.line(" of which %u awake", g.width);
    out.line(";");
  }
  for (const uint32_t nid : m.bare) out.line(" node %u: no CPUs;", nid);
  out.line(" %u domain slots, grain %u pages, pages %" PRIu64 " + %" PRIu64, m.domain_slots, m.grain_pages, m.start_pfn,
           m.nr_pages);
  if (m.without_widths) out.line(", no table of widths");
  if (m.workers_beside) out.line(", workers know their CPU");
  out.line(", wake %u ns, spin %u ns, record %u ps (0: default)\n", m.wake_ns, m.spin_ns, m.record_ps);
}

void describe_faults(Text& out, const FaultPlan& f) {
  out.line("faults, of 1024:");
  const auto chance = [&](const char* name, uint32_t n) {
    if (n != 0) out.line(" %s %u;", name, n);
  };
  chance("preempt", f.preempt);
  chance("spurious wake", f.spurious);
  chance("late wake", f.late);
  chance("clock jump", f.clock_jump);
  chance("buggify", f.buggify);
  chance("stall", f.stall);
  chance("lent rest", f.lent);
  chance("slow workers (number)", f.slow_workers);
  chance("order (kind)", f.order);
  if (f.timeouts) out.line(" timeouts;");
  if (f.trace) out.line(" trace;");
  if (f.bare) out.line(" no callbacks but those that must be there;");
  for (const AbsencePlan& a : f.absences)
    out.line(" worker %u leaves after %u grains for %" PRIu64 " ns (0: ever);", a.worker, a.after_grains, a.ns);
  out.line("\n");
}

}  // namespace

std::string describe(const Case& c) {
  Text out;
  out.line("seed %" PRIu64 ", schedule %" PRIu64 "\n", c.seed, c.schedule);
  describe_machine(out, c.machine);
  describe_faults(out, c.faults);
  for (size_t d = 0; d < c.domains.size(); ++d) {
    out.line("domain %zu:", d);
    if (c.domains[d].parent != kNone) out.line(" below domain %u", c.domains[d].parent);
    if (c.domains[d].max_workers != 0) out.line(" at most %u workers", c.domains[d].max_workers);
    out.line("%s%s\n", c.domains[d].background ? " background" : "", kNamings[c.domains[d].naming]);
  }
  for (size_t i = 0; i < c.spans.size(); ++i) describe_span(out, c.spans[i], uint32_t(i));
  for (size_t i = 0; i < c.callers.size(); ++i) {
    out.line("caller %zu in group %u:", i, c.callers[i].group);
    for (const Step& step : c.callers[i].steps) {
      out.line(" %s", kStepNames[step.kind]);
      if (step.kind == Step::pause) out.line(" %" PRIu64 " ns", step.ns);
      if (step.domain != kNone) out.line(" %u", step.domain);
      if (step.span != kNone) out.line(" span %u", step.span);
      if (step.first + step.count != 0) out.line(" %" PRIu64 " + %" PRIu64, step.first, step.count);
      out.line(";");
    }
    out.line("\n");
  }
  return out.text;
}

uint64_t size_of(const Case& c) {
  const FaultPlan& f = c.faults;
  uint64_t size = c.spans.size() * 8 + c.domains.size() + c.faults.absences.size() * 4;
  for (const CallerPlan& caller : c.callers) size += 1 + caller.steps.size() * 4;
  for (const GroupPlan& group : c.machine.groups) size += 2 + group.nr_workers * 2;
  for (const SpanPlan& span : c.spans) size += span.pieces.size() + span.nr_pages / 256;
  for (const uint32_t fault : {f.preempt, f.spurious, f.late, f.clock_jump, f.buggify, f.stall, f.lent, f.slow_workers})
    size += fault != 0 ? 3 : 0;
  return size + f.timeouts + f.trace;
}

}  // namespace memmap::swarm
