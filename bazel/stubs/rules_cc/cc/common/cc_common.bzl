# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""cc_common as the module built into Bazel 4 to 7."""

load("//cc/common:built_in.bzl", "built_in")

cc_common = built_in.cc_common
