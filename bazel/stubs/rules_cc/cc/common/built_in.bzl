# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A file cannot give a name to what is built in under that name, so this one gives them others."""

built_in = struct(
    CcInfo = CcInfo,
    cc_common = cc_common,
)
