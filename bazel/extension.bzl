# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The libraries of deps.bzl for a MODULE.bazel: see bazel/overlay/MODULE.bazel. Bazel before 6 cannot load this."""

load("//bazel:deps.bzl", "SYSTEM")
load("//bazel:system_libs.bzl", "system_libs")

def _libraries(_module_ctx):
    for name, (debian, targets) in SYSTEM.items():
        system_libs(name = name, debian = debian, targets = targets)

libraries = module_extension(implementation = _libraries)
