# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The libraries that we use, under their upstream labels.

Online: a workspace that would rather build the libraries from source defines these repositories by http_archive, under
the same names, before it calls memmap_async_deps_system(): what exists is left alone. Our targets need no change; hwloc
and toml++ have no Bazel build of their own. It then also needs the real rules_cc instead of //:WORKSPACE's stand-in.
That could not be tried where this was written. Without a WORKSPACE: extension.bzl.

Tried: Bazel 4.2.3 on Debian 12 with oneTBB 2021.8, hwloc 2.9.0, Abseil 20220623.1 (so no absl/log), GoogleTest 1.12.1,
Google Benchmark 1.7.1, toml++ 3.3.0; Debian 13 and Bazel 7: docs/packages.md.
"""

load("//bazel:system_libs.bzl", "system_libs")

# Upstream has a target for each line; Debian's pkg-config has a module for each, with its own spelling. Those that we
# use: to be told of all the others' dependencies takes it seconds, in each configuration.
_ABSL = {
    "absl/status:status": "absl_status",
    "absl/status:statusor": "absl_statusor",
    "absl/strings:str_format": "absl_str_format",
    "absl/strings:strings": "absl_strings",
}

SYSTEM = {
    "com_github_google_benchmark": ("libbenchmark-dev", {":benchmark": "benchmark"}),
    "com_google_absl": ("libabsl-dev", _ABSL),
    # Upstream's gtest has gmock in it.
    "com_google_googletest": ("libgtest-dev libgmock-dev", {":gtest": "gmock", ":gtest_main": "gmock_main"}),
    "hwloc": ("libhwloc-dev", {":hwloc": "hwloc"}),
    "onetbb": ("libtbb-dev libtbbbind-2-5", {":tbb": "tbb"}),
    "tomlplusplus": ("libtomlplusplus-dev", {":tomlplusplus": "tomlplusplus"}),
}

def memmap_async_deps_system():
    """All of them from the system's packages: no network."""
    for name, (debian, targets) in SYSTEM.items():
        if name not in native.existing_rules():
            system_libs(name = name, debian = debian, targets = targets)
