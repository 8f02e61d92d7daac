# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What Bazel's own default workspace loads from rules_java, as the rules built into Bazel. We have no Java."""

java_binary = native.java_binary
java_import = native.java_import
java_library = native.java_library
java_package_configuration = native.java_package_configuration
java_plugin = native.java_plugin
java_runtime = native.java_runtime
java_test = native.java_test
java_toolchain = native.java_toolchain
