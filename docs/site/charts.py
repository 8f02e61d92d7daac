# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Charts: of what this version's memmap-sim says in virtual time, and of each file in docs/returned.

They are made of HTML that site.css draws; a bar or a mark has its place in percent of the width. Scales are
logarithmic.
"""

import html
import json
import math

import program

SCENARIOS = [("2018", "eight sockets bind 1.5 TiB of pmem each"),
             ("small-beside-big", "4 GiB are bound again and again while 6 TiB are"),
             ("kexec", "a boot with allocations that come at once")]
OWN = {"own": "this engine", "own_shared": "this engine, one sync"}
BARS = [("usable_last_ns", "until everything was usable"), ("boot_goes_on_ns", "until the boot went on"),
        ("usable_median_ns", "until an event was usable, median"),
        ("caller_goes_on_max_ns", "until callers went on"),
        ("first_fault_p99_ns", "first fault, p99"), ("allocation_p99_ns", "allocation at boot, p99")]


def duration(ns):
    for size, unit in [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]:
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def number(value):
    return f"{value:.3g}" if abs(value) < 1e6 else f"{value:.0f}"


def figure(title, rows):
    """rows: (who, class, value in ns). From the power of ten below the smallest on."""
    low = 10 ** math.floor(math.log10(min(ns for _, _, ns in rows)) - 0.3)
    span = math.log10(max(ns for _, _, ns in rows) / low)
    made = [f'<figure class="bars"><figcaption>{html.escape(title)}</figcaption>']
    for who, of, ns in rows:
        share = 100 * math.log10(ns / low) / span
        made.append(f'<div class="row"><span>{html.escape(who)}</span><span class="amount">{duration(ns)}</span>'
                    f'<span class="bar {of}" style="width:{share:.1f}%"></span></div>')
    return "\n".join(made + ["</figure>"])


def scenario(sim, out, name, about):
    """A scenario's bars; the page that the program draws of it goes to `out`."""
    compared = json.loads(program.ask(sim, "compare", name, "--format=json", f"--html={out / f'compare-{name}.html'}"))
    made = [f"## {name}: {about} {{#charts-{name}}}\n\n{compared['machine']}; virtual time, seed {compared['seed']}. "
            f"[As the program draws it](compare-{name}.html), over time, with each event and memory; in words: "
            f"`memmap-sim explain {name}`.\n\n@htmlonly\n<div class=\"charts\">"]
    for key, title in BARS:
        rows = [(OWN.get(policy["policy"], policy["policy"].replace("_", " ")),
                 "ours" if policy["policy"] in OWN else "theirs", policy[key])
                for policy in compared["policies"] if policy.get(key, 0) > 0]
        if key == "usable_last_ns":
            rows.append(("bound: nobody can beat it", "limit", compared["bound"]["total_ns"]))
        if len(rows) > 1:
            made.append(figure(title, rows))
    return "\n".join(made + ["</div>\n@endhtmlonly\n"])


def strip(key, value, sample):
    """The median, its interval, the target and its good side, the bound."""
    higher = (value >= sample["target"]) == (sample["verdict"] == "met")
    marks = [mark for mark in [value, sample["low"], sample["high"], sample["target"], sample.get("bound")] if mark]
    low, high = min(marks) / 1.25, max(marks) * 1.25

    def at(mark):
        return 100 * math.log(max(mark, low) / low) / math.log(high / low)

    target, begin, end = at(sample["target"]), at(sample["low"]), at(sample["high"])
    good = (target, 100 - target) if higher else (0, target)
    good = (0, 0) if sample["verdict"] == "undecided" else good
    made = [f'<div class="strip" role="img" aria-label="{key}: {number(value)}">',
            f'<span class="good" style="left:{good[0]:.1f}%;width:{good[1]:.1f}%"></span>',
            f'<span class="span" style="left:{begin:.1f}%;width:{max(end - begin, 0.5):.1f}%"></span>',
            f'<span class="target" style="left:{target:.1f}%"></span>']
    if "bound" in sample:
        made.append(f'<span class="bound" style="left:{at(sample["bound"]):.1f}%"></span>')
    return "".join(made + [f'<span class="dot" style="left:{at(value):.1f}%"></span></div>'])


def returned(path):
    """One machine's figures that have a target."""
    file = json.loads(path.read_text(encoding="utf-8"))
    bench = file["bench"]
    lines = [bench["machine"], bench["sizes"], "store limit: " + bench["limit"],
             f"{file['date']}, {file['commit']}, load before: " + ", ".join(map(number, file["load_before"]))]
    made = [f"## {path.stem} {{#charts-{path.stem}}}\n\n" + "".join(f"* {line}\n" for line in lines),
            file["note"] + "\n" if file["note"] else "", '@htmlonly\n<div class="strips">']
    for key, value in bench["figures"].items():
        sample = bench["figure_samples"].get(key)
        if not sample or not value or value < 0 or sample["low"] <= 0:
            continue
        what, judged = html.escape(sample["what"]), f"target {number(sample['target'])}, {sample['verdict']}"
        made.append(f'<div class="row"><div><code>{key}</code><br><span class="what">{what}</span></div>'
                    f'{strip(key, value, sample)}<div class="amount">{number(value)} <span class="what">{judged}</span>'
                    "</div></div>")
    return "\n".join(made + ["</div>\n@endhtmlonly\n"])


def page(root, sim, out):
    made = ["\n[TOC]\n"] + [scenario(sim, out, name, about) for name, about in SCENARIOS]
    files = sorted((root / "docs/returned").glob("*.json"))
    if files:
        made.append("A dot is the median, the band around it its 95 % interval; the line is the target, with its good "
                    "side; dashed is what the figure would be at the machine's measured limit. Ratios are ours to "
                    "theirs: of speed, higher is better; of time, lower.\n")
    return "\n".join(made + [returned(path) for path in files])
