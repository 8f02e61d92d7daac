#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that the swarm finds what is wrong: changes one thing in the engine, counts seeds until a checker says so.

    unittest/simulator/swarm/plants.py [PATTERN...]     only plants whose name matches one of these regular expressions
    unittest/simulator/swarm/plants.py --list           they can be made of the code as it is
    unittest/simulator/swarm/plants.py --branches       which branches of the engine 2,000 seeds do not take (gcov)

Prints the table of docs/swarm.md. Fails where a plant is not found in 20,000 seeds, or the engine fails without one;
--branches where one is not taken that excused.py does not excuse, or one is taken that it does.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import excused

TOP = Path(__file__).resolve().parents[3]
CXX = os.environ.get("CXX", "g++").split()
FLAGS = ["-std=c++20", "-O1"]
ENGINE = ["src/sched", "src/memmap"]
HARNESS = ["src/simulator/swarm/" + name + ".cc" for name in (
    "case_looks", "case_run", "case_steps", "describe", "draw", "environment", "expected_records", "ledger", "vary",
    "wrong_others", "wrong_pools", "wrong_requests")] + [
    "src/host/fiber.cc", "src/host/fibers.cc", "src/simulator/reference/layout_reference.cc",
    "src/simulator/reference/reference.cc", "unittest/simulator/swarm/find_first.cc"]
SEEDS = 20000
SECONDS = 60

