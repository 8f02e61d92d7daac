#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that labels.py can fail."""

import unittest

import tree as trees

PARK = "src/sched/park.h"
CLEAN = """\
void park() {
  parked.fetch_or(bit, seq_cst);  // P1 with B1: announced before the last look
  // Why this is so takes a line.
  // P2 with B1: the last look
  const bool found =
      news.load(seq_cst) != seen;
  news.store(1, relaxed);
}
void bell() {
  if (news.fetch_add(
          count(1), seq_cst)) {  // B1 with P1, P2: the news before the look at who is parked
  }
  // B2 with B3: two in one statement
  return a.load(acquire) +
         b.exchange(0, acq_rel);  // B3 with B2: the second
}
"""


class Labels(trees.PlantedTree):
    script = "labels.py"

    def edited(self, before, after, *findings):
        """The clean file, with its one `before` replaced, has these findings."""
        self.assertEqual(CLEAN.count(before), 1)
        self.finds({PARK: CLEAN.replace(before, after)}, *(f"{PARK}:{finding}" for finding in findings))

    def test_clean_tree(self):
        self.assertIn("labels: 5, 0 of them", self.passes({PARK: CLEAN}))

    def test_access_without_label(self):
        self.edited("relaxed);", "release);", "7: an ordered access without a label of its own: // LABEL with ")
        self.edited("relaxed);", "Order::release);", "7: an ordered access without")
        self.edited("// B2 with B3: two", "// two", "15: B3 with B2: a label of src/",
                    "15: an ordered access without")

    def test_label_too_far_above(self):
        self.edited("the last look\n  const", "the last look\n  int x;\n  const",
                    "4: label P2 without an ordered access: ", "7: an ordered access without")

    def test_one_label_for_two(self):
        self.edited("fetch_or(bit, seq_cst);", "fetch_or(a.load(acquire), seq_cst);", "2: an ordered access without")

    def test_label_of_a_relaxed_access(self):
        self.edited("relaxed);", "relaxed);  // N1 with N1: nothing", "7: label N1 without an ordered access: ")

    def test_incomplete_label(self):
        self.edited("P1 with B1: announced before the last look", "P1 with B1", "2: label P1 without a why: // LABEL")
        self.edited("P1 with B1:", "P1 with:", "2: label P1 without a partner: ", "11: B1 names P1, which does not")

    def test_partners(self):
        self.edited("with P1, P2:", "with P2:",
                    "2: P1 names B1, which does not name P1: both or none; src/sched/park.h:11")
        self.edited("with P1, P2:", "with P1, P2, P9:", "11: B1 with P9: a label of src/")

    def test_unique(self):
        other = {"src/simulator/a.cc": "x.store(1, std::memory_order_release);  // P1 with B1: again\n"}
        self.finds({PARK: CLEAN} | other,
                   "src/simulator/a.cc:1: a second label P1: one in src/; the first: src/sched/park.h:2")

    def test_protocol_pages(self):
        pages = {"src/memmap/README.md": "P1, B1 and B2", "src/sched/README.md": "P2"}
        self.finds({PARK: CLEAN} | pages, f"{PARK}:15: no protocol page names B3: src/sched/README.md or ")
        pages["src/sched/README.md"] = "P2, B3"
        self.assertIn("labels: 5, 5 of them", self.passes({PARK: CLEAN} | pages))

    def test_past_the_facade(self):
        for code in ["std::atomic<int> x;", "int x = __atomic_load_n(&y, __ATOMIC_RELAXED);", "__sync_synchronize();"]:
            self.finds({"src/memmap/a.cc": code + "\n"}, "src/memmap/a.cc:1: ")
            self.passes({"src/host/a.cc": code + "\n", "src/base/atomic.h": code + "\n"})

    def test_order_that_is_not_spelled(self):
        self.finds({"src/base/a.h": "x.load(order);\n"}, "src/base/a.h:1: an order that is not spelled: ")
        self.passes({"src/base/atomic.h": "x.load(order);\n", "src/base/a.h": "x.load(relaxed);\n"})

    def test_hosted_floors(self):
        self.finds({"src/host/a.cc": "int x = __atomic_load_n(&y, __ATOMIC_ACQUIRE);\n"}, "src/host/a.cc:1: an ordered")
        self.finds({"src/host/a.cc": "std::atomic_thread_fence(std::memory_order_seq_cst);\n"}, "src/host/a.cc:1: ")
        self.passes({"src/host/a.cc": "std::atomic<int> x;\nint y = x.load();\n"})


if __name__ == "__main__":
    unittest.main()
