// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/virtual/network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "simulator/virtual/machine_model.h"

namespace memmap::virtual_time {
namespace {

constexpr int kRounds = 200;
constexpr double kConverged = 1e-7;
constexpr double kRounding = 1e-3;  // of a record: what sums of doubles may be short of

}  // namespace

uint32_t Network::add_station(Station station) {
  stations_.push_back(station);
  return uint32_t(stations_.size()) - 1;
}

uint32_t Network::add_class(double record_ns, std::vector<uint32_t> stations, uint32_t threads_of_core) {
  Class added;
  added.think_ns = record_ns;
  for (const uint32_t s : stations) added.think_ns -= double(kRecordBytes) / stations_[s].bytes_per_ns;
  added.think_ns = std::max(added.think_ns, 0.0) * threads_of_core;  // one alone is as slow as the memory
  added.stations = std::move(stations);
  classes_.push_back(std::move(added));
  counts_.push_back(0);
  solved_.clear();
  return uint32_t(classes_.size()) - 1;
}

void Network::start(uint64_t now_ns, uint32_t writer_class, double nr_records, uint32_t who) {
  pass(now_ns);
  Class& own = classes_[writer_class];
  own.tasks.push_back({own.written + nr_records, nr_tasks_++, who});
  std::push_heap(own.tasks.begin(), own.tasks.end());
  ++counts_[writer_class];
  set_rates();
}

double Network::stop(uint64_t now_ns, uint32_t writer_class, uint32_t who) {
  pass(now_ns);
  Class& own = classes_[writer_class];
  const auto task = std::find_if(own.tasks.begin(), own.tasks.end(), [who](const Task& one) { return one.who == who; });
  const double left = std::max(0.0, task->until - own.written);
  *task = own.tasks.back();
  own.tasks.pop_back();
  std::make_heap(own.tasks.begin(), own.tasks.end());
  if (own.tasks.empty()) own.written = 0;
  --counts_[writer_class];
  set_rates();
  return left;
}

void Network::advance(uint64_t now_ns, std::vector<uint32_t>& finished) {
  pass(now_ns);
  for (size_t c = 0; c < classes_.size(); ++c) {
    Class& own = classes_[c];
    while (!own.tasks.empty() && own.tasks.front().until <= own.written + kRounding) {
      finished.push_back(own.tasks.front().who);
      std::pop_heap(own.tasks.begin(), own.tasks.end());
      own.tasks.pop_back();
      --counts_[c];
    }
    if (own.tasks.empty()) own.written = 0;  // so that sums stay small, and exact
  }
  set_rates();
}

void Network::pass(uint64_t now_ns) {
  const double passed_ns = double(now_ns - last_ns_);
  for (Class& one : classes_) {
    if (!one.tasks.empty()) one.written += one.rate * passed_ns;
  }
  last_ns_ = now_ns;
}

void Network::set_rates() {
  auto found = solved_.find(counts_);
  if (found == solved_.end()) found = solved_.emplace(counts_, solve(counts_)).first;
  due_ns_ = UINT64_MAX;
  for (size_t c = 0; c < classes_.size(); ++c) {
    Class& own = classes_[c];
    own.rate = found->second[c];
    if (own.tasks.empty()) continue;
    const double left_ns = std::max(0.0, (own.tasks.front().until - own.written) / own.rate);
    due_ns_ = std::min(due_ns_, last_ns_ + uint64_t(std::ceil(left_ns)));
  }
}

double Network::rate(uint32_t writer_class, uint32_t n) const {
  Counts counts(classes_.size());
  counts[writer_class] = uint16_t(n);
  return rate(counts);
}

double Network::rate(const Counts& writers) const {
  const std::vector<double> rates = solve(writers);
  double sum = 0;
  for (size_t c = 0; c < rates.size(); ++c) sum += rates[c] * writers[c];
  return sum;
}

// Schweitzer's fixed point. queue[c][s]: writers of class c at or before station s; who arrives finds all of the other
// classes', and of its own what one writer less would leave there.
std::vector<double> Network::solve(const Counts& counts) const {
  const size_t nr_stations = stations_.size();
  std::vector<double> service_ns(nr_stations), rates(classes_.size());
  std::vector<double> at(nr_stations), queue(classes_.size() * nr_stations);
  std::vector<uint32_t> writers(nr_stations);
  for (size_t c = 0; c < classes_.size(); ++c) {
    for (const uint32_t s : classes_[c].stations) {
      writers[s] += counts[c];
      queue[c * nr_stations + s] = double(counts[c]) / double(classes_[c].stations.size() + 1);
    }
  }
  for (size_t s = 0; s < nr_stations; ++s) {
    const Station& station = stations_[s];
    const double beyond = station.knee != 0 ? std::max(0.0, double(writers[s]) / station.knee - 1) : 0;
    service_ns[s] = double(kRecordBytes) / station.bytes_per_ns * (1 + station.regress * beyond);
  }
  for (int round = 0; round < kRounds; ++round) {
    std::fill(at.begin(), at.end(), 0);
    for (size_t c = 0; c < classes_.size(); ++c)
      for (const uint32_t s : classes_[c].stations) at[s] += queue[c * nr_stations + s];
    double moved = 0;
    for (size_t c = 0; c < classes_.size(); ++c) {
      if (counts[c] == 0) continue;
      const double n = counts[c];
      double cycle_ns = classes_[c].think_ns;
      std::vector<double> stay(classes_[c].stations.size());
      for (size_t i = 0; i < stay.size(); ++i) {
        const uint32_t s = classes_[c].stations[i];
        stay[i] = service_ns[s] * (1 + at[s] - queue[c * nr_stations + s] / n);
        cycle_ns += stay[i];
      }
      rates[c] = 1 / cycle_ns;
      for (size_t i = 0; i < stay.size(); ++i) {
        double& own = queue[c * nr_stations + classes_[c].stations[i]];
        moved = std::max(moved, std::abs(n * stay[i] / cycle_ns - own));
        own = n * stay[i] / cycle_ns;
      }
    }
    if (moved < kConverged) break;
  }
  return rates;
}

}  // namespace memmap::virtual_time
