# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The C++ rules of this tree: Bazel's, with our language level, our warnings and our include paths.

Headers are included as "base/atomic.h" (from src/), "support/explorer.h" (from unittest/) and "memmap/memmap.h" (from
include/, through //include:headers). Files ending in .c are compiled as C11.

A freestanding library may be *explored*: NAME_explored is the same code with its atomic accesses sent to the
interleaving explorer. A program must link either the plain libraries or the explored ones, never both.

Tags: `no_tsan` (links a library that is not instrumented: false reports), `one_thread` (nothing for the thread
sanitizer to see), `explored` (long, and the explorer itself finds accesses to memory that was given up: not run under
the address sanitizer), `once` (does not depend on the compiler or its options: run in the first configuration only),
`check` (looks at the sources, runs nothing of ours).
"""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//bazel:unity.bzl", "memmap_unity")

# "." in this tree, "external/memmap_async" when another workspace builds us.
ROOT = Label("//:BUILD.bazel").workspace_root or "."

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow"] + (["-Werror"] if ROOT == "." else [])

INCLUDES = ["-iquote", ROOT + "/src", "-iquote", ROOT + "/unittest"]

FREESTANDING = [
    "-ffreestanding",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-fno-unwind-tables",
    "-fno-asynchronous-unwind-tables",
    "-fno-stack-protector",
    "-U_FORTIFY_SOURCE",
]

_NOT_INSTRUMENTED = ["@onetbb//", "@com_google_absl//"]

def _copts(srcs):
    c_only = srcs and all([src.endswith(".c") or src.endswith(".h") for src in srcs])
    return ["-std=c11" if c_only else "-std=c++20"] + WARNINGS + INCLUDES

def _tags(tags, deps):
    foreign = [dep for dep in deps for repository in _NOT_INSTRUMENTED if dep.startswith(repository)]
    return tags + (["no_tsan"] if foreign and "no_tsan" not in tags else [])

def _explored(dep):
    """The explored twin of a label below //src; other labels are their own twins."""
    if not (dep.startswith("//src/") or dep.startswith(":")):
        return dep
    return dep + "_explored" if ":" in dep else dep + ":" + dep.split("/")[-1] + "_explored"

# How a source is compiled where .bazelrc defines memmap_prelude as the key: the precompiled header that it begins with,
# and options, which must be those of that header.
_NOT_OPTIMISED = ["-O0", "-U_FORTIFY_SOURCE"]
_PRELUDE, _TEST_PRELUDE = "//bazel/prelude:prelude", "//unittest/support:prelude"
_HOSTED = {"O2": (_PRELUDE, []), "O0": (_PRELUDE, _NOT_OPTIMISED)}
_HOT = {"O2": (_PRELUDE, []), "O0": ("//bazel/prelude:hot", [])}
_TEST = {"O2": (_TEST_PRELUDE, _NOT_OPTIMISED), "O0": (_TEST_PRELUDE, _NOT_OPTIMISED)}
_EXPLORE_TEST = {"O2": (_PRELUDE, []), "O0": (_TEST_PRELUDE, _NOT_OPTIMISED)}

# Options that change no header's meaning.
_WITHIN_FUNCTIONS = ["-fno-strict-aliasing"]

def _quickly(name, how, srcs, copts):
    """How a target is compiled: srcs, deps, copts.

    Without memmap_prelude, as it is. With it, as one source, in one of the ways above. C, and files whose `copts`
    change what a header means, stay as they are.
    """
    sources = [src for src in srcs if src.endswith(".cc")]
    others = [src for src in srcs if not src.endswith((".cc", ".h"))]
    if not sources or others or [copt for copt in copts if copt not in _WITHIN_FUNCTIONS]:
        return srcs, [], []
    compiled, parts = sources, []
    if len(sources) > 1:
        memmap_unity(name = name + "_unity", srcs = sources)
        compiled, parts = [":%s_unity" % name], [":%s_unity_parts" % name]
    ways = {"//conditions:default": (sources, [], [])}
    for setting, (label, options) in how.items():
        header = "$(BINDIR)/%s.h" % label[2:].replace(":", "/")
        flags = options + ["-include", header, "-Winvalid-pch"]
        ways["//bazel/prelude:" + setting] = (compiled, parts + [label], flags)
    chosen = [select({setting: way[i] for setting, way in ways.items()}) for i in range(3)]
    return [src for src in srcs if src not in sources] + chosen[0], chosen[1], chosen[2]

def memmap_cc_library(name, srcs = [], hdrs = [], deps = [], copts = [], tags = [], hot = False, **kwargs):
    """A library of the hosted floors. One in which tests spend their time is `hot`: always optimised."""
    compiled, added_deps, added_copts = _quickly(name, _HOT if hot else _HOSTED, srcs, copts)
    cc_library(
        name = name,
        srcs = compiled,
        hdrs = hdrs,
        deps = deps + added_deps,
        copts = _copts(srcs) + copts + added_copts,
        linkstatic = True,
        tags = _tags(tags, deps),
        **kwargs
    )

def memmap_cc_freestanding_library(
        name,
        srcs = [],
        hdrs = [],
        deps = [],
        copts = [],
        explored = False,
        explored_deps = [],
        **kwargs):
    """A library below the freestanding line; with `explored` also its twin NAME_explored, on `explored_deps` too."""
    memmap_cc_library(name, srcs, hdrs, deps, FREESTANDING + copts, hot = True, **kwargs)
    if explored:
        memmap_cc_library(
            name = name + "_explored",
            srcs = srcs,
            hdrs = hdrs,
            deps = [_explored(dep) for dep in deps] + explored_deps,
            copts = FREESTANDING + copts,
            defines = ["MEMMAP_EXPLORE"],  # also for those who include the headers
            hot = True,
            testonly = True,
            **kwargs
        )

def memmap_cc_binary(name, srcs, deps = [], copts = [], tags = [], **kwargs):
    """A program."""
    compiled, added_deps, added_copts = _quickly(name, _HOSTED, srcs, copts)
    cc_binary(
        name = name,
        srcs = compiled,
        deps = deps + added_deps,
        copts = _copts(srcs) + copts + added_copts,
        tags = _tags(tags, deps),
        **kwargs
    )

def memmap_cc_test(name, srcs, deps = [], copts = [], tags = [], own_main = False, size = "small", **kwargs):
    """A test: of GoogleTest, or with `own_main` a program that exits with 0.

    What takes long is in libraries, but where the explorer is told what to do.
    """
    other = own_main or [src for src in srcs if not src.endswith("_test.cc") and not src.endswith(".h")]
    how = _HOSTED if other else _EXPLORE_TEST if "explored" in tags else _TEST
    compiled, added_deps, added_copts = _quickly(name, how, srcs, copts)
    cc_test(
        name = name,
        srcs = compiled,
        deps = deps + ([] if own_main else ["@com_google_googletest//:gtest_main"]) + added_deps,
        copts = _copts(srcs) + copts + added_copts,
        linkstatic = True,
        tags = _tags(tags, deps),
        size = size,
        **kwargs
    )

def memmap_cc_tests(name, srcs, deps = [], explore_deps = [], tags = [], shard_count = None, **kwargs):
    """The tests of a folder, as one program `name`: a program a file would be linked and started a hundred times.

    Those named *_explore_test.cc are another, X_explore_test where `name` is X_test: it links the explored twins and
    `explore_deps`, and runs in as many parts as there are files, since they are long.
    """
    explored = [src for src in srcs if src.endswith("_explore_test.cc")]
    plain = [src for src in srcs if src not in explored]
    if explored:
        memmap_cc_test(
            name = name[:-len("test")] + "explore_test",
            srcs = explored,
            deps = [_explored(dep) for dep in deps] + explore_deps,
            size = "medium",  # seconds, but many where others use the machine
            shard_count = len(explored) if len(explored) > 1 else None,
            tags = tags + ["explored", "one_thread"],
            **kwargs
        )
    if [src for src in plain if src.endswith(".cc")]:
        memmap_cc_test(
            name = name,
            srcs = plain,
            deps = deps,
            shard_count = shard_count,
            size = "medium",
            tags = tags,
            **kwargs
        )

def memmap_cc_fuzz(name, srcs, corpus, deps = [], **kwargs):
    """A fuzz target: `srcs` have LLVMFuzzerTestOneInput(), `corpus` the labels of files to start from.

    NAME_test runs the corpus and a bounded number of inputs made from it, in every configuration. NAME, run by hand,
    built with clang, goes on as long as one likes: bazel/dev fuzz does it.
    """
    memmap_cc_test(
        name = name + "_test",
        srcs = srcs,
        args = ["$(locations %s)" % label for label in corpus],
        data = corpus,
        deps = deps + ["//unittest/support:bounded_fuzz"],
        own_main = True,
        **kwargs
    )
    memmap_cc_binary(
        name = name,
        srcs = srcs,
        deps = deps,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        testonly = True,
    )
