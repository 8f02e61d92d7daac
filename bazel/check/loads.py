#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The tree is built by a Bazel that knows WORKSPACE and by one that does not.

Bazel 9 has no rules for languages of its own: a file loads those that it uses. Outside repositories are named twice, in
WORKSPACE with bazel/deps.bzl and in bazel/overlay/MODULE.bazel: what files use has to be in both. And where a
stand-in below bazel/stubs is loaded, it has that file.
"""

import ast
import re

import tree as trees

WORKSPACE, LIBRARIES, OVERLAY = "WORKSPACE", "bazel/deps.bzl", "bazel/overlay/MODULE.bazel"
STUBS = "bazel/stubs/"
OURS = "memmap_async"  # who builds us names us
ALWAYS = {"bazel_tools", OURS}
# What Bazel 4 to 7 has built in and 9 has not: rules, their providers and modules.
GONE = re.compile(
    r"(?:android|cc|fdo|java|objc|proto|py|sh)_[a-z]\w*|(?:Cc|Debug|Java|Proto|Py)(?:[A-Z]\w*)?Info")


class Starlark:
    """A file, of which Python's grammar is all that we need."""

    def __init__(self, tree, path):
        self.path = path
        self.nodes = list(ast.walk(ast.parse(tree.text(path))))

    def calls(self, name):
        return [node for node in self.nodes
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name]

    def known(self):
        """Names that the file loads or makes."""
        loaded = {keyword.arg or "" for call in self.calls("load") for keyword in call.keywords}
        loaded |= {text.value for call in self.calls("load") for text in call.args[1:]}
        stored = {node.id for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        return loaded | stored | {node.name for node in self.nodes if isinstance(node, ast.FunctionDef)}

    def repositories(self):
        """(line, name) of each outside repository in a label."""
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                label = re.match(r"@(\w+)(?://|$)", node.value)
                if label:
                    yield node.lineno, label[1]


def keywords(call):
    return {keyword.arg: getattr(keyword.value, "value", None) for keyword in call.keywords}


def libraries(tree):
    """The keys of SYSTEM in bazel/deps.bzl."""
    for node in Starlark(tree, LIBRARIES).nodes:
        if isinstance(node, ast.Assign) and node.targets[0].id == "SYSTEM":
            return {key.value for key in node.value.keys}
    return set()


def check_rules(tree, file):
    known = file.known()
    for node in file.nodes:
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        built_in = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "native"
        if GONE.fullmatch(name) and (built_in or isinstance(node, ast.Name) and name not in known):
            tree.wrong(file.path, node.lineno, f"{name} is not loaded", "Bazel 9 has none of its own")


def check_repositories(tree, file, of_workspace, of_overlay):
    for line, name in file.repositories():
        for where, names in [(f"{WORKSPACE} or {LIBRARIES}", of_workspace), (OVERLAY, of_overlay)]:
            if name not in names | ALWAYS:
                tree.wrong(file.path, line, f"@{name} is not in {where}", "both ways to name it")


def check_stubs(tree, file, stubs):
    for call in file.calls("load"):
        match = re.match(r"@(\w+)//([\w/]*):(\S+)$", call.args[0].value)
        if match and match[1] in stubs:
            wanted = "/".join([stubs[match[1]], match[2], match[3]])
            if wanted not in tree.paths:
                tree.wrong(file.path, call.lineno, f"a stand-in has no {match[0]}", wanted)


def check(tree):
    workspace, overlay = Starlark(tree, WORKSPACE), Starlark(tree, OVERLAY)
    stubs = {keywords(call)["name"]: keywords(call)["path"] for call in workspace.calls("local_repository")}
    used = {name.value for call in overlay.calls("use_repo") for name in call.args[1:]}
    for name in used ^ libraries(tree):
        tree.wrong(OVERLAY, 1, f"use_repo() and SYSTEM in {LIBRARIES} differ", f"{name} in both or in neither")
    of_overlay = used | {keywords(call)["name"] for call in overlay.calls("bazel_dep")}
    files = [Starlark(tree, path) for path in tree.files(suffixes=["BUILD.bazel", ".bzl"])
             if not path.startswith(STUBS)]
    for file in files:
        check_rules(tree, file)
        check_repositories(tree, file, set(stubs) | libraries(tree), of_overlay)
        check_stubs(tree, file, stubs)
    return f"loads: {len(files)} files; {len(of_overlay)} repositories in the overlay"


if __name__ == "__main__":
    trees.run(check, __doc__)
