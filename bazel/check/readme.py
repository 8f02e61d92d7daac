#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The programs in the README and in the documentation are in files that Bazel builds.

Each block of a language (C, C++, CMake, a Makefile, Bazel's, TOML) in Markdown has a line before it:
`<!-- file: PATH -->` where it equals that file, whose opening comment may be left out; `<!-- from: PATH -->` where its
lines are some of that file's, in a row. A block without a language has no statement of C in it.

Programs in the comments of public headers are lines, in a row, of some file in integration/examples, which both may
indent and comment as they like.
"""

import fnmatch
import re

import tree as trees

BLOCK = re.compile(r"(?:^<!-- (?P<kind>file|from): (?P<file>\S+) -->\n\n?)?"
                   r"^```(?P<language>[\w+]*)[^\n]*\n(?P<code>.*?)^```$", re.M | re.S)
OPENING = re.compile(r"(?:/\*.*?\*/\s*|//[^\n]*\n\s*|# [^\n]*\n)*", re.S)
LANGUAGES = ["c", "cc", "cpp", "c++", "cmake", "make", "python", "starlark", "toml"]
STATEMENT = re.compile(r"^.*\w\(.*\);\s*(?://.*|/\*.*)?$|^.*\w = \{.*\};", re.M)
SHOWN = re.compile(r"(?:^(?: \*|//) {5,}\S.*\n)+", re.M)  # in a header
EXAMPLES = "integration/examples/"
BUILD_FILES = ["BUILD.bazel", "MODULE.bazel", "WORKSPACE"]


def built(tree, path):
    """Whether the nearest BUILD.bazel above the file names it, or a pattern that it is of."""
    folder, name = path, None
    if path.rsplit("/", 1)[-1] in BUILD_FILES:
        return True
    while "/" in folder and name is None:
        folder = folder.rsplit("/", 1)[0]
        if f"{folder}/BUILD.bazel" in tree.paths:
            name = path[len(folder) + 1:]
    if name is None:
        return False
    text = tree.text(f"{folder}/BUILD.bazel")
    patterns = re.findall(r'"([^"\n]*[^"\n*]\*[^"\n]*)"', text)
    return re.search(rf'["/:]{re.escape(name)}"', text) or any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def first_difference(shown, file_lines):
    """Where lines are not the file's from some line on: number of the first other one, what the file has there."""
    starts = [n for n, line in enumerate(file_lines) if line == shown[0]] or [0]
    best = (0, file_lines[starts[0]])
    for start in starts:
        same = 0
        while same < len(shown) and start + same < len(file_lines) and shown[same] == file_lines[start + same]:
            same += 1
        if same == len(shown):
            return None
        if same >= best[0]:
            best = (same, file_lines[start + same] if start + same < len(file_lines) else "the end of the file")
    return best


def check_block(tree, page, line, block):
    path = block["file"]
    if path is None:
        if block["language"].lower() in LANGUAGES:
            tree.wrong(page, line, "a program that no test compiles", "<!-- file: PATH --> on the line before it")
        elif not block["language"] and (statement := STATEMENT.search(block["code"])):
            tree.wrong(page, line + 1 + block["code"].count("\n", 0, statement.start()),
                       "a statement in a block without a language", "```c and the file that it is from")
        return
    if path not in tree.paths:
        tree.wrong(page, line, f"a program from {path}, which is not there", "a file of this tree")
        return
    text = tree.text(path)
    if not built(tree, path):
        tree.wrong(page, line, f"{path} is not built", "its name in the BUILD.bazel of its folder")
    if block["kind"] == "from":
        other = first_difference(block["code"].rstrip("\n").split("\n"), text.split("\n"))
        if other is not None:
            tree.wrong(page, line + 1 + other[0], f"not what {path} has", repr(other[1]))
        return
    versions = [text.split("\n"), text[OPENING.match(text).end():].split("\n")]
    shown = block["code"].split("\n")
    if shown not in versions:
        wanted = versions[0] if shown[0] == versions[0][0] else versions[1]
        same = [ours == theirs for ours, theirs in zip(shown, wanted)] + [False]
        at = same.index(False)
        expected = repr(wanted[at]) if at < len(wanted) else "the end of the block"
        tree.wrong(page, line + 1 + at, f"not what {path} has", expected)


def bare(line):
    return re.sub(r"\s*//.*", "", line).strip()


def check_header(tree, path, examples):
    """examples: the bare lines of each, between line ends."""
    text = tree.text(path)
    for shown in SHOWN.finditer(text):
        lines = [bare(re.sub(r"^(?: \*|//)", "", line)) for line in shown[0].splitlines()]
        if not any("\n" + "\n".join(lines) + "\n" in example for example in examples):
            tree.wrong(path, trees.line_of(text, shown.start()), "a program that no test compiles",
                       f"the same lines in a file of {EXAMPLES}")


def check(tree):
    examples = [path for path in tree.files([EXAMPLES], [".c", ".cc"]) if built(tree, path)]
    examples = ["\n".join([""] + [bare(line) for line in tree.text(path).split("\n")] + [""]) for path in examples]
    for path in tree.files(["include/"], [".h", ".hpp"]):
        check_header(tree, path, examples)
    blocks = 0
    for page in tree.files(suffixes=[".md"]):
        text = tree.text(page)
        for block in BLOCK.finditer(text):
            check_block(tree, page, trees.line_of(text, block.start("language")), block)
            blocks += block["file"] is not None
    if "README.md" not in tree.paths:
        tree.wrong("README.md", 1, "no such file", "the first page of the tree")
    return f"readme: {blocks} programs in Markdown"


if __name__ == "__main__":
    trees.run(check, __doc__)
