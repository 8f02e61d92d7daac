#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Nothing grows too long: files, public headers, functions, lines, and the engine as a whole.

Functions are found by their braces, without a compiler: a brace opens a function if only namespaces, classes and
extern "C" are around it and the text before it has parameters. What is inside (lambdas, blocks) belongs to it.
"""

import re
import statistics

import tree as trees

FILE_LINES = 400
PUBLIC_HEADER_LINES = 200
FUNCTION_LINES = 60
LINE_COLUMNS = 120  # a tab goes to the next multiple of 8
ENGINE_CODE_LINES = 800
ENGINE = ["src/base/", "src/sched/"]
CXX_FOLDERS = ["include/", "src/", "unittest/", "integration/"]
SCRIPTS = (".py", ".sh", ".bzl", ".bazel", "WORKSPACE", "bazel/dev", ".ci/run")

PREPROCESSOR = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
ARGUMENTS = r"\s*\((?:[^()]|\([^()]*\))*\)"
DECORATION = re.compile(r"\[\[.*?\]\]|\b(?:alignas|__attribute__|requires|[A-Z][A-Z_]+)" + ARGUMENTS, re.S)
SCOPE = re.compile(r'\bnamespace\b|\b(?:class|struct|union)\b[^()]*$|\bextern\s*" *"$')


class Unbalanced(Exception):
    """Carries the line of a brace without its partner."""


def kind_of(head, before):
    """What the brace after `head` opens; `before` is the character in front of it."""
    if head.endswith("="):
        return "list"
    bare, template_arguments = DECORATION.sub("", head), 1
    while template_arguments:
        bare, template_arguments = re.subn(r"<[^<>]*>", "", bare)
    if SCOPE.search(bare):
        return "scope"
    if re.match(r"[\w>\]]", before):
        return "list"  # a_{1}: the declaration goes on behind it
    return "function" if "(" in head else "block"


def functions(text):
    """(first line, last line, first line's text) of each function of C or C++; Unbalanced where braces are."""
    text = PREPROCESSOR.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), trees.blank(text))
    opened = []  # (kind, where the declaration begins) of each open brace; "inner" in anything but scopes
    begin = 0  # of the declaration that is being read
    parentheses, found = 0, []
    for match in re.finditer(r"[{}();]|\b(?:public|private|protected)\s*:", text):
        mark, at = match[0], match.start()
        outside = not parentheses and all(kind == "scope" for kind, _ in opened)
        if mark in "()":
            parentheses += 1 if mark == "(" else -1
        elif mark == "{":
            begin += re.match(r"\s*", text[begin:]).end()
            kind = kind_of(text[begin:at].strip(), text[at - 1]) if outside else "inner"
            opened.append((kind, begin))
            if kind == "scope":
                begin = match.end()
        elif mark == "}":
            if not opened:
                raise Unbalanced(trees.line_of(text, at))
            kind, first = opened.pop()
            if kind == "function":
                line = trees.line_of(text, first)
                found.append((line, trees.line_of(text, at), text[first:at].split("\n")[0]))
            if kind not in ["list", "inner"]:
                begin = match.end()
        elif outside:
            begin = match.end()
    if opened:
        raise Unbalanced(trees.line_of(text, opened[-1][1]))
    return found


def check_lines(tree, path):
    lines = tree.text(path).splitlines()
    for number, line in enumerate(lines, 1):
        columns = len(line.expandtabs(8))
        if columns > LINE_COLUMNS:
            tree.wrong(path, number, f"a line of {columns} columns", f"at most {LINE_COLUMNS}")
    limit = PUBLIC_HEADER_LINES if path.startswith("include/") else FILE_LINES
    if len(lines) > limit:
        tree.wrong(path, len(lines), f"a file of {len(lines)} lines", f"at most {limit}")
    return len(lines)


def check_functions(tree, path):
    try:
        found = functions(tree.text(path))
    except Unbalanced as unbalanced:
        tree.wrong(path, unbalanced.args[0], "braces that do not balance", "balance also without preprocessing")
        return []
    for first, last, head in found:
        if last - first >= FUNCTION_LINES:
            tree.wrong(path, first, f"{head.strip(' {')}: {last - first + 1} lines", f"at most {FUNCTION_LINES}")
    return [last - first + 1 for first, last, _ in found]


def check_engine(tree):
    """Lines of code: neither blank nor only comment."""
    of_floor = {folder: sum(bool(line.strip()) for path in tree.files([folder], trees.CXX)
                            for line in trees.blank(tree.text(path)).splitlines()) for folder in ENGINE}
    total = sum(of_floor.values())
    if total > ENGINE_CODE_LINES:
        tree.wrong("src/sched", 1, f"an engine of {total} lines of code", f"at most {ENGINE_CODE_LINES} with base")
    parts = ", ".join(f"{folder} {lines}" for folder, lines in of_floor.items())
    return f"engine {total} of {ENGINE_CODE_LINES} lines of code ({parts})"


def distribution(lines):
    return f"{len(lines)}, median {statistics.median(lines or [0]):g} lines, longest {max(lines, default=0)}"


def check(tree):
    files = [check_lines(tree, path) for path in tree.files(CXX_FOLDERS, trees.CXX)]
    for path in tree.files(suffixes=SCRIPTS):
        check_lines(tree, path)
    lengths = [length for path in tree.files(CXX_FOLDERS, trees.CXX) for length in check_functions(tree, path)]
    return f"length: files {distribution(files)}; functions {distribution(lengths)}; {check_engine(tree)}"


if __name__ == "__main__":
    trees.run(check, __doc__)
