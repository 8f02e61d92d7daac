# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The pages of this tree as Doxygen's Markdown reads them.

Their links are relative to the tree, and lead to other pages, to headings, to headers, to any file. On the site a page
is ID.html; a file that is no page becomes one, with its text; headings have the anchors that they have in a
repository's browser, behind the id of their page.
"""

import posixpath
import re

FENCE = re.compile(r"^(?P<fence>```+)(?P<language>[\w+]*)[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.M | re.S)
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
CODE_SPAN = re.compile(r"(`+)(?:.+?)\1", re.S)
HEADING = re.compile(r"^(?P<level>#+) +(?P<title>.*?) *$", re.M)
HIGHLIGHTED = {"c": "c", "h": "cpp", "cc": "cpp", "cpp": "cpp", "hpp": "cpp", "py": "py"}


def slug(title):
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def page_id(path):
    """docs/memory-maps.md: memory-maps; docs/litmus/README.md: litmus; src/sched/job.cc: src-sched-job-cc."""
    name = re.sub(r"^docs/(?:site/)?", "", path)
    name = re.sub(r"(?:/README)?\.md$", "", name)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def header_page(path):
    """The name that Doxygen gives to a header's page."""
    return path.rsplit("/", 1)[-1].replace("_", "__").replace(".", "_8") + ".html"


class Stage:
    """What is known while pages are made: `pages` and `headers` are paths; `shown` grows by files that pages name."""

    def __init__(self, root, pages, headers):
        self.root, self.pages, self.headers = root, set(pages), set(headers)
        self.shown, self.broken = set(), []

    def url(self, page, target):
        """Where a link in a page leads on the site."""
        path, _, anchor = target.partition("#")
        folder = page.rsplit("/", 1)[0] if "/" in page else ""
        path = posixpath.normpath(posixpath.join(folder, path)) if path else page
        if path in self.headers:
            return header_page(path)
        if path not in self.pages:
            if (self.root / path).is_dir():
                path = posixpath.join(path, "BUILD.bazel")
            if not (self.root / path).is_file():
                self.broken.append(f"{page}: {target}: not among the files that the site is built from")
                return "#"
            self.shown.add(path)
        name = page_id(path)
        return f"{name}.html" + (f"#{name}-{anchor}" if anchor else "")

    def prose(self, page, text):
        """Text between code blocks."""
        def link(match):
            if re.match(r"[a-z]+:", match["target"]):
                return match[0]
            return f"[{match['text']}]({self.url(page, match['target'])})"

        def heading(match):
            anchor = page_id(page) + "-" + slug(match["title"])
            return f"{match['level']} {match['title'].replace('`', '')} {{#{anchor}}}"  # code would show as <tt>

        text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.S)
        text = HEADING.sub(heading, LINK.sub(link, text))
        return text if page.startswith("docs/site/") else escaped(text)

    def markdown(self, page, text):
        """A whole page. Its first heading is its title."""
        title, _, body = text.lstrip().partition("\n")
        made, at = [f"# {escaped(title.lstrip('# '))} {{#{page_id(page)}}}\n"], 0
        if len(re.findall(r"^## ", FENCE.sub("", body), re.M)) > 2 and page not in ["README.md"]:
            made.append("\n[TOC]\n")
        for block in FENCE.finditer(body):
            made += [self.prose(page, body[at:block.start()]), code_block(block["code"], block["language"])]
            at = block.end()
        return "".join(made + [self.prose(page, body[at:])])

    def file_page(self, path):
        """A file that some page names, as a page."""
        text = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return f"# {path} {{#{page_id(path)}}}\n\n" + code_block(text, path.rsplit(".", 1)[-1]) + "\n"


def code_block(code, language):
    kind = HIGHLIGHTED.get(language, "unparsed")
    code = code.replace("~~~", "~ ~ ~").rstrip("\n")
    return f"~~~{{.{kind}}}\n{code}\n~~~"


def escaped(text):
    """What Doxygen would take for commands and tags, outside of code spans."""
    def outside(part):
        part = re.sub(r"([@\\])", r"\\\1", part)
        return re.sub(r"<(?=[a-zA-Z/])", "&lt;", part)

    made, at = [], 0
    for span in CODE_SPAN.finditer(text):
        made += [outside(text[at:span.start()]), span[0]]
        at = span.end()
    return "".join(made + [outside(text[at:])])
