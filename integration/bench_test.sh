#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# The benchmark as a user meets it: exit statuses, messages, and small runs that have every figure they were asked for,
# finite, in JSON, CSV and on the page. Not a timed test: what the figures say is not looked at.
#
#   integration/bench_test.sh PATH/TO/bench
set -uo pipefail

readonly bench=$1
readonly here=$(mktemp -d "${TEST_TMPDIR:-/tmp}/bench.XXXXXX")
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS TEXT ARGUMENT...: exits like that, and says so on either output.
expect() {
  local status=$1 text=$2 found
  shift 2
  "$bench" "$@" >"$here/out" 2>"$here/err"
  found=$?
  [ "$found" = "$status" ] || fail "$*: exit status $found, expected $status; $(tail -n 3 "$here/err")"
  [ -z "$text" ] || cat "$here/out" "$here/err" | grep -qF -- "$text" || fail "$*: no text '$text'"
}

expect 0 "--only=REGEX" --help
expect 1 "found --only=[, expected a regular expression" --only='['
expect 1 "found --only=no_such_figure, expected some figure's key: see --list" --only=no_such_figure
expect 1 "found --html without a value" --html
expect 1 "found --sed, expected --seed?" --sed=3
expect 2 "$here/no/such/folder: cannot be written" --html="$here/no/such/folder"
expect 0 "fill_vs_tbb_auto" --list
cp "$here/out" "$here/keys"

# One pair of everything, on as little memory as the events fit in.
expect 0 "" --memory=256MiB --pairs=1 --format=json --output="$here/report.json" --html="$here/page.html"
python3 -B docs/schema/validate.py docs/schema/bench.json "$here/report.json" || fail "the report is not as its schema"
python3 - "$here" <<'PYTHON' || fail "the report or the page is not as expected"
import json, math, pathlib, re, sys
import xml.etree.ElementTree as xml
here = pathlib.Path(sys.argv[1])
keys = (here / "keys").read_text().split()
report = json.load(open(here / "report.json"))
samples = report["figure_samples"]
assert sorted(samples) == sorted(keys), set(samples) ^ set(keys)
for key, figure in samples.items():
    for name in ("low", "high", "ours"):
        assert isinstance(figure[name], (int, float)) and math.isfinite(figure[name]), (key, figure)
    assert figure["low"] <= figure["high"] and figure["samples"] >= 1 and figure["unit"], (key, figure)
assert report["figures"]["violations"] == 0 and report["figures"]["records_verified"] > 3_000_000
page = (here / "page.html").read_text()
root = xml.fromstring(page)
ids = {element.get("id") for element in root.iter() if element.get("id")}
assert not set(keys) - ids, set(keys) - ids
assert all(link.get("href")[1:] in ids for link in root.iter("a"))
assert len(list(root.iter("svg"))) > len(keys) and "prefers-color-scheme: dark" in page
assert not re.search(r"https?:|src=|@import|url\(|<script", page), "something from elsewhere"
PYTHON

expect 0 "key,value,low,high,target,bound,samples" --memory=64MiB --pairs=1 --format=csv --only='^domain_bytes$'
expect 0 "512 .. 512" --memory=64MiB --pairs=1 --only '^domain_bytes$'

rm -rf "$here"
[ "$failures" = 0 ]
