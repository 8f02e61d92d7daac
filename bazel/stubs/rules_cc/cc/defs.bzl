# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What is loaded from rules_cc, by us and by Bazel's own default workspace, as the rules built into Bazel 4 to 7."""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
