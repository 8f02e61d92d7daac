# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What mutate.py changes besides memory orders, and which mutants nobody can notice."""

# name: (file, text, its replacement). The text occurs once.
MISTAKES = {
    "park without looking again": (
        "src/sched/worker.cc",
        "if (pool.news.load(seq_cst) == worker.news_seen && !pool.stopping.load(seq_cst)) return true;",
        "if (!pool.stopping.load(seq_cst)) return true;"),
    "park without looking for the stop": (
        "src/sched/worker.cc",
        "if (pool.news.load(seq_cst) == worker.news_seen && !pool.stopping.load(seq_cst)) return true;",
        "if (pool.news.load(seq_cst) == worker.news_seen) return true;"),
    "evidence after the scan": (
        "src/sched/worker.cc",
        "  if (!best) return false;\n",
        "  if (!best) return worker.news_seen = pool.news.load(seq_cst), false;\n"),
    "busy off without a second look": (
        "src/sched/worker.cc",
        "  if (second.unclaimed_units != 0) announce_work(pool, domain.slot_bit());",
        ""),
    "busy on again without news": (
        "src/sched/worker.cc",
        "  if (second.unclaimed_units != 0) announce_work(pool, domain.slot_bit());",
        "  if (second.unclaimed_units != 0) pool.busy.fetch_or(domain.slot_bit(), relaxed);"),
    "a full domain is forgotten": (
        "src/sched/worker.cc",
        "if (was_full && !domain.stopped() && remainder(domain, worker.group).unclaimed_units != 0) {",
        "if (false && was_full) {"),
    "who stays is pinned twice": (
        "src/sched/worker.cc",
        "  if (stays || full) best->slot->unpin(",
        "  if (full) best->slot->unpin("),
    "who goes elsewhere keeps its place": (
        "src/sched/worker.cc",
        "  if (!stays) worker_leave(pool, index);\n",
        ""),
    "event read after the announcement": (
        "src/sched/worker.cc",
        "    pool.env->park(pool.env->context, worker.event.address(), seen, 0);",
        "    pool.env->park(pool.env->context, worker.event.address(), worker.event.load(relaxed) + 0 * seen, 0);"),
    "no wake for a worker": (
        "src/sched/pool.cc",
        "      pool.env->unpark(pool.env->context, worker.event.address());\n",
        ""),
    "news before busy": (
        "src/sched/pool.cc",
        "  pool.busy.fetch_or(slot_bit, seq_cst);",
        "  pool.news.fetch_add(1, seq_cst); pool.busy.fetch_or(slot_bit, seq_cst); if (slot_bit) return;"),
    "no news": (
        "src/sched/pool.cc",
        "  pool.news.fetch_add(1, seq_cst);",
        ""),
    "claim in two steps": (
        "src/sched/job.cc",
        "bits & ~job.claim[word].fetch_or(bits, relaxed)};",
        "[&] { const uint64_t old = job.claim[word].load(relaxed);"
        " job.claim[word].store(old | bits, relaxed); return bits & ~old; }()};"),
    "the cursor is the truth": (
        "src/sched/job.cc",
        "  return grain.bits != 0 ? grain : sweep(job, stripe, units);",
        "  return grain;"),
    "retired twice": (
        "src/sched/retire.cc",
        "  retire(seat, domain, grain, done);",
        "  retire(seat, domain, grain, done);\n  retire(seat, domain, grain, 0);"),
    "retired before it is run": (
        "src/sched/retire.cc",
        "  const uint64_t done = grain.job->work->run(",
        "  retire(seat, domain, grain, grain.bits);\n  const uint64_t done = grain.job->work->run("),
    "waiters before the last count": (
        "src/sched/retire.cc",
        "  const bool over = left == units && job.open.fetch_sub(1, seq_cst) == 1;",
        "  const bool over = left == units && job.open.load(seq_cst) == 1;\n"
        "  domain.waiters.wake(*seat.pool.env, {&job, 0, 64}, over, seat.atomic_context);\n"
        "  if (left == units) job.open.fetch_sub(1, seq_cst);\n  return;"),
    "an error sweeps nothing": (
        "src/sched/retire.cc",
        "  if (error != 0) drop_all(seat, domain);\n",
        ""),
    "an error or a cancel wakes nobody": (
        "src/sched/retire.cc",
        "  domain.waiters.wake(*seat.pool.env, Waiters::kEverybody, true, seat.atomic_context);\n",
        ""),
    "a failed grain is not retired": (
        "src/sched/retire.cc",
        "  retire(seat, domain, grain, done);",
        "  if (error == 0) retire(seat, domain, grain, done);"),
    "a waiter is not woken": (
        "src/sched/waiters.cc",
        "meets : over)) bump(slot.event);",
        "meets : over)) continue;"),
    "the crowd is not woken": (
        "src/sched/waiters.cc",
        "  if (announced >= kCrowdOne) bump(crowd_event_);\n",
        ""),
    "event read after the second look": (
        "src/sched/domain.cc",
        "    if (holds()) return;\n    env.park(env.context, waiting.event().address(), seen, pool.stall_ns);",
        "    if (holds()) return;\n    env.park(env.context, waiting.event().address(),"
        " waiting.event().load(seq_cst) + 0 * seen, pool.stall_ns);"),
    "a job that is not over is passed by": (
        "src/sched/search.cc",
        "    if (over && before)\n",
        "    if (before)\n"),
    "a submit does not look at the flags again": (
        "src/sched/domain.cc",
        "  if (domain.flags() & (Domain::kFailed | Domain::kCancelled)) return drop_all(seat, domain);\n",
        ""),
    "a second cancel leaves it to the first": (
        "src/memmap/api.cc",
        "  const bool first = sched::cancel(seat, domain);\n",
        "  const bool first = sched::cancel(seat, domain);\n  if (!first) return MEMMAP_OK;\n"),
    "a cancel does not wait for submits": (
        "src/sched/domain.cc",
        "seq_cst);  // C1 with U1, W8: no further job\n  wait_published(domain);",
        "seq_cst);"),
    "a cancel does not wait for holders": (
        "src/sched/domain.cc",
        "  wait_over(seat, domain, domain.newest());\n",
        ""),
    "a cancel erases an error": (
        "src/sched/domain.cc",
        "domain.state.fetch_or(Domain::kCancelled, seq_cst);",
        "[&] { uint64_t old = domain.state.load(relaxed);"
        " while (!domain.state.compare_exchange(old, Domain::kCancelled | (old & ~uint64_t{255}), seq_cst)) {} "
        "return old; }();"),
    "a close does not wait for submits": (
        "src/sched/domain.cc",
        "acquire));  // C2 with C3: no child, nor job\n  wait_published(domain);",
        "acquire));"),
    "a flush takes no part in the wait": (
        "src/sched/domain.cc",
        "  wait_over(seat, domain, accepted);",
        ""),
    "a close does not wait for pins": (
        "src/sched/slot.h",
        "if ((word_.load(seq_cst) & kPins) == 0) return;",
        "if (word_.load(seq_cst) != 0) return;"),
    "a close says what it was before it waited for pins": (
        "src/memmap/api.cc",
        "  if (status == MEMMAP_OK) status = sched::outcome(own);",
        ""),
    "a width that is raised wakes nobody": (
        "src/memmap/pool.cc",
        "  if (engine.busy.load(seq_cst) != 0) sched::wake_near(engine, group, MEMMAP_NO_WORKER);",
        ""),
    "a closing slot is pinned": (
        "src/sched/slot.h",
        "!(seen & kClosing) && ",
        ""),
    "the generation is not compared": (
        "src/sched/slot.h",
        "(generation == kAny || seen >> 32 == generation)",
        "(generation == kAny || generation != kAny)"),
    "the last pin wakes nobody": (
        "src/sched/slot.h",
        "    (later ? env.wake_later : env.unpark)(env.context, drained.address());\n",
        "    (void)env, (void)later;\n"),
    "a child opens without a look at its parent": (
        "src/sched/domain.cc",
        "domain.slot_bit() ? count_in(*parent, Domain::kOneChild) : int{MEMMAP_BUSY};",
        "domain.slot_bit() ? (parent->state.fetch_add(Domain::kOneChild, seq_cst), 0) : int{MEMMAP_BUSY};"),
    "a parent closes over its children": (
        "src/sched/domain.cc",
        "    if (state % Domain::kOneJob >= Domain::kOneChild) return MEMMAP_BUSY;\n",
        ""),
    "a child counts itself before it has a slot": (
        "src/sched/domain.cc",
        "  domain.generation = domain.slot->open(domain);\n  if (!parent) return MEMMAP_OK;\n"
        "  const int status = domain.slot_bit() ? count_in(*parent, Domain::kOneChild) : int{MEMMAP_BUSY};\n",
        "  const int status = !parent ? 0 : domain.slot_bit() ? count_in(*parent, Domain::kOneChild)"
        " : int{MEMMAP_BUSY};\n"
        "  domain.generation = domain.slot->open(domain);\n  if (!parent) return MEMMAP_OK;\n"),
    "a flush of what is over does not look below": (
        "src/memmap/api.cc",
        "  return !job && domain.childless();\n",
        "  return !job;\n"),
    "a flush looks at the newest job only": (
        "src/memmap/api.cc",
        "  while (job && job->over()) job = job->next;\n",
        "  if (job && job->over()) job = nullptr;\n"),
    "a cancel does not look below": (
        "src/memmap/api.cc",
        "  for_each_child(domain, [&](Domain& child) {\n    const int result = cancel_family",
        "  if (error != 0) for_each_child(domain, [&](Domain& child) {\n    const int result = cancel_family"),
    "a cancel looks below before it sets its flag": (
        "src/memmap/api.cc",
        "  const bool first = sched::cancel(seat, domain);\n",
        "  for_each_child(domain, [&](Domain& child) { cancel_family(seat, child); });\n"
        "  const bool first = sched::cancel(seat, domain);\n"
        "  return for_each_request(domain, clear_ready), first ? undo(seat, domain) : 0;\n"),
    "an open looks at whose the slot is before it looks whether that is open": (
        "src/sched/slot.h",
        "return !(word_.load(acquire) & kClosing) && domain_.load(relaxed) == domain;",
        "return domain_.load(relaxed) == domain && !(word_.load(acquire) & kClosing);"),
    "an open does not look whether the domain is open": (
        "src/memmap/api.cc",
        "  if (is_open(pool->engine, *domain)) return MEMMAP_BUSY;\n",
        ""),
    "a cancel counts children before it sets its flag": (
        "src/memmap/api.cc",
        "  const bool first = sched::cancel(seat, domain);\n",
        "  const bool childless = domain.childless();\n  const bool first = sched::cancel(seat, domain);\n"
        "  if (childless) return for_each_request(domain, clear_ready), first ? undo(seat, domain) : 0;\n"),
    "grow may not wake, so it does not": (
        "src/sched/waiters.cc",
        "    (later ? env.wake_later : env.unpark)(env.context, event.address());",
        "    if (!later) env.unpark(env.context, event.address());"),
    "ready before the hand-over": (
        "src/memmap/run.cc",
        "  uint64_t passed = 0;\n  if (request.hooks.ready)",
        "  uint64_t passed = 0;\n  request.pool->sections.set_ready(request.pages_of(first, last));\n"
        "  if (request.hooks.ready)"),
    "counted before the hand-over": (
        "src/memmap/run.cc",
        "  uint64_t passed = 0;\n  if (request.hooks.ready)",
        "  uint64_t passed = 0;\n  request.pool->nodes[request.nid].ready.fetch_add(0, release);\n"
        "  request.pool->nodes[request.nid].ready.fetch_add(1, release);\n"
        "  if (request.hooks.ready)"),
    "a refused submit keeps what it took": (
        "src/memmap/sections.cc",
        "    words.taken.fetch_and(~(bits & ~before), relaxed);",
        "    (void)before;"),
    "a refused submit gives back what others took": (
        "src/memmap/sections.cc",
        "    words.taken.fetch_and(~(bits & ~before), relaxed);",
        "    words.taken.fetch_and(~bits, relaxed);"),
    "a second life is ready from the start": (
        "src/memmap/api.cc",
        "clear_ready(static_cast<Request&>(*job));",
        "(void)job;"),
    "a cancel leaves pages ready": (
        "src/memmap/api.cc",
        "  for_each_request(domain, clear_ready);\n",
        ""),
    "a want is forgotten while there is a task": (
        "src/host/lent_worker.h",
        "state_.fetch_or(kTask | kWanted, acq_rel) == 0",
        "state_.fetch_or(kTask, acq_rel) == 0"),
    "a second task of one worker": (
        "src/host/lent_worker.h",
        "state_.fetch_or(kTask | kWanted, acq_rel) == 0",
        "(state_.fetch_or(kTask | kWanted, acq_rel) & kWanted) == 0"),
    "a task ends over a want": (
        "src/host/lent_worker.h",
        "    return state_.compare_exchange(unwanted, 0, release);",
        "    return state_.fetch_and(~unwanted & ~kWanted, release), true;"),
    "a parent is undone before its children": (
        "src/memmap/api.cc",
        "  for_each_child(domain, [&](Domain& child) {\n"
        "    const int result = cancel_family(seat, child);\n"
        "    if (error == 0) error = result;\n"
        "  });\n"
        "  const int own = first ? undo(seat, domain) : int{MEMMAP_OK};\n",
        "  const int own = first ? undo(seat, domain) : int{MEMMAP_OK};\n"
        "  for_each_child(domain, [&](Domain& child) { error = larger(error, cancel_family(seat, child)); });\n"),
    "who rests does not count again": (
        "src/host/beyond_width.h",
        "  return nr_awake(group) > width && sched::worker_rest(",
        "  return sched::worker_rest("),
    "who rests keeps its domain": (
        "src/host/beyond_width.h",
        "  sched::worker_leave(pool, worker);\n",
        ""),
    "a stop does not wait for tasks": (
        "src/host/lent_worker.h",
        "  bool any() const { return nr_.load(acquire) != 0; }",
        "  bool any() const { return nr_.load(acquire) == UINT32_MAX; }"),
    "a task is not counted": (
        "src/host/lent_worker.h",
        "  void bring() { nr_.fetch_add(1, relaxed); }\n",
        "  void bring() { nr_.store(1, relaxed); }\n"),
}

