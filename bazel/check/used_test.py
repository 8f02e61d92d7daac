#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that used.py can fail."""

import unittest

import tree as trees

CLEAN = {
    "bazel/prelude/BUILD.bazel": 'memmap_prelude(\n    name = "a",\n    includes = [\n        "map",\n    ],\n)\n',
    "src/host/table.h": "#include <map>\n#include <string>\n\nusing Table = std::map<std::string, int>;\n",
    "src/host/table.cc": '#include "host/table.h"\n\nstd::map<int, int> ints;\n',
    "src/host/other.cc": '#include "table.h"\n\n// std::vector is not needed.\nconst char kText[] = "std::vector";\n',
}


class Used(trees.PlantedTree):
    script = "used.py"

    def test_clean_tree(self):
        self.assertIn("3 files", self.passes(CLEAN))

    def test_a_header_that_is_not_included(self):
        for header, use in [
                ("map", "std::map<int, int> m;"), ("algorithm", "int i = std::max(1, 2);"),
                ("algorithm", "auto r = std::ranges::find(all, 1);"), ("chrono", "std::chrono::seconds s;"),
                ("absl/strings/str_cat.h", "auto s = absl::StrCat(1);"), ("gtest/gtest.h", "TEST(A, B) {}")]:
            self.finds(CLEAN | {"src/host/new.cc": f"\n{use}\n"}, "src/host/new.cc:2: ")
            self.passes(CLEAN | {"src/host/new.cc": f"#include <{header}>\n{use}\n"})

    def test_a_header_through_which_it_no_longer_comes(self):
        self.finds(CLEAN | {"src/host/table.h": "#pragma once\n"},
                   "src/host/table.cc:3: std::map comes with no header: #include map")

    def test_a_prelude_of_which_it_does_not_know_the_names(self):
        path = "bazel/prelude/BUILD.bazel"
        self.finds(CLEAN | {path: CLEAN[path].replace("map\"", "regex\"")}, f"{path}:4: what is regex used for?: ")


if __name__ == "__main__":
    unittest.main()
