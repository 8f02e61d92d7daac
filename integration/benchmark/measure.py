#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""All that we would like to know of a machine, in one file: docs/returned/README.md. `bazel/dev measure` calls it.

  integration/benchmark/measure.py --sim=MEMMAP_SIM --bench=BENCH [--output=FILE] [--note=TEXT] [FLAG...]

FLAGs go to the benchmark; --memory and --workers to the run before it too. The file is opened before anything is
measured. Exit status: 2 where something could not be measured, 3 where a record was wrong.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
BOTH = ("--memory", "--workers")  # flags that the run takes as the benchmark does


def said_by(*command):
    """What a command says, on one line; "unknown" where it cannot be asked."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=TOP).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def measured(what, program, *arguments):
    """The JSON that a program writes of the machine."""
    print(f"measure: {what}", file=sys.stderr)
    done = subprocess.run([program, *arguments, "--format=json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def shared(flags):
    """Of the benchmark's flags, --flag=value or --flag value, those that the run takes too."""
    pairs = list(zip(flags, flags[1:] + [""]))
    return [flag if "=" in flag else f"{flag}={value}" for flag, value in pairs if flag.split("=")[0] in BOTH]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("--sim", required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--output", default="memmap-async-returned.json")
    parser.add_argument("--note", default="")
    arguments, flags = parser.parse_known_args()
    try:
        output = open(arguments.output, "w", encoding="utf-8")
    except OSError as error:
        print(f"measure: {arguments.output}: {error.strerror}, expected a file that can be written", file=sys.stderr)
        sys.exit(2)
    returned = {
        "schema_version": 1,
        "memmap_async": said_by(arguments.sim, "--version").split(" ")[-1],
        "commit": said_by("git", "rev-parse", "--short=12", "HEAD"),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "compiler": said_by("g++", "--version"),
        "load_before": os.getloadavg(),
        "note": arguments.note,
        "doctor": measured("how the engine sees this machine", arguments.sim, "doctor"),
        "run": measured("a boot and two binds, three ways", arguments.sim, "run", *shared(flags)),
        "bench": measured("all figures, against all rivals: minutes", arguments.bench, *flags),
    }
    with output:
        json.dump(returned, output, indent=1)
        output.write("\n")
    print(f"{arguments.output}: send it back, docs/returned/README.md says how")


if __name__ == "__main__":
    main()