_LENT = ("P1, B3 and P5 order as much where no store overtakes the one before, as in the explorer; "
         "docs/litmus/lent-turn.litmus and lent-want.litmus do not lean on them")

# Mutants that no test can notice, and why.
SURVIVE = {
    "P7-relaxed": "what the explorer lets a relaxed load read is older than here, which only refuses the rest; newer is"
                  " what the order forbids: docs/litmus/park-rest.litmus",
    "J3-relaxed": _LENT,
    "J4-relaxed": _LENT,
    "J5-relaxed": _LENT,
    "a full domain is forgotten": "it takes no interleaving: WorkerChoice.WhoLeavesAFullDomainSaysSo fails",
    "a refused submit gives back what others took": "it takes no interleaving: "
                                                    "SectionsTest.AnOverlapAnywhereTurnsNothing fails",
    "an error or a cancel wakes nobody": "who waits for what others hold is woken when they retire it, only later: "
                                         "RetireTest.AFailureWakesEveryWaiterOfTheDomain fails",
    "S10-relaxed": "the closer's own unpin (S3), just before, heads the release sequence that S9 reads",
    "W6-relaxed": "what depends on it is the order of two read-modify-writes of `announced`, which the explorer runs"
                  " one after the other; docs/litmus/wait-reuse.litmus needs it",
    "S2-relaxed": "the load before it (S9) has read the same generation, and acquires",
    "B4-relaxed": "B3 and P1 lie between, and order as much on their one word: docs/litmus/park-event.litmus",
    "C2-relaxed": "the flush behind it reads the same word (W8), which orders as much",
}
