# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""system_libs: installed packages under the labels that the same libraries have when they are built from source.

For every target it asks pkg-config for the linker's arguments and writes a cc_library that has nothing else: the
headers are where the compiler looks anyway. A missing library stops the build with the Debian package to install.
"""

_HEAD = """load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])
"""

def _name(rctx):
    """As labels have it: with modules, Bazel 7 calls it _main~libraries~hwloc, 8 _main+libraries+hwloc."""
    return rctx.name.split("~")[-1].split("+")[-1]

def _fail_missing(rctx, what, packages, details = ""):
    fail("\n\n@%s needs %s. On Debian:\n\n    apt-get install %s\n\n%s" % (_name(rctx), what, packages, details))

def _library(rctx, pkg_config, name, module):
    answer = rctx.execute([pkg_config, "--cflags", "--libs", module])
    if answer.return_code:
        _fail_missing(rctx, "the library '%s', unknown to pkg-config" % module, rctx.attr.debian, answer.stderr)
    flags = [word for word in answer.stdout.strip().split(" ") if word]
    if [flag for flag in flags if flag.startswith("-I")]:
        fail("@%s: %s has its headers in %s; only headers on the compiler's own path are supported" %
             (_name(rctx), module, " ".join(flags)))
    return "\ncc_library(\n    name = %r,\n    defines = %r,\n    linkopts = %r,\n)\n" % (
        name,
        [flag[len("-D"):] for flag in flags if flag.startswith("-D")],
        [flag for flag in flags if not flag.startswith("-D")],
    )

def _system_libs(rctx):
    pkg_config = rctx.which("pkg-config")
    if not pkg_config:
        _fail_missing(rctx, "pkg-config", "pkg-config " + rctx.attr.debian)
    packages = {}
    for label, module in rctx.attr.targets.items():
        package, name = label.split(":")
        packages.setdefault(package, []).append(_library(rctx, pkg_config, name, module))
    for package, libraries in packages.items():
        content = _HEAD + "".join(libraries)
        rctx.file((package + "/" if package else "") + "BUILD.bazel", content)
    rctx.file("WORKSPACE", "")

system_libs = repository_rule(
    implementation = _system_libs,
    local = True,  # asked again whenever Bazel starts
    environ = ["PATH", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"],
    attrs = {
        "debian": attr.string(doc = "packages to install where one is missing", mandatory = True),
        "targets": attr.string_dict(doc = "label without its repository -> module of pkg-config", mandatory = True),
    },
)
