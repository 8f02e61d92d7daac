// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The state of a worker whose thread is lent: is there a task for it? And how many tasks are there?
//
//   who wants it (env.unpark)              its task
//     want                                   begin, memmap_worker_return, step until nothing is left
//       it rested? bring a task              memmap_worker_rest: announced; from now on it may be wanted
//                                            rest: wanted meanwhile? begin again
//                                            end
//
// All three are read-modify-writes of one word, so they have one order. A want that finds it resting brings the task;
// any other one comes before a begin, as a rest fails where one came, and a begin is followed by a look for work. So no
// want is lost, and there is at most one task. A want for nothing costs one more look.
//
// What one task did as this worker comes before what the next one does (J3, J4), and what it is wanted for before its
// look for work (J4, J5). The engine's own words are no help here: a want may come late, when the worker has been back
// and rests again.
//
// Freestanding, so that the explorer runs it.
#pragma once

#include "base/atomic.h"

namespace memmap::host {

class LentWorker {
 public:
  // True: it rests, and the caller owes it a task.
  bool want() { return state_.fetch_or(kTask | kWanted, acq_rel) == 0; }  // J4 with J3, J5: it rests; what it is for

  // Its task, before it looks for work.
  void begin() { state_.fetch_and(~kWanted, acquire); }  // J5 with J4: what it is wanted for

  // Its task, once the engine has it announced as resting. True: the task may end. False: begin again.
  bool rest() {
    uint32_t unwanted = kTask;
    return state_.compare_exchange(unwanted, 0, release);  // J3 with J4: all that it did as this worker
  }

 private:
  static constexpr uint32_t kTask = 1, kWanted = 2;  // it has a task, or somebody is about to bring it; begin again
  Atomic<uint32_t> state_{kTask};                    // of who makes it
};

// Tasks that were brought and are not over. Who brings one is a task itself, or a call of a domain that is not closed:
// so once the pool is stopped and none is left, none will come.
class LentTasks {
 public:
  void bring() { nr_.fetch_add(1, relaxed); }
  // The last that a task does with what belongs to the lender.
  void over() { nr_.fetch_sub(1, release); }           // J1 with J2: all that it did as a worker
  bool any() const { return nr_.load(acquire) != 0; }  // J2 with J1: then all of it may go

 private:
  Atomic<uint32_t> nr_;
};

}  // namespace memmap::host
