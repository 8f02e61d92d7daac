# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The page of memmap-sim: what the program itself says about its verbs."""

import re
import subprocess


def ask(sim, *arguments):
    return subprocess.run([sim, *arguments], capture_output=True, text=True, check=True).stdout


def block(text):
    return f"~~~{{.unparsed}}\n{text.rstrip()}\n~~~\n"


def page(sim):
    """All of --help, then that of each verb it names."""
    overview = ask(sim, "--help")
    verbs = [verb for verb in re.findall(r"^  memmap-sim ([a-z]+)\b", overview, re.M) if verb != "help"]
    made = ["\n[TOC]\n\n" + block(overview)]
    for verb in verbs:
        made.append(f"\n## memmap-sim {verb} {{#memmap-sim-{verb}}}\n\n" + block(ask(sim, verb, "--help")))
    return "".join(made)
