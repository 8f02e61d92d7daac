#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Pages of memmap-sim as a reader sees them: opened in headless Chromium, wide and narrow, light and dark.

    integration/page_in_browser.py PATH/TO/memmap-sim [FOLDER]

A copy of each page gets a script that measures it where it is drawn: nothing may stand outside of the window, no text
may overlap another, all must differ enough from what is behind it. With FOLDER the screenshots stay there, for people.
Fails where there is no Chromium: apt-get install chromium.
"""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PAGES = {  # name: arguments of memmap-sim compare
    "events": ["removal"],
    "memories": ["2018", "--policy=zone_device,series_2018,own"],
    "extents": ["cxl-pool"],
    "boot": ["kexec"],
    "sweep": ["vm-2vcpu", "--sweep=size:2GiB..64GiB", "--steps=5"],
}
WINDOWS = {"wide": (1200, 900), "narrow": (360, 740)}  # CSS pixels

MEASURE = """<script>
addEventListener("load", () => {
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
  const result = {wrong: [...new Set(wrong)], texts: texts.length, dark: paper < 0.2, wide,
                  bars: document.querySelectorAll("rect.ours, rect.theirs").length};
  const pre = Object.assign(parent.document.createElement("pre"), {id: "result", textContent: JSON.stringify(result)});
  parent.document.body.append(pre);
});
</script></body>"""

# A frame is as narrow as one likes; the window itself has a least width.
FRAME = """<!DOCTYPE html><html style="color-scheme: light dark"><body>
<iframe srcdoc="{}" style="width: {}px; height: {}px; border: 0"></iframe></body></html>"""


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    sys.exit("page_in_browser: found no Chromium, expected one: apt-get install chromium")


def browse(arguments, size, dark):
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
               f"--window-size={size[0]},{size[1]}", "--virtual-time-budget=2000"]
    if dark:
        command.append("--blink-settings=preferredColorScheme=0")
    return subprocess.run(command + arguments, capture_output=True, text=True, timeout=120, check=True).stdout


def measure(page, name, here, window, dark):
    copy = here / f"{name}-measured.html"
    inner = page.read_text().replace("</body>", MEASURE)
    copy.write_text(FRAME.format(html.escape(inner), *WINDOWS[window]))
    dom = browse(["--dump-dom", copy.as_uri()], (1400, 1000), dark)
    result = re.search(r'<pre id="result">(.*?)</pre>', dom, re.S)
    assert result, f"{name}: the page was not loaded"
    return json.loads(html.unescape(result[1]))


def main():
    sim = pathlib.Path(sys.argv[1]).resolve()
    chromium()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        for name, arguments in PAGES.items():
            page = here / f"{name}.html"
            subprocess.run([sim, "compare", *arguments, f"--html={page}"], stdout=subprocess.DEVNULL, check=True)
            for window in WINDOWS:
                for dark in (False, True):
                    found = measure(page, name, here, window, dark)
                    label = f"{name}, {window}, {'dark' if dark else 'light'}"
                    print(f"{label}: {found['texts']} texts, {found['bars']} bars")
                    if found["wide"] != WINDOWS[window][0]:
                        failures.append(f"{label}: the window is {found['wide']} pixels wide")
                    if found["dark"] != dark:
                        failures.append(f"{label}: the other colour scheme")
                    failures += [f"{label}: {what}" for what in found["wrong"]]
                    if len(sys.argv) > 2:
                        shot = pathlib.Path(sys.argv[2]).resolve() / f"{label.replace(', ', '-')}.png"
                        browse([f"--screenshot={shot}", page.as_uri()], (WINDOWS[window][0], 4000), dark)
    for failure in failures:
        print("FAILED: " + failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
