#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Every ordered atomic access says with which other one it works.

An access that names acquire, release, acq_rel or seq_cst carries `// P1 with B1, B2: why`, on a line of its statement
or in the comment directly above, one label for each access. Labels are unique in src/, partners exist and name each
other, and those of the freestanding floors are explained in the READMEs of sched and memmap (asked for from the
first one on that stands there).
The freestanding floors use atomics only through base/atomic.h, and each access there spells its order.
"""

import re

import tree as trees

FACADE = "src/base/atomic.h"
FREESTANDING = ("src/base/", "src/sched/", "src/memmap/")
PROTOCOLS = ["src/sched/README.md", "src/memmap/README.md"]
EXPECTED = "// LABEL with PARTNER[, PARTNER]: why"

ACCESS = re.compile(r"(?:\.|->)\s*(?:load|store|exchange|fetch_\w+|compare_exchange\w*|test_and_set|clear)\s*\("
                    r"|\b(?:__atomic_\w+|(?:std::)?atomic_(?:thread|signal)_fence)\s*\(")
ORDERED = re.compile(r"(?:\b|memory_order_)(?:acquire|release|acq_rel|seq_cst|consume)\b"
                     r"|\b__ATOMIC_(?:ACQUIRE|RELEASE|ACQ_REL|SEQ_CST|CONSUME)\b")
UNSPELLED = re.compile(r"\b\w*[oO]rder\w*\s*$")  # x.load(order)
PAST_FACADE = re.compile(r"\b__atomic_\w+|\b__sync_\w+|\bstd::atomic\w*")
FENCE = re.compile(r"fence|\basm\b|__asm__")  # may carry a label without being an access
LABEL = re.compile(r"//\s*([A-Za-z]+\d+)\s+with\b(?:\s+([A-Za-z]+\d+(?:,\s*[A-Za-z]+\d+)*)(?:\s*:\s*(\S))?)?")


class Source:
    """One file by lines, its code and its comments apart."""

    def __init__(self, text):
        self.text = trees.blank(text)
        self.code = [line.rstrip() for line in self.text.split("\n")]
        self.comments = trees.comments(text)
        self.labels = {at: match for at, match in enumerate(map(LABEL.match, self.comments)) if match}

    def accesses(self):
        """(first line, last line, arguments, operation) of each; arguments without what is nested in parentheses."""
        for match in ACCESS.finditer(self.text):
            depth, own, at = 1, "", match.end()
            while depth and at < len(self.text):
                depth += {"(": 1, ")": -1}.get(self.text[at], 0)
                own += self.text[at] if depth == 1 else ""
                at += 1
            operation = re.search(r"(\w+)\s*\($", match[0])[1]
            yield trees.line_of(self.text, match.start()) - 1, trees.line_of(self.text, at) - 1, own, operation

    def labelled(self):
        """(first line, line of its label or None, order, operation) of each ordered access."""
        free = set(self.labels)
        for first, last, arguments, operation in self.accesses():
            if ORDERED.search(arguments):
                place = next((line for line in self.places(first, last) if line in free), None)
                free.discard(place)
                yield first, place, ORDERED.findall(arguments)[0], operation

    def places(self, first, last):
        """Lines where the label of an access in lines first..last may stand: its own, its statement's, above."""
        begin, end = first, last
        while begin and self.code[begin - 1] and not re.search(r"[;{}:]$|^\s*#", self.code[begin - 1]):
            begin -= 1
        while end + 1 < len(self.code) and not re.search(r"[;{}]$", self.code[end]):
            end += 1
        above = begin
        while above and self.comments[above - 1] and not self.code[above - 1]:
            above -= 1
        return [*range(first, last + 1), *range(begin, end + 1), *range(above, begin)]


def check_file(tree, path, labels):
    """Adds the file's labels: label -> (path, line, partners)."""
    source = Source(tree.text(path))
    free = dict(source.labels)
    for first, _, arguments, _ in source.accesses():
        if path.startswith(FREESTANDING) and path != FACADE and UNSPELLED.search(arguments):
            tree.wrong(path, first + 1, "an order that is not spelled", "relaxed, acquire, release, acq_rel or seq_cst")
    for first, place, _, _ in source.labelled():
        if place is None:
            tree.wrong(path, first + 1, "an ordered access without a label of its own", EXPECTED)
        free.pop(place, None)
    for line in free:
        if not FENCE.search(source.code[line]):
            tree.wrong(path, line + 1, f"label {source.labels[line][1]} without an ordered access", "no label here")
    if path.startswith(FREESTANDING) and path != FACADE:
        for match in PAST_FACADE.finditer(source.text):
            tree.wrong(path, trees.line_of(source.text, match.start()), match[0], f"Atomic<T> of {FACADE}")
    for line, (label, partners, why) in ((line, match.groups()) for line, match in source.labels.items()):
        if not partners or not why:
            tree.wrong(path, line + 1, f"label {label} without a " + ("why" if partners else "partner"), EXPECTED)
        if label in labels:
            first = "{}:{}".format(*labels[label])
            tree.wrong(path, line + 1, f"a second label {label}", f"one in src/; the first: {first}")
        labels.setdefault(label, (path, line + 1, re.split(r",\s*", partners or "")))


def check_partners(tree, labels):
    for label, (path, line, partners) in labels.items():
        for partner in filter(None, partners):
            if partner not in labels:
                tree.wrong(path, line, f"{label} with {partner}", "a label of src/")
            elif label not in labels[partner][2]:
                what = f"{label} names {partner}, which does not name {label}"
                tree.wrong(path, line, what, "both or none; {}:{}".format(*labels[partner]))


def check_protocols(tree, labels):
    """Returns the number of labels that the READMEs name. Labels above the freestanding line need no page."""
    labels = {label: at for label, at in labels.items() if at[0].startswith(FREESTANDING)}
    text = "\n".join(tree.text(path) for path in tree.files(PROTOCOLS))
    named = labels.keys() & set(re.findall(r"\b[A-Za-z]+\d+\b", text))
    for label in sorted(labels.keys() - named if named else []):
        path, line, _ = labels[label]
        tree.wrong(path, line, f"no protocol page names {label}", " or ".join(PROTOCOLS))
    return len(named)


def check(tree):
    labels = {}
    for path in tree.files(["src/"], trees.CXX):
        check_file(tree, path, labels)
    check_partners(tree, labels)
    return f"labels: {len(labels)}, {check_protocols(tree, labels)} of them in the protocol pages"


if __name__ == "__main__":
    trees.run(check, __doc__)
