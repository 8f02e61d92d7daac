# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The C++ toolchain as Bazel 4 to 7 find it without rules_cc."""

load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

find_cc_toolchain = find_cpp_toolchain

def use_cc_toolchain():
    return ["@bazel_tools//tools/cpp:toolchain_type"]
