#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Writes an initramfs (cpio, "newc") without root and without cpio: newc.py OUT DEST=SOURCE...

Folders of each DEST are made; /dev/console is always there. Archives may be concatenated."""

import pathlib
import stat
import sys


class Archive:
    def __init__(self):
        self.bytes, self.made = bytearray(), set()

    def add(self, name, mode, content=b"", device=(0, 0)):
        fields = [len(self.made) + 1, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
        header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        for part in (header, content):
            self.bytes += part + b"\0" * (-len(part) % 4)
        self.made.add(name)

    def add_file(self, destination, source):
        for folder in reversed(pathlib.PurePosixPath(destination).parents):
            if str(folder) not in self.made | {"."}:
                self.add(str(folder), stat.S_IFDIR | 0o755)
        self.add(destination, stat.S_IFREG | 0o755, pathlib.Path(source).read_bytes())


def main(out, *files):
    archive = Archive()
    archive.add("dev", stat.S_IFDIR | 0o755)
    archive.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    for pair in files:
        archive.add_file(*pair.split("=", 1))
    archive.add("TRAILER!!!", 0)
    pathlib.Path(out).write_bytes(archive.bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
