# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""memmap_unity: the sources of a target as one, which includes them; what CMake calls a unity build.

Most of what compiling a small file costs is the same for its neighbours: headers, and what the standard library,
GoogleTest and Abseil make of their templates. docs/decision/0030-unity.md
"""

load("@rules_cc//cc:defs.bzl", "cc_library")

def _unity_source(ctx):
    source = ctx.actions.declare_file(ctx.label.name + ".cc")
    ctx.actions.write(source, "".join(["#include \"%s\"\n" % src.path for src in ctx.files.srcs]))
    return DefaultInfo(files = depset([source]))

_memmap_unity_source = rule(
    implementation = _unity_source,
    attrs = {"srcs": attr.label_list(allow_files = [".cc"], mandatory = True)},
)

def memmap_unity(name, srcs):
    """NAME, the one source, and NAME_parts, the library that lets it find the others."""
    _memmap_unity_source(name = name, srcs = srcs)
    cc_library(name = name + "_parts", textual_hdrs = srcs)
