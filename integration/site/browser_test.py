#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The documentation site as a reader meets it, in Chromium: search, theme, keyboard, narrow screens, a silent console.

  integration/site/browser_test.py SITE [FOLDER]   (FOLDER: where pictures go, to be looked at)
"""

import os
import pathlib
import shutil
import sys
import unittest

from chromium import Chromium

PAGES = ["index", "tutorial", "packages", "reference", "memmap_8h", "structmemmap__request", "architecture",
         "src-sched", "simulator", "results", "charts", "memmap-sim", "glossary"]
WIDE, NARROW = (1280, 900), (390, 844)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = "document.activeElement.id || document.activeElement.tagName.toLowerCase()"
# Doxygen 1.9.4 shows results in a frame, later versions in the page.
RESULTS = """(() => {
  const frame = document.getElementById('MSearchResults');
  const inside = frame && frame.contentDocument || document;
  return Array.from(inside.querySelectorAll('.SRResult a.SRSymbol, .SRResult a.SRScope')).filter(
      link => link.getClientRects().length > 0).map(link => link.textContent).join(' ');
})()"""


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, name, size):
        self.browser.complaints.clear()
        self.browser.resize(*size)
        self.browser.open(pathlib.Path(SITE, f"{name}.html").resolve().as_uri())

    def picture(self, name):
        if PICTURES:
            self.browser.screenshot(pathlib.Path(PICTURES, f"{name}.png"))

    def is_dark(self):
        return self.browser.evaluate("document.documentElement.classList.contains('dark-mode')")

    def tab_to(self, wanted):
        """Presses Tab until the element of that id, or tag, has the focus."""
        for _ in range(12):
            if self.browser.evaluate(FOCUS) == wanted:
                return
            self.browser.press("Tab", 9)
        self.fail(f"Tab does not reach {wanted}, but {self.browser.evaluate(FOCUS)}")

    def toggle(self):
        self.browser.wait_for("document.querySelector('doxygen-awesome-dark-mode-toggle[role=button]') !== null")
        self.tab_to("doxygen-awesome-dark-mode-toggle")
        self.browser.press("Enter", 13)

    def test_search_finds_the_call(self):
        self.open("index", WIDE)
        self.browser.wait_for("!!document.getElementById('MSearchField')")
        self.tab_to("MSearchField")
        for letter in "memmap_init_async":
            self.browser.press(letter, ord(letter.upper()), letter)
        found = self.browser.wait_for(RESULTS)
        self.assertIn("memmap_init_async", found)
        self.picture("search")
        self.assertEqual(self.browser.complaints, [])

    def test_the_theme_switches_and_stays(self):
        self.open("index", WIDE)
        dark, background = self.is_dark(), "getComputedStyle(document.body).backgroundColor"
        before = self.browser.evaluate(background)
        self.picture("start-dark" if dark else "start-light")
        self.toggle()
        self.assertNotEqual(self.is_dark(), dark)
        self.assertNotEqual(self.browser.evaluate(background), before)
        self.picture("start-light" if dark else "start-dark")
        self.open("tutorial", WIDE)
        self.assertNotEqual(self.is_dark(), dark)
        self.browser.evaluate("document.querySelector('doxygen-awesome-dark-mode-toggle').click()")
        self.assertEqual(self.is_dark(), dark)

    def test_a_slash_goes_to_the_search_field(self):
        self.open("glossary", NARROW)
        self.browser.wait_for("!!document.getElementById('MSearchField')")
        self.browser.press("/", 191, "/")
        self.assertEqual(self.browser.evaluate(FOCUS), "MSearchField")
        self.assertEqual(self.browser.evaluate("document.getElementById('MSearchField').value"), "")

    def test_no_page_complains_nor_scrolls_sideways(self):
        for name in PAGES:
            for size in [NARROW, WIDE]:
                with self.subTest(page=name, width=size[0]):
                    self.open(name, size)
                    self.assertLessEqual(self.browser.evaluate(OVERFLOW), 0)
                    self.assertEqual(self.browser.complaints, [])
                    self.picture(f"{name}-{size[0]}")

    def test_that_a_complaint_is_heard(self):
        self.open("index", WIDE)
        self.browser.evaluate("setTimeout(() => { throw new Error('planted'); }, 0)")
        self.browser.wait_for("new Promise(resolve => setTimeout(() => resolve(true), 50))")
        self.assertIn("planted", " ".join(self.browser.complaints))


if __name__ == "__main__":
    SITE, PICTURES = sys.argv[1], (sys.argv + [None])[2]
    if not shutil.which("chromium"):
        print("browser_test: found no chromium; apt-get install chromium", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 0)
    unittest.main(argv=sys.argv[:1])
