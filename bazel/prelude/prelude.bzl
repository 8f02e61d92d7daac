# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""memmap_prelude: headers that most sources include, compiled once for all of them.

A test spends half of its compilation in the headers of GoogleTest and Abseil; what is not optimised, more. The library
that this makes is to be included first, by -include: the compiler then finds NAME.h.gch beside NAME.h, and takes that
if it was made with the same options. Sources include what they use all the same: without --define=memmap_prelude=...
nothing of this is there.
docs/decision/0014-prelude.md
"""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

_ACTION = "c++-compile"

def _memmap_prelude(ctx):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    header = ctx.actions.declare_file(ctx.attr.name + ".h")
    made = ctx.actions.declare_file(ctx.attr.name + ".h.gch")
    ctx.actions.write(header, "".join(["#include <%s>\n" % name for name in ctx.attr.includes]))
    context = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]).compilation_context
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts,
        include_directories = context.includes,
        quote_include_directories = context.quote_includes,
        system_include_directories = context.system_includes,
        preprocessor_defines = context.defines,
        use_pic = True,
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = _ACTION,
        variables = variables,
    )
    ctx.actions.run(
        executable = cc_common.get_tool_for_action(feature_configuration = features, action_name = _ACTION),
        arguments = flags + ["-x", "c++-header", "-c", header.path, "-o", made.path],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = _ACTION,
            variables = variables,
        ),
        inputs = depset([header], transitive = [context.headers, toolchain.all_files]),
        outputs = [made],
        # clang notes where the header is, and looks at it again.
        execution_requirements = {"no-sandbox": "1", "no-cache": "1"},
        mnemonic = "CppPrelude",
        progress_message = "Compiling %s for all tests" % header.short_path,
    )
    return [CcInfo(compilation_context = cc_common.create_compilation_context(
        headers = depset([header, made], transitive = [context.headers]),
        includes = context.includes,
        quote_includes = context.quote_includes,
        system_includes = context.system_includes,
        defines = context.defines,
    ))]

memmap_prelude = rule(
    implementation = _memmap_prelude,
    attrs = {
        "copts": attr.string_list(doc = "as the tests have them"),
        "deps": attr.label_list(providers = [CcInfo], doc = "where the headers are from; they are not linked"),
        "includes": attr.string_list(doc = "names of headers", mandatory = True),
        "_cc_toolchain": attr.label(default = Label("@rules_cc//cc:current_cc_toolchain")),
    },
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(),
)
