#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A source's own constants have no name that a header gives to another.

`.bazelrc` has the sources of a target compiled as one. A constant in an anonymous namespace then is seen by the sources
behind it too, where it hides the constant of that name which a header has in the namespace around it, without a word
from the compiler: docs/decision/0030-unity.md.
"""

import re

import tree as trees

OPEN = re.compile(r"(?:inline )?namespace(?: ([\w:]+))? \{$")
CONSTANT = re.compile(r"(?:inline |static )*constexpr [^=({;]*?\b(k[A-Z]\w*)(?:\[[^\]]*\])*\s*[=({;]")
OTHERS = re.compile(r",\s*(k[A-Z]\w*)\s*=")


def constants(tree, path):
    """(name, namespace, whether that is inside an anonymous one, line) of each at a namespace's own level."""
    spaces = []
    for number, line in enumerate(trees.blank(tree.text(path)).split("\n"), 1):
        opened = OPEN.match(line.rstrip())
        constant = CONSTANT.match(line)
        if constant and None not in spaces:
            for name in [constant[1], *OTHERS.findall(line, constant.end())]:
                yield name, "::".join(filter(None, spaces)), "" in spaces, number
        if opened:
            spaces.append(opened[1] or "")
        elif line.startswith("}") and spaces:
            spaces.pop()
        elif line.rstrip().endswith("{") and not line.startswith(" "):
            spaces.append(None)  # a function, a type, or values


def may_see(source, header):
    """Tests see all headers, others none of theirs."""
    return source.startswith("unittest/") or not header.startswith("unittest/")


def check(tree):
    shared = {}  # (name, namespace) -> headers
    for path in tree.files(["src/", "unittest/", "integration/"], [".h"]):
        for name, space, _, _ in constants(tree, path):
            shared.setdefault((name, space), []).append(path)
    sources = tree.files(["src/", "unittest/", "integration/"], [".cc"])
    for path in sources:
        for name, space, own, line in constants(tree, path):
            headers = [header for header in shared.get((name, space), []) if own and may_see(path, header)]
            if headers:
                tree.wrong(path, line, f"{name} hides that of {headers[0]} in a unity", "another name, or that one")
    return f"hidden: {len(sources)} sources, {len(shared)} constants of headers"


if __name__ == "__main__":
    trees.run(check, __doc__)
