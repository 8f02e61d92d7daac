# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""memmap_site: the documentation site, a folder, built by docs/site/build.py from the files that its pages name."""

def _site(ctx):
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run(
        executable = "/usr/bin/env",
        arguments = [
            "python3",
            "-B",
            ctx.file.build.path,
            "--out=" + out.path,
            "--work=" + out.path + ".work",
            "--sim=" + ctx.executable.sim.path,
        ],
        inputs = ctx.files.srcs + [ctx.file.build],
        tools = [ctx.executable.sim],
        outputs = [out],
        mnemonic = "Site",
        progress_message = "Building the documentation site",
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles(files = [out]))]

memmap_site = rule(
    implementation = _site,
    attrs = {
        "build": attr.label(allow_single_file = True, mandatory = True),
        "sim": attr.label(executable = True, cfg = "target", mandatory = True),
        "srcs": attr.label_list(doc = "pages, headers, and all that pages name", allow_files = True),
    },
)
