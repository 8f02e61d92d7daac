// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/chrome_trace.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace memmap::host {
namespace {

// Processes and threads that are no node and no worker.
constexpr uint32_t kNoNodePid = 1'000'000, kCallersPid = 1'000'001, kDomainsPid = 1'000'002;
constexpr uint32_t kStolenTid = 1'000'000;  // + group

uint32_t pid_of(uint32_t nid) { return nid == kNone ? kNoNodePid : nid; }

// Any bytes as JSON; those above ASCII one by one, so that no name can break the file.
std::string json_text(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const unsigned code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (code < 0x20 || code >= 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", code);
    } else {
      out += c;
    }
  }
  return out + '"';
}

struct Recorded {
  const memmap_trace* event;
  uint32_t track;
};

// An accepted span or range job.
struct Accepted {
  uint64_t nr_pages, begin_ns, end_ns;
};
struct DomainSpan {
  std::string name;
  uint64_t begin_ns = UINT64_MAX, end_ns = 0;
  bool closed = false;
  std::map<uint64_t, Accepted> accepted;  // by first pfn
};

class Writer {
 public:
  explicit Writer(const Trace& trace) : trace_(trace) {
    collect();
    follow_domains();
  }

  std::string json() {
    out_ = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    name_tracks();
    for (const Recorded& recorded : all_) write(recorded);
    for (const auto& [id, domain] : domains_) write_domain(id, domain);
    absl::StrAppend(&out_, "\n],\"otherData\":{\"dropped_events\":", trace_.nr_dropped(), "}}\n");
    return std::move(out_);
  }

 private:
  void collect();
  void follow_domains();
  void name_tracks();
  void name(const char* what, uint32_t pid, uint32_t tid, const std::string& text);
  void write(const Recorded& recorded);
  void write_grain(const memmap_trace& grain, const std::string& thread, bool worker);
  void write_theft(const memmap_trace& grain, const std::string& thread);
  void write_domain(uint64_t id, const DomainSpan& domain);
  void write_async(const std::string& id, const std::string& name, uint64_t begin_ns, uint64_t end_ns,
                   const std::string& args);
  void slice(const std::string& thread, const std::string& name, const char* category, uint64_t begin_ns,
             uint64_t end_ns, const std::string& args);
  void append(const std::string& members) {
    absl::StrAppend(&out_, std::exchange(first_, false) ? "\n{" : ",\n{", members, "}");
  }

  std::string thread_of(uint32_t track) const {
    const bool worker = track < trace_.nr_workers();
    return absl::StrCat("\"pid\":", worker ? pid_of(trace_.worker(track).nid) : kCallersPid, ",\"tid\":", track);
  }
  std::string domain_name(const memmap_trace& event) const {
    const auto found = domains_.find(event.domain_id);
    return found != domains_.end() ? found->second.name : absl::StrCat("domain ", event.domain_id);
  }
  // Microseconds since the first event.
  std::string time(uint64_t ns) const {
    return absl::StrFormat("%d.%03d", (ns - base_ns_) / 1000, (ns - base_ns_) % 1000);
  }

  const Trace& trace_;
  std::vector<Recorded> all_;  // by time; who contains others first
  std::map<uint64_t, DomainSpan> domains_;
  std::map<uint32_t, uint64_t> theft_ns_;  // by group: of the last one
  uint64_t base_ns_ = UINT64_MAX, nr_flows_ = 0, nr_flushes_ = 0;
  bool first_ = true;
  std::string out_;
};

void Writer::collect() {
  for (uint32_t track = 0; track < trace_.nr_tracks(); ++track) {
    const uint64_t n = trace_.nr_events(track);
    for (uint64_t i = 0; i < n; ++i) all_.push_back({&trace_.events(track)[i], track});
  }
  std::sort(all_.begin(), all_.end(), [](const Recorded& a, const Recorded& b) {
    const auto key = [](const Recorded& r) {
      return std::make_tuple(r.event->begin_ns, ~r.event->end_ns, r.track, ~uint64_t(r.event->kind));
    };
    const auto of_a = key(a), of_b = key(b);
    return of_a != of_b ? of_a < of_b : a.event > b.event;  // who contains others ended, and was recorded, last
  });
  if (!all_.empty()) base_ns_ = all_[0].event->begin_ns;
}

