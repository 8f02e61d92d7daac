// SPDX-License-Identifier: GPL-2.0-only OR MIT
// See tbb_lender.h; the states of a worker are in lent_worker.h.
//
// Nothing here keeps the address of a thread-local over a call that may suspend: the code after it may run in another
// thread.
#include "host/tbb_lender.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task.h>
#include <oneapi/tbb/task_group.h>
#include <sched.h>
#include <stdio.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "host/process_env.h"
#include "host/stall_text.h"
#include "host/tbb_nodes.h"
#include "memmap/pool.h"

namespace memmap::host {
namespace {

// How long a worker keeps its thread while there is work. Then its task goes to the end of the queue, so that oneTBB
// may give the thread to another arena, and whoever waited in a hook goes on.
constexpr uint64_t kTurnNs = 1'000'000;

bool in_task() {
  return tbb::this_task_arena::current_thread_index() != tbb::task_arena::not_initialized &&
         tbb::task::current_context() != nullptr;
}

}  // namespace

uint32_t lendable_threads() {
  return static_cast<uint32_t>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) - 1);
}

TbbLender::Arena::Arena(int tbb_node, uint32_t nr_threads) : arena(static_cast<int>(nr_threads), 0) {
  if (tbb_node != kAnyTbbNode)
    arena.initialize(tbb::task_arena::constraints(tbb_node, static_cast<int>(nr_threads)), 0);
}

// What is enqueued last comes after all that was there, so who waits for it has a hand in that.
void TbbLender::Arena::wait_for_queue() {
  arena.execute([this] {
    tbb::task_group last;
    arena.enqueue(last.defer([] {}));
    last.wait();
  });
}

TbbLender::TbbLender(const EngineTopology& topology, const std::vector<int>& tbb_node_of_group,
                     TbbLenderOptions options)
    : topology_(topology),
      options_(std::move(options)),
      table_(*topology.table()),
      env_(process_env(this)),
      arenas_(table_.nr_groups),
      workers_(new Worker[table_.nr_workers]) {
  env_.park = park;
  env_.unpark = env_.wake_later = unpark;
  env_.self = [](void* lender) { return static_cast<TbbLender*>(lender)->self(); };
  env_.stalled = [](void* lender, const memmap_stall* stall) {
    fprintf(stderr, "%s\n", static_cast<TbbLender*>(lender)->describe(*stall).c_str());
  };
  if (options_.trace != nullptr) {
    env_.trace = [](void* lender, const memmap_trace* event) {
      TbbLender& own = *static_cast<TbbLender*>(lender);
      own.options_.trace->record(own.selves_.local(), *event);
    };
  }
  const std::vector<uint32_t> nr_members = group_sizes(table_);
  for (uint32_t group = 0; group < table_.nr_groups; ++group) {
    const uint32_t width = options_.width != 0 ? options_.width : table_.width[group];
    width_.push_back(static_cast<uint16_t>(std::min<uint32_t>(width, UINT16_MAX)));
    const uint32_t at_once = options_.width != 0 ? std::min(width, nr_members[group]) : nr_members[group];
    if (at_once != 0) arenas_[group] = std::make_unique<Arena>(tbb_node_of_group[group], at_once);
  }
  table_.width = width_.data();
}

void TbbLender::start(memmap_pool* pool) {
  pool_ = pool;
  stopping_.store(0, relaxed);
  by_word_.clear();
  away_.clear();  // each gets a task again, if it was away at a stop
  away_.reserve(table_.nr_workers);
  nr_away_.store(0, relaxed);
  if (options_.width == 0) widths_ = std::make_unique<GroupWidths>(pool, table_);
  if (options_.located) watch_ = std::make_unique<WorkerWatch>(topology_, options_.sources);
  for (uint32_t index = 0; index < table_.nr_workers; ++index) {
    Worker& worker = workers_[index];
    worker.index = index;
    worker.arena = arenas_[table_.group_of_worker[index]].get();
    worker.word = pool->engine.workers[index].event.address();
    by_word_.push_back(&worker);
  }
  std::sort(by_word_.begin(), by_word_.end(), [](const Worker* a, const Worker* b) { return a->word < b->word; });
  for (Worker* const worker : by_word_) {
    begin_awake(*worker);
    const bool rests = rest(*worker);
    if (!rests || !worker->state.rest()) bring_task(*worker, rests);  // work was there, or came
  }
}

void TbbLender::stop() {
  if (pool_ == nullptr) return;
  stopping_.store(1, relaxed);  // before memmap_pool_stop(): who learns of that knows this
  memmap_pool_stop(pool_);
  while (tasks_.any()) {  // of all arenas: a task may bring one to another's
    for (const std::unique_ptr<Arena>& arena : arenas_) {
      if (arena) arena->wait_for_queue();
    }
  }
  pool_ = nullptr;
}

memmap_self* TbbLender::self() {
  memmap_self& self = selves_.local();
  // Callers move about; inside of a hook they stay what they were when they came.
  if (self.worker == MEMMAP_NO_WORKER && self.depth == 0) {
    const int cpu = options_.located ? sched_getcpu() : -1;
    self.group = cpu < 0 ? 0 : topology_.group_of_cpu(static_cast<uint32_t>(cpu));
  }
  return &self;
}

std::string TbbLender::describe(const memmap_stall& stall) const {
  return stall_text(stall, table_.nr_workers, [this](uint32_t worker) {
    return absl::StrCat("a task of oneTBB, group ", table_.group_of_worker[worker]);
  });
}

