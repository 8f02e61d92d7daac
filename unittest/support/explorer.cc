// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which executions to run, and the report of one that failed.
#include "support/explorer.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "support/exploration.h"

namespace memmap::explore {

// The next path in depth-first order: the last decision with an alternative takes it. False: all were tried.
bool Exploration::next_path() {
  while (!path_.empty() && path_.back().chosen + 1 == path_.back().options) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().chosen;
  return true;
}

bool Exploration::out_of_budget() {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
  return result_.executions_all >= options_.max_executions || elapsed.count() > options_.max_seconds;
}

void Exploration::begin_enumeration() {
  path_.clear();
  visited_.clear();
  result_.executions = result_.pruned = 0;
}

void Exploration::enumerate(uint32_t preemptions) {
  constexpr uint32_t kRestartsMax = 1000;
  uint32_t restarts = 0;
  preemptions_ = preemptions;
  begin_enumeration();
  do {
    const bool good = execute();
    if (memory_.learnt()) {
      if (++restarts > kRestartsMax) failure_ = "contended objects are never where they were: use Scenario::make()";
      if (restarts > kRestartsMax) return record_failure();
      begin_enumeration();
    } else if (!good) {
      return record_failure();
    } else if (!next_path()) {
      result_.exhausted = true;
      return;
    }
  } while (!out_of_budget());
}

void Exploration::enumerate_bounds() {
  for (uint32_t bound = options_.preemptions == UINT32_MAX ? UINT32_MAX : 0;; ++bound) {
    result_.exhausted = false;
    enumerate(bound);
    if (bound == options_.preemptions || !result_.ok || !result_.exhausted) return;
  }
}

void Exploration::run_randomly() {
  mode_ = Mode::random;
  for (uint64_t seed = options_.seed; result_.ok && !out_of_budget(); ++seed) {
    random_ = host::Splitmix(seed);
    switch_rate_ = 1u << (1 + random_.below(6));
    path_.clear();
    if (!execute()) record_failure();
  }
}

// "12:1 40:2": at that moment not the default but that option.
void Exploration::replay(const std::string& schedule) {
  mode_ = Mode::schedule;
  schedule_.clear();
  const char* at = schedule.c_str();
  uint64_t moment;
  uint32_t chosen;
  int length;
  while (std::sscanf(at, "%" SCNu64 ":%" SCNu32 "%n", &moment, &chosen, &length) == 2) {
    schedule_.push_back({moment, 0, chosen});
    at += length;
  }
  result_.schedule = schedule;
  if (execute()) return;
  result_.ok = false;
  result_.report = describe();
}

void Exploration::record_failure() {
  const std::string failure = failure_;
  std::string schedule;
  for (const Decision& decision : path_)
    if (decision.chosen > 0) {
      if (!schedule.empty()) schedule += ' ';
      schedule += std::to_string(decision.moment) + ':' + std::to_string(decision.chosen);
    }
  const uint64_t executions = result_.executions_all;
  replay(schedule);
  if (result_.ok) result_.report = std::string(options_.name) + ": " + failure + " (did not happen again in a replay)";
  result_.ok = false;
  result_.executions_all = executions;
}

static const char* name_of(Order order) {
  switch (order) {
    case relaxed:
      return "relaxed";
    case acquire:
      return "acquire";
    case release:
      return "release";
    case acq_rel:
      return "acq_rel";
    case seq_cst:
      return "seq_cst";
  }
  return "?";
}

std::string Exploration::describe() const {
  std::string text = std::string(options_.name) + ": " + failure_ + "\nafter " +
                     std::to_string(result_.executions_all) + " executions; replay with MEMMAP_EXPLORE_SCHEDULE='" +
                     result_.schedule + "'\n";
  constexpr size_t kShown = 120;
  if (trace_.size() > kShown) text += "...\n";
  for (size_t i = trace_.size() > kShown ? trace_.size() - kShown : 0; i < trace_.size(); ++i) {
    const Access& access = trace_[i];
    char line[160];
    std::snprintf(line, sizeof line, "  %-12s %-16s #%-3u %#" PRIx64 " %#" PRIx64 " %s\n",
                  world_.name(access.fiber).c_str(), access.what, access.object, access.before, access.after,
                  name_of(access.order));
    text += line;
  }
  return text;
}

ExploreResult Exploration::run() {
  const char* asked = std::getenv("MEMMAP_EXPLORE_SCHEDULE");
  if (asked != nullptr || !options_.schedule.empty())
    replay(asked != nullptr ? asked : options_.schedule);
  else if (options_.random)
    run_randomly();
  else
    enumerate_bounds();
  result_.contended_objects = memory_.nr_contended();
  world_.reset();
  return std::move(result_);
}

ExploreResult explore(const ExploreOptions& options, const std::function<void(Scenario&)>& build) {
  return Exploration(options, build).run();
}

}  // namespace memmap::explore
