#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that the explored tests can fail: changes one thing in the engine, and some test must notice.

    unittest/support/mutate.py [PATTERN...]      only mutants whose whole name one of these regular expressions matches
    unittest/support/mutate.py --list

Two kinds of mutants. Of each labelled access in src/base, src/sched, src/memmap and of workers that rest or are lent
(`// R1 with W4: why`) the order is weakened, first by a step (seq_cst to acquire, release or acq_rel), then to relaxed.
And the mistakes of mutants.py: a re-check that is left out, a wake that is skipped, a unit that is retired twice.

Tests that take long are run where the others notice nothing and should have. Mutants are tried on all CPUs; about an
hour on two.

A mutant that no test notices is either expected or makes this program fail. Expected is an order no weaker than
what the litmus tests of its label need (docs/litmus: "Needs"; the source asks for more where one order is to cover all
accesses of a protocol), and what SURVIVE gives a reason for. So this program also fails when a mutant that was thought
harmless is noticed, or when code has changed so that a mistake cannot be made any more.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from mutants import MISTAKES, SURVIVE

TOP = Path(__file__).resolve().parents[2]
CXX = os.environ.get("CXX", "g++").split()
FLAGS = ["-std=c++20", "-O1", "-DMEMMAP_EXPLORE"]
FOLDERS = ["src/base", "src/sched", "src/memmap"]
HOSTED = ["src/host/beyond_width.h", "src/host/lent_worker.h"]  # of that floor, what is explored
LABEL = re.compile(r"// ([A-Z]\d+) with ")
ORDER = re.compile(r"\b(seq_cst|acq_rel|acquire|release)\)")
NEEDS = re.compile(r"^ \* Needs: (.*)", re.M)
AT_LEAST = {  # what each order covers
    "relaxed": {"relaxed"},
    "acquire": {"relaxed", "acquire"},
    "release": {"relaxed", "release"},
    "acq_rel": {"relaxed", "acquire", "release", "acq_rel"},
}


class Mutant:
    def __init__(self, name, path, before, after):
        self.name, self.path, self.before, self.after = name, path, before, after

    def text(self):
        text = (TOP / self.path).read_text()
        if text.count(self.before) != 1:
            raise SystemExit(f"mutate: {self.name}: {self.path} has {text.count(self.before)} times, not once:\n"
                             f"{self.before}")
        return text.replace(self.before, self.after)


def weaker(access, order):
    """Orders to replace this one by: a step weaker, and relaxed."""
    if order != "seq_cst":
        return ["relaxed"]
    kind = re.findall(r"(load|store|exchange|fetch_\w+)\(", access)[-1]
    return [{"load": "acquire", "store": "release"}.get(kind, "acq_rel"), "relaxed"]


def accesses(lines):
    """(label, line number, match of its order) of each labelled access."""
    above = []  # labels that stand alone, for the orders of the next line of code, one after the other
    for number, line in enumerate(lines):
        label = LABEL.search(line)
        code = line.split("//")[0]
        if label and not code.strip():
            above.append(label[1])
            continue
        orders = list(ORDER.finditer(code))
        if label and not above:
            while not orders:  # an access of several lines: the order stands above
                number -= 1
                orders = list(ORDER.finditer(lines[number].split("//")[0]))
            yield label[1], number, orders[-1]
        elif above and orders:
            for name, order in zip(above, orders):
                yield name, number, order
            above = []


def weakened():
    for folder in FOLDERS + HOSTED:
        for path in sorted((TOP / folder).glob("*.[ch]*")) or [TOP / folder]:
            lines = path.read_text().split("\n")
            for label, number, order in accesses(lines):
                line = lines[number]
                for replacement in weaker(line[:order.start()], order[1]):
                    changed = line[:order.start(1)] + replacement + line[order.end(1):]
                    before = "\n".join(lines[:number])  # makes the place unique
                    yield Mutant(f"{label}-{replacement}", str(path.relative_to(TOP)), before + "\n" + line,
                                 before + "\n" + changed)


def needed():
    """{label: {order: the first litmus test that needs it}}."""
    found = {}
    named = {}
    for path in sorted((TOP / "docs/litmus").glob("*.litmus")):
        for labels, order in re.findall(r"([\w/]+) (\w+)", NEEDS.search(path.read_text())[1]):
            for label in labels.split("/"):
                found.setdefault(label, {}).setdefault(order, path.name)
        for labels in re.findall(r"// ([A-Z]\d+(?:/[A-Z]\d+)*)", path.read_text()):
            for label in labels.split("/"):
                named.setdefault(label, path.name)
    for label in named.keys() - found.keys():  # a test has it, and none needs an order of it
        found[label] = {"relaxed": named[label]}
    return found


def reason_to_survive(name, needs):
    label, _, order = name.partition("-")
    if name in SURVIVE:
        return SURVIVE[name]
    if label in needs and set(needs[label]) <= AT_LEAST.get(order, set()):
        return "docs/litmus/" + " and ".join(sorted(set(needs[label].values()))) + " need no more"
    return None


