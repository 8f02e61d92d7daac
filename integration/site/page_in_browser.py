#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Pages of memmap-sim as a reader sees them, in Chromium: wide and narrow, light and dark.

    integration/site/page_in_browser.py PATH/TO/memmap-sim [FOLDER]   (FOLDER: where pictures go, to be looked at)

Each is measured where it is drawn: nothing may stand outside of the window, no text may overlap another, all must
differ enough from what is behind it.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from chromium import Chromium

PAGES = {  # name: arguments of memmap-sim compare
    "events": ["removal"],
    "memories": ["2018", "--policy=zone_device,series_2018,own"],
    "extents": ["cxl-pool"],
    "boot": ["kexec"],
    "sweep": ["vm-2vcpu", "--sweep=size:2GiB..64GiB", "--steps=5"],
}
WINDOWS = {"wide": (1200, 900), "narrow": (360, 740)}  # CSS pixels

MEASURE = """(() => {
  const wrong = [], texts = [];
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) wrong.push("wider than the window");
  const shown = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (shown.nextNode()) {
    const node = shown.currentNode, element = node.parentElement;
    if (!node.data.trim() || element.closest("title, script, style, .scroll")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects())
      texts.push({words: node.data.trim(), box, element});
  }
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  for (const {words, box, element} of texts) {
    if (box.left < -0.5 || box.right > wide + 0.5) wrong.push("outside: " + words);
    const style = getComputedStyle(element);
    const ink = luminance(element.closest("svg") ? style.fill : style.color);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4) wrong.push("contrast " + contrast.toFixed(1) + ": " + words);
  }
  texts.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < texts.length; ++i)
    for (let j = i + 1; j < texts.length && texts[j].box.top < texts[i].box.bottom - 3; ++j) {
      const a = texts[i].box, b = texts[j].box;
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1)
        wrong.push("overlap: " + texts[i].words + " | " + texts[j].words);
    }
  return {wrong: [...new Set(wrong)], texts: texts.length, dark: paper < 0.2, wide,
          bars: document.querySelectorAll("rect.ours, rect.theirs").length};
})()"""
# One text behind another, both as grey as the paper nearly is, and one outside.
PLANT = """document.body.insertAdjacentHTML("beforeend",
    '<p style="position: absolute; top: 0; left: 0; color: #808080">under</p>' +
    '<p style="position: absolute; top: 0; left: 0; color: #777777; background: none">over</p>' +
    '<p style="position: absolute; top: 0; left: -50px">left</p>')"""


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.__exit__)

    def open(self, name, window, dark):
        page = self.folder / f"{name}.html"
        if not page.exists():
            subprocess.run([SIM, "compare", *PAGES[name], f"--html={page}"], stdout=subprocess.DEVNULL, check=True)
        self.browser.complaints.clear()
        self.browser.resize(*WINDOWS[window])
        self.browser.prefer(dark)
        self.browser.open(page.as_uri())

    def test_nothing_overlaps_nor_fades_nor_stands_outside(self):
        for name in PAGES:
            for window, (width, _) in WINDOWS.items():
                for dark in (False, True):
                    label = f"{name}-{window}-{'dark' if dark else 'light'}"
                    with self.subTest(page=label):
                        self.open(name, window, dark)
                        found = self.browser.evaluate(MEASURE)
                        print(f"{label}: {found['texts']} texts, {found['bars']} bars")
                        self.assertEqual((found["wide"], found["dark"]), (width, dark))
                        self.assertGreater(found["texts"], 20)
                        self.assertEqual(found["wrong"] + self.browser.complaints, [])
                        self.picture(label, width)

    def picture(self, label, width):
        if PICTURES:
            self.browser.resize(width, self.browser.evaluate("document.documentElement.scrollHeight"))
            self.browser.screenshot(pathlib.Path(PICTURES, f"{label}.png"))

    def test_that_mistakes_are_seen(self):
        self.open("events", "narrow", False)
        self.browser.evaluate(PLANT)
        found = " ".join(self.browser.evaluate(MEASURE)["wrong"])
        for mistake in ["overlap: under | over", "contrast 3.", "outside: left"]:
            self.assertIn(mistake, found)


if __name__ == "__main__":
    SIM, PICTURES = pathlib.Path(sys.argv[1]).resolve(), (sys.argv + [None])[2]
    if not shutil.which("chromium"):
        sys.exit("page_in_browser: found no chromium; apt-get install chromium")
    unittest.main(argv=sys.argv[:1])
