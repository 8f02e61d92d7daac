// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Memories and links that writers share, in virtual time.
//
// A writer alternates between its core and the memory (over a link, where the memory is another node's), a record at a
// time: a closed queueing network. Its throughput for n writers comes from approximate mean value analysis (Schweitzer
// 1979; Lazowska et al., Quantitative System Performance, 1984, chapter 7): with few writers it is n times one
// writer's, with many the memory's, and between them as rounded as queues make it. No factor is fitted to a curve: a
// writer is given by what one alone takes, a memory by its bandwidth.
//
// Between two changes (somebody begins or ends) rates are constant, and those of a class share them equally: so one
// number a class, records written by each since the beginning, says who is finished when.
#ifndef MEMMAP_SIMULATOR_VIRTUAL_NETWORK_H
#define MEMMAP_SIMULATOR_VIRTUAL_NETWORK_H

#include <cstdint>
#include <map>
#include <vector>

namespace memmap::virtual_time {

// A memory or a link: bytes_per_ns (GB/s) of records; beyond `knee` writers its service takes regress times longer for
// each further knee. knee 0: none.
struct Station {
  double bytes_per_ns = 0;
  uint32_t knee = 0;
  double regress = 0;
};

class Network {
 public:
  uint32_t add_station(Station station);
  // Writers of one kind from one place: a record takes record_ns where nobody else is, and passes these stations. What
  // is not spent at them is the core's own, and longer where hardware threads share the core.
  uint32_t add_class(double record_ns, std::vector<uint32_t> stations, uint32_t threads_of_core = 1);

  // `who` begins to write.
  void start(uint64_t now_ns, uint32_t writer_class, double nr_records, uint32_t who);
  // `who`, of that class, stands still: the records that are left, to be started again.
  double stop(uint64_t now_ns, uint32_t writer_class, uint32_t who);
  // When the next one is finished; UINT64_MAX where nobody writes.
  uint64_t due_ns() const { return due_ns_; }
  // Appends those who are finished by now.
  void advance(uint64_t now_ns, std::vector<uint32_t>& finished);

  // Records per nanosecond of n writers of one class, nobody else there.
  double rate(uint32_t writer_class, uint32_t n) const;
  // The same of all classes together, by the numbers of their writers.
  double rate(const std::vector<uint16_t>& writers) const;

 private:
  struct Task {
    double until;       // records of its class
    uint64_t sequence;  // equals end in the order in which they began
    uint32_t who;
    bool operator<(const Task& other) const {  // for std::push_heap: the earliest on top
      return until != other.until ? until > other.until : sequence > other.sequence;
    }
  };
  struct Class {
    double think_ns = 0;  // of a record, outside of all stations
    std::vector<uint32_t> stations;
    double written = 0;       // records, by each that was there since the beginning
    double rate = 0;          // records per nanosecond of each
    std::vector<Task> tasks;  // a heap
  };
  using Counts = std::vector<uint16_t>;

  void pass(uint64_t now_ns);
  void set_rates();
  std::vector<double> solve(const Counts& counts) const;

  std::vector<Station> stations_;
  std::vector<Class> classes_;
  Counts counts_;  // writers of each class
  std::map<Counts, std::vector<double>> solved_;
  uint64_t last_ns_ = 0, due_ns_ = UINT64_MAX, nr_tasks_ = 0;
};

}  // namespace memmap::virtual_time
#endif  // MEMMAP_SIMULATOR_VIRTUAL_NETWORK_H
