#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that loads.py can fail."""

import unittest

import tree as trees

CLEAN = {
    "WORKSPACE": 'local_repository(\n    name = "rules_cc",\n    path = "bazel/stubs/rules_cc",\n)\n',
    "bazel/deps.bzl": 'SYSTEM = {\n    "hwloc": ("libhwloc-dev", {}),\n}\n',
    "bazel/overlay/MODULE.bazel": 'bazel_dep(name = "rules_cc", version = "1")\n'
                                  'libraries = use_extension("//bazel:extension.bzl", "libraries")\n'
                                  'use_repo(libraries, "hwloc")\n',
    "bazel/rules.bzl": 'load("@rules_cc//cc:defs.bzl", "cc_library", test = "cc_test")\n\n'
                       "def ours(name, cc_flag):\n    cc_library(name = name)\n    test(name = name)\n",
    "bazel/stubs/rules_cc/cc/defs.bzl": "cc_library = native.cc_library\ncc_test = native.cc_test\n",
    "src/BUILD.bazel": 'load("//bazel:rules.bzl", "ours")\n\nours(\n    name = "a",\n    deps = ["@hwloc"],\n)\n',
}


class Loads(trees.PlantedTree):
    script = "loads.py"

    def planted(self, path, line, finding):
        """In the clean tree, the file `path` gets one line more, as its last."""
        text = CLEAN.get(path, "") + line + "\n"
        self.finds(CLEAN | {path: text}, finding)

    def replaced(self, path, old, new, *findings):
        self.assertIn(old, CLEAN[path])
        self.finds(CLEAN | {path: CLEAN[path].replace(old, new)}, *findings)

    def test_clean_tree(self):
        self.assertIn("2 repositories", self.passes(CLEAN))

    def test_a_rule_that_is_not_loaded(self):
        self.planted("src/BUILD.bazel", 'sh_test(name = "b")', "src/BUILD.bazel:7: sh_test is not loaded: ")
        self.planted("bazel/rules.bzl", "native.py_binary()", "bazel/rules.bzl:6: py_binary is not loaded: ")
        self.planted("bazel/rules.bzl", "x = [CcInfo]", "bazel/rules.bzl:6: CcInfo is not loaded: ")
        self.planted("bazel/rules.bzl", "cc_common.merge()", "bazel/rules.bzl:6: cc_common is not loaded: ")

    def test_a_rule_that_is_another_under_a_known_name(self):
        self.replaced("bazel/rules.bzl", "    test(", "    cc_test(", "bazel/rules.bzl:5: cc_test is not loaded: ")

    def test_what_one_of_the_two_lacks(self):
        self.replaced("bazel/overlay/MODULE.bazel", "bazel_dep", "# bazel_dep",
                      "bazel/rules.bzl:1: @rules_cc is not in bazel/overlay/MODULE.bazel: ")
        self.replaced("WORKSPACE", '"rules_cc"', '"rules_java"',
                      "bazel/rules.bzl:1: @rules_cc is not in WORKSPACE or bazel/deps.bzl: ")
        self.replaced("bazel/overlay/MODULE.bazel", '"hwloc"', '"onetbb"',
                      "bazel/overlay/MODULE.bazel:1: use_repo() and SYSTEM in bazel/deps.bzl differ: hwloc",
                      "bazel/overlay/MODULE.bazel:1: use_repo() and SYSTEM in bazel/deps.bzl differ: onetbb",
                      "src/BUILD.bazel:5: @hwloc is not in bazel/overlay/MODULE.bazel: ")

    def test_a_repository_of_neither(self):
        self.replaced("src/BUILD.bazel", "@hwloc", "@zlib//:z", "src/BUILD.bazel:5: @zlib is not in WORKSPACE or ",
                      "src/BUILD.bazel:5: @zlib is not in bazel/overlay/MODULE.bazel: ")

    def test_a_file_that_a_stand_in_lacks(self):
        self.replaced("bazel/rules.bzl", "cc:defs.bzl", "cc:cc_library.bzl",
                      "bazel/rules.bzl:1: a stand-in has no @rules_cc//cc:cc_library.bzl: bazel/stubs/rules_cc/cc/")


if __name__ == "__main__":
    unittest.main()
