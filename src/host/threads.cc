// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Thread-locals and pinned threads: see threads.h.
#include "host/threads.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <chrono>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "host/process_env.h"
#include "host/stall_text.h"
#include "memmap/pool.h"

namespace memmap::host {
namespace {

// Environments that exist, by serial: tells a thread which of its selves it may forget.
struct LiveEnvironments {
  std::mutex mutex;
  std::vector<uint64_t> serials;
  uint64_t next_serial = 1;
};

LiveEnvironments& live_environments() {
  static LiveEnvironments& live = *new LiveEnvironments;  // never destroyed: threads may outlive static objects
  return live;
}

uint64_t register_environment() {
  LiveEnvironments& live = live_environments();
  const std::lock_guard<std::mutex> lock(live.mutex);
  live.serials.push_back(live.next_serial);
  return live.next_serial++;
}

void unregister_environment(uint64_t serial) {
  LiveEnvironments& live = live_environments();
  const std::lock_guard<std::mutex> lock(live.mutex);
  live.serials.erase(std::find(live.serials.begin(), live.serials.end(), serial));
}

// One self for each environment that the thread has called: a worker of one may call the API of another. In the
// thread's own storage, which needs no destructor: a first call neither allocates nor locks, so it may come in a signal
// handler. The address of a self must not change.
struct OwnSelf {
  uint64_t serial = 0;  // 0: free
  TracedSelf self;
};
constinit thread_local std::array<OwnSelf, 4> own_selves;
thread_local std::vector<std::unique_ptr<OwnSelf>> more_selves;  // where as many environments are alive

TracedSelf* find_self(uint64_t serial) {
  for (OwnSelf& own : own_selves) {
    if (own.serial == serial) return &own.self;
  }
  if (own_selves.back().serial == 0) return nullptr;
  for (const std::unique_ptr<OwnSelf>& own : more_selves) {
    if (own->serial == serial) return &own->self;
  }
  return nullptr;
}

TracedSelf* add_self(uint64_t serial) {
  OwnSelf* free =
      std::find_if(own_selves.begin(), own_selves.end(), [](const OwnSelf& own) { return own.serial == 0; });
  if (free == own_selves.end()) {
    LiveEnvironments& live = live_environments();
    const std::lock_guard<std::mutex> lock(live.mutex);
    const auto dead = [&](const OwnSelf& own) {
      return std::find(live.serials.begin(), live.serials.end(), own.serial) == live.serials.end();
    };
    std::erase_if(more_selves, [&](const std::unique_ptr<OwnSelf>& own) { return dead(*own); });
    free = std::find_if(own_selves.begin(), own_selves.end(), dead);
  }
  if (free == own_selves.end()) free = more_selves.emplace_back(std::make_unique<OwnSelf>()).get();
  *free = {serial, {}};
  return &free->self;
}

memmap_self* self_of(void* context) { return static_cast<ThreadEnvironment*>(context)->self(); }

void stalled(void* context, const memmap_stall* stall) {
  fprintf(stderr, "%s\n", static_cast<ThreadEnvironment*>(context)->describe(*stall).c_str());
}

void trace(void* context, const memmap_trace* event) { static_cast<ThreadEnvironment*>(context)->record(*event); }

void park(void* context, uint32_t* word, uint32_t value, uint64_t timeout_ns) {
  const TracedScope recorded(*static_cast<ThreadEnvironment*>(context)->env(), MEMMAP_TRACE_PARK);
  park_thread(word, value, timeout_ns);
}

void unpark(void* context, uint32_t* word) {
  const TracedScope recorded(*static_cast<ThreadEnvironment*>(context)->env(), MEMMAP_TRACE_UNPARK);
  unpark_threads(word);
}

memmap_env make_env(ThreadEnvironment* context, bool traced) {
  memmap_env env = process_env(context);
  env.park = park;
  env.unpark = env.wake_later = unpark;
  env.self = self_of;
  env.stalled = stalled;
  env.trace = traced ? trace : nullptr;
  return env;
}

// Signals for the application's own threads: all but faults, which belong to who makes them, and the profiler's.
sigset_t foreign_signals() {
  sigset_t signals;
  sigfillset(&signals);
  for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF}) sigdelset(&signals, own);
  return signals;
}

int pin_to(uint32_t cpu) {
  const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(cpu + 1),
                                                              [](cpu_set_t* set) { CPU_FREE(set); });
  const size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
  CPU_ZERO_S(bytes, mask.get());
  CPU_SET_S(cpu, bytes, mask.get());
  return pthread_setaffinity_np(pthread_self(), bytes, mask.get());
}

}  // namespace

