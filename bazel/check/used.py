#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Each source includes what it uses, though a precompiled header would give it the same.

`bazel/dev test` begins hosted sources with the headers of memmap_prelude() (bazel/prelude, unittest/support). Who
builds without them, as --config=clang does, needs each file to include those headers whose names it uses, itself or
through another header of this tree.
"""

import ast
import functools
import re

import tree as trees

FOLDERS = ["src/", "unittest/", "integration/"]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
ROOTS = ["", "src/", "unittest/", "include/"]  # where a name between quotes is looked for

# What a file takes a header for; headers of the preludes, and what these bring with them.
NAMES = {
    "absl/status/statusor.h": r"absl::StatusOr\b",
    "absl/strings/str_cat.h": r"absl::(?:StrCat|StrAppend|AlphaNum)\b",
    "absl/strings/str_format.h": r"absl::(?:StrFormat|StrAppendFormat|[FS]?N?PrintF|StreamFormat)\b",
    "absl/strings/string_view.h": r"absl::string_view\b",
    "algorithm": r"std::(?:ranges::)?(?:m(?:in|ax)(?:_element)?|clamp|(?:stable_)?sort|find(?:_if)?|count(?:_if)?|"
                 r"copy_n|(?:any|all|none)_of|(?:lower|upper)_bound|equal_range|fill(?:_n)?|remove_if|reverse|rotate|"
                 r"unique|nth_element|transform|generate|shuffle|is_sorted)\b[(<]",
    "chrono": r"std::chrono\b",
    "functional": r"std::(?:function|greater|less|plus|hash|bind|invoke|c?ref)\b",
    "gtest/gtest.h": r"\b(?:TEST(?:_F|_P)?|(?:EXPECT|ASSERT)_[A-Z_]+)\(|\btesting::Test\b",
    "map": r"std::(?:multi)?map\b",
    "memory": r"std::(?:unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared)\b",
    "optional": r"std::(?:optional|nullopt)\b",
    "random": r"std::(?:mt19937(?:_64)?|\w+_distribution|random_device)\b",
    "string": r"std::(?:string|to_string)\b",
    "thread": r"std::(?:j?thread|this_thread)\b",
    "vector": r"std::vector\b",
}


def preludes(tree):
    """(path, line, header) of each header that some memmap_prelude() names."""
    for path in tree.files(suffixes=["BUILD.bazel"]):
        if "memmap_prelude(" not in tree.text(path):
            continue
        for call in ast.walk(ast.parse(tree.text(path))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "memmap_prelude":
                headers = next(keyword.value for keyword in call.keywords if keyword.arg == "includes")
                yield from ((path, header.lineno, header.value) for header in headers.elts)


def check(tree):
    ours = set(tree.paths)

    @functools.cache
    def included(path):
        """Names of all headers that come with a file."""
        names = set(INCLUDE.findall(tree.text(path)))
        for name in list(names):
            here = [path.rpartition("/")[0] + "/"] + ROOTS
            names |= next((included(root + name) for root in here if root + name in ours), set())
        return names

    for path, line, header in preludes(tree):
        if header not in NAMES:
            tree.wrong(path, line, f"what is {header} used for?", "its names in bazel/check/used.py")
    files = tree.files(FOLDERS, trees.CXX)
    for path in files:
        code = trees.blank(tree.text(path))
        for header, names in NAMES.items():
            use = re.search(names, code)
            if use and header not in included(path):
                line = trees.line_of(code, use.start())
                tree.wrong(path, line, f"{use[0]} comes with no header", f"#include {header}")
    return f"used: {len(files)} files"


if __name__ == "__main__":
    trees.run(check, __doc__)
