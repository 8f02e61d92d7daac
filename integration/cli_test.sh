#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR MIT
# memmap-sim as a user meets it: exit statuses, messages, and a small run whose JSON has every figure.
#
#   integration/cli_test.sh PATH/TO/memmap-sim
set -uo pipefail

readonly sim=$1
readonly here=$(mktemp -d "${TEST_TMPDIR:-/tmp}/cli.XXXXXX")
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS TEXT ARGUMENT...: exits like that, and says so on either output.
expect() {
  local status=$1 text=$2 found
  shift 2
  "$sim" "$@" >"$here/out" 2>"$here/err"
  found=$?
  [ "$found" = "$status" ] || fail "$*: exit status $found, expected $status; $(tail -n 3 "$here/err")"
  [ -z "$text" ] || cat "$here/out" "$here/err" | grep -qF -- "$text" || fail "$*: no text '$text'"
}

# again COMMAND...: not under a sanitizer, where a run takes seconds; unit tests go there under one.
again() { [ -n "${UBSAN_OPTIONS:-}" ] || "$@"; }
readonly pairs=$([ -n "${UBSAN_OPTIONS:-}" ] && echo 1 || echo 2)

# valid SCHEMA FILE: the JSON is as its schema says.
valid() {
  python3 -B docs/schema/validate.py "docs/schema/$1.json" "$2" || fail "$2 is not as docs/schema/$1.json says"
}

expect 0 "memmap-sim run" --help
expect 0 "memmap-sim run" # nothing at all
expect 0 "memmap-sim 0." --version
for verb in $("$sim" --help | sed -n 's/^  memmap-sim \([a-z]*\) .*/\1/p' | grep -v help); do
  expect 0 "memmap-sim $verb: " "$verb" --help
  [ -s "$here/err" ] && fail "$verb --help: something on the standard error"
  expect 0 "Examples:" help "$verb"
done
[ "${verb:-}" = scenarios ] || fail "--help: found no verbs"
expect 1 'found "comapre", expected compare?' help comapre
expect 1 'found "rum", expected run?' rum
expect 1 "memmap-sim --help says more" rum
expect 1 "found --sed, expected --seed?" run --sed=3
expect 1 "memmap-sim run --help says more" run --sed=3
expect 1 "memmap-sim swarm --help says more" swarm --sead=3
expect 1 "expected one of --policy, --seed, --output, --trace" explain 2018 --html=page
expect 1 "found --format, expected one of --output" scenarios --format=json
for arguments in --help --version scenarios "swarm --seeds=1" \
  "$(again echo calibrate --memory=32MiB --pairs=1 --output=/dev/null)"; do
  # shellcheck disable=SC2086 # several words
  "$sim" $arguments >/dev/full 2>"$here/err"
  found=$?
  [ $found = 2 ] || fail "$arguments on a full disk: exit status $found, expected 2"
  grep -q "could not be written" "$here/err" || fail "$arguments on a full disk: no complaint"
done

# Closed, it is not what the next file becomes.
"$sim" compare vm-2vcpu --policy=own --html="$here/page.html" >&- 2>"$here/err"
[ $? = 2 ] && grep -q "could not be written" "$here/err" && [ ! -s "$here/page.html" ] ||
  fail "no standard output: $(head -n 3 "$here/err" "$here/page.html")"

# Progress is on the standard error, where that is a terminal that is not dumb; escape sequences are nowhere else.
python3 - "$sim" <<'PYTHON' || fail "progress is not where it should be"
import os, pty, subprocess, sys
sanitized = "UBSAN_OPTIONS" in os.environ
def errors_of(**environment):
    ours, theirs = pty.openpty()
    command = [sys.argv[1], "run", "--memory=32MiB", "--pairs=1"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, **environment}, check=True)
    os.close(theirs)
    assert b"\x1b" not in done.stdout and b"\r" not in done.stdout
    try:
        return os.read(ours, 1 << 16)
    except OSError:  # nothing was written
        return b""
