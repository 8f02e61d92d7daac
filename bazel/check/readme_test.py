#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that readme.py can fail."""

import unittest

import tree as trees

PROGRAM = "#include <stdio.h>\n\nint main(void)\n{\n\treturn 0;\n}\n"
FILE = "integration/readme/first.c"
CLEAN = {
    "README.md": f"```sh\nls\n```\n\n<!-- file: {FILE} -->\n```c\n{PROGRAM}```\nThe end.\n",
    FILE: "/* SPDX */\n/*\n * What it is for.\n */\n" + PROGRAM,
    "integration/readme/BUILD.bazel": 'memmap_cc_test(srcs = ["first.c"])\n',
}


class Readme(trees.PlantedTree):
    script = "readme.py"

    def edited(self, path, before, after, finding):
        self.assertIn(before, CLEAN[path])
        self.finds(CLEAN | {path: CLEAN[path].replace(before, after)}, finding)

    def test_clean_tree(self):
        self.assertIn("1 programs", self.passes(CLEAN))

    def test_with_its_opening_comment(self):
        whole = "// SPDX\n" + PROGRAM
        self.passes(CLEAN | {FILE: whole, "README.md": CLEAN["README.md"].replace(PROGRAM, whole)})

    def test_the_file_changed(self):
        self.edited(FILE, "return 0;", "return 1;", f"README.md:11: not what {FILE} has: '\\treturn 1;'")
        self.edited(FILE, "}\n", "}\nint x;\n", f"README.md:13: not what {FILE} has: 'int x;'")

    def test_the_block_changed(self):
        self.edited("README.md", "return 0;", "return 0; ", "README.md:11: not what ")
        self.edited("README.md", "}\n", "}\nint x;\n", "README.md:13: not what ")

    def test_unmarked(self):
        self.edited("README.md", f"<!-- file: {FILE} -->\n", "", "README.md:5: a program that no test compiles: ")

    def test_part_of_a_file(self):
        part = CLEAN | {"docs/page.md": f"<!-- from: {FILE} -->\n```c\n{{\n\treturn 0;\n```\n"}
        self.passes(part)
        self.finds(part | {"docs/page.md": part["docs/page.md"].replace("{\n", "{\n\n")},
                   f"docs/page.md:4: not what {FILE} has: '\\treturn 0;'")
        self.finds(part | {"docs/page.md": part["docs/page.md"].replace("return 0", "return 1")},
                   f"docs/page.md:4: not what {FILE} has: '\\treturn 0;'")

    def test_a_page_of_the_documentation(self):
        self.finds(CLEAN | {"docs/page.md": "```toml\nseed = 1\n```\n"}, "docs/page.md:1: a program that no test ")
        self.finds(CLEAN | {"docs/page.md": "```\nls\nmemmap_flush(&domain);\n```\n"},
                   "docs/page.md:3: a statement in a block without a language: ")

    def test_a_header(self):
        shown = CLEAN | {"include/memmap/a.h": "/* a.h\n *\n *     open();  // at once\n *     close();\n */\n",
                         "integration/examples/a.c": "int main(void)\n{\n\topen();\n\tclose();  // all\n}\n",
                         "integration/examples/BUILD.bazel": 'memmap_cc_test(srcs = ["a.c"])\n'}
        self.passes(shown)
        self.finds(shown | {"integration/examples/BUILD.bazel": ""}, "include/memmap/a.h:3: a program that no test ")
        self.finds(shown | {"integration/examples/a.c": "int main(void) { open(); close(); }\n"},
                   "include/memmap/a.h:3: a program that no test compiles")

    def test_built_by_a_pattern(self):
        build = {"integration/readme/BUILD.bazel": 'sh_test(data = glob(["make/*"]))\n',
                 "integration/readme/make/first.c": CLEAN[FILE]}
        page = CLEAN["README.md"].replace(FILE, "integration/readme/make/first.c")
        self.passes(CLEAN | build | {"README.md": page})

    def test_no_such_file(self):
        self.edited("README.md", "first.c", "second.c", "README.md:6: a program from integration/readme/second.c, ")
        self.finds({}, "README.md:1: no such file: ")

    def test_not_built(self):
        self.edited("integration/readme/BUILD.bazel", "first.c", "not_first.c", f"README.md:6: {FILE} is not built: ")


if __name__ == "__main__":
    unittest.main()
