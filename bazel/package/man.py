#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The manual page of memmap-sim, made from what its help says, so that it cannot say anything else.

  bazel/package/man.py HELP VERSION   (HELP: a file with the output of `memmap-sim help all`)

The first line of it is "NAME: what it does.", and each verb's "NAME VERB: what it does."; what begins at the margin is
a paragraph, all else stays as it is.
"""

import pathlib
import re
import sys


def escaped(line):
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in ("." , "'") else line


def page(text, version):
    first, *others = text.strip().split("\n\n")
    name, purpose = re.match(r"(\S+): (.*)", first, re.S).groups()
    lines = [f'.TH {name.upper()} 1 "" "memmap-async {version}" "User Commands"', ".SH NAME",
             f"{escaped(name)} \\- {escaped(' '.join(purpose.split()))}", ".SH SYNOPSIS", ".nf"]
    lines += [escaped(line.strip()) for line in others.pop(0).split("\n")] + [".fi", ".SH DESCRIPTION"]
    for block in others:
        head, _, rest = block.partition("\n")
        verb = re.match(rf"({re.escape(name)} \w+): (.*)", head)
        if verb:
            lines += [".SS " + escaped(verb[1]), escaped(verb[2])]
        elif head.startswith("Exit status:"):
            lines += [".SH EXIT STATUS", escaped(" ".join((head[len("Exit status:"):] + " " + rest).split()))]
        elif head.startswith(" "):
            lines += [".PP", ".nf"] + [escaped(line) for line in block.split("\n")] + [".fi"]
        else:
            lines += [".PP", escaped(" ".join(block.split()))]
    lines += [".SH SEE ALSO", "The project's docs folder: architecture, memory maps, observability, results."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), sys.argv[2]), end="")
