# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Branches of the engine that no seed of the swarm takes, and why; for plants.py --branches.

A fiber comes to stand between two accesses only where the engine calls its environment between them. Windows without
such a call are the explorer's, which stops at each access: the test that comes through is named.
"""

# (file, how the line begins): (branches that are not taken, why)
EXCUSED = {
    ("src/memmap/request.cc", "if (!request.hooks.write && made.total_pages >= kStreamingPages"): (
        1, "a constant; the builds for sanitizers have the other one"),
    ("src/memmap/request.cc", "if (request.version > MEMMAP_LINUX_2026)"): (
        1, "no value of the type is above, but in C"),
    ("src/sched/pool.h", "void check(bool holds, const char* what)"): (
        1, "an assertion"),
    ("src/sched/retire.cc", "seat.pool.check((before & done_bits) == 0"): (
        2, "an assertion"),
    # Calls and answers that it does not draw, with the test that does.
    ("src/memmap/api.cc", "if (error == 0) error = result;"): (
        1, "ApiTest.CancelUndoesExactlyWhatWasDone, FamilyTest.AParentIsUndoneBehindItsChildren"),
    ("src/memmap/api.cc", "if (engine.slots[lowest_bit(used)].holds(domain.opaque)) return true;"): (
        1, "ApiExplore.AClosedDomainOpensAgainBesideTheOneThatTakesItsSlot"),
    ("src/memmap/api.cc", "if (is_open(pool->engine, *domain)) return MEMMAP_BUSY;"): (
        1, "ApiExplore.AClosedDomainOpensAgainBesideTheOneThatTakesItsSlot"),
    ("src/memmap/api.cc", 'extern "C" bool memmap_ready('): (
        1, "a null pool: ApiTest"),
    ("src/memmap/call.h", "if (!slot || generation == sched::Slot::kAny"): (
        1, "somebody opens the domain meanwhile, which is not allowed"),
    ("src/memmap/grow.cc", "return unit.bits != 0 ? unit : sweep(request, stripe, 1);"): (
        1, "GrowTest.WhatAWorkerWasGivenIsFoundWithoutALookThroughTheZone"),
    ("src/memmap/pool.cc", "if (!pool) return;"): (
        1, "a null pool: PoolTest"),
    ("src/memmap/request.cc", "if (bits.width >= kWordBits"): (
        2, "CheckRequest.WhatCannotBeARequest"),
    ("src/memmap/request.cc", "return layout.cpupid_bits < kWordBits"): (
        2, "CheckRequest.WhatCannotBeARequest"),
    ("src/memmap/request.cc", "layout.page_shift > kSectionShift + 1"): (
        1, "CheckRequest.WhatCannotBeARequest"),
    ("src/sched/slot.h", "bool holds(const void* domain)"): (
        1, "ApiExplore.AClosedDomainOpensAgainBesideTheOneThatTakesItsSlot"),
    ("src/memmap/api.cc", "if (waited_ns < report_ns || !env.stalled) return;"): (
        3, "a caller who stays inside for long: StallTest.ACloseThatWaitsUntilACallerLeaves"),
    ("src/sched/search.cc", "if (unclaimed != 0 && ++looks == kStripesALook)"): (
        2, "domains of that many requests: Search.ALookGoesNoFurtherThanSomeStripes"),
    ("src/sched/search.cc", "if (!whole) all.unfinished_ns = larger("): (
        3, "domains of that many requests: Search.ALookGoesNoFurtherThanSomeStripes"),
    # Windows, with the explored test that comes through.
    ("src/base/bits.h", "if (word.compare_exchange(seen"): (
        1, "RetireExplore.AnErrorEndsTheDomainForAll"),
    ("src/sched/domain.cc", "while (domain.published.load(seq_cst) != counted)"): (
        1, "DomainExplore.CancelAgainstASubmit"),
    ("src/sched/domain.cc", "} while (!domain.state.compare_exchange(state, state + what"): (
        1, "DomainExplore.CancelAgainstASubmit"),
    ("src/sched/domain.cc", "} while (!domain.jobs.compare_exchange("): (
        1, "DomainExplore.TwoSubmitsAndAWorker"),
    ("src/sched/domain.cc", "if (domain.flags() & (Domain::kFailed | Domain::kCancelled)) return"): (
        1, "DomainExplore.CancelAgainstASubmit"),
    ("src/sched/domain.cc", "} while (!domain.state.compare_exchange(state, state | Domain::kClosing"): (
        1, "SlotExplore.TwoCloses"),
    ("src/sched/domain.h", "for (uint32_t before = crew.load(relaxed)"): (
        1, "WorkerExplore.NoMoreThanMaxWorkersAtOnce"),
    ("src/sched/domain.h", "if (crew.compare_exchange(before, before + 1"): (
        1, "WorkerExplore.NoMoreThanMaxWorkersAtOnce"),
    ("src/sched/job.cc", "if (grain.bits != 0) return grain;"): (
        1, "RetireExplore.TwoFlushersWithoutAWorker"),
    ("src/sched/pool.cc", "for (uint64_t parked = group.all_parked()"): (
        1, "DomainExplore.CancelAgainstASubmitThatLeavesItToAWorker"),
    ("src/sched/pool.cc", "if (parked & bit) {"): (
        1, "DomainExplore.CancelAgainstASubmitThatLeavesItToAWorker"),
    ("src/sched/pool.cc", "if (key >= after && key < nearest"): (
        1, "DomainExplore.CancelAgainstASubmitThatLeavesItToAWorker"),
    ("src/sched/pool.cc", "if (wake_member(pool, uint32_t(nearest % n), at))"): (
        1, "DomainExplore.CancelAgainstASubmitThatLeavesItToAWorker"),
    ("src/sched/slot.h", "seen >> 32 != 0 && !(seen & kClosing)"): (
        1, "FamilyExplore.AChildOpensAgainstACancelOfItsParent"),
    ("src/sched/slot.h", "if (word_.compare_exchange(seen, seen + 1"): (
        1, "RetireExplore.TwoFlushersWithoutAWorker"),
    ("src/sched/worker.cc", "if (second.unclaimed_units != 0)"): (
        1, "SlotExplore.TheNextDomainMovesInWhileAWorkerScans"),
    ("src/sched/worker.cc", "const bool full = !stays && !best->enter();"): (
        1, "WorkerExplore.NoMoreThanMaxWorkersAtOnce"),
    ("src/sched/worker.cc", "if (stays || full) best->slot->unpin("): (
        1, "WorkerExplore.NoMoreThanMaxWorkersAtOnce"),
    ("src/sched/worker.cc", "if (full) return --worker.choices, choose(pool, index);"): (
        1, "WorkerExplore.NoMoreThanMaxWorkersAtOnce"),
    ("src/sched/worker.cc", "if (pool.news.load(seq_cst) == worker.news_seen"): (
        1, "DomainExplore.CancelAgainstASubmitThatLeavesItToAWorker"),
}


def key_of(path, code):
    """The entry that a line is excused by, or the line itself."""
    return next((key for key in EXCUSED if key[0] == path and code.startswith(key[1])), (path, code))


def check(missing):
    """missing: {key_of a line: branches not taken}. What is not as EXCUSED says, in words."""
    for key, (count, why) in EXCUSED.items():
        if missing.get(key, 0) < count:
            yield f"{key[0]}: taken by now, no longer excused ({why}): {key[1]}"
    for key, count in missing.items():
        if count > EXCUSED.get(key, (0, ""))[0]:
            yield f"{key[0]}: {count} not taken: {key[1]}"
