# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Branches of the engine that no seed of the swarm takes, and why; for plants.py --branches.

A fiber comes to stand between two accesses only where the engine calls its environment between them. Windows without
such a call are the explorer's, which stops at each access: the test that comes through is named.
"""

# (file, how the line begins): (branches that are not taken, why)
EXCUSED = {
    ("src/memmap/range_job.cc", "range.stripes = new (storage + layout.stripes)"): (
        1, "the compiler's: an array of more than there can be"),
    ("src/memmap/request.cc", "!request.hooks.write && made.total_pages >= kStreamingPages"): (
        1, "a constant; the builds for sanitizers have the other one"),
    ("src/memmap/request.cc", "if (request.version > MEMMAP_LINUX_2026)"): (
        1, "no value of the type is above, but in C"),
    ("src/memmap/request.cc", "if (!pool.sections.holds(span))"): (
        1, "the submit's take() has refused it before"),
    ("src/sched/pool.h", "void check(bool holds, const char* what)"): (
        1, "an assertion"),
    ("src/sched/retire.cc", "seat.pool.check((before & done_bits) == 0"): (
        2, "an assertion"),
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
