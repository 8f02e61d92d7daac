#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Builds the documentation site, offline: `bazel build //docs:site`.

  docs/site/build.py --out=DIR --sim=MEMMAP_SIM   (from the top of the tree)

Pages are made ready for Doxygen (stage.py), headers as well (comments.py); what programs say and draw is asked of them
now. A link that leads nowhere and a warning of Doxygen's end the build.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

import charts
import pages
import program
import stage

AWESOME = pathlib.Path("/usr/share/doxygen-awesome-css")
SCRIPTS = ["darkmode-toggle", "fragment-copy-button", "interactive-toc", "paragraph-link"]
STYLES = ["doxygen-awesome.css", "doxygen-awesome-sidebar-only.css", "doxygen-awesome-sidebar-only-darkmode-toggle.css"]


def give_up(what):
    sys.exit(f"docs:site: {what}")


def find_tools():
    missing = [package for package, there in [("doxygen", shutil.which("doxygen")),
                                              ("doxygen-awesome-css", AWESOME.is_dir())] if not there]
    if missing:
        give_up(f"on Debian: apt-get install {' '.join(missing)}")


def subpages(children):
    """A list of pages, which makes them stand below the page that has it."""
    lines = [f"* \\subpage {stage.page_id(path)}" + (f" – {what}" if what else "") for path, what in children]
    return "\n".join(lines) + "\n"


def headers_table(url):
    def table(headers):
        return "".join(f"| [{path}]({url(path)}) | {what} |\n" for path, what in headers)

    head = "\n| header | what |\n|---|---|\n"
    return ("\n## The public API {#reference-api}\n" + head + table(pages.HEADERS) +
            "\n## The floors below {#reference-floors}\n\n"
            "For who reads the engine: no part of the API, so they may change at any time.\n" + head +
            table(pages.FLOORS))


def stage_pages(root, sim, out):
    """id -> Markdown of all pages."""
    paths = [pages.START] + [path for page, children in pages.CHAPTERS for path in [page] + [at for at, _ in children]]
    decisions = sorted(path.relative_to(root).as_posix() for path in root.glob("docs/decision/0*.md"))
    staged = stage.Stage(root, paths + decisions, [path for path, _ in pages.HEADERS])
    made = {stage.page_id(path): staged.markdown(path, (root / path).read_text(encoding="utf-8"))
            for path in paths + decisions}
    made["memmap-sim"] += program.page(sim)
    made["charts"] += charts.page(root, sim, out)
    made["reference"] += headers_table(lambda path: staged.url("", path))
    for page, children in pages.CHAPTERS:
        made[stage.page_id(page)] += "\n" + subpages(children)
    made["decision"] += "\n" + subpages([(path, "") for path in decisions])
    shown = sorted(staged.shown)
    made |= {stage.page_id(path): staged.file_page(path) for path in shown}
    made["files"] = "# Files that pages name {#files}\n\n" + subpages([(path, "") for path in shown])
    made["start"] = made["start"].replace("{#start}", "{#mainpage}", 1)
    made["start"] += "\n" + subpages([(page, "") for page, _ in pages.CHAPTERS] + [("files", "")])
    if staged.broken:
        give_up("\n".join(staged.broken))
    return made


def write_header(work, doxyfile):
    """Doxygen's own page header, of whichever version, with the scripts of the style and ours."""
    subprocess.run(["doxygen", "-w", "html", work / "header.html", work / "footer.html", work / "style.css", doxyfile],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    scripts = "".join(f'<script type="text/javascript" src="$relpath^doxygen-awesome-{name}.js"></script>\n'
                      for name in SCRIPTS) + '<script type="text/javascript" src="$relpath^site.js"></script>\n'
    header = (work / "header.html").read_text(encoding="utf-8")
    (work / "header.html").write_text(header.replace("</head>", scripts + "</head>", 1), encoding="utf-8")


def run_doxygen(root, out, work):
    version = re.search(r'MEMMAP_VERSION "(.*)"', (root / "include/memmap/version.h").read_text())[1]
    awesome = [AWESOME / style for style in STYLES]
    extra = [AWESOME / f"doxygen-awesome-{name}.js" for name in SCRIPTS] + ["docs/site/site.js"]
    headers = [path for path, _ in pages.HEADERS]
    settings = {
        "OUTPUT_DIRECTORY": out,
        "PROJECT_NUMBER": version,
        "INPUT": " ".join(map(str, [work / "pages"] + headers)),
        "FILTER_PATTERNS": " ".join(f'*.{suffix}="python3 -B docs/site/comments.py"' for suffix in ["h", "hpp"]),
        "STRIP_FROM_PATH": f"{root} {work}",
        "STRIP_FROM_INC_PATH": f"{root}/include {root}/src",
        "EXAMPLE_PATH": root,
        "HTML_HEADER": work / "header.html",
        "HTML_EXTRA_STYLESHEET": " ".join(map(str, awesome + ["docs/site/site.css"])),
        "HTML_EXTRA_FILES": " ".join(map(str, extra)),
    }
    doxyfile = work / "Doxyfile"
    text = (root / "docs/site/Doxyfile").read_text()
    doxyfile.write_text(text)
    write_header(work, doxyfile)
    doxyfile.write_text(text + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    done = subprocess.run(["doxygen", doxyfile], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        give_up("Doxygen warns:\n" + done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--sim", required=True, type=pathlib.Path)
    parser.add_argument("--work", default="site.work", type=pathlib.Path)
    arguments = parser.parse_args()
    find_tools()
    root, work = pathlib.Path.cwd(), arguments.work.resolve()
    shutil.rmtree(work, ignore_errors=True)
    (work / "pages").mkdir(parents=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, text in stage_pages(root, arguments.sim.resolve(), arguments.out.resolve()).items():
        (work / "pages" / f"{name}.md").write_text(text, encoding="utf-8")
    run_doxygen(root, arguments.out.resolve(), work)


if __name__ == "__main__":
    main()
