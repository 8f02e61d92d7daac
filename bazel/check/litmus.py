#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The litmus tests and the source speak of the same accesses.

Each pair of labels in the freestanding floors and above them in src/host (`// R1 with W4: why`) stands in at least one
file of docs/litmus. A label there, `// R1` or `// F1/C1` behind an access, is one of src/, with the same operation and
order. The models beside them name labels with their partners, as the source does. The page there links each file.

What they claim is run by unittest/support/litmus_test.cc and models_test.py.
"""

import re

import labels as sources
import tree as trees

FOLDER = "docs/litmus/"
PAGE = FOLDER + "README.md"
FLOORS = (*sources.FREESTANDING, "src/host/")
ACCESS = re.compile(r"\batomic_(\w+?)(?:_strong)?_explicit\(.*?memory_order_(\w+)"
                    r".*?//\s*([A-Z]\d+(?:/[A-Z]\d+)*)(?=:|\s*$)")
IN_MODEL = re.compile(r"\b([A-Z]\d+) with ([A-Z]\d+(?:, [A-Z]\d+)*)")
HEAD = re.compile(r"^C (\S+)\n\(\*\n(?: \*.*\n)*? \* Result: Never\n \* Needs: \S.*\n \* On x86: \S.*\n")


def accesses_of(tree):
    """label -> (path, line, operation, order, partners) of these floors."""
    found = {}
    for path in tree.files(FLOORS, trees.CXX):
        source = sources.Source(tree.text(path))
        for first, place, order, operation in source.labelled():
            if place is not None:
                label, partners = source.labels[place].group(1, 2)
                found[label] = path, first + 1, operation, order, re.split(r",\s*", partners or "")
    return found


def check_file(tree, path, known):
    """Returns the labels that stand in it."""
    text = tree.text(path)
    head = HEAD.match(text)
    if not head or f"{FOLDER}{head[1]}.litmus" != path:
        tree.wrong(path, 1, "no head", "C NAME, and a comment with the lines Result, Needs, On x86")
    found = set()
    for number, line in enumerate(text.split("\n"), 1):
        for operation, order, labels in ACCESS.findall(line):
            for label in labels.split("/"):
                found.add(label)
                if label not in known:
                    tree.wrong(path, number, f"label {label}", "a label of src/")
                elif (operation, order) != known[label][2:4]:
                    where = "{}:{} has {}, {}".format(*known[label])
                    tree.wrong(path, number, f"{label} is a {operation}, {order}", where)
    return found


def check_model(tree, path, known):
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        for label, partners in IN_MODEL.findall(line):
            if label not in known or known[label][4] != partners.split(", "):
                where = "{}:{} has {} with {}".format(*known[label][:2], label, ", ".join(known[label][4])) \
                    if label in known else "a label of src/"
                tree.wrong(path, number, f"{label} with {partners}", where)


def check(tree):
    known = accesses_of(tree)
    paths = tree.files([FOLDER], [".litmus"])
    tests = [check_file(tree, path, known) for path in paths]
    models = tree.files([FOLDER], [".pml"])
    for path in models:
        check_model(tree, path, known)
    page = tree.text(PAGE) if PAGE in tree.paths else ""
    for path in paths + models:
        if f"({path[len(FOLDER):]})" not in page:
            tree.wrong(PAGE, 1, f"no link to {path}", "one for each file")
    pairs = {(label, partner) for label in known for partner in known[label][4] if partner in known}
    for label, partner in sorted(pairs):
        if not any({label, partner} <= test for test in tests):
            tree.wrong(*known[label][:2], f"{label} with {partner}", f"both in one file of {FOLDER}")
    nr_pairs = len({frozenset(pair) for pair in pairs})
    return f"litmus: {len(paths)} tests, {len(models)} models, {nr_pairs} pairs of labels"


if __name__ == "__main__":
    trees.run(check, __doc__)
