# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""sh_test as the rule built into Bazel 4 to 7."""

sh_test = native.sh_test