void Writer::follow_domains() {
  const auto has_domain = [](const memmap_trace& event) { return event.kind <= MEMMAP_TRACE_CLOSE; };
  for (const Recorded& recorded : all_) {
    const memmap_trace& event = *recorded.event;
    if (!has_domain(event)) continue;
    DomainSpan& domain = domains_[event.domain_id];
    domain.begin_ns = std::min(domain.begin_ns, event.begin_ns);
    domain.end_ns = std::max(domain.end_ns, event.end_ns);
    if (event.kind == MEMMAP_TRACE_OPEN && event.domain != nullptr) domain.name = event.domain;
    domain.closed |= event.kind == MEMMAP_TRACE_CLOSE;
    if (event.kind == MEMMAP_TRACE_SUBMIT && event.status == MEMMAP_OK)
      domain.accepted[event.pfn] = {event.nr_pages, event.begin_ns, event.end_ns};
  }
  for (auto& [id, domain] : domains_)
    if (domain.name.empty()) domain.name = absl::StrCat("domain ", id);
  for (const Recorded& recorded : all_) {  // a request ends with its last grain
    const memmap_trace& grain = *recorded.event;
    if (grain.kind != MEMMAP_TRACE_GRAIN) continue;
    auto& accepted = domains_[grain.domain_id].accepted;
    const auto behind = accepted.upper_bound(grain.pfn);
    if (behind == accepted.begin()) continue;
    Accepted& request = std::prev(behind)->second;
    request.end_ns = std::max(request.end_ns, grain.end_ns);
  }
}

void Writer::name(const char* what, uint32_t pid, uint32_t tid, const std::string& text) {
  append(absl::StrCat("\"ph\":\"M\",\"name\":\"", what, "\",\"pid\":", pid, ",\"tid\":", tid,
                      ",\"args\":{\"name\":", json_text(text), "}"));
}

void Writer::name_tracks() {
  std::map<uint32_t, std::string> processes = {{kCallersPid, "callers"}, {kDomainsPid, "domains"}};
  const auto node = [&processes](uint32_t nid) {
    processes[pid_of(nid)] = nid == kNone ? "no node" : absl::StrCat("node ", nid);
  };
  std::map<uint32_t, bool> robbed;  // groups that were stolen from
  std::map<uint32_t, bool> callers;
  for (uint32_t track = 0; track < trace_.nr_workers(); ++track) node(trace_.worker(track).nid);
  for (const Recorded& recorded : all_) {
    if (recorded.track >= trace_.nr_workers()) {
      callers[recorded.track] = true;
    } else if (recorded.event->kind == MEMMAP_TRACE_GRAIN && recorded.event->rank != 0) {
      robbed[recorded.event->home] = true;
      node(trace_.nid_of_group(recorded.event->home));
    }
  }
  for (const auto& [pid, text] : processes) name("process_name", pid, 0, text);
  for (uint32_t track = 0; track < trace_.nr_workers(); ++track)
    name("thread_name", pid_of(trace_.worker(track).nid), track, trace_.worker(track).name);
  for (const auto& [track, seen] : callers)
    name("thread_name", kCallersPid, track, absl::StrCat("caller ", track - trace_.nr_workers()));
  for (const auto& [group, seen] : robbed)
    name("thread_name", pid_of(trace_.nid_of_group(group)), kStolenTid + group,
         absl::StrCat("stolen from group ", group));
}

void Writer::slice(const std::string& thread, const std::string& text, const char* category, uint64_t begin_ns,
                   uint64_t end_ns, const std::string& args) {
  append(absl::StrCat("\"ph\":\"X\",\"name\":", json_text(text), ",\"cat\":\"", category, "\",", thread,
                      ",\"ts\":", time(begin_ns),
                      ",\"dur\":", absl::StrFormat("%d.%03d", (end_ns - begin_ns) / 1000, (end_ns - begin_ns) % 1000),
                      ",\"args\":{", args, "}"));
}

void Writer::write_grain(const memmap_trace& grain, const std::string& thread, bool worker) {
  slice(thread, domain_name(grain), "grain", grain.begin_ns, grain.end_ns,
        absl::StrCat("\"domain\":", grain.domain_id, ",\"pfn\":", grain.pfn, ",\"nr_pages\":", grain.nr_pages,
                     ",\"units\":\"", absl::Hex(grain.units), "\",\"unit_pages\":", uint64_t{1} << grain.unit_shift,
                     ",\"home\":", grain.home, ",\"rank\":", grain.rank, ",\"status\":", grain.status));
  slice(thread, "write", "stage", grain.begin_ns, grain.ready_ns, "");
  slice(thread, "ready", "stage", grain.ready_ns, grain.end_ns, "");
  if (worker && grain.rank != 0) write_theft(grain, thread);
}

