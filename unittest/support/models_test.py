#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Spin on the models of docs/litmus: each is right in every execution, and each planted mistake is found.

    unittest/support/models_test.py            needs spin and tcc; twenty seconds on two cores
    unittest/support/models_test.py --deep     the models at full size, without mistakes: minutes, 2 GB; with gcc

A model is right if pan has searched all states without an error: no assertion fails and nobody waits for ever. A
mistake is a name that the model asks for with #ifdef or #ifndef; this file must name exactly those.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODELS = pathlib.Path(__file__).absolute().parents[2] / "docs/litmus"
DEPTH = 100000

# model: sizes by name, those for --deep, and for each mistake the size at which it is found.
SIZES = {
    "park_submit": {"two workers": "-DWORKERS=2 -DUNITS=1", "two submits": "-DWORKERS=1 -DUNITS=2"},
    "flush_retire": {"alone": "-DALONE -DAGAIN", "a crowd": ""},
    "cancel_close": {"no worker": "-DWITHOUT=1", "no submit": "-DWITHOUT=2", "no cancel": "-DWITHOUT=3"},
}
DEEP = {
    "park_submit": "-DWORKERS=2 -DUNITS=2",
    "flush_retire": "-DAGAIN",
    "cancel_close": "-DWITHOUT=0",
}
MISTAKES = {
    "park_submit": {
        "NO_LOOK_FOR_NEWS": "two workers",
        "NO_LOOK_FOR_STOP": "two submits",
        "EVENT_LATE": "two submits",
        "EVIDENCE_LATE": "two submits",
        "PLAIN_P1": "two submits",
        "PLAIN_B1": "two submits",
        "PLAIN_B3": "two submits",
        "PLAIN_CLAIM": "two workers",
        "WAKE_BEFORE_NEWS": "two submits",
        "WAKE_BEFORE_PUSH": "two submits",
        "NEWS_BEFORE_BUSY": "two submits",
        "NO_LOOK_AFTER_BUSY": "two submits",
        "NO_BUMP": "two submits",
        "NO_STOP_BUMP": "two submits",
    },
    "flush_retire": {
        "NO_SECOND_LOOK": "alone",
        "EVENT_AFTER_LOOK": "alone",
        "WAITERS_FIRST": "alone",
        "DONE_FIRST": "alone",
        "PLAIN_R2": "alone",
        "PLAIN_R3": "alone",
        "PLAIN_W1": "alone",
        "NO_BUMP": "alone",
        "NO_CROWD": "a crowd",
        "NOBODY_IS_TOLD_OF_THE_END": "alone",
        "FAILS_QUIETLY": "alone",
        "ANNOUNCED_BEFORE_FILLED": "alone",
        "GIVEN_BACK_FIRST": "a crowd",
    },
    "cancel_close": {
        "PIN_WHILE_CLOSING": "no worker",
        "ANY_GENERATION": "no worker",
        "WORD_BEFORE_DOMAIN": "no submit",
        "PLAIN_S3": "no worker",
        "NOT_TOLD_OF_THE_LAST_PIN": "no worker",
        "DRAINED_AFTER_PINS": "no worker",
        "NO_WAIT_FOR_PINS": "no worker",
        "CLOSE_AT_ONCE": "no worker",
        "CANCEL_AT_ONCE": "no worker",
        "NO_WAIT_FOR_HOLDERS": "no worker",
        "PLAIN_U1": "no cancel",
        "PLAIN_C1": "no worker",
        "PLAIN_C2": "no cancel",
        "FLAGS_ONCE": "no cancel",
    },
}
OPTIONS = {"WORKERS", "UNITS", "ALONE", "AGAIN", "WITHOUT", "TOUCH"}


def search(model, defines, compiler):
    """What pan prints about the model with these -D flags, if this compiles pan."""
    with tempfile.TemporaryDirectory() as folder:
        def call(*command):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"models_test: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
            return done.stdout

        call("spin", *defines.split(), "-a", MODELS / f"{model}.pml")
        call(*compiler, "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c")
        return call("./pan", f"-m{DEPTH}")


def verdict(output):
    """"right", "found: ...", or what is wrong with the search."""
    error = re.search(r"pan:1: (.*?) \(at depth", output)
    states = re.search(r"(\d+) states, stored", output)
    if error and ".used<" in error[1]:
        return "DEPTH of tso.pml is too small"
    if error:
        return f"found: {error[1]}"
    for line in ["max search depth too small", "Search not completed", "out of memory", "VECTORSZ"]:
        if line in output:
            return line
    return f"right: {states[1]} states" if states and re.search(r"errors: 0\b", output) else "no result:\n" + output


def asked_for(model):
    text = (MODELS / f"{model}.pml").read_text(encoding="utf-8")
    return set(re.findall(r"^#ifn?def (\w+)", text, re.M)) - OPTIONS


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--deep", action="store_true")
    deep = parser.parse_args().deep
    # Most searches are short: for them a compiler fifty times as fast pays, though its code is slower.
    compiler = ["gcc", "-O2"] if deep else ["tcc"]
    for program in ["spin", compiler[0]]:
        if not shutil.which(program):
            sys.exit(f"models_test: found no {program}, expected it to be installed (Debian's package {program})")
    if deep:
        runs = [(model, "deep", defines, "right") for model, defines in DEEP.items()]
    else:
        runs = [(model, size, defines, "right") for model in SIZES for size, defines in SIZES[model].items()]
        runs += [(model, mistake, f"{SIZES[model][size]} -D{mistake}", "found")
                 for model in MISTAKES for mistake, size in MISTAKES[model].items()]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(1 if deep else os.cpu_count()) as pool:
        outputs = pool.map(lambda run: search(run[0], run[2], compiler), runs)
        for (model, name, _, expected), output in zip(runs, outputs):
            found = verdict(output)
            failed = not found.startswith(expected)
            failures += failed
            print(f"{model} {name}: {found}" + (f"; expected: {expected}" if failed else ""), flush=True)
    for model in SIZES:
        if asked_for(model) != set(MISTAKES[model]):
            failures += 1
            print(f"{model}: mistakes {sorted(asked_for(model) ^ set(MISTAKES[model]))} are not in both places")
    print(f"{len(runs)} searches, {failures} not as expected")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