errors = errors_of(TERM="xterm", NO_COLOR="1")
assert b"\r\x1b[K" in errors and b"\x1b[3" not in errors, errors
if not sanitized:
    errors = errors_of(TERM="dumb").replace(b"\r\n", b"\n")  # where it is slow a stall may be told
    assert b"\x1b" not in errors and b"\r" not in errors, errors
PYTHON

expect 1 'found "4GB", expected a size such as 512MiB' run --memory=4GB

printf '00001000-0009ffff : System RAM\n00050000-0007ffff : System RAM\n' >"$here/overlapping"
expect 2 "$here/overlapping:2: found 00050000-0007ffff : System RAM (overlapping), expected" run \
  --iomem="$here/overlapping"
printf '00001000-0009ffff : System RAM\nrubbish\n' >"$here/rubbish"
expect 2 "$here/rubbish:2: found \"rubbish\", expected start-end : name" run --iomem="$here/rubbish"
expect 2 "$here/absent: No such file" run --iomem="$here/absent"
expect 2 "$here/absent: No such file" run --memory-map="$here/absent"
printf 'BIOS-e820: [mem 0x0000000000100000-0x00000000bff] usable\n' >"$here/cut_off"
expect 2 "$here/cut_off:1: found" run --memory-map="$here/cut_off"
echo hello >"$here/hello"
expect 2 "found no line about physical memory, expected a map like /proc/iomem" run --memory-map="$here/hello"
expect 2 "expected at most" run --memory=1000TiB
# starved: wherever address space runs out, it is said; by the loader too, with 127.
starved() {
  local kib
  for kib in 40000 45000 50000 60000; do
    (ulimit -v "$kib" && exec "$sim" run --memory=32MiB --pairs=1) >"$here/out" 2>"$here/err"
    found=$?
    [ $found = 0 ] || [ $found = 127 ] || { [ $found = 2 ] && grep -q "^memmap-sim: " "$here/err"; } ||
      fail "with $kib KiB: exit status $found; $(tail -n 3 "$here/err")"
  done
}
again starved
expect 2 "expected a file that can" run --output="$here/no/such/folder"

# A report that is never made takes nobody's place; one that is made takes all of it.
expect 2 "$here/hello: found no line about physical memory" run --memory-map="$here/hello" --output="$here/hello"
[ "$(cat "$here/hello")" = hello ] || fail "--output: the file of an input that was refused is gone"
seq 99999 >"$here/long"
expect 0 "" scenarios --output="$here/long"
grep -q '^[0-9]*$' "$here/long" && fail "--output: something of what the file had is left"

