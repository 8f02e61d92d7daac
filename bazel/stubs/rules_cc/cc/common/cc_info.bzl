# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""CcInfo as the provider built into Bazel 4 to 7."""

load("//cc/common:built_in.bzl", "built_in")

CcInfo = built_in.CcInfo
