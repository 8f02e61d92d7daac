#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What files say about themselves and about each other.

Each source file has its licence line first. No file has notes to self, paths of one person's machine, or vague names.
Tests are found by the name of what they test. Links and paths in comments and Markdown lead somewhere.
"""

import re

import tree as trees

LICENCE = "SPDX-License-Identifier: GPL-2.0-only OR MIT"
KERNEL_LICENCE = "SPDX-License-Identifier: GPL-2.0-only"  # of what is compiled into a kernel, and its stand-ins
KERNEL = ("src/kernel_shim/", "unittest/kernel_shim/")
SOURCES = trees.CXX + (".py", ".sh", ".bzl", ".bazel", ".S", "WORKSPACE", "Makefile", "Kbuild", "CMakeLists.txt")
TOP = ["BUILD.bazel", "LICENSE", "README.md", "WORKSPACE", "bazel", "docs", "include", "integration", "src", "unittest"]
THIS = "bazel/check/words"  # names what it bans, and so does its test
BANNED = [
    (r"\b(?:TODO|FIXME|XXX|HACK)\b", "work that is done, or a sentence that says what is missing"),
    (r"(?<![\w.~>})-])/(?:home|root|work|Users)/[\w.]*", "a path that every machine has"),
]
VAGUE = {"manager", "managers", "helper", "helpers", "util", "utils"}
TYPE = re.compile(r"\b(?:class|struct|union|enum|concept|using)\s+(\w+)")
UNMIRRORED = [  # tests of more than one source file, or of half of one
    "unittest/host/conformance_test.cc",
    "unittest/host/recorded_machines_test.cc",
    "unittest/host/tbb_conformance_test.cc",
    "unittest/host/sanitizers_test.cc",
    "unittest/host/worker_threads_test.cc",
    "unittest/memmap/walker_test.cc",
    "unittest/sched/lent_worker_test.cc",
    "unittest/sched/three_workers_explore_test.cc",
    "unittest/sched/worker_choice_test.cc",
    "unittest/simulator/boot_properties_test.cc",
]
FOLDERS = "bazel|docs|include/memmap|integration|src|unittest"
PATH = re.compile(rf"(?<![\w/.:@-])((?:{FOLDERS})/[\w./+-]*)(#[\w-]+)?([<{{*$%…]?)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)")
CODE_BLOCK = re.compile(r"^(```+|~~~+).*?^\1[^\n]*$", re.M | re.S)


def is_source(tree, path):
    return path.endswith(SOURCES) or ("." not in path.rsplit("/", 1)[-1] and tree.text(path).startswith("#!"))


def check_licence(tree, path):
    lines = tree.text(path).split("\n")
    line = 1 if lines[0].startswith("#!") else 0
    licence = KERNEL_LICENCE if path.startswith(KERNEL) else LICENCE
    if licence not in "".join(lines[line:line + 1]):
        tree.wrong(path, line + 1, "no licence line", licence)


def check_words(tree, path):
    for number, line in enumerate(tree.text(path).split("\n"), 1):
        for banned, expected in BANNED:
            for match in re.finditer(banned, line):
                tree.wrong(path, number, match[0], expected)
        if "\t" in line and path.startswith(("src/", "unittest/")) and path.endswith((".cc", ".h", ".hpp")) and not (
                path.startswith(KERNEL) and path.endswith(".h")):
            tree.wrong(path, number, "a tab", "spaces (only public headers and kernel C have tabs)")


def is_vague(name):
    return VAGUE & {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def check_names(tree, path):
    if path.split("/")[0] not in TOP and path[0] != ".":
        tree.wrong(path, 1, "not expected at the top", "one of " + ", ".join(TOP))
    if is_vague(path):
        tree.wrong(path, 1, "a vague file name", "a name that says what is in it")
    if path.endswith(trees.CXX):
        code = trees.blank(tree.text(path))
        for match in TYPE.finditer(code):
            if is_vague(match[1]):
                tree.wrong(path, trees.line_of(code, match.start()), f"the vague name {match[1]}", "what it does")


def check_mirrored(tree, path):
    """unittest/sched/retire_test.cc and retire_explore_test.cc test src/sched/retire.{h,cc}."""
    folder, stem = re.match(r"unittest/(.*?)([^/]*?)(?:_explore)?_test\.cc$", path).groups()
    tested = [f"src/{folder}{stem}", f"include/{folder}{stem}", f"unittest/{folder}{stem}"]
    tested += [f"include/memmap/{stem}"] if folder == "include/" else []
    if path not in UNMIRRORED and not any(name + suffix in tree.known for name in tested for suffix in trees.CXX):
        tree.wrong(path, 1, "a test of no source file", f"{tested[0]}.h or .cc; or an entry in {THIS}.py")


def prose(tree, path):
    """(line, text) of the comments of a source file, or of Markdown outside of its code blocks."""
    text = tree.text(path)
    if path.endswith(trees.CXX):
        return enumerate(trees.comments(text), 1)
    if path.endswith(".md"):
        return enumerate(CODE_BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text).split("\n"), 1)
    return enumerate(("".join(re.findall(r"(?:^|\s)#(.*)", line)) for line in text.split("\n")), 1)


def anchors(tree, path):
    headings = re.findall(r"^#+ +(.*?) *#*$", tree.text(path), re.M)
    named = re.findall(r"\b(?:id|name)=\"([^\"]+)\"", tree.text(path))
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings] + named


def check_target(tree, path, line, named, base=""):
    """`named` is PATH or PATH#ANCHOR, relative to the folder `base`."""
    target, _, anchor = named.partition("#")
    parts = []
    for part in (base + target if target else path).rstrip("/").split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ["", "."]:
            parts.append(part)
    target = "/".join(parts)
    if target not in tree.known and target not in tree.folders:
        tree.wrong(path, line, f"{named} is not there", "a file or folder of this tree")
    elif anchor and target.endswith(".md") and anchor not in anchors(tree, target):
        tree.wrong(path, line, f"{named} is not there", f"a heading of {target}")


def check_links(tree, path):
    for line, text in prose(tree, path):
        if path.endswith(".md"):
            folder = path[:path.rfind("/") + 1]
            for match in LINK.finditer(text):
                if not re.match(r"[a-z]+:", match[1]):
                    check_target(tree, path, line, match[1], folder)
            text = LINK.sub("", text)
        for target, anchor, pattern in PATH.findall(text):
            if pattern or "..." in target:  # src/sched/<stem>_test.cc: its folder at least
                target = target[:target.rfind("/")]
            check_target(tree, path, line, target.rstrip(".-") + anchor)


def check(tree):
    tree.known = set(tree.paths)
    tree.folders = {path[:at] for path in tree.paths for at in (slash.start() for slash in re.finditer("/", path))}
    for path in tree.paths:
        check_names(tree, path)
        if path.startswith("unittest/") and path.endswith("_test.cc"):
            check_mirrored(tree, path)
        if not path.startswith(THIS):
            check_words(tree, path)
        if is_source(tree, path):
            check_licence(tree, path)
        if is_source(tree, path) or path.endswith(".md"):
            check_links(tree, path)
    return f"words: {len(tree.paths)} files"


if __name__ == "__main__":
    trees.run(check, __doc__)
