# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What all checks share: the tree they read, what they find wrong in it, and the trees that their own tests plant.

A check is a script NAME.py with one function that walks a Tree, calls tree.wrong() for each finding and returns a line
of summary. NAME_test.py plants small trees and shows that the check passes the clean ones and rejects the others.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CHECKS = pathlib.Path(__file__).resolve().parent
CXX = (".h", ".hpp", ".cc", ".c")

# Comments, raw strings, numbers (1'000 opens no character literal), strings, character literals.
_TOKEN = re.compile(
    r"(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)"
    r'|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|\b\d(?:\'?[\w.])*'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, strings=True):
    """C or C++ with its comments, and if `strings` what is between quotes, replaced by spaces; lines stay."""
    def spaces(match):
        token = match[0]
        if match["comment"]:
            return re.sub(r"[^\n]", " ", token)
        if strings and token[-1] in "\"'":
            first = token.index(token[-1])
            return token[:first + 1] + re.sub(r"[^\n]", " ", token[first + 1:-1]) + token[-1]
        return token
    return _TOKEN.sub(spaces, text)


def comments(text):
    """What stands behind the code of each line of C or C++, or all of the line if it is only comment."""
    code = blank(text).split("\n")
    return [line[len(own.rstrip()):].strip() for line, own in zip(text.split("\n"), code)]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Tree:
    """The files below `root`: those that git knows or would add; without git all but hidden folders."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.findings = set()
        self.paths = sorted(self._from_git() or self._from_disk())

    def _from_git(self):
        if not (self.root / ".git").exists():
            return []
        command = ["git", "-C", self.root, "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
        try:
            listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split("\0")
        except (OSError, subprocess.CalledProcessError):
            return []
        return [path for path in set(listed) if (self.root / path).is_file()]

    def _from_disk(self):
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name == ".ci" or name[0] not in "._"]
            yield from ((pathlib.Path(folder) / name).relative_to(self.root).as_posix() for name in files)

    def files(self, folders=("",), suffixes=("",)):
        """Paths below any of `folders` ("src/base/") with any of `suffixes`."""
        return [path for path in self.paths if path.startswith(tuple(folders)) and path.endswith(tuple(suffixes))]

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def wrong(self, path, line, what, expected):
        self.findings.add((path, line, f"{what}: {expected}"))


def run(check, description):
    """The main function of a check: 0 and its summary, or 1 and a line for each finding."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=CHECKS.parents[1], help="the tree to check; default: the one this is in")
    tree = Tree(parser.parse_args().root)
    summary = check(tree)
    for path, line, text in sorted(tree.findings):
        print(f"{path}:{line}: {text}")
    print(summary, file=sys.stderr)
    sys.exit(1 if tree.findings else 0)


class PlantedTree(unittest.TestCase):
    """For the tests of a check, whose script is `script`: runs it on planted files."""

    script = None

    def run_on(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                planted = pathlib.Path(root, path)
                planted.parent.mkdir(parents=True, exist_ok=True)
                planted.write_text(text, encoding="utf-8")
            command = [sys.executable, "-B", CHECKS / self.script, "--root", root]
            return subprocess.run(command, capture_output=True, text=True, check=False)

    def passes(self, files):
        """Asserts that the check finds nothing; returns its summary."""
        done = self.run_on(files)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        return done.stderr

    def finds(self, files, *findings):
        """Asserts that the check fails, and with exactly these findings, each given by how its line begins."""
        done = self.run_on(files)
        found = done.stdout.splitlines()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(len(found), len(findings), done.stdout)
        for line, beginning in zip(found, findings):
            self.assertTrue(line.startswith(beginning), f"{line!r} does not begin with {beginning!r}")
