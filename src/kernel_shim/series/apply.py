#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a patched kernel: apply.py PRISTINE TREE [--steps=N] [--patches=FOLDER] [--count].

TREE is Debian's 6.1 source with the steps of this folder, in the order of their names. A step is a text that says what
and why, then its edits of the kernel's files and the files of ours that it adds. An edit names lines of the kernel; one
that is not there exactly once ends everything before anything is written. What has not changed keeps its time.

    file PATH                of the kernel, to which the edits below apply
    in LINE                  the next edit's line is the first such line after LINE, which is there once
    after|before|replace LINE
    cut LINE                 ... and all lines from there to
    until|through LINE       the first such line after it, which stays or goes
    + TEXT                   lines that come there
    add SOURCE TARGET        a file or folder of ours, by its path below the top of our tree, and where it goes
"""

import collections
import difflib
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
COMMANDS = ("file", "in", "after", "before", "replace", "cut", "until", "through", "add")
OURS = (".cc", ".c", ".h")  # of a folder that is added; others of it stay here


class Wrong(Exception):
    pass


class Edit:
    def __init__(self, where, kind, line, scope):
        self.where, self.kind, self.line, self.scope = where, kind, line, scope
        self.end, self.end_stays, self.text = None, False, []

    def find(self, lines):
        """The index of the line that this edit names."""
        begin = 0
        if self.scope is not None:
            begin = self.only(self.scope, [i for i, line in enumerate(lines) if line.strip() == self.scope])
        found = [i for i, line in enumerate(lines) if i >= begin and line.strip() == self.line]
        return self.only(self.line, found[:1] if self.scope is not None else found)

    def only(self, line, found):
        if len(found) != 1:
            raise Wrong(f"{self.where}: found {len(found)} times, expected once: {line!r}")
        return found[0]

    def apply(self, lines):
        at = self.find(lines)
        first, last = at, at
        if self.kind == "after":
            first, last = at + 1, at + 1
        elif self.kind == "replace":
            last = at + 1
        elif self.kind == "cut":
            behind = [i for i in range(at + 1, len(lines)) if lines[i].strip() == self.end]
            last = self.only(self.end, behind[:1]) + (0 if self.end_stays else 1)
        lines[first:last] = self.text


class Step:
    def __init__(self, path):
        self.name, self.edits, self.added = path.stem, collections.defaultdict(list), []
        self.why, scope, file, edit = [], None, None, None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.name}:{number}"
            word, rest = (line.split(None, 1) + ["", ""])[:2]
            if line.startswith("+"):
                if edit is None:
                    raise Wrong(f"{where}: text that belongs to no edit")
                edit.text.append(line[1:].removeprefix(" "))
            elif file is None and not self.added and (word not in ("file", "add")):
                self.why.append(line)
            elif not line.strip() or line.startswith("#"):
                continue
            elif word not in COMMANDS:
                raise Wrong(f"{where}: found {word!r}, expected one of {', '.join(COMMANDS)}, +")
            elif word == "file":
                file = rest
            elif word == "add":
                self.added.append(tuple(rest.split()))
            elif word == "in":
                scope = rest.strip()
            elif word in ("until", "through"):
                edit.end, edit.end_stays = rest.strip(), word == "until"
            else:
                edit = Edit(where, word, rest.strip(), scope)
                self.edits[file].append(edit)
                scope = None

    def apply(self, tree):
        for path, edits in self.edits.items():
            lines = tree.lines(path)
            for edit in edits:
                edit.apply(lines)
            tree.changed[path] = lines
        for source, target in self.added:
            for path, text in files_of(TOP / source, target):
                tree.changed[path] = text.splitlines()


def files_of(source, target):
    if source.is_file():
        return [(target, source.read_text())]
    if not source.is_dir():
        raise Wrong(f"found no {source}, expected a file or folder of ours")
    return [(f"{target}/{file.relative_to(source)}", file.read_text())
            for file in sorted(source.iterdir()) if file.suffix in OURS]


class Tree:
    """The kernel, in memory as far as it is changed."""

    def __init__(self, pristine):
        self.pristine, self.changed = pristine, {}

    def lines(self, path):
        if path in self.changed:
            return list(self.changed[path])
        if not (self.pristine / path).is_file():
            raise Wrong(f"found no {path} in {self.pristine}")
        return (self.pristine / path).read_text().splitlines()

    def write(self, folder):
        """Hard links for what is the kernel's own: nobody may write to them, and we do not."""
        if not folder.exists():
            shutil.copytree(self.pristine, folder, copy_function=link, symlinks=True)
        known = folder / ".series"
        before = set(known.read_text().splitlines()) if known.exists() else set()
        for path, lines in self.changed.items():
            put(folder / path, "\n".join(lines) + "\n")
        for path in before - set(self.changed):
            (folder / path).unlink(missing_ok=True)
            if (self.pristine / path).is_file():  # no link: make has to see that it is newer than what was built
                shutil.copyfile(self.pristine / path, folder / path)
        put(known, "".join(f"{path}\n" for path in sorted(self.changed)))