// An arrow needs a slice at either end: on the side of the home group one of a nanosecond, after the last one's.
void Writer::write_theft(const memmap_trace& grain, const std::string& thread) {
  const std::string robbed =
      absl::StrCat("\"pid\":", pid_of(trace_.nid_of_group(grain.home)), ",\"tid\":", kStolenTid + grain.home);
  uint64_t& last_ns = theft_ns_[grain.home];
  last_ns = std::max(grain.begin_ns, last_ns + 1);
  slice(robbed, domain_name(grain), "theft", last_ns, last_ns + 1,
        absl::StrCat("\"pfn\":", grain.pfn, ",\"nr_pages\":", grain.nr_pages));
  const auto end = [&](const char* phase, const std::string& where, uint64_t ns) {
    append(absl::StrCat("\"ph\":\"", phase, "\",\"bp\":\"e\",\"name\":\"theft\",\"cat\":\"theft\",\"id\":", nr_flows_,
                        ",", where, ",\"ts\":", time(ns)));
  };
  end("s", robbed, last_ns);
  end("f", thread, std::min(last_ns, grain.end_ns));
  ++nr_flows_;
}

void Writer::write(const Recorded& recorded) {
  const memmap_trace& event = *recorded.event;
  const std::string thread = thread_of(recorded.track);
  const auto call = [&](const char* text, const std::string& args) {
    slice(thread, absl::StrCat(text, event.kind == MEMMAP_TRACE_GROW ? "" : " " + domain_name(event)), "call",
          event.begin_ns, event.end_ns, absl::StrCat(args, args.empty() ? "" : ",", "\"status\":", event.status));
  };
  const std::string pages = absl::StrCat("\"pfn\":", event.pfn, ",\"nr_pages\":", event.nr_pages);
  switch (event.kind) {
    case MEMMAP_TRACE_GRAIN:
      return write_grain(event, thread, recorded.track < trace_.nr_workers());
    case MEMMAP_TRACE_SUBMIT:
      return call("submit", pages);
    case MEMMAP_TRACE_FLUSH:
      write_async(absl::StrCat(event.domain_id, ".flush", nr_flushes_++), "flush " + domain_name(event), event.begin_ns,
                  event.end_ns, "");
      return call("flush", "");
    case MEMMAP_TRACE_FLUSH_RANGE:
      return call("first fault", pages);
    case MEMMAP_TRACE_CANCEL:
      return call("cancel", "");
    case MEMMAP_TRACE_OPEN:
      return call("open", "");
    case MEMMAP_TRACE_CLOSE:
      return call("close", "");
    case MEMMAP_TRACE_GROW:
      return call("grow", absl::StrCat("\"nr_pages\":", event.nr_pages));
    case MEMMAP_TRACE_PARK:
      return slice(thread, "parked", "park", event.begin_ns, event.end_ns, "");
    case MEMMAP_TRACE_UNPARK:
      return append(absl::StrCat("\"ph\":\"i\",\"s\":\"t\",\"name\":\"unpark\",\"cat\":\"park\",", thread,
                                 ",\"ts\":", time(event.begin_ns)));
  }
}

void Writer::write_domain(uint64_t id, const DomainSpan& domain) {
  write_async(absl::StrCat(id), domain.name, domain.begin_ns, domain.end_ns,
              absl::StrCat("\"closed\":", domain.closed ? "true" : "false"));
  uint64_t number = 0;
  for (const auto& [pfn, request] : domain.accepted) {
    write_async(absl::StrCat(id, ".request", number++),
                absl::StrCat(domain.name, " [", pfn, ", +", request.nr_pages, ")"), request.begin_ns, request.end_ns,
                absl::StrCat("\"pfn\":", pfn, ",\"nr_pages\":", request.nr_pages));
  }
}

void Writer::write_async(const std::string& id, const std::string& text, uint64_t begin_ns, uint64_t end_ns,
                         const std::string& args) {
  for (const auto& [phase, ns] : {std::make_pair("b", begin_ns), std::make_pair("e", end_ns)}) {
    append(absl::StrCat("\"ph\":\"", phase, "\",\"cat\":\"domain\",\"id\":\"", id, "\",\"name\":", json_text(text),
                        ",\"pid\":", kDomainsPid, ",\"tid\":0,\"ts\":", time(ns), ",\"args\":{",
                        *phase == 'b' ? args : "", "}"));
  }
}

}  // namespace

std::string chrome_trace(const Trace& trace) { return Writer(trace).json(); }

}  // namespace memmap::host
