#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The engine's archive exports to C what memmap.h, range.h and env.h declare: nothing is missing, nothing else there.

  unittest/kernel_shim/exports_test.py ARCHIVE... HEADER...   (the archives are builds of one)
"""

import pathlib
import re
import subprocess
import sys

DECLARATION = re.compile(r"^[a-z][^#;{}()]*?\b\*?(memmap_\w+)\([^{}]*?\);", re.M | re.S)


def main(*paths):
    archive = next(path for path in paths if path.endswith(".a"))
    headers = [path for path in paths if path.endswith(".h")]
    listing = subprocess.run(["nm", "--defined-only", "--extern-only", archive], capture_output=True, check=True,
                             text=True).stdout
    exported = {name for name in re.findall(r"^[0-9a-f]+ [TDBR] (\w+)$", listing, re.M) if not name.startswith("_Z")}
    declared = set()
    for header in headers:
        text = re.sub(r"/\*.*?\*/", "", pathlib.Path(header).read_text(encoding="utf-8"), flags=re.S)
        declared |= set(DECLARATION.findall(re.sub(r"^typedef[^;]*;", "", text, flags=re.M)))
    for name in sorted(exported ^ declared):
        print(f"{name}: " + ("exported, but in no header" if name in exported else "declared, but not exported"))
    print(f"exports: {len(declared)} functions", file=sys.stderr)
    return 0 if exported == declared and len(declared) > 15 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