def all_mutants():
    yield from weakened()
    for name, (path, before, after) in MISTAKES.items():
        yield Mutant(name, path, before, after)


def call(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"mutate: {' '.join(map(str, command))}\n{done.stderr}")


class Build:
    """Objects of the tests, made once; those of the engine, made again for each mutant, where it differs."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.local = threading.local()  # a folder for each thread
        explored = [p for p in (TOP / "unittest/support").glob("[es]*.cc") if not p.name.endswith("_test.cc")]
        tests = [path for floor in ("sched", "memmap") for path in (TOP / "unittest" / floor).glob("*_explore_test.cc")
                 if not path.name.startswith("three_workers")]  # long
        self.place = self.new_folder()
        fixed = explored + tests + [TOP / "src/host/fiber.cc", TOP / "src/host/fibers.cc"]
        self.fixed = [self.compile(source, TOP / "src", self.place) for source in fixed]
        self.engine = [p for folder in FOLDERS for p in sorted((TOP / folder).glob("*.cc"))]
        # These hold copies of the engine's inline functions; linked before the tests, whose copies are dropped.
        self.engine += [TOP / "unittest/sched/small_engine.cc", TOP / "unittest/memmap/small_pool.cc",
                        TOP / "unittest/host/beyond_width_explore_test.cc",
                        TOP / "unittest/host/lent_worker_explore_test.cc"]
        self.plain = {source: self.compile(source, TOP / "src", self.place) for source in self.engine}

    def new_folder(self):
        return Path(tempfile.mkdtemp(dir=self.folder))

    def compile(self, source, src, place):
        made = place / (str(source).replace("/", "_") + ".o")
        folders = ["-iquote", src, "-iquote", TOP / "unittest", "-I", TOP / "include"]
        call(CXX + FLAGS + folders + ["-c", source, "-o", made])
        return made

    def link(self, objects, place):
        program = place / "test"
        call(CXX + objects + self.fixed + ["-lgtest_main", "-lgtest", "-lpthread", "-o", program])
        return program

    def mutated(self, mutant):
        if not hasattr(self.local, "place"):
            self.local.place = self.new_folder()
        place = self.local.place
        src = place / "src"
        shutil.rmtree(src, ignore_errors=True)
        shutil.copytree(TOP / "src", src)
        (place / mutant.path).write_text(mutant.text())
        header = not mutant.path.endswith(".cc")
        objects = []
        for source in self.engine:
            relative = source.relative_to(TOP)
            changed = header or str(relative) == mutant.path
            own = place / relative if relative.parts[0] == "src" else source
            objects.append(self.compile(own, src, place) if changed else self.plain[source])
        return self.link(objects, place)


def run_cases(program, cases):
    """The first of these cases that fails, None if all pass; and what each took, in milliseconds."""
    command = [program, "--gtest_fail_fast", "--gtest_filter=" + ":".join(cases)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    except subprocess.TimeoutExpired:
        return "a time-out", {}
    times = {name: int(ms) for name, ms in re.findall(r"\[       OK \] (\S+) \((\d+) ms\)", done.stdout)}
    if done.returncode == 0:
        return None, times
    failed = re.search(r"\[  FAILED  \] (\S+?),? ", done.stdout)
    return failed[1] if failed else f"it ended with {done.returncode}", times


class Cases:
    """The cases of the program, cheap ones first."""

    SLOW_MS = 2000

    def __init__(self, program):
        test, times = run_cases(program, ["*"])
        if test:
            raise SystemExit(f"mutate: {test} fails without any change")
        ordered = sorted(times, key=times.get)
        self.quick = [case for case in ordered if times[case] < self.SLOW_MS]
        self.slow = [case for case in ordered if times[case] >= self.SLOW_MS]

    def noticing(self, program, expected):
        """The first case that fails, None if all pass; slow ones are left out where it is expected that all pass."""
        test, _ = run_cases(program, self.quick)
        if test is None and not expected:
            test, _ = run_cases(program, self.slow)
        return test


def main():
    patterns = [re.compile(argument) for argument in sys.argv[1:] if argument != "--list"]
    mutants = [m for m in all_mutants() if not patterns or any(p.fullmatch(m.name) for p in patterns)]
    if not mutants:
        sys.exit("mutate: no mutant has such a name, expected one of those that --list prints")
    if "--list" in sys.argv:
        for mutant in mutants:
            mutant.text()  # it can be made
            print(f"{mutant.name:48} {mutant.path}")
        return 0
    wrong = 0
    needs = needed()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        build = Build(folder)
        cases = Cases(build.link(list(build.plain.values()), build.place))

        def tried(mutant):
            reason = reason_to_survive(mutant.name, needs)
            return mutant, reason, cases.noticing(build.mutated(mutant), bool(reason))

        for mutant, reason, test in threads.map(tried, mutants):
            wrong += bool(test) == bool(reason)
            print(f"{mutant.name:48} {'noticed by ' + test if test else 'NOT noticed'}"
                  + (f" ({reason})" if reason else ""), flush=True)
    print(f"{len(mutants)} mutants, {wrong} not as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
