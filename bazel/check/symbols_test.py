#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that symbols.py can fail."""

import unittest

import tree as trees

CLEAN = {
    "include/memmap/memmap.h": "#ifdef __cplusplus\nextern \"C\"\n#endif\nvoid memmap_fill(char *to, char value);\n",
    "src/base/check.h": "[[noreturn]] void fail();\n",
    "src/base/check.cc": '#include "base/check.h"\nvoid fail() { __builtin_trap(); }\n',
    "src/memmap/fill.cc": '#include "base/check.h"\n#include "memmap/memmap.h"\n'
                          "void memmap_fill(char* to, char value) {\n  if (!to) fail();\n"
                          "  __builtin_memset(to, value, 4096);\n}\n",
}
BUILDS = ["clang++-19 -O0", "g++ -O2"]


class Symbols(trees.PlantedTree):
    script = "symbols.py"

    def planted(self, code, *beginnings):
        """`code` is a file of src/sched; each of the beginnings is found once in each build."""
        path = "src/sched/planted.cc"
        found = self.run_on(CLEAN | {path: code})
        lines = sorted(found.stdout.splitlines())
        expected = sorted(f"{path}:{line}: {build}: {what}" for line, what in beginnings for build in BUILDS)
        self.assertEqual(found.returncode, 1, found.stderr)
        self.assertEqual([line[:len(start)] for line, start in zip(lines, expected)], expected, found.stdout)
        self.assertEqual(len(lines), len(expected), found.stdout)

    def test_clean_tree(self):
        self.assertIn("2 files", self.passes(CLEAN))

    def test_allocation(self):
        self.planted("int* make() {\n  return new int[100];\n}\n", (2, "undefined symbol operator new[]"))

    def test_call_of_a_floor_above(self):
        self.planted('#include "memmap/memmap.h"\nvoid up(char* to) {\n  memmap_fill(to, 0);\n}\n',
                     (3, "undefined symbol memmap_fill"))

    def test_thread_local(self):
        self.planted("thread_local int depth = 3;\nint& mine() { return depth; }\n", (1, "a thread-local (.tdata)"))

    def test_static_constructor(self):
        self.planted("int* seed();\nint* const first = seed();\nint* later() { return first; }\n",
                     (1, "a static constructor (.init_array)"), (2, "undefined symbol seed()"))

    def test_static_at_first_use(self):
        self.planted("int seed(int x) {\n  static int first = x;\n  return first;\n}\n",
                     (1, "a static that is built at first use (_ZGVZ4seediE5first)"))

    def test_does_not_compile(self):
        files = CLEAN | {"src/sched/planted.cc": "int f() { throw 1; }\n"}
        found = self.run_on(files)
        self.assertEqual(found.returncode, 1)
        self.assertIn("src/sched/planted.cc:1: g++ -O2 does not compile it: ", found.stdout)

    def test_nothing_to_check(self):
        self.finds({"src/host/a.cc": ""}, "src:1: no .cc file in ")


if __name__ == "__main__":
    unittest.main()
