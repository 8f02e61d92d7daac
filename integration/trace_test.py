#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A trace says what happened: every worker is there, grains cover all pages once, arrows and spans have both ends.

    integration/trace_test.py PATH/TO/traced
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SECTION = 32_768
SPANS = {"boot": (0, 8 * SECTION), "pmem \"0\"\n\xff": (16 * SECTION, 16 * SECTION),
         "dax": (40 * SECTION, 3 * SECTION + 777)}  # of integration/traced.cc; "gone" is cancelled


def runs_of(grain):
    """(first pfn, the one behind the last) of the units of a grain that are its own."""
    arguments = grain["args"]
    pfn, end, unit = arguments["pfn"], arguments["pfn"] + arguments["nr_pages"], arguments["unit_pages"]
    units = int(arguments["units"], 16)
    for n in range(units.bit_length()):
        first = max(pfn, (pfn // unit + n) * unit)
        if units >> n & 1:
            yield first, min(end, (pfn // unit + n + 1) * unit)


def check_grains(events):
    pages = collections.defaultdict(list)
    for grain in (event for event in events if event.get("cat") == "grain"):
        assert grain["args"]["status"] == 0, grain
        pages[grain["name"]] += runs_of(grain)
    for name, runs in pages.items():
        runs.sort()
        assert all(a[1] <= b[0] for a, b in zip(runs, runs[1:])), f"{name}: a page is twice in a grain"
    for name, (start, count) in SPANS.items():
        assert sum(end - first for first, end in pages[name]) == count, f"{name}: pages are missing"
        assert pages[name][0][0] == start and pages[name][-1][1] == start + count, name


def check_nesting(events):
    """Slices of one thread contain each other or are apart; stages fill their grain."""
    threads = collections.defaultdict(list)
    for event in (event for event in events if event["ph"] == "X"):
        begin = round(event["ts"] * 1000)
        threads[event["pid"], event["tid"]].append((begin, begin + round(event["dur"] * 1000), event))
    for slices in threads.values():
        opened = []
        for begin, end, event in slices:
            while opened and opened[-1] <= begin:
                opened.pop()
            assert not opened or end <= opened[-1], event
            opened.append(end)
    stages = collections.Counter(event["name"] for event in events if event.get("cat") == "stage")
    grains = sum(event.get("cat") == "grain" for event in events)
    assert stages == {"write": grains, "ready": grains}, stages
    return threads


def check_flows(events, threads):
    begun = {event["id"]: event for event in events if event["ph"] == "s"}
    ended = {event["id"]: event for event in events if event["ph"] == "f"}
    stolen = [event for event in events
              if event.get("cat") == "grain" and event["args"]["rank"] and event["pid"] < 1_000_000]
    assert begun.keys() == ended.keys() and len(begun) == len(stolen), (len(begun), len(ended), len(stolen))
    for event in list(begun.values()) + list(ended.values()):
        at = round(event["ts"] * 1000)
        assert any(begin <= at <= end for begin, end, _ in threads[event["pid"], event["tid"]]), event
    return len(begun)


def check_spans(events):
    opened, names = {}, collections.Counter()
    for event in (event for event in events if event["ph"] in "be"):
        if event["ph"] == "b":
            assert event["id"] not in opened, event
            opened[event["id"]] = event
            if event["id"].isdigit():
                assert event["args"]["closed"], event
                names[event["name"]] += 1
        else:
            assert opened.pop(event["id"])["ts"] <= event["ts"], event
    assert not opened, opened
    assert names == dict.fromkeys([*SPANS, "gone"], 1), names
    flushes = sum(event["ph"] == "b" and ".flush" in event["id"] for event in events)
    requests = sum(event["ph"] == "b" and ".request" in event["id"] for event in events)
    assert flushes == 2 and requests == 4, (flushes, requests)


def check(path, nr_workers):
    trace = json.loads(path.read_text(encoding="utf-8"))
    events = trace["traceEvents"]
    assert trace["otherData"]["dropped_events"] == 0
    workers = [event["args"]["name"] for event in events
               if event["name"] == "thread_name" and event["args"]["name"].startswith("worker ")]
    assert len(workers) == len(set(workers)) == nr_workers, workers
    calls = collections.Counter(event["name"].split(" ")[0] for event in events if event.get("cat") == "call")
    assert calls == {"open": 4, "submit": 4, "first": 7, "grow": 1, "flush": 2, "cancel": 1, "close": 4}, calls
    check_grains(events)
    thefts = check_flows(events, check_nesting(events))
    check_spans(events)
    return thefts, sum(event.get("cat") == "park" for event in events)


def main(traced):
    with tempfile.TemporaryDirectory() as folder:
        path, again = pathlib.Path(folder, "trace.json"), pathlib.Path(folder, "again.json")
        thefts = parks = 0
        for seed in range(20):
            subprocess.run([traced, "fibers", str(seed), path], check=True)
            subprocess.run([traced, "fibers", str(seed), again], check=True)
            assert path.read_bytes() == again.read_bytes(), f"seed {seed} gave two traces"
            more_thefts, more_parks = check(path, 4)
            thefts, parks = thefts + more_thefts, parks + more_parks
        assert thefts > 100 and parks > 100, (thefts, parks)
        subprocess.run([traced, "threads", path], check=True)
        check(path, len(os.sched_getaffinity(0)))


if __name__ == "__main__":
    main(sys.argv[1])
