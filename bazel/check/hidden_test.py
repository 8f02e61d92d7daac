#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that hidden.py can fail."""

import unittest

import tree as trees

HEADER = """namespace memmap::bench {

struct Pair {
  int first;
};

constexpr std::chrono::milliseconds kPause(10);

}  // namespace memmap::bench
"""
SOURCE = """namespace memmap::bench {
namespace {

void wait() {
  constexpr int kPause = 3;
}

%s
}  // namespace
}  // namespace memmap::bench
"""
CLEAN = {"integration/benchmark/rounds.h": HEADER, "unittest/sched/small.h": HEADER.replace("kPause", "kUnits"),
         "integration/benchmark/cold.cc": SOURCE % "constexpr int kIdleness = 3;\n"}


class Hidden(trees.PlantedTree):
    script = "hidden.py"

    def planted(self, constant, *findings, path="integration/benchmark/cold.cc"):
        self.finds(CLEAN | {path: SOURCE % constant}, *findings)

    def test_clean_tree(self):
        self.assertIn("1 sources, 2 constants", self.passes(CLEAN))
        self.passes(CLEAN | {"integration/benchmark/cold.cc": SOURCE % "constexpr int kUnits = 3;\n"})
        elsewhere = (SOURCE % "constexpr int kPause = 3;\n").replace("memmap::bench", "memmap::host")
        self.passes(CLEAN | {"src/host/cold.cc": elsewhere})

    def test_hidden(self):
        finding = "integration/benchmark/cold.cc:8: kPause hides that of integration/benchmark/rounds.h in a unity: "
        self.planted("constexpr std::chrono::milliseconds kPause(3);\n", finding)
        self.planted("constexpr int kPause[] = {3};\n", finding)
        self.planted("inline constexpr uint64_t kPause{3};\n", finding)
        self.planted("constexpr int kOther = 1, kPause = 3;\n", finding)
        self.planted("constexpr Pair kPause[] = {\n    {3},\n};\n", finding)

    def test_tests_see_all_headers(self):
        self.planted("constexpr int kUnits = 3;\n", "unittest/sched/a_test.cc:8: kUnits hides ",
                     path="unittest/sched/a_test.cc")


if __name__ == "__main__":
    unittest.main()