expect 1 'found "doktor", expected doctor?' doktor
expect 1 "expected table or json" doctor --format=csv
expect 2 "$here/absent.xml: cannot be opened" doctor --topology="$here/absent.xml"
expect 2 "not readable as an hwloc XML file" doctor --topology="$here/rubbish"
expect 2 "expected a file that can" doctor --output="$here/no/such/folder"
expect 2 "expected a file that can" run --memory=32MiB --trace="$here/no/such/folder"
again expect 0 "steals from" doctor
# hidden COMMAND...: where /proc is empty, as in some sandboxes; only who may make one can look. Sanitizers need /proc.
hidden() { unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc && exec "$0" "$@"' "$@"; }
if [ -z "${UBSAN_OPTIONS:-}" ] && hidden true 2>/dev/null; then
  hidden "$sim" doctor >"$here/out" 2>"$here/err"
  [ $? = 2 ] && grep -qF '/proc/meminfo: found no line "MemAvailable"' "$here/err" ||
    fail "doctor without /proc: $(cat "$here/err")"
fi
expect 0 "" doctor --format=json --output="$here/doctor.json"
valid doctor "$here/doctor.json"
python3 - "$here/doctor.json" <<'PYTHON' || fail "the doctor's JSON is not as expected"
import json, os, sys
doctor = json.load(open(sys.argv[1]))
assert doctor["schema_version"] == 1 and doctor["cpus_allowed"] == len(os.sched_getaffinity(0)), doctor
assert doctor["vital_signs"]["store_record_ns"] > 0 and all(finding["advice"] for finding in doctor["findings"])
PYTHON

expect 3 "violations" run --memory=32MiB --pairs=1 --plant=flip
for fault in skip twice outside; do again expect 3 "violations" run --memory=32MiB --pairs=1 --plant=$fault; done

expect 0 "" run --memory=64MiB --pairs="$pairs" --nodes=2 --format=json --output="$here/report.json"
[ -s "$here/out" ] && fail "--output: something on the standard output too"
valid run "$here/report.json"
python3 - "$here/report.json" <<'PYTHON' || fail "the JSON is not as expected"
import json, sys
report = json.load(open(sys.argv[1]))
figures = report["figures"]
expected = """records_verified violations fill_vs_limit device_vs_kernel_loop_1t device_vs_kernel_loop_all
boot_with_handover_vs_kernel submit_us_p50 small_beside_big_p99_vs_alone small_beside_big_p99_vs_global_sync
first_fault_us_p50 first_fault_us_p99""".split()
assert sorted(figures) == sorted(expected), sorted(figures)
assert all(isinstance(value, (int, float)) for value in figures.values()), figures
assert figures["violations"] == 0 and figures["records_verified"] > 750_000, figures
assert report["schema_version"] == 1 and len(report["rows"]) == 6 and report["seed"] == 2018
PYTHON

again expect 0 "0 wrong, 0 twice, 0 outside" run --memory=32MiB --pairs=1 --seed 7
again expect 0 " s, $(nproc) workers, seed" run --memory=32MiB --pairs=1 --workers=65535

# A machine with nodes 0 and 2, and a device on the latter.
readonly log=unittest/simulator/inputs/testdata/dmesg/server.log
again expect 0 "2 pretended nodes" run --memory=64MiB --pairs=1 --memory-map="$log"
expect 0 "node 2 deferred pages initialised in" run --memory=64MiB --pairs=1 --memory-map="$log" --dmesg \
  --trace="$here/trace.json"
cp "$here/out" "$here/dmesg"
again expect 0 "0 wrong, 0 twice, 0 outside" run --memory=64MiB --pairs=1 --memory-map="$here/dmesg"
[ "$(grep -c 'memmap_init_zone_device initialised [0-9]* pages in [0-9]*ms$' "$here/dmesg")" = 6 ] ||
  fail "--dmesg: expected two devices, three ways"
python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["traceEvents"]) > 50' "$here/trace.json" ||
  fail "--trace: no trace"

again expect 0 "figure,,violations,,0," run --memory=32MiB --pairs=1 --format=csv

# In virtual time: a ready scenario, a file, their errors, the exit statuses.
expect 0 "this engine" compare vm-2vcpu
if [ -z "${UBSAN_OPTIONS:-}" ]; then # minutes under a sanitizer, with nothing in them that the rest has not
  expect 0 "" compare 2018 --policy=own --format=json --output="$here/compare.json"
  valid compare "$here/compare.json"
  python3 - "$here/compare.json" <<'PYTHON' || fail "the comparison's JSON is not as expected"
import json, sys
compared = json.load(open(sys.argv[1]))
own = compared["policies"][0]
assert compared["schema_version"] == 1 and compared["seed"] == 2018 and "compare 2018" in compared["command"]
assert own["times_bound"] <= 1.1 and own["caller_goes_on_max_ns"] < 1e6 and own["first_fault_p99_ns"] < 1e6, own
assert len(own["events"]) == 8 and all(event["usable_ns"] > 0 for event in own["events"])
PYTHON
  expect 0 "predictions within:" validate
  expect 0 "" validate --format=json --output="$here/validate.json"
  valid validate "$here/validate.json"
