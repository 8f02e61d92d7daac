#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""`bazel/dev measure`, small: its file is as the schema says, and so is each that was returned.

  integration/measure_test.py MEMMAP_SIM BENCH   (from the top of the tree)
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SIM, BENCH = sys.argv[1:3] if len(sys.argv) > 2 else ("", "")


def measure(*arguments):
    command = [sys.executable, "-B", "integration/benchmark/measure.py", f"--sim={SIM}", f"--bench={BENCH}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def validate(schema, path):
    command = [sys.executable, "-B", "docs/schema/validate.py", f"docs/schema/{schema}.json", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Measure(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(scratch.cleanup)
        self.file = os.path.join(scratch.name, "returned.json")

    def test_one_file_as_its_schema_says(self):
        done = measure(f"--output={self.file}", "--note=a test", "--memory=64MiB", "--pairs=1", "--only=^domain_bytes$")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(validate("returned", self.file).stdout, "")
        returned = json.loads(pathlib.Path(self.file).read_text(encoding="utf-8"))
        self.assertEqual(returned["note"], "a test")
        self.assertEqual(list(returned["bench"]["figure_samples"]), ["domain_bytes"])
        returned["bench"]["figures"]["violations"] = "none"
        pathlib.Path(self.file).write_text(json.dumps(returned), encoding="utf-8")
        self.assertIn("$.bench.figures.violations: found \"none\"", validate("returned", self.file).stdout)

    def test_what_cannot_be_written_is_said_before_anything_is_measured(self):
        done = measure("--output=/no/such/folder/file")
        self.assertEqual(done.returncode, 2)
        self.assertIn("/no/such/folder/file: No such file or directory", done.stderr)

    def test_what_was_returned_is_as_the_schema_says(self):
        for path in sorted(pathlib.Path("docs/returned").glob("*.json")):
            self.assertEqual(validate("returned", str(path)).stdout, "", path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
