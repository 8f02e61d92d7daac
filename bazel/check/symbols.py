#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The engine needs nothing from outside: what its objects leave undefined is at most memcpy, memmove, memset, memcmp.

The floors above the freestanding line are compiled with both compilers, one of them optimising, with the flags of
//bazel:rules.bzl. Each floor is then linked (ld -r) with those below it, so that a symbol of a floor above counts as
outside. Static constructors, statics that are built at first use, thread-locals and exceptions leave traces of their
own, in sections and names.
"""

import ast
import concurrent.futures
import itertools
import os
import pathlib
import re
import subprocess
import tempfile

import tree as trees

FLOORS = ["base", "sched", "memmap"]
BUILDS = [("g++", "-O2"), ("clang++-19", "-O0")]  # as it is shipped; and with nothing folded away
ALLOWED = ["memcpy", "memmove", "memset", "memcmp"]
LINKERS_OWN = ["_GLOBAL_OFFSET_TABLE_"]
TRACES = [  # what the name of a section or of a symbol begins with, what that is, what is expected
    (r"\.(init_array|ctors|preinit_array)\b", "a static constructor", "constinit, or no static"),
    (r"\.(fini_array|dtors)\b", "a static destructor", "only trivially destructible statics"),
    (r"\.(tdata|tbss)\b", "a thread-local", "state in the caller's storage"),
    (r"\.(gcc_except_table)\b", "exception tables", "-fno-exceptions and no destructor that could need them"),
    (r"_ZGV", "a static that is built at first use", "constinit, or no static"),
]


def freestanding_flags():
    rules = (trees.CHECKS.parent / "rules.bzl").read_text(encoding="utf-8")
    return ast.literal_eval(re.search(r"^FREESTANDING = (\[.*?^\])", rules, re.M | re.S)[1])


def output_of(command, cwd=None):
    """(exit status, what it wrote); a missing program is a failure with a message."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False,
                              env=os.environ | {"LC_ALL": "C"})
    except FileNotFoundError:
        return 127, f"{command[0]} is not installed"
    return done.returncode, done.stdout + done.stderr


def check_undefined(tree, label, floor, linked, known):
    """Symbols in `known` were found in a floor below; the line is that of a reference, from the debug information."""
    _, listing = output_of(["nm", "--undefined-only", "--demangle", "--line-numbers", linked])
    for symbol, path, line in re.findall(r"^\s+[Uvw] ([^\t\n]+)(?:\t(.*):(\d+))?$", listing, re.M):
        if symbol not in known:
            known.append(symbol)
            path = os.path.relpath(path, tree.root) if path else f"src/{floor}"
            tree.wrong(path, int(line or 1), f"{label}: undefined symbol {symbol}", "nothing but " + ", ".join(ALLOWED))


def check_traces(tree, label, path, built):
    _, sections = output_of(["readelf", "--sections", "--wide", built])
    _, symbols = output_of(["nm", "--defined-only", built])
    names = re.findall(r"\] (\.\S+)", sections) + [line.split()[-1] for line in symbols.splitlines() if line]
    for name, (trace, what, expected) in itertools.product(names, TRACES):
        if re.match(trace, name):
            tree.wrong(path, 1, f"{label}: {what} ({name})", expected)


class Build:
    """All floors with one compiler at one level."""

    def __init__(self, tree, pool, scratch, compiler, level, sources):
        self.tree, self.label = tree, f"{compiler} {level}"
        self.folder = pathlib.Path(scratch, compiler + level)
        self.command = [compiler, level, "-g", "-std=c++20", "-w", "-c", "-iquote", "src", "-Iinclude"]
        self.command += freestanding_flags()
        self.folder.mkdir()
        self.objects = {path: pool.submit(self.compile, path) for path in sources}

    def compile(self, path):
        built = self.folder / (path.replace("/", "_") + ".o")
        status, message = output_of(self.command + [path, "-o", built], self.tree.root)
        if status:
            self.tree.wrong(path, 1, f"{self.label} does not compile it", message.strip().split("\n")[0])
            return None
        check_traces(self.tree, self.label, path, built)
        return built

    def link(self):
        below, known = [], ALLOWED + LINKERS_OWN
        for floor in FLOORS:
            mine = [built.result() for path, built in self.objects.items() if path.startswith(f"src/{floor}/")]
            below += [built for built in mine if built]
            if mine and all(mine):
                linked = self.folder / floor
                status, message = output_of(["ld", "-r", "-o", linked] + below)
                if status:
                    self.tree.wrong(f"src/{floor}", 1, f"{self.label} does not link", message.strip().split("\n")[0])
                check_undefined(self.tree, self.label, floor, linked, known)


def check(tree):
    sources = tree.files([f"src/{floor}/" for floor in FLOORS], [".cc"])
    if not sources:
        tree.wrong("src", 1, "no .cc file in " + ", ".join(FLOORS), "the engine")
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        builds = [Build(tree, pool, scratch, compiler, level, sources) for compiler, level in BUILDS]
        for build in builds:
            build.link()
    return f"symbols: {len(sources)} files with {' and '.join(' '.join(build) for build in BUILDS)}"


if __name__ == "__main__":
    trees.run(check, __doc__)