# name: (file, text, its replacement). The text occurs once.
PLANTS = {
    "a neighbour is claimed too, and lost": (
        "src/sched/job.cc", "bits & ~job.claim[word].fetch_or(bits, relaxed)};",
        "bits & ~job.claim[word].fetch_or(bits | bits << 1, relaxed)};"),
    "the cursor is the truth, no sweep behind it": (
        "src/sched/job.cc", "  return grain.bits != 0 ? grain : sweep(job, stripe, units);", "  return grain;"),
    "claim bits are not compared: work is done twice": (
        "src/sched/job.cc", "bits & ~job.claim[word].fetch_or(bits, relaxed)};",
        "(job.claim[word].fetch_or(bits, relaxed), bits)};"),
    "park without a second look at the news": (
        "src/sched/worker.cc",
        "if (pool.news.load(seq_cst) == worker.news_seen && !pool.stopping.load(seq_cst)) return true;",
        "if (!pool.stopping.load(seq_cst)) return true;"),
    "a full domain is forgotten by who leaves it": (
        "src/sched/worker.cc",
        "if (was_full && !domain.stopped() && remainder(domain, worker.group).unclaimed_units != 0) {",
        "if (false && was_full) {"),
    "domains do not take turns": (
        "src/sched/worker.cc", "++worker.choices % kTurnEvery == 0;", "++worker.choices == 0;"),
    "each turn is the oldest domain's": (
        "src/sched/worker.cc", "  if (by_turns) best->turn.store(pool.births.fetch_add(1, relaxed), relaxed);\n", ""),
    "who leaves keeps its place in the width": (
        "src/sched/pool.h", " + away.load(seq_cst); }", "; }"),
    "who leaves wakes nobody": (
        "src/memmap/pool.cc", "if (engine.busy.load(seq_cst) != 0) sched::wake_near(engine, own.group,",
        "if (false) sched::wake_near(engine, own.group,"),
    "a submit wakes nobody": (
        "src/sched/domain.cc", "  wake_for(seat.pool, domain, 1, seat.self.beside);\n", ""),
    "a failed grain is not retired": (
        "src/sched/retire.cc", "  retire(seat, domain, grain, done);",
        "  if (error == 0) retire(seat, domain, grain, done);"),
    "an error sweeps nothing": (
        "src/sched/retire.cc", "  if (error != 0) drop_all(seat, domain);\n", ""),
    "a flush says another error than the hook did": (
        "src/sched/retire.cc", "    domain.error.compare_exchange(none, error, relaxed);",
        "    domain.error.store(error + 1 + none, relaxed);"),
    "a waiter is not woken": (
        "src/sched/waiters.cc", "meets : over)) bump(slot.event);", "meets : over)) continue;"),
    "grow wakes at once": (
        "src/sched/waiters.cc", "(later ? env.wake_later : env.unpark)(env.context, event.address());",
        "(later && false ? env.wake_later : env.unpark)(env.context, event.address());"),
    "a flush does not wait for holders": (
        "src/sched/domain.cc", "  wait_over(seat, domain, accepted);\n", ""),
    "a range flush waits for its first word only": (
        "src/sched/domain.cc", "      if (bits_in_word(word, first, last) & ~job.done_bits(word)) return false;",
        "      return (bits_in_word(word, first, last) & ~job.done_bits(word)) == 0;"),
    "a cancel does not wait for holders": (
        "src/sched/domain.cc", "  wait_over(seat, domain, domain.newest());\n", ""),
    "a cancel does not look below": (
        "src/memmap/api.cc",
        "  for_each_child(domain, [&](Domain& child) {\n    const int result = cancel_family",
        "  if (error != 0) for_each_child(domain, [&](Domain& child) {\n    const int result = cancel_family"),
    "a cancel leaves pages ready": (
        "src/memmap/api.cc",
        "  for_each_request(domain, clear_ready);\n",
        ""),
    "a close does not wait for pins": (
        "src/sched/slot.h", "if ((word_.load(seq_cst) & kPins) == 0) return;",
        "if (word_.load(seq_cst) != 0) return;"),
    "a parent closes over its children": (
        "src/sched/domain.cc", "    if (state % Domain::kOneJob >= Domain::kOneChild) return MEMMAP_BUSY;\n", ""),
    "a closed domain keeps its pages": (
        "src/memmap/api.cc",
        "  for_each_request(own, [](Request& request) { request.pool->sections.give_back(request.span); });\n", ""),
    "a refused submit gives back what others took": (
        "src/memmap/sections.cc", "    words.taken.fetch_and(~(bits & ~before), relaxed);",
        "    words.taken.fetch_and(~bits, relaxed);"),
    "pages are ready before they are handed over": (
        "src/memmap/run.cc", "  uint64_t passed = 0;\n  if (request.hooks.ready)",
        "  uint64_t passed = 0;\n  request.pool->sections.set_ready(request.pages_of(first, last));\n"
        "  if (request.hooks.ready)"),
    "a second life is ready from the start": (
        "src/memmap/api.cc", "clear_ready(static_cast<Request&>(*job));", "(void)job;"),
    "the node's counter counts holes": (
        "src/memmap/run.cc", ".fetch_add(present, release);",
        ".fetch_add(pages.size(), release);"),
    "a thief is not counted": (
        "src/memmap/grain.cc", "  if (rank == 0) return;", "  if (rank <= 1) return;"),
    "undo is called for all pages": (
        "src/memmap/range_job.cc",
        "    if (!(range.done_bits(unit / kWordBits) >> unit % kWordBits & 1)) continue;\n", ""),
    "6.18 is reserved where 6.1 was": (
        "src/memmap/image.cc", "{uint64_t{1} << 13, uint64_t{1} << 6, 0xF100'0000, true},    // 6.18",
        "{uint64_t{1} << 12, uint64_t{1} << 6, 0xF100'0000, true},    // 6.18"),
    "a section's number goes on into the next": (
        "src/memmap/records.cc", "      part.end = smaller(range.end, (section + 1) << layout.section_shift);\n", ""),
    "a compound does not know its order": (
        "src/memmap/image.cc", "  image.words[0] |= order;\n", ""),
    "tails that share a record are written": (
        "src/memmap/records.cc", "  if (request.asked.shared_records) records =", "  if (false) records ="),
    "storage that was used is taken": (
        "src/memmap/range_job.cc", "return *static_cast<const uint64_t*>(storage) == 0 ? MEMMAP_OK : MEMMAP_STORAGE;",
        "return MEMMAP_OK;"),
    "another pool's domain is a parent": (
        "src/memmap/api.cc", "above.pool == &pool->engine && above.depth", "above.depth"),
    "a domain may be as deep as one likes": (
        "src/memmap/api.cc", "above.depth < kDepthMax ? open(&above)", "true ? open(&above)"),
    "a hook may wait for its own domain": (
        "src/memmap/call.h", "return own.depth < seat.self.depth;", "return own.depth + 1 < seat.self.depth;"),
    "an environment without a clock will do": (
        "src/memmap/pool.cc", " && env.clock_ns && env.self", " && env.self"),
}

# Plants that no seed can show, and why: between these two accesses nobody calls the environment, so no fiber comes
# between them. The explorer, which stops at each access, finds them (unittest/support/mutants.py).
UNSEEN = ["claim bits are not compared: work is done twice", "park without a second look at the news"]


def planted(name):
    path, before, after = PLANTS[name]
    text = (TOP / path).read_text()
    if text.count(before) != 1:
        raise SystemExit(f"plants: {name}: {path} has {text.count(before)} times, not once:\n{before}")
    return path, text.replace(before, after)


def call(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"plants: {' '.join(map(str, command))}\n{done.stderr}")
    return done.stdout


