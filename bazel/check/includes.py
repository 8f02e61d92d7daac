#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Includes only go down.

A file is included by its path from include/ (public, for everyone) or from src/ (by the floors above); tests include
what they like. The folders of a floor have an order, too: no two include each other, not even through others. Outside
libraries have floors too, and hwloc has one file.
"""

import re

import tree as trees

ABOVE = {  # floor: what it may include besides itself and include/
    "base": [],
    "sched": ["base"],
    "memmap": ["base", "sched"],
    "host": ["base", "sched", "memmap"],
    "kernel_shim": [],
    "simulator": ["host"],  # for topology, threads and fibers; the engine through include/ only
}
FREESTANDING = ["base", "sched", "memmap"]
STD = ["bit", "concepts", "cstddef", "cstdint", "limits", "new", "type_traits"]
THROWING = {"include/memmap/throws.hpp": ["exception", "mutex"]}  # the one public header that needs exceptions
C_HEADERS = ["float.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"]
LIBRARIES = {  # first word of its headers: the floors that may use it
    "absl": ["host", "simulator"],
    "benchmark": [],
    "gmock": [],
    "gtest": [],
    "hwloc": ["host"],
    "oneapi": ["host", "simulator"],
    "tbb": ["host", "simulator"],
    "toml": ["simulator"],
}
SEAM = ("src/base/atomic.h", "support/explored_atomic.h")  # the one place where tests plug in
INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|include_next|import)\b[ \t]*(\S.*)?$", re.M)


def library_of(header):
    word = re.match(r"\w*", header)[0]
    return word if word in LIBRARIES else None


def owner_of(tree, path, header):
    """Where a quoted header of the file `path` stands: "include", a floor of src/, "test", a library or None."""
    if f"include/{header}" in tree.known:
        return "include"
    if f"src/{header}" in tree.known:
        return header.split("/")[0]
    if not path.startswith("src/") and not path.startswith("include/"):
        beside = path.rsplit("/", 1)[0]
        if any(f"{folder}{header}" in tree.known for folder in ("", "unittest/", "integration/", beside + "/")):
            return "test"
    return library_of(header)


def check_public(tree, path, line, header, owner):
    allowed = C_HEADERS + (STD if path.endswith(".hpp") else []) + THROWING.get(path, [])
    if owner != "include" and not (owner == "system" and (header in allowed or header.startswith("linux/"))):
        tree.wrong(path, line, f"a public header includes {header}", "only include/ and " + ", ".join(allowed))


def check_floor(tree, path, line, header, owner):
    floor = path.split("/")[1]
    if owner == "system":
        if floor in FREESTANDING and header not in STD:
            tree.wrong(path, line, f"<{header}> above the freestanding line", "only " + ", ".join(STD))
    elif owner in LIBRARIES:
        if floor not in LIBRARIES[owner]:
            places = ["src/" + name for name in LIBRARIES[owner]] or ["unittest, integration"]
            tree.wrong(path, line, f"src/{floor} includes {header}", f"{owner} belongs to {', '.join(places)}")
        elif owner == "hwloc":
            tree.hwloc_users.setdefault(path, line)
    elif owner not in ["include", floor] + ABOVE[floor]:
        below = ", ".join(["include"] + ABOVE[floor])
        tree.wrong(path, line, f"src/{floor} includes {header}", f"src/{floor} may include {below} and itself")


def check_file(tree, path):
    text = trees.blank(tree.text(path), strings=False)
    for match in INCLUDE.finditer(text):
        line = trees.line_of(text, match.start())
        named = re.match(r'"([^"]+)"|<([^>]+)>', match[1] or "")
        if not named:
            tree.wrong(path, line, "an include that names no file", '#include "base/atomic.h" or <cstdint>')
            continue
        header = named[1] or named[2]
        if (path, header) == SEAM:
            continue
        owner = owner_of(tree, path, header) if named[1] else library_of(header) or "system"
        if owner is None:
            tree.wrong(path, line, f'no file "{header}"', "a path from src/ or include/, as in \"base/atomic.h\"")
        elif path.startswith("include/"):
            check_public(tree, path, line, header, owner)
        elif path.startswith("src/"):
            check_floor(tree, path, line, header, owner)
            if named[1]:
                note_folders(tree, path, line, f"src/{header}")


def note_folders(tree, path, line, header):
    user, used = path.rpartition("/")[0], header.rpartition("/")[0]
    if user != used and user.split("/")[1] == used.split("/")[1] and header in tree.known:
        tree.folders.setdefault(user, {}).setdefault(used, (path, line))


def check_order(tree):
    """Takes away folders that include none of the others, or that none includes: circles are left."""
    left = dict(tree.folders)
    while ends := [folder for folder in left
                   if not left.keys() & left[folder].keys() or not any(folder in used for used in left.values())]:
        for folder in ends:
            del left[folder]
    for folder, used in left.items():
        for other in used.keys() & left.keys():
            path, line = used[other]
            tree.wrong(path, line, f"{folder} includes {other} in a circle", "folders of which one is below")


def check(tree):
    tree.known = set(tree.paths)
    tree.folders = {}  # folder -> folder that it includes -> where first
    tree.hwloc_users = {}  # file -> line of its first include
    paths = tree.files(["src/", "include/", "unittest/", "integration/"], trees.CXX)
    for path in paths:
        floor = path.split("/")[1]
        if path.startswith("src/") and floor not in ABOVE:
            tree.wrong(path, 1, f"src/{floor} is no floor", "one of " + ", ".join(ABOVE))
        elif path.startswith("include/") and path.replace("include/", "src/", 1) in tree.known:
            tree.wrong(path, 1, "the same path below src/", "a name that says which of the two is included")
        else:
            check_file(tree, path)
    check_order(tree)
    first, *others = sorted(tree.hwloc_users) or [None]
    for path in others:
        tree.wrong(path, tree.hwloc_users[path], "a second file that includes hwloc", f"only {first}")
    if first and not first.endswith(".cc"):
        tree.wrong(first, tree.hwloc_users[first], "a header that includes hwloc", "one .cc file of src/host")
    return f"includes: {len(paths)} files; hwloc in {first or 'no file'}"


if __name__ == "__main__":
    trees.run(check, __doc__)
