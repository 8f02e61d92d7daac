#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The shared library exports what bazel/package/exports.bzl lists and the public headers declare: no less, no more.

Its soname belongs to the version, the change log begins with it, memmap-sim says it, and nothing in the library looks
for others in a folder of the machine that built it. Sizes of structures: unittest/kernel_shim/abi_test.c.

  integration/packages/abi_test.py LIBRARY PROGRAM EXPORTS CHANGELOG HEADER...
"""

import pathlib
import re
import subprocess
import sys

DECLARATION = re.compile(r"^(?!typedef)[a-z][^#;{}()]*?[ *](memmap_\w+)\([^{}]*?\);", re.M | re.S)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)


def output(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def declared(headers):
    texts = [COMMENT.sub("", pathlib.Path(header).read_text(encoding="utf-8")) for header in headers
             if header.endswith((".h", "/tbb.hpp"))]
    texts = [re.sub(r"^typedef[^;]*;", "", text, flags=re.M) for text in texts]
    return {name for text in texts for name in DECLARATION.findall(text)}


def main(library, program, exports, changelog, *headers):
    wrong = []
    names = {}
    exec(pathlib.Path(exports).read_text(encoding="utf-8"), names)  # a list, in the syntax of Python too
    version_h = next(header for header in headers if header.endswith("/version.h"))
    version = re.search(r'VERSION "(.*)"', pathlib.Path(version_h).read_text(encoding="utf-8"))[1]

    symbols = re.findall(r"^[0-9a-f]+ [^A\s] (\S+)$", output("nm", "-D", "--defined-only", library), re.M)
    node = "@@MEMMAP_ASYNC_" + names["ABI"]
    exported = {symbol.removesuffix(node) for symbol in symbols}
    listed = set(names["EXPORTS"])
    for name in sorted(exported ^ listed):
        wrong.append(f"{name}: " + ("exported, not listed" if name in exported else "listed, not exported"))
    for name in sorted(listed ^ declared(headers)):
        wrong.append(f"{name}: " + ("listed, in no public header" if name in listed else "declared, not listed"))

    dynamic = output("readelf", "--dynamic", "--wide", library)
    if f"soname: [{names['SONAME']}]" not in dynamic or not version.startswith(names["ABI"] + "."):
        wrong.append(f"version {version}, soname {names['SONAME']}: expected MAJOR.MINOR of the former in the latter")
    if "RUNPATH" in dynamic or "RPATH" in dynamic:
        wrong.append("the library has a RUNPATH")
    newest = re.search(r"^## (\S+)", pathlib.Path(changelog).read_text(encoding="utf-8"), re.M)[1]
    if newest != version:
        wrong.append(f"{changelog} begins with {newest}, expected {version}")
    if output(program, "--version") != f"memmap-sim {version}\n":
        wrong.append(f"memmap-sim says {output(program, '--version').strip()}, expected {version}")

    print("\n".join(wrong + [f"abi: {len(exported)} functions, version {version}"]), file=sys.stderr)
    return 1 if wrong or len(exported) < 30 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
