#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that litmus.py can fail."""

import unittest

import tree as trees

SOURCE = "src/sched/a.cc"
TEST = "docs/litmus/dekker.litmus"
MODEL = "docs/litmus/dekker.pml"
PAGE = "docs/litmus/README.md"
CLEAN = {
    SOURCE: """\
void a() {
  x.fetch_add(1, seq_cst);  // A1 with B2: announced first
  return y.load(seq_cst);   // A2 with B1: then this look
}
void b() {
  y.compare_exchange(none, 1, seq_cst);  // B1 with A2: the other side
  // B2 with A1: the other look
  return x.load(seq_cst);
}
""",
    TEST: """\
C dekker
(*
 * Result: Never
 * Needs: all
 * On x86: some
 *)

{ none=0; }

P0(atomic_int* x, atomic_int* y) {
  atomic_fetch_add_explicit(x, 1, memory_order_seq_cst);  // A1
  int r0 = atomic_load_explicit(y, memory_order_seq_cst);  // A2: why
}

P1(atomic_int* x, atomic_int* y, int* none) {
  atomic_compare_exchange_strong_explicit(y, none, 1, memory_order_seq_cst, memory_order_relaxed);  // B1
  int r0 = atomic_load_explicit(x, memory_order_seq_cst);  // B2
}

exists (0:r0=0 /\\ 1:r0=0)
""",
    MODEL: "  fetch_add(r, X, 1); /* A1 with B2 */\n",
    PAGE: "[dekker](dekker.litmus), [model](dekker.pml)\n",
}


class Litmus(trees.PlantedTree):
    script = "litmus.py"

    def edited(self, path, before, after, *findings):
        """The clean tree, with one `before` replaced in one file, has these findings."""
        self.assertEqual(CLEAN[path].count(before), 1)
        self.finds(CLEAN | {path: CLEAN[path].replace(before, after)}, *findings)

    def test_clean_tree(self):
        self.assertIn("litmus: 1 tests, 1 models, 2 pairs", self.passes(CLEAN))

    def test_pair_without_a_test(self):
        self.edited(TEST, "// B1", "// the other side", f"{SOURCE}:3: A2 with B1: both in one file of docs/litmus/",
                    f"{SOURCE}:6: B1 with A2: both in one file")

    def test_pair_in_two_files(self):
        other = CLEAN[TEST].replace("C dekker", "C other").replace("// A1", "//").replace("// A2", "//")
        files = CLEAN | {"docs/litmus/other.litmus": other, PAGE: CLEAN[PAGE] + "(other.litmus)"}
        files[TEST] = CLEAN[TEST].replace("// B1", "//")
        self.finds(files, f"{SOURCE}:3: A2 with B1: both in one file", f"{SOURCE}:6: B1 with A2: both in one file")

    def test_label_that_is_not_there(self):
        self.edited(TEST, "// A1", "// A1/A7", f"{TEST}:11: label A7: a label of src/")

    def test_other_order(self):
        self.edited(TEST, "y, memory_order_seq_cst);  // A2", "y, memory_order_acquire);  // A2",
                    f"{TEST}:12: A2 is a load, acquire: {SOURCE}:3 has load, seq_cst")
        self.edited(SOURCE, "x.load(seq_cst)", "x.load(acquire)", f"{TEST}:17: B2 is a load, seq_cst: {SOURCE}:8 has")

    def test_other_operation(self):
        self.edited(TEST, "atomic_fetch_add_explicit(x", "atomic_fetch_or_explicit(x",
                    f"{TEST}:11: A1 is a fetch_or, seq_cst: {SOURCE}:2 has fetch_add, seq_cst")

    def test_head(self):
        for before, after in [("C dekker", "C other"), ("Never", "Sometimes"), (" * Needs: all\n", "")]:
            files = CLEAN | {TEST: CLEAN[TEST].replace(before, after)}
            self.finds(files, f"{TEST}:1: no head: C NAME, and a comment")

    def test_model(self):
        self.edited(MODEL, "A1 with B2", "A1 with B1", f"{MODEL}:1: A1 with B1: {SOURCE}:2 has A1 with B2")
        self.edited(MODEL, "A1 with B2", "Z1 with B1", f"{MODEL}:1: Z1 with B1: a label of src/")

    def test_page(self):
        self.edited(PAGE, "(dekker.litmus)", "", f"{PAGE}:1: no link to {TEST}: one for each file")
        self.edited(PAGE, "(dekker.pml)", "", f"{PAGE}:1: no link to {MODEL}: ")


if __name__ == "__main__":
    unittest.main()
