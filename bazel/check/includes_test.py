#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that includes.py can fail."""

import unittest

import tree as trees

CLEAN = {
    "include/memmap/memmap.h": "#include <stdint.h>\n#ifdef __KERNEL__\n#include <linux/types.h>\n#endif\n",
    "include/memmap/env.h": '#include "memmap/memmap.h"\n',
    "src/base/atomic.h": "#include <cstdint>\n",
    "src/sched/retire.h": '#include "base/atomic.h"\n#include "memmap/env.h"\n',
    "src/memmap/units.cc": '#include "sched/retire.h"\n// #include <vector>\n/*\n#include <vector>\n*/\n',
    "src/host/topology.h": '#include "memmap/env.h"\n#include <vector>\n',
    "src/host/topology.cc": '#include <hwloc.h>\n#include <hwloc/glibc-sched.h>\n#include "absl/status/statusor.h"\n',
    "src/kernel_shim/entry.c": '#include <linux/mm.h>\n#include "memmap/memmap.h"\n',
    "src/simulator/main.cc": '#include "host/topology.h"\n#include <oneapi/tbb/task_arena.h>\n',
    "unittest/support/explorer.h": "#include <vector>\n",
    "unittest/sched/retire_test.cc": '#include "sched/retire.h"\n#include "support/explorer.h"\n',
    "unittest/host/topology_test.cc": "#include <gtest/gtest.h>\n#include <hwloc.h>\n",
}


class Includes(trees.PlantedTree):
    script = "includes.py"

    def planted(self, path, include, finding=None):
        """In the clean tree, the file `path` gets one include more, as its last line."""
        text = CLEAN.get(path, "") + f"#include {include}\n"
        line = text.count("\n")
        self.finds(CLEAN | {path: text}, finding or f"{path}:{line}: ")

    def test_clean_tree(self):
        self.assertIn("hwloc in src/host/topology.cc", self.passes(CLEAN))

    def test_upward(self):
        self.planted("src/base/atomic.h", '"sched/retire.h"', "src/base/atomic.h:2: src/base includes sched/retire.h: ")
        self.planted("src/memmap/units.cc", '"host/topology.h"')
        self.planted("src/host/topology.cc", '"simulator/main.cc"')

    def test_past_the_public_headers(self):
        self.planted("src/simulator/main.cc", '"sched/retire.h"')
        self.planted("src/kernel_shim/entry.c", '"base/atomic.h"')

    def test_sideways(self):
        self.planted("src/kernel_shim/entry.c", '"host/topology.h"')
        self.planted("src/host/topology.cc", '"kernel_shim/entry.c"')

    def test_circles_of_folders(self):
        tree = CLEAN | {"src/simulator/a/a.h": '#include "simulator/b/b.h"\n',
                        "src/simulator/b/b.h": '#include "simulator/c/c.h"\n', "src/simulator/c/c.h": "",
                        "src/simulator/top.h": '#include "simulator/a/a.h"\n'}
        self.passes(tree)
        self.finds(tree | {"src/simulator/c/c.h": '#include "simulator/a/a.h"\n'},
                   "src/simulator/a/a.h:1: src/simulator/a includes src/simulator/b in a circle: ",
                   "src/simulator/b/b.h:1: src/simulator/b includes src/simulator/c in a circle: ",
                   "src/simulator/c/c.h:1: src/simulator/c includes src/simulator/a in a circle: ")

    def test_freestanding(self):
        self.planted("src/sched/retire.h", "<atomic>", "src/sched/retire.h:3: <atomic> above the freestanding line: ")
        self.planted("src/sched/retire.h", "<stdint.h>")
        self.planted("src/base/atomic.h", "  <vector>  // why not")

    def test_libraries(self):
        self.planted("src/memmap/units.cc", "<tbb/tbb.h>")
        self.planted("src/sched/retire.h", '"absl/status/status.h"')
        self.planted("src/kernel_shim/entry.c", '"absl/status/status.h"')
        self.planted("src/host/topology.h", "<gtest/gtest.h>")
        self.planted("src/simulator/main.cc", "<hwloc.h>")

    def test_hwloc_in_one_file(self):
        self.planted("src/host/zone.cc", "<hwloc.h>", "src/host/zone.cc:1: a second file that includes hwloc: ")
        moved = {"src/host/topology.h": "#include <hwloc.h>\n", "src/host/topology.cc": ""}
        self.finds(CLEAN | moved, "src/host/topology.h:1: a header that includes hwloc: ")

    def test_public(self):
        self.planted("include/memmap/env.h", '"base/atomic.h"')
        self.planted("include/memmap/env.h", "<cstdint>")
        self.planted("include/memmap/env.h", "<stdio.h>")

    def test_files(self):
        self.planted("src/sched/retire.h", '"retire.h"', 'src/sched/retire.h:3: no file "retire.h": ')
        self.planted("src/sched/retire.h", '"support/explorer.h"')
        self.planted("unittest/sched/retire_test.cc", '"sched/gone.h"')
        self.planted("src/base/atomic.h", "WHICH_HEADER")
        self.planted("src/tools/tool.cc", "<cstdint>", "src/tools/tool.cc:1: src/tools is no floor: ")
        clash = {"src/memmap/env.h": ""}
        self.finds(CLEAN | clash, "include/memmap/env.h:1: the same path below src/: ")


if __name__ == "__main__":
    unittest.main()
