#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Each link of the documentation site leads somewhere: to a file that is there, to an anchor that it has.

  integration/site/links_test.py SITE

Links to elsewhere are only looked at: there may be no network. What the search field knows is followed too.
"""

import html.parser
import pathlib
import re
import sys
import tempfile
import unittest
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, with lines, and the anchors it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ["href", "src"] and value:
                self.links.append((self.getpos()[0], value))
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)


def elsewhere(link):
    """What is wrong with a link to another place, or ""; None: it is none."""
    try:
        parts = urllib.parse.urlsplit(link)
    except ValueError as error:
        return str(error)
    if parts.scheme in ["http", "https"]:
        return "" if re.fullmatch(r"[\w.-]+\.\w+", parts.netloc) and " " not in link else "found no name of a host"
    return "" if parts.scheme in ["javascript", "data"] else None


def broken(site):
    """A line for each link that leads nowhere."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    links = [(path, line, link) for path, page in pages.items() for line, link in page.links]
    for path in site.glob("search/*.js"):
        links += [(path, 1, link) for link in re.findall(r"'(\.\./[^']*)'", path.read_text(encoding="utf-8"))]
    for path, line, link in links:
        wrong = elsewhere(link)
        if wrong is None:
            file, _, anchor = urllib.parse.unquote(link).partition("#")
            target = (path.parent / file).resolve() if file else path
            if not target.exists():
                wrong = f"{file} is not there"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                wrong = f"{target.name} has no anchor {anchor}"
        if wrong:
            yield f"{path.relative_to(site)}:{line}: {link}: {wrong}"


class Links(unittest.TestCase):
    def test_the_site(self):
        site = pathlib.Path(SITE).resolve()
        self.assertEqual(list(broken(site)), [])
        for page in ["index", "tutorial", "packages", "environment", "replay", "kernel", "architecture", "sched",
                     "litmus", "testing", "simulator", "decision", "glossary", "results", "charts", "memmap-sim"]:
            self.assertTrue(any((site / f"{name}.html").exists() for name in [page, f"src-{page}"]), page)

    def test_that_it_can_fail(self):
        with tempfile.TemporaryDirectory() as folder:
            site = pathlib.Path(folder).resolve()
            (site / "a.html").write_text('<p id="x"><a href="b.html">\n<a href="#x"><a href="#y"><img src="c.svg">'
                                         '<a href="https://nowhere"><a href="https://example.org/z">')
            found = list(broken(site))
            self.assertEqual(found, ["a.html:1: b.html: b.html is not there", "a.html:2: #y: a.html has no anchor y",
                                     "a.html:2: c.svg: c.svg is not there",
                                     "a.html:2: https://nowhere: found no name of a host"])


if __name__ == "__main__":
    SITE = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