class Build:
    """Objects of the harness, made once; those of the engine, made again where a plant changes them."""

    def __init__(self, folder, flags=()):
        self.folder, self.flags, self.nr_built = Path(folder), list(flags), 0
        self.fixed = [self.compile(TOP / name, TOP / "src", []) for name in HARNESS]
        self.engine = [p for floor in ENGINE for p in sorted((TOP / floor).glob("*.cc"))]
        self.plain = {source: self.compile(source, TOP / "src", self.flags) for source in self.engine}

    def compile(self, source, src, flags):
        self.nr_built += 1
        made = self.folder / f"{source.stem}.{self.nr_built}.o"
        call(CXX + FLAGS + list(flags) + ["-iquote", src, "-I", TOP / "include", "-c", source, "-o", made])
        return made

    def link(self, objects):
        program = self.folder / "find_first"
        call(CXX + self.flags + objects + self.fixed + ["-o", program])
        return program

    def planted(self, name):
        path, text = planted(name)
        src = self.folder / "src"
        call(["rm", "-rf", src])
        call(["cp", "-r", TOP / "src", src])
        (self.folder / path).write_text(text)
        header = not path.endswith(".cc")
        return self.link([self.compile(self.folder / source.relative_to(TOP), src, self.flags)
                          if header or str(source.relative_to(TOP)) == path else self.plain[source]
                          for source in self.engine])


def first_seed(program):
    """(seeds, what was found), or (None, why not)."""
    try:
        done = subprocess.run([program, str(SEEDS)], capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired as late:
        last = (late.stdout or b"").decode().rsplit("\n", 1)[-1]
        return int(last.split(":")[0] or 0), "it does not end"
    if done.returncode == 0:
        return None, f"not in {SEEDS} seeds"
    seed, found = done.stdout.rstrip("\n").rsplit("\n", 1)[-1].split(": ", 1)
    return int(seed), found.strip() or f"the process ends with {done.returncode}"


def code_of(name, line):
    return (TOP / name).read_text().split("\n")[line - 1].split("  //")[0].strip()


def branches():
    with tempfile.TemporaryDirectory() as folder:
        build = Build(folder, ["-O0", "--coverage", "-fno-exceptions"])
        call([build.link(list(build.plain.values())), "2000"])
        taken = {}  # (file, line) -> how often each branch was taken, over all copies
        for made in build.plain.values():
            for entry in json.loads(call(["gcov", "-b", "--json-format", "--stdout", made], cwd=folder))["files"]:
                name = os.path.relpath(os.path.join(TOP, entry["file"]), TOP)
                for line in entry["lines"] if name.startswith(("src/base", "src/sched", "src/memmap")) else []:
                    counts = taken.setdefault((name, line["line_number"]), [])
                    for i, branch in enumerate(line["branches"]):
                        counts += [0] * (i + 1 - len(counts))
                        counts[i] += branch["count"]
        missing = collections.Counter()  # the same code at two places of a file counts together
        for (name, line), counts in sorted(taken.items()):
            if 0 in counts:
                missing[excused.key_of(name, code_of(name, line))] += counts.count(0)
        for key, count in missing.items():
            print(f"{count}  {key[0]}: {key[1]}\n     {excused.EXCUSED.get(key, (0, 'NOT EXCUSED'))[1]}")
        print(f"{sum(map(len, taken.values()))} branches, {sum(missing.values())} not taken")
        wrong = list(excused.check(missing))
        print("\n".join(wrong), file=sys.stderr)
        return 1 if wrong else 0


def check_list(names):
    """The plants can be made, and the branches that are excused are there."""
    for name in names:
        print(f"{name:60} {planted(name)[0]}")
    for path, begin in excused.EXCUSED:
        if not any(line.strip().startswith(begin) for line in (TOP / path).read_text().split("\n")):
            raise SystemExit(f"plants: excused.py: {path} has no line that begins with:\n{begin}")
    return 0


def main():
    patterns = [re.compile(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    names = [name for name in PLANTS if not patterns or any(p.search(name) for p in patterns)]
    if "--list" in sys.argv:
        return check_list(names)
    if "--branches" in sys.argv:
        return branches()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        build = Build(folder)
        seed, found = first_seed(build.link(list(build.plain.values())))
        if seed is not None:
            raise SystemExit(f"plants: seed {seed} fails without any plant: {found}")
        print("| planted | seeds | found as |\n|---|---|---|")
        for name in names:
            seed, found = first_seed(build.planted(name))
            missed += (seed is None) != (name in UNSEEN)
            print(f"| {name} | {seed or '-'} | {found.split(';')[0]} |", flush=True)
    print(f"\n{len(names)} plants, {missed} not as expected")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