def link(source, target):
    pathlib.Path(target).hardlink_to(source)


def put(path, text):
    if path.is_file() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a link: the pristine file is not ours
    path.write_text(text)


def patch_of(step, before, after):
    """The step as a patch that one can read, and its lines added and removed in files of the kernel."""
    text, counts = [], {}
    for path, lines in after.items():
        old = before.lines(path) if (before.pristine / path).is_file() or path in before.changed else []
        diff = list(difflib.unified_diff(old, lines, f"a/{path}" if old else "/dev/null", f"b/{path}", lineterm=""))
        if not diff:
            continue
        text += diff
        counts[path] = (sum(l.startswith("+") and not l.startswith("+++") for l in diff),
                        sum(l.startswith("-") and not l.startswith("---") for l in diff))
    return "\n".join(["Subject: " + " ".join(step.why[:1]), "", *step.why[1:], "---", *text, ""]), counts


def kind_of(path, pristine):
    """Whose lines they are: the kernel's, by folder, or ours."""
    if (pristine / path).is_file():
        return "the kernel's own, " + (path.split("/")[0] if path.startswith(("mm/", "kernel/")) else "elsewhere")
    if "/src/base/" in path or "/src/sched/" in path:
        return "ours, the engine"
    if path.endswith("_test.c") or path.endswith(("/zone_device.c", "/verify.c", "/hunger.c", "/plant.c")):
        return "ours, for tests"
    pages = "/src/memmap/" in path or "/include/memmap/" in path
    return "ours, requests and images" if pages else "ours, the kernel's side"


def show_sums(counts, pristine):
    sums = collections.Counter()
    for path, (added, removed) in counts:
        sums[kind_of(path, pristine), "+"] += added
        sums[kind_of(path, pristine), "-"] += removed
    for kind in sorted({kind for kind, _ in sums}):
        print(f"sum: {kind}: +{sums[kind, '+']} -{sums[kind, '-']}")


def main(pristine, folder, *flags):
    options = dict(flag.removeprefix("--").split("=", 1) if "=" in flag else (flag.removeprefix("--"), "")
                   for flag in flags)
    steps = [Step(path) for path in sorted(HERE.glob("[0-9]*.step"))][:int(options.get("steps", 99))]
    tree, all_counts = Tree(pathlib.Path(pristine)), []
    for step in steps:
        before = Tree(tree.pristine)
        before.changed = dict(tree.changed)
        step.apply(tree)
        changed = {path: lines for path, lines in tree.changed.items() if before.changed.get(path) != lines}
        patch, counts = patch_of(step, before, changed)
        if "patches" in options:
            pathlib.Path(options["patches"]).mkdir(parents=True, exist_ok=True)
            (pathlib.Path(options["patches"]) / (step.name + ".patch")).write_text(patch)
        all_counts += counts.items()
        for path, (added, removed) in counts.items():
            if "count" in options and (tree.pristine / path).is_file():
                print(f"{step.name} {path} +{added} -{removed}")
    if "count" in options:
        show_sums(all_counts, tree.pristine)
    if folder != "-":
        tree.write(pathlib.Path(folder))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Wrong as wrong:
        print(f"apply.py: {wrong}", file=sys.stderr)
        sys.exit(2)