fi
expect 0 "[machine.core]" scenarios 2018
sed 's/1.5TiB/64GiB/' "$here/out" >"$here/own.toml" # so that it takes no time under a sanitizer
expect 0 "times the bound" explain "$here/own.toml" --policy=own
expect 4 "expected at most 1" compare "$here/own.toml" --policy=own --budget=1
sed 's/64GiB/1.5TB/' "$here/own.toml" >"$here/wrong.toml"
expect 2 "$here/wrong.toml:43:8: found \"1.5TB\", expected a size such as \"3TiB\"" compare "$here/wrong.toml"
expect 2 "found neither a file nor a ready scenario, expected 2018?" compare 2108
expect 1 "expected padata?" compare 2018 --policy=padta
expect 0 "" compare vm-2vcpu --policy=own --trace="$here/virtual.json"
python3 -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["traceEvents"]) > 50' "$here/virtual.json" ||
  fail "compare --trace: no trace"
expect 0 "" compare removal --html="$here/events.html"
expect 0 "" compare vm-2vcpu --policy=padata,own --sweep=size:2GiB..8GiB --steps=3 --html="$here/sweep.html"
expect 2 "expected a file that can" compare vm-2vcpu --policy=own --html="$here/no/such/folder"
python3 - "$here" <<'PYTHON' || fail "--html: a page is not as expected"
import pathlib, re, sys
import xml.etree.ElementTree as xml
here = pathlib.Path(sys.argv[1])
def parsed(name):
    page = (here / name).read_text()
    assert not re.search(r"https?:|src=|@import|url\(|<script", page), "something from elsewhere"
    assert "prefers-color-scheme: dark" in page
    return xml.fromstring(page)
def of_class(root, tag, name):
    return [element for element in root.iter(tag) if name in element.get("class", "").split()]
root = parsed("events.html")
cards = [figure for figure in root.iter("figure") if figure.get("id")]
assert len(cards) == 9, [card.get("id") for card in cards]
whole = next(figure for figure in root.iter("figure") if figure.find("h3").text.startswith("All is usable"))
assert len(of_class(whole, "rect", "ours")) == 2 and len(of_class(whole, "rect", "theirs")) == 7
assert len(of_class(whole, "line", "bound")) == 9
own = next(card for card in cards if card.get("id") == "own")
assert len(of_class(own, "rect", "waits")) == 3, "three events"
assert len(of_class(own, "rect", "behind")) == 2 and len(of_class(own, "rect", "removed")) == 1, "one of them leaves"
assert len(of_class(own, "path", "band")) == 2, "two memories are written"
sweep = parsed("sweep.html")
assert len(of_class(sweep, "polyline", "own")) == len(list(sweep.iter("figure"))) >= 2
PYTHON
# Ctrl-C: what is there so far, whole, and a status that says so. The wait is doubled until a part of the sweep was over
# before it, so that no machine is too slow; nor too fast, as two policies do not simulate 1,000 steps in a second.
for wait_s in 1 2 4 8 16 32 64; do
  timeout --preserve-status --signal=INT $wait_s "$sim" compare "$here/own.toml" --policy=padata,own --format=json \
    --sweep=size:8GiB..4TiB --steps=1000 --html="$here/partial.html" >"$here/partial.json" 2>"$here/err"
  status=$?
  grep -qF times_bound "$here/partial.json" && break
done
[ $status = 130 ] && grep -qF "interrupted: the output is partial" "$here/err" ||
  fail "Ctrl-C after $wait_s s: exit status $status, expected 130 and a part of the sweep"
python3 - "$here" <<'PYTHON' || fail "Ctrl-C: the output is not whole"
import json, pathlib, sys
import xml.etree.ElementTree as xml
here = pathlib.Path(sys.argv[1])
partial = json.load(open(here / "partial.json"))
assert partial["schema_version"] == 1 and 0 < len(partial["steps"]) < 1000, len(partial["steps"])
xml.parse(here / "partial.html")
PYTHON
valid sweep "$here/partial.json"
expect 0 "calibration" calibrate --memory=32MiB --pairs=1 --quiet --output="$here/this.toml"
expect 0 "this engine" compare "$here/this.toml"

rm -rf "$here"
[ "$failures" = 0 ]