void TbbLender::park(void* lender, uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  TbbLender& own = *static_cast<TbbLender*>(lender);
  const TracedScope recorded(own.env_, MEMMAP_TRACE_PARK);
  const uint64_t now_ns = monotonic_ns();
  own.suspended_.expire(now_ns);
  if (in_task()) return own.suspended_.suspend(word, value, timeout_ns != 0 ? now_ns + timeout_ns : kNoDeadline);
  park_thread(word, value, timeout_ns);
  own.suspended_.expire(monotonic_ns());
}

// wake_later too: nothing here waits for more than a short lock.
void TbbLender::unpark(void* lender, uint32_t* word) {
  TbbLender& own = *static_cast<TbbLender*>(lender);
  const TracedScope recorded(own.env_, MEMMAP_TRACE_UNPARK);
  if (Worker* const worker = own.worker_of(word)) {
    if (worker->state.want() && own.stopping_.load(relaxed) == 0) own.bring_task(*worker, true);
    return;
  }
  own.suspended_.wake(word);
  unpark_threads(word);
}

TbbLender::Worker* TbbLender::worker_of(const uint32_t* word) {
  const auto at = std::lower_bound(by_word_.begin(), by_word_.end(), word,
                                   [](const Worker* worker, const uint32_t* w) { return worker->word < w; });
  return at != by_word_.end() && (*at)->word == word ? *at : nullptr;
}

// The engine knows no exceptions: without memory for a task there is no worker any more, and that is said.
void TbbLender::bring_task(Worker& worker, bool returns) {
  if (returns) nr_lent_.fetch_add(1, relaxed);
  tasks_.bring();
  try {
    worker.arena->arena.enqueue([this, &worker, returns] {
      run(worker, returns);
      tasks_.over();  // then we may be gone
    });
  } catch (const std::exception&) {
    env_.fatal(this, "oneTBB has no memory for a task");
  }
}

void TbbLender::run(Worker& worker, bool returns) {
  TracedSelf& self = selves_.local();  // of this stack, wherever it goes on after a suspension
  const TracedSelf outside = self;
  self = TracedSelf(worker.index, table_.group_of_worker[worker.index], MEMMAP_NO_WORKER);
  for (bool rests = false; !rests;) {
    if (returns) come_back(worker);
    if (stays_away(worker)) break;
    const Turn turn = take_turn(worker);
    bring_back();
    if (turn == Turn::over) {
      bring_task(worker, false);
      break;
    }
    if (stopping_.load(relaxed) != 0) break;
    returns = turn == Turn::beyond_width ? rest_beyond_width(worker) : rest(worker);
    rests = returns && worker.state.rest();
    if (!returns) begin_awake(worker);  // its search was for nothing, and no work
  }
  self = outside;
}

// True: it is announced as resting, so that its next task may be under way.
bool TbbLender::rest(Worker& worker) {
  worker.rests_since_ns = monotonic_ns();
  return memmap_worker_rest(pool_, worker.index) != nullptr;
}

// The same though there is work: enough others are at it. Where one of them stops, or the width grows, it is wanted.
bool TbbLender::rest_beyond_width(Worker& worker) {
  uint32_t seen = 0;  // of an event that nobody parks on
  worker.rests_since_ns = monotonic_ns();
  return widths_->rest(worker.index, &seen);
}

void TbbLender::come_back(Worker& worker) {
  worker.state.begin();
  memmap_worker_return(pool_, worker.index);
  begin_awake(worker);
  if (options_.trace != nullptr) record(env_, MEMMAP_TRACE_PARK, worker.rests_since_ns);
}

void TbbLender::begin_awake(const Worker& worker) {
  if (widths_ != nullptr) widths_->begin(worker.index, monotonic_ns());
}

// Steps until nothing is left, or for long enough, and then holds no domain in place while it has no thread. Its time
// between two turns, when its task waits for one of oneTBB's threads, is time that it is awake: more tasks than threads
// get no more done.
TbbLender::Turn TbbLender::take_turn(Worker& worker) {
  const uint64_t until_ns = monotonic_ns() + kTurnNs;
  while (memmap_worker_step(pool_, worker.index)) {
    const uint64_t now_ns = monotonic_ns();
    suspended_.expire(now_ns);
    if (widths_ != nullptr && widths_->worked(worker.index, now_ns)) return Turn::beyond_width;
    if (now_ns < until_ns) continue;
    sched::worker_leave(pool_->engine, worker.index);  // its domain only: it keeps its place in the width
    return Turn::over;
  }
  return Turn::nothing_left;
}

// True: the worker may not work now. Its task ends; another worker that works brings it back.
bool TbbLender::stays_away(Worker& worker) {
  if (watch_ == nullptr || watch_->may_work(worker.index, monotonic_ns())) return false;
  widths_ != nullptr ? widths_->leave(worker.index) : memmap_worker_leave(pool_, worker.index);
  const std::lock_guard<std::mutex> lock(away_mutex_);
  away_.push_back(&worker);
  nr_away_.store(static_cast<uint32_t>(away_.size()), relaxed);
  return true;
}

// There is no thread that would wait until a CPU comes back. One worker always stays, and looks when it works.
void TbbLender::bring_back() {
  if (nr_away_.load(relaxed) == 0 || stopping_.load(relaxed) != 0) return;
  const uint64_t now_ns = monotonic_ns();
  const std::lock_guard<std::mutex> lock(away_mutex_);
  const auto stay = [&](Worker* worker) { return !watch_->may_work(worker->index, now_ns); };
  const auto back = std::partition(away_.begin(), away_.end(), stay);
  for (auto worker = back; worker != away_.end(); ++worker) {
    begin_awake(**worker);
    bring_task(**worker, false);
  }
  away_.erase(back, away_.end());
  nr_away_.store(static_cast<uint32_t>(away_.size()), relaxed);
}

}  // namespace memmap::host
