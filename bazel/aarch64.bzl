# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""memmap_aarch64_test: the freestanding floors compiled for a machine that is not x86, and run there.

The program needs nothing but the floors' sources and a main(); it is linked statically and runs under qemu-aarch64.
Tried with g++-aarch64-linux-gnu 12.2 and qemu-user 7.2.
"""

load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("//bazel:rules.bzl", "FREESTANDING", "INCLUDES", "ROOT", "WARNINGS")

_COMPILE = """
set -eu
cross=aarch64-linux-gnu-g++
command -v $$cross >/dev/null || { echo "no $$cross. On Debian: apt-get install g++-aarch64-linux-gnu" >&2; exit 1; }
sources() { for file in "$$@"; do case $$file in *.cc) echo $$file;; esac; done; }
floors=$$(sources FLOORS)
[ -z "$$floors" ] || $$cross COMMON FREESTANDING -r -nostdlib $$floors -o $(@D)/NAME.o
$$cross COMMON -static -pthread $$(sources SRCS) $${floors:+$(@D)/NAME.o} -o $@
"""

def _locations(labels):
    return " ".join(["$(locations %s)" % label for label in labels])

def memmap_aarch64_test(name, srcs, floors = ["//include:sources", "//src/base:sources"], copts = [], size = "small"):
    """A test that passes if the program returns 0.

    Args:
      name: of the test.
      srcs: the program: .cc files, one with main(), and headers.
      floors: //include:sources and the //src/...:sources that it needs; compiled freestanding.
      copts: further options for all of them.
      size: as of any test.
    """
    common = ["-O2", "-std=c++20", "-I", ROOT + "/include"] + WARNINGS + INCLUDES + copts
    command = _COMPILE.replace("FLOORS", _locations(floors)).replace("SRCS", _locations(srcs)).replace("NAME", name)
    native.genrule(
        name = name + "_program",
        srcs = srcs + floors,
        outs = [name + ".aarch64"],
        cmd = command.replace("COMMON", " ".join(common)).replace("FREESTANDING", " ".join(FREESTANDING)),
        executable = True,
        tags = ["once"],
        testonly = True,
    )
    sh_test(
        name = name,
        srcs = ["//bazel:run_aarch64.sh"],
        args = ["$(location %s.aarch64)" % name],
        data = [name + ".aarch64"],
        size = size,
        tags = ["once"],
    )