ThreadEnvironment::ThreadEnvironment(const EngineTopology& topology, bool pinned, Trace* trace)
    : topology_(topology),
      pinned_(pinned),
      trace_(trace),
      serial_(register_environment()),
      tids_(new Atomic<uint32_t>[topology.nr_workers()]),
      env_(make_env(this, trace != nullptr)) {}

ThreadEnvironment::~ThreadEnvironment() { unregister_environment(serial_); }

void ThreadEnvironment::enter_worker(uint32_t worker) {
  TracedSelf* const self = add_self(serial_);
  *self = TracedSelf(worker, topology_.table()->group_of_worker[worker], worker);
  tids_[worker].store(static_cast<uint32_t>(gettid()), relaxed);
}

memmap_self* ThreadEnvironment::self() {
  memmap_self* self = find_self(serial_);
  if (self == nullptr) self = add_self(serial_);
  // Other threads move about; inside of a hook they stay what they were when they came.
  if (self->worker == MEMMAP_NO_WORKER && self->depth == 0) locate(*self);
  return self;
}

void ThreadEnvironment::locate(memmap_self& self) const {
  const int cpu = pinned_ ? sched_getcpu() : -1;
  self.group = cpu < 0 ? 0 : topology_.group_of_cpu(static_cast<uint32_t>(cpu));
  self.beside = cpu < 0 ? MEMMAP_NO_WORKER : topology_.worker_of_cpu(static_cast<uint32_t>(cpu));
}

void ThreadEnvironment::record(const memmap_trace& event) {
  TracedSelf* own = find_self(serial_);
  if (own == nullptr) own = add_self(serial_);
  trace_->record(*own, event);
}

std::string ThreadEnvironment::describe(const memmap_stall& stall) const {
  return stall_text(stall, topology_.nr_workers(), [this](uint32_t worker) {
    return absl::StrCat("cpu ", topology_.cpu_of_worker(worker), ", tid ", tids_[worker].load(relaxed));
  });
}

absl::Status WorkerThreads::start(memmap_pool* pool, ThreadEnvironment& environment) {
  pool_ = pool;
  nr_running_ = 0;
  environment_ = &environment;
  stopping_ = false;
  if (environment.pinned()) watch_ = std::make_unique<WorkerWatch>(environment.topology(), sources_);
  widths_ = std::make_unique<GroupWidths>(pool, *environment.topology().table());
  const absl::Status created = create_first();
  if (!created.ok()) {
    stop();
    return created;
  }
  report_unpinned();
  return absl::OkStatus();
}

// Under mutex_. Signals are masked by who calls. Returns an errno.
int WorkerThreads::create(Thread& thread) {
  const int error = pthread_create(&thread.handle, nullptr, &run, &thread);
  thread.made = error == 0;
  return error;
}

absl::Status WorkerThreads::create_first() {
  const EngineTopology& topology = environment_->topology();
  const uint32_t nr_workers = topology.nr_workers();
  const uint32_t turns = watch_ != nullptr ? watch_->allowance(monotonic_ns()) : nr_workers;
  turns_made_.store(turns, relaxed);
  threads_.resize(nr_workers);
  for (uint32_t worker = 0; worker < nr_workers; ++worker) {
    threads_[worker].owner = this;
    threads_[worker].worker = worker;
    if (topology.turn_of_worker(worker) < turns) continue;
    watch_->absent(worker);
    memmap_worker_leave(pool_, worker);
  }
  const sigset_t foreign = foreign_signals();
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &foreign, &before);  // inherited by the threads
  std::unique_lock<std::mutex> lock(mutex_);
  size_t nr_made = 0;
  int error = 0;
  for (Thread& thread : threads_) {
    if (error == 0 && topology.turn_of_worker(thread.worker) < turns) nr_made += (error = create(thread)) == 0;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0)
    return absl::ResourceExhaustedError(
        absl::StrCat("thread ", nr_made + 1, " of ", std::min(turns, nr_workers), " not created: ", strerror(error)));
  runs_.wait(lock, [&] { return nr_running_ == nr_made; });
  return absl::OkStatus();
}

// By a worker, whose mask of signals is inherited. What fails is not tried again until the quota has grown further.
void WorkerThreads::create_more() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const uint32_t turns = watch_->last_allowance();
  if (stopping_ || turns <= turns_made_.load(relaxed)) return;
  turns_made_.store(turns, relaxed);
  int error = 0;
  for (Thread& thread : threads_) {
    if (thread.made || environment_->topology().turn_of_worker(thread.worker) >= turns) continue;
    thread.late = true;
    if (error == 0) error = create(thread);
  }
  if (error != 0) fprintf(stderr, "memmap: the CPU quota has grown, but no thread for it: %s\n", strerror(error));
}

