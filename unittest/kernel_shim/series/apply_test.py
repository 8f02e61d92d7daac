#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""apply.py on small trees: what each edit does, that an edit whose line is not there once ends all, that the pristine
tree is never written to, that what has not changed keeps its time."""

import importlib.util
import os
import pathlib
import re
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[3]
SPEC = importlib.util.spec_from_file_location("apply", TOP / "src/kernel_shim/series/apply.py")
apply = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(apply)

KERNEL = """int a;
\tint twice;
static void old(void)
{
\tone();
}

static void kept(void)
{
\tint twice;
}
"""


class Apply(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "pristine/mm").mkdir(parents=True)
        (self.root / "pristine/mm/a.c").write_text(KERNEL)
        os.utime(self.root / "pristine/mm/a.c", (0, 0))
        (self.root / "pristine/mm/b.c").write_text("untouched\n")
        (self.root / "steps").mkdir()
        apply.HERE, apply.TOP = self.root / "steps", self.root
        self.tree = self.root / "tree"

    def run_steps(self, *texts):
        for number, text in enumerate(texts, 1):
            (self.root / f"steps/{number:02}-step.step").write_text("title\n\nwhy\n\n" + text)
        apply.main(self.root / "pristine", self.tree)

    def result(self):
        return (self.tree / "mm/a.c").read_text()

    def test_edits(self):
        self.run_steps("file mm/a.c\nafter int a;\n+ int b;\nreplace\tone();\n+ \ttwo();\n",
                       "file mm/a.c\nbefore int b;\n+ int between;\n")
        wanted = KERNEL.replace("int a;\n", "int a;\nint between;\nint b;\n").replace("one", "two")
        self.assertEqual(self.result(), wanted)

    def test_cut(self):
        self.run_steps("file mm/a.c\ncut static void old(void)\nuntil static void kept(void)\n+ /* gone */\n")
        wanted = "int a;\n\tint twice;\n/* gone */\nstatic void kept(void)\n{\n\tint twice;\n}\n"
        self.assertEqual(self.result(), wanted)
        self.run_steps("file mm/a.c\ncut static void old(void)\nthrough }\n")
        self.assertTrue(self.result().startswith("int a;\n\tint twice;\n\nstatic void kept"))

    def test_in(self):
        self.run_steps("file mm/a.c\nin static void kept(void)\nreplace int twice;\n+ \tint once;\n")
        self.assertEqual(self.result(), KERNEL.replace("{\n\tint twice;", "{\n\tint once;"))

    def refused(self, text, found):
        with self.assertRaisesRegex(apply.Wrong, found):
            self.run_steps("file mm/b.c\nafter untouched\n+ touched\n" + text)
        self.assertFalse(self.tree.exists(), "nothing was written")

    def test_lines_that_are_not_there_once(self):
        self.refused("file mm/a.c\nreplace int twice;\n+ x\n", "found 2 times, expected once: 'int twice;'")
        self.refused("file mm/a.c\nreplace int none;\n+ x\n", "found 0 times")
        self.refused("file mm/a.c\ncut int a;\nuntil never\n", "found 0 times, expected once: 'never'")
        self.refused("file mm/a.c\nin nowhere\nafter int a;\n+ x\n", "01-step.step:10: found 0 times")
        self.refused("file mm/none.c\nafter int a;\n+ x\n", "found no mm/none.c")
        self.refused("file mm/a.c\nput int a;\n", "found 'put', expected one of")
        self.refused("add src/none mm/none\n", "found no ")

    def test_pristine_is_not_written_to(self):
        self.run_steps("file mm/a.c\nafter int a;\n+ int b;\n")
        self.assertEqual((self.root / "pristine/mm/a.c").read_text(), KERNEL)
        self.assertEqual((self.tree / "mm/b.c").stat().st_ino, (self.root / "pristine/mm/b.c").stat().st_ino)

    def test_a_step_that_is_gone_is_undone(self):
        self.run_steps("file mm/a.c\nafter int a;\n+ int b;\n")
        built_ns = (self.tree / "mm/a.c").stat().st_mtime_ns
        (self.root / "steps/01-step.step").unlink()
        apply.main(self.root / "pristine", self.tree)
        self.assertEqual(self.result(), KERNEL)
        self.assertGreaterEqual((self.tree / "mm/a.c").stat().st_mtime_ns, built_ns, "make builds it again")

    def test_what_has_not_changed_keeps_its_time(self):
        (self.root / "ours").mkdir()
        (self.root / "ours/new.c").write_text("new\n")
        (self.root / "ours/Makefile").write_text("not of the kernel's kind\n")
        step = "file mm/a.c\nafter int a;\n+ int b;\nadd ours mm/ours\nadd ours/Makefile mm/ours/Makefile\n"
        self.run_steps(step)
        before = {path: path.stat().st_mtime_ns for path in self.tree.rglob("*.c")}
        self.assertIn(self.tree / "mm/ours/new.c", before)
        self.run_steps(step)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.tree.rglob("*.c")}, before)

    def test_count_and_patches(self):
        self.run_steps("file mm/a.c\nafter int a;\n+ int b;\n")
        apply.main(self.root / "pristine", "-", f"--patches={self.root}/out")
        self.assertIn("+int b;", (self.root / "out/01-step.patch").read_text())
        self.assertIn("Subject: title", (self.root / "out/01-step.patch").read_text())


class Series(unittest.TestCase):
    def test_each_step_says_what_and_why(self):
        for path in (TOP / "src/kernel_shim/series").glob("*.step"):
            step = apply.Step(path)
            self.assertRegex(step.why[0], r"^[\w/]+: ", path.name)
            self.assertGreater(len([line for line in step.why[2:] if line]), 0, path.name)
            self.assertTrue(step.edits or step.added, path.name)
            for source, _ in step.added:
                self.assertTrue((TOP / source).exists(), source)

    def test_each_step_brings_what_its_files_include(self):
        home, brought = "mm/memmap_async", {}
        for path in sorted((TOP / "src/kernel_shim/series").glob("*.step")):
            for source, target in apply.Step(path).added:
                brought.update(apply.files_of(TOP / source, target))
            for target, text in brought.items():
                if not target.startswith(home) or not target.endswith((".c", ".cc", ".h")):
                    continue
                for name in re.findall(r'^#include "(?!support/)([^"]+)"', text, re.M):  # not the explorer's
                    near = [f"{target.rpartition('/')[0]}/{name}", f"{home}/include/{name}", f"{home}/src/{name}"]
                    self.assertTrue(brought.keys() & set(map(os.path.normpath, near)), f"{path.name}: {target}: {name}")


if __name__ == "__main__":
    sys.exit(unittest.main())
