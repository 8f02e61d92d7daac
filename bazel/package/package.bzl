# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""memmap_package_files: what is installed and has to be built for it, optimised whatever the build is otherwise."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

def _optimise(_settings, _attr):
    return {"//command_line_option:compilation_mode": "opt"}

_optimised = transition(
    implementation = _optimise,
    inputs = [],
    outputs = ["//command_line_option:compilation_mode"],
)

# One archive of many: `ar` takes its orders from a script (MRI).
_MERGE = """
archive=$1 && shift
{ echo "create $archive"; for part in "$@"; do echo "addlib $part"; done; echo save; echo end; } | ar -M
ranlib "$archive"
"""

def _files(ctx):
    archives, flags = [], []
    for dep in ctx.attr.deps:
        for linked in dep[CcInfo].linking_context.linker_inputs.to_list():
            flags.extend([flag for flag in linked.user_link_flags if flag not in flags])
            for library in linked.libraries:
                archive = library.pic_static_library or library.static_library
                if archive and archive not in archives:
                    archives.append(archive)
    merged = ctx.actions.declare_file("libmemmap_async.a")
    ctx.actions.run_shell(
        command = _MERGE,
        arguments = [merged.path] + [archive.path for archive in archives],
        inputs = archives,
        outputs = [merged],
        mnemonic = "MergeArchives",
    )
    needed = ctx.actions.declare_file("link_flags")
    ctx.actions.write(needed, " ".join(flags) + "\n")
    built = [merged, needed] + ctx.files.programs
    return [DefaultInfo(files = depset(built), runfiles = ctx.runfiles(files = built))]

memmap_package_files = rule(
    implementation = _files,
    attrs = {
        "deps": attr.label_list(doc = "libraries, merged with theirs into one", providers = [CcInfo], cfg = _optimised),
        "programs": attr.label_list(doc = "programs and shared libraries, as they are", cfg = _optimised),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