void* WorkerThreads::run(void* argument) {
  Thread& thread = *static_cast<Thread*>(argument);
  WorkerThreads& owner = *thread.owner;
  char name[16];  // the kernel's limit
  snprintf(name, sizeof(name), "memmap/%u", thread.worker);
  pthread_setname_np(pthread_self(), name);
  ThreadEnvironment& environment = *owner.environment_;
  if (environment.pinned()) thread.pin_errno = pin_to(environment.topology().cpu_of_worker(thread.worker));
  environment.enter_worker(thread.worker);
  {
    const std::lock_guard<std::mutex> lock(owner.mutex_);
    ++owner.nr_running_;
    owner.runs_.notify_one();
  }
  owner.work(thread);
  return nullptr;
}

constexpr uint64_t kShortStepNs = 100'000;
constexpr uint32_t kShortStepsPerLook = 4;

// The clock is read after each step, for 30 ns: a unit of somebody's may take a second. After some where they are
// short: a grain of records takes 20 to 40 us. Whoever looks at more than the clock does so once in a while of its own.
void WorkerThreads::work(const Thread& thread) {
  const uint32_t worker = thread.worker;
  // Who cannot be pinned at the start runs all the same, as was said then; later it is not there.
  const bool watched = watch_ != nullptr && (thread.pin_errno == 0 || thread.late);
  if (watched && !watch_->may_work(worker, monotonic_ns()) && !stay_away(worker)) return;
  uint64_t looked_ns = monotonic_ns();
  widths_->begin(worker, looked_ns);
  for (uint32_t steps = 0, steps_per_look = 1;;) {
    const bool found = memmap_worker_step(pool_, worker);
    if (found && ++steps < steps_per_look) continue;
    const uint64_t now_ns = monotonic_ns();
    steps_per_look = now_ns - looked_ns < steps * kShortStepNs ? kShortStepsPerLook : 1;
    const bool beyond = found && widths_->worked(worker, now_ns, steps);
    looked_ns = now_ns;
    steps = 0;
    if (watched && watch_->last_allowance() > turns_made_.load(relaxed)) create_more();
    if (watched && !watch_->may_work(worker, now_ns)) {
      if (!stay_away(worker)) return;
    } else if (!found) {
      if (!memmap_worker_idle(pool_, worker)) return;
    } else if (beyond) {
      rest(worker);
    } else {
      continue;
    }
    looked_ns = monotonic_ns();
    widths_->begin(worker, looked_ns);
  }
}

// There is work, but enough others are at it: until one of them stops, or the width grows.
void WorkerThreads::rest(uint32_t worker) {
  uint32_t seen = 0;
  if (!widths_->rest(worker, &seen)) return;
  sched::Worker& own = pool_->engine.workers[worker];
  add_own(own.parks, 1);
  const memmap_env& env = *environment_->env();
  env.park(env.context, own.event.address(), seen, 0);
  memmap_worker_return(pool_, worker);
}

// Until the worker may work again; false: stopped.
bool WorkerThreads::stay_away(uint32_t worker) {
  widths_->leave(worker);
  std::unique_lock<std::mutex> lock(mutex_);
  do {
    if (stops_.wait_for(lock, std::chrono::nanoseconds(watch_->interval_ns()), [this] { return stopping_; }))
      return false;
  } while (!watch_->may_work(worker, monotonic_ns()));
  return true;
}

void WorkerThreads::report_unpinned() {
  const std::lock_guard<std::mutex> lock(mutex_);  // workers may make others already
  const auto unpinned = [](const Thread& thread) { return !thread.late && thread.pin_errno != 0; };
  nr_unpinned_ = static_cast<uint32_t>(std::count_if(threads_.begin(), threads_.end(), unpinned));
  if (nr_unpinned_ == 0) return;
  const Thread& first = *std::find_if(threads_.begin(), threads_.end(), unpinned);
  fprintf(stderr, "memmap: %u of %zu workers run unpinned; worker %u on cpu %u: %s\n", nr_unpinned_, threads_.size(),
          first.worker, environment_->topology().cpu_of_worker(first.worker), strerror(first.pin_errno));
}

void WorkerThreads::stop() {
  if (threads_.empty()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  stops_.notify_all();
  memmap_pool_stop(pool_);
  for (const Thread& thread : threads_) {  // as stopping_, no more are made
    if (thread.made) pthread_join(thread.handle, nullptr);
  }
  threads_.clear();
}

}  // namespace memmap::host
