#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# Stands where Bazel's merger of coverage reports would be downloaded to.
echo "bazel coverage needs Bazel's own @remote_coverage_tools: remove the stand-in from WORKSPACE" >&2
exit 1
