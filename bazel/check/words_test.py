#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that words.py can fail."""

import unittest

import tree as trees

LICENCE = "// SPDX-License-Identifier: GPL-2.0-only OR MIT\n"
CLEAN = {
    ".bazelrc": "",
    "LICENSE": "",
    "README.md": "# A title: `code`\n[a](docs/guide.md) [b](#a-title-code) [c](https://example.org/x)\n",
    "bazel/dev": "#!/bin/sh\n# " + LICENCE[3:] + "# see docs/guide.md\n",
    "docs/guide.md": "[up](../README.md#a-title-code), src/sched/retire.{h,cc}, unittest/<folder>, src/...\n",
    "include/memmap/memmap.h": "/*" + LICENCE[2:-1] + " */\nstruct a {\n\tint b;\n};\n",
    "src/sched/README.md": "Order: `retire.cc`, then [docs](../../docs/guide.md). See src/sched.\n",
    "src/sched/retire.cc": LICENCE + "// docs/guide.md says why, and README.md.\nclass Utilization;\n",
    "unittest/include/memmap_test.cc": LICENCE,
    "unittest/sched/retire_test.cc": LICENCE,
    "unittest/sched/retire_explore_test.cc": LICENCE,
}


class Words(trees.PlantedTree):
    script = "words.py"

    def planted(self, path, text, *findings):
        """The clean tree with `text` at the end of the file `path`."""
        whole = CLEAN.get(path, LICENCE if path.endswith((".cc", ".h")) else "") + text
        line = whole.rstrip("\n").count("\n") + 1
        self.finds(CLEAN | {path: whole}, *(f"{path}:{line}: {finding}" for finding in findings))

    def test_clean_tree(self):
        self.passes(CLEAN)

    def test_licence(self):
        for path in ["src/base/a.h", "unittest/support/a.cc", "src/base/BUILD.bazel", "bazel/a.py", "WORKSPACE"]:
            self.finds(CLEAN | {path: "//\n" + LICENCE}, f"{path}:1: no licence line: SPDX-License-Identifier: ")
        self.finds(CLEAN | {"bazel/dev": "#!/bin/sh\necho\n"}, "bazel/dev:2: no licence line: ")
        kernel = "// SPDX-License-Identifier: GPL-2.0-only\n"
        self.passes(CLEAN | {"src/kernel_shim/a.h": kernel + "\tint x;\n", "unittest/kernel_shim/fake/b.c": kernel})
        self.finds(CLEAN | {"src/sched/a.h": kernel}, "src/sched/a.h:1: no licence line: ")

    def test_notes_to_self(self):
        for word in ["TODO", "FIXME", "XXX", "HACK"]:
            self.planted("src/sched/retire.cc", f"// {word}: later\n", word)
            self.planted("docs/guide.md", f"{word}\n", word)
        self.passes(CLEAN | {"bazel/dev": CLEAN["bazel/dev"] + "mktemp XXXXXX\n"})

    def test_paths_of_one_machine(self):
        self.planted("docs/guide.md", "Look at /home/me/notes\n", "/home/me: a path that every machine has")
        self.planted("src/sched/retire.cc", '#include "/Users/a.h"\n', "/Users/a.h")
        self.planted("bazel/dev", "cd /root/\n", "/root/")
        self.passes(CLEAN | {"docs/a.md": "~/home/a $HOME/home/b a/root/b\n"})

    def test_vague_names(self):
        for name in ["class PageManager {};", "struct page_helper {};", "using Util = int;", "class UtilsOfPages;"]:
            self.planted("src/sched/retire.cc", name + "\n", "the vague name ")
        self.finds(CLEAN | {"src/base/bit_utils.h": LICENCE}, "src/base/bit_utils.h:1: a vague file name: ")
        self.finds(CLEAN | {"docs/helpers/a.md": ""}, "docs/helpers/a.md:1: a vague file name: ")

    def test_tabs(self):
        self.planted("src/sched/retire.cc", "\tint x;\n", "a tab: spaces ")
        self.planted("unittest/sched/retire_test.cc", "int\tx;\n", "a tab: spaces ")

    def test_top_level(self):
        self.finds(CLEAN | {"notes.md": ""}, "notes.md:1: not expected at the top: one of ")
        self.finds(CLEAN | {"lib/a.md": ""}, "lib/a.md:1: not expected at the top: one of ")

    def test_mirrored(self):
        for name in ["unittest/sched/retired_test.cc", "unittest/host/retire_test.cc", "unittest/retire_test.cc"]:
            self.finds(CLEAN | {name: LICENCE}, f"{name}:1: a test of no source file: src/")

    def test_links(self):
        self.planted("README.md", "[a](docs/gone.md)\n", "docs/gone.md is not there: a file or folder")
        self.planted("README.md", "[a](#gone)\n", "#gone is not there: a heading of README.md")
        self.planted("docs/guide.md", "[a](docs/guide.md)\n", "docs/guide.md is not there")
        self.planted("docs/guide.md", "[a](../README.md#gone)\n", "../README.md#gone is not there: a heading of README")
        self.planted("docs/guide.md", "`src/gone/*.cc`\n", "src/gone is not there")

    def test_paths_in_comments(self):
        self.planted("src/sched/retire.cc", "int x;  // docs/guide.md#gone.\n", "docs/guide.md#gone is not there: a")
        self.planted("include/memmap/memmap.h", "/* see src/sched/gone.cc */\n", "src/sched/gone.cc is not there")
        self.planted("bazel/dev", "# src/gone\n", "src/gone is not there")


if __name__ == "__main__":
    unittest.main()
