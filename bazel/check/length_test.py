#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that length.py can fail, and that it sees functions where they are."""

import unittest

import length
import tree as trees


def statements(count):
    return "  x = 1;\n" * count


class Length(trees.PlantedTree):
    script = "length.py"

    def test_clean_tree(self):
        summary = self.passes({
            "src/sched/retire.cc": "// why\n\nvoid f() {\n" + statements(58) + "}\n" + "\n" * 338,
            "include/memmap/memmap.h": "/*\n" * 199 + "*/\n",
            "bazel/dev": "#\n" * 400,
        })
        self.assertIn("files 2, median 300 lines, longest 400;", summary)
        self.assertIn("functions 1, median 60 lines, longest 60;", summary)
        self.assertIn("engine 60 of 800", summary)

    def test_long_file(self):
        for path in ["src/host/a.cc", "unittest/a_test.cc", "bazel/rules.bzl", "bazel/check/a.py", ".ci/run"]:
            self.finds({path: "//\n" * 401}, f"{path}:401: a file of 401 lines: at most 400")

    def test_long_public_header(self):
        self.finds({"include/memmap/a.h": "\n" * 201}, "include/memmap/a.h:201: a file of 201 lines: at most 200")

    def test_long_line(self):
        fits = "// " + "x" * 117 + "\n"
        self.finds({"src/base/a.h": fits + fits.replace("x", "xx", 1)}, "src/base/a.h:2: a line of 121 columns")
        self.finds({"include/memmap/a.h": "\t" * 15 + "x\n"}, "include/memmap/a.h:1: a line of 121 columns")

    def test_long_function(self):
        code = "namespace a {\nclass B {\n public:\n  int f(int x)\n      const {\n" + statements(58) + "  }\n};\n}\n"
        self.finds({"src/host/a.h": code}, "src/host/a.h:4: int f(int x): 61 lines: at most 60")

    def test_long_engine(self):
        files = {f"src/{floor}/{name}.h": "// why\nint x;\n" + "int y;\n" * 199 + "/* more\n\n */\n"
                 for floor in ["base", "sched"] for name in "ab"}
        self.assertIn("engine 800 of 800", self.passes(files))
        files["src/base/a.h"] += "int z;\n"
        self.finds(files, "src/sched:1: an engine of 801 lines of code: at most 800")

    def test_braces_that_do_not_balance(self):
        self.finds({"src/base/a.h": "int a;\nvoid f() {\n"}, "src/base/a.h:2: braces that do not balance: ")
        self.finds({"src/base/a.h": "int a;\n}\n"}, "src/base/a.h:2: braces that do not balance: ")

    def found_in(self, code):
        return [head for _, _, head in length.functions(code)]

    def test_what_is_a_function(self):
        for head in ["int f()", "TEST(A, b)", 'extern "C" int f(int)', "struct a *f(struct b *x)", "auto f() -> int",
                     "A() : a_{1}, b_({2}) ", "template <typename T> T f(T x) requires (sizeof(x) == 4)",
                     "bool operator()(int x) const", "int f(A a = {1})", "X<int> f() noexcept"]:
            self.assertEqual(len(self.found_in(head + " {\n  for (;;) { g([] { h(); }); }\n}\n")), 1, head)

    def test_what_is_none(self):
        for code in ["int a[] = {f(1), 2};", "enum class A : int { b = c(1) };", "struct a x = {.b = {c(1)}};",
                     "class alignas(64) A { int x; };", "template <class F> struct A<F(int)> { int x; };",
                     "#define F(x) { \\\n  g(x); }\n", "// f() {\n", 'int x = f("{");', "int x = 1'000 + '{';",
                     'extern "C" {\nint f();\n}', "A a{f(1)};"]:
            self.assertEqual(self.found_in(code), [], code)


if __name__ == "__main__":
    unittest.main()
