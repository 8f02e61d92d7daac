# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""sh_binary as the rule built into Bazel 4 to 7."""

sh_binary = native.sh_binary
