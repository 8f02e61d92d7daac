#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The programs in the README are files that Bazel builds.

Each block of C or C++ in README.md, and any block elsewhere in Markdown that wants it, has `<!-- file: PATH -->` on a
line before it and equals that file; the comment that a file opens with may be left out.
"""

import re

import tree as trees

BLOCK = re.compile(
    r"(?:^<!-- file: (?P<file>\S+) -->\n\n?)?^```(?P<language>[\w+]*)[^\n]*\n(?P<code>.*?)^```$", re.M | re.S)
OPENING = re.compile(r"(?:/\*.*?\*/\s*|//[^\n]*\n\s*)*", re.S)


def built(tree, path):
    """Whether the nearest BUILD.bazel above the file names it."""
    folder, name = path, None
    while "/" in folder and name is None:
        folder = folder.rsplit("/", 1)[0]
        if f"{folder}/BUILD.bazel" in tree.paths:
            name = path[len(folder) + 1:]
    return name is not None and re.search(rf'["/:]{re.escape(name)}"', tree.text(f"{folder}/BUILD.bazel"))


def check_block(tree, page, line, block):
    path = block["file"]
    if path is None:
        if page == "README.md" and block["language"].lower() in ["c", "cc", "cpp", "c++"]:
            tree.wrong(page, line, "a program that no test compiles", "<!-- file: PATH --> on the line before it")
        return
    if path not in tree.paths:
        tree.wrong(page, line, f"a program from {path}, which is not there", "a file of this tree")
        return
    text = tree.text(path)
    versions = [text.split("\n"), text[OPENING.match(text).end():].split("\n")]
    shown = block["code"].split("\n")
    if shown not in versions:
        wanted = versions[0] if shown[0] == versions[0][0] else versions[1]
        same = [ours == theirs for ours, theirs in zip(shown, wanted)] + [False]
        at = same.index(False)
        expected = repr(wanted[at]) if at < len(wanted) else "the end of the block"
        tree.wrong(page, line + 1 + at, f"not what {path} has", expected)
    if not built(tree, path):
        tree.wrong(page, line, f"{path} is not built", "its name in the BUILD.bazel of its folder")


def check(tree):
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
