#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Shows that the scenarios of docs/methods.md can fail: takes one guard away, and the scenario must notice.

    unittest/simulator/guards.py [PATTERN...]      only bugs whose number matches one of these regular expressions
    unittest/simulator/guards.py --list            only whether each guard can still be taken away

Needs g++, GoogleTest and Abseil; about five minutes.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
FLAGS = ["g++", "-std=c++20", "-O1", "-I", "include", "-iquote", "src", "-iquote", "unittest"]
SOURCES = ["src/simulator/%s.cc" % name for name in [
    "kernel/buddy", "kernel/pageblocks", "memory/memory_map", "memory/vmemmap", "reference/layout_reference",
    "reference/reference"]]
SOURCES.append("unittest/support/test_pool.cc")
LIBRARIES = ["absl_statusor", "absl_status", "absl_strings", "absl_str_format"]

MEMORY_MAP, REQUEST, RECORDS = "src/simulator/memory/memory_map.cc", "src/memmap/request.cc", "src/memmap/records.cc"
LAYOUTS, API, VMEMMAP = "src/memmap/layouts.cc", "src/memmap/api.cc", "src/simulator/memory/vmemmap.cc"

# bug: (test, scenario, file, the guard, what is there instead). The guard's text occurs once.
GUARDS = {
    "2": ("simulator/memory/memory_map", "UnavailablePages.AreTheRestOfTheSections", MEMORY_MAP,
          "    add(std::max(section_end, round_down(range.start_pfn, kSectionPages)), range.start_pfn, range.place);\n",
          ""),
    "4": ("simulator/boot_properties", "BootProperties.*", RECORDS,
          "request.for_each_present(pages, [&](PageRange part)", "([](PageRange all, auto visit) { visit(all); })("
          "pages, [&](PageRange part)"),
    "5": ("simulator/memory/memory_map", "EarlyEnd.*", MEMORY_MAP,
          "kSectionPages - std::min(counted, kSectionPages)", "kSectionPages - 0 * counted"),
    "7": ("simulator/boot_properties", "BootProperties.*", "src/memmap/grow.cc",
          "const bool moved = now != *seen;", "const bool moved = true;"),
    "8": ("simulator/memory/memory_map", "UnavailablePages.TheLastSectionIsFilled", MEMORY_MAP,
          "  if (!map.ram.empty()) add(behind, round_up(behind, kSectionPages), map.ram.back().place);\n", ""),
    "9": ("simulator/memory/memory_map", "UnavailablePages.BelongToTheRangeBehindThem", MEMORY_MAP,
          "add(behind, section_end, range.place);", "add(behind, section_end, map.ram.front().place);"),
    "10": ("simulator/memory/memory_map", "UnavailablePages.NodesInAnyOrder", MEMORY_MAP,
           "std::min(round_up(behind, kSectionPages), range.start_pfn)", "round_up(behind, kSectionPages)"),
    "11, 13": ("memmap/api", "ApiTest.BadRequestsAreRefusedAndLeaveNoTrace", REQUEST,
               "if (!pool.knows(request.nid) || !pool.knows(request.records_nid)) return MEMMAP_NO_NODE;", ""),
    "14": ("memmap/layouts", "LayoutsTest.WhereTailsMayShareTheirRecords", LAYOUTS,
           "is_power_of_two(own.record_bytes) &&", ""),
    "15": ("simulator/memory/vmemmap", "Hotplug.APartOfAnEarlySectionHasRecordsOfItsOwn", LAYOUTS,
           "!altmap && whole_sections &&", "!altmap && (whole_sections || true) &&"),
    "16": ("memmap/records", "CompoundsTest.SharedRecordsAreWrittenOnceAndReadEverywhere", "src/memmap/range_job.cc",
           "return hook(range.hooks.context, part.begin, part.size());",
           "return hook(range.hooks.context, part.begin, smaller<uint64_t>(part.size(), 512));"),
    "17, 28": ("simulator/boot_properties", "BootProperties.*", REQUEST,
               "request.kind == MEMMAP_DEVICE ? request.vmemmap_shift : layout_of(request).max_order;",
               "request.vmemmap_shift;"),
    "19": ("memmap/records", "CompoundsTest.*", REQUEST,
           "larger(1u, (large ? pool.large_grain_pages : pool.grain_pages) >> unit_shift)",
           "(large ? pool.large_grain_pages : pool.grain_pages) >> unit_shift"),
    "20, 24": ("simulator/memory/vmemmap", "Hotplug.RemovalDuringInitThenAddedAgain", API,
               "  for_each_request(own, [](Request& request) { request.pool->sections.give_back(request.span); });\n",
               ""),
    "21": ("memmap/sections", "SectionsTest.ReadyIsBySubsectionAndLeavesNeighboursAlone", "src/memmap/sections.cc",
           "words.ready.fetch_or(bits, release);", "words.ready.fetch_or(bits | ~uint64_t{0}, release);"),
    "23": ("simulator/memory/vmemmap", "Hotplug.RemovalDuringInitThenAddedAgain", API,
           "  for_each_request(domain, clear_ready);\n", ""),
    "25": ("simulator/memory/vmemmap", "Hotplug.TouchingWhatIsNotBackedDies", VMEMMAP,
           "own->bytes_, PROT_NONE,", "own->bytes_, kProtection,"),
    "27": ("simulator/memory/vmemmap", "Hotplug.FailureAtEachStepLeavesNothing", VMEMMAP,
           "if (!take(memory_.base, 1)) return give_back(unit), false;", "if (!take(memory_.base, 1)) return false;"),
    "29": ("memmap/grow", "GrowTest.*", "src/memmap/grow.cc",
           "&& has_unclaimed(*request)) lowest = request;",
           "&& has_unclaimed(*request) && request->done_pages() == 0) lowest = request;"),
    "31": ("memmap/records", "CompoundsTest.AFlushAcrossABorderWritesBothSides", API,
           "const PageRange units = request.units_of(part);", "const PageRange units = request.units_of({part.begin, "
           "part.begin + 1});"),
    "32": ("memmap/api", "ApiTest.AFlushLeavesOtherEventsAlone", API,
           "  int status = sched::flush(seat, domain);\n  if (domain.childless()) return status;\n",
           "  int status = sched::flush(seat, domain);\n"
           "  for_each_domain(*domain.pool, false, [&](Domain& other) { sched::flush(seat, other); });\n"),
    "34": ("simulator/memory/vmemmap", "Hotplug.AFailureInTheMiddleUndoesWhatWasDone", API,
           "const int result = undo_range(static_cast<const RangeJob&>(*job));", "const int result = 0;"),
    "35": ("memmap/records", "CompoundsTest.OneFaultWritesOneCompound", API,
           "const PageRange units = request.units_of(part);",
           "const PageRange units = request.units_of(request.span);"),
    "36": ("simulator/memory/vmemmap", "Hotplug.SharedRecordsTakeTwoPagesACompound", "src/simulator/memory/vmemmap.h",
           "return order_ != 0 ? order_ : 15;", "return 15;"),
}


def check_texts():
    for bug, (_, _, path, guard, _) in GUARDS.items():
        times = (TOP / path).read_text().count(guard)
        if times != 1:
            raise SystemExit(f"guards: bug {bug}: {path} has {times} times, not once:\n{guard}")


def run(command, **options):
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, **options)


def compiled(source, text, folder):
    """The object of a source whose text is given; stops where it does not compile."""
    target = folder / (source.replace("/", "_") + ".o")
    result = run(FLAGS + ["-x", "c++", "-c", "-", "-o", str(target)], input=text)
    if result.returncode:
        raise SystemExit(f"guards: {source}:\n{result.stderr}")
    return target


def passes(objects, folder, scenario):
    libraries = run(["pkg-config", "--libs"] + LIBRARIES).stdout.split()
    program = folder / "scenario"
    objects = [str(item) for item in objects]
    linked = run(["g++"] + objects + ["-o", str(program), "-lgtest", "-lgtest_main", "-pthread"] + libraries)
    if linked.returncode:
        raise SystemExit(f"guards: {linked.stderr}")
    try:
        return run([str(program), "--gtest_filter=" + scenario], timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main(patterns):
    check_texts()
    if patterns == ["--list"]:
        print("\n".join(f"{bug}: {GUARDS[bug][1]}" for bug in GUARDS))
        return 0
    chosen = [bug for bug in GUARDS if not patterns or any(re.fullmatch(pattern, bug) for pattern in patterns)]
    engine = sorted(str(path.relative_to(TOP)) for floor in ["sched", "memmap"] for path in
                    (TOP / "src" / floor).glob("*.cc"))
    unnoticed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tests = sorted({f"unittest/{GUARDS[bug][0]}_test.cc" for bug in chosen})
        plain = {source: compiled(source, (TOP / source).read_text(), folder) for source in engine + SOURCES + tests}
        changed_folder = folder / "changed"
        changed_folder.mkdir()
        for bug in chosen:
            test, scenario, path, guard, instead = GUARDS[bug]
            source = path
            text = (TOP / path).read_text().replace(guard, instead)
            if path.endswith(".h"):  # into its own source
                source = path[:-2] + ".cc"
                text = (TOP / source).read_text().replace(f'#include "{path[len("src/"):]}"\n', text)
            used = {key: item for key, item in plain.items() if not key.endswith("_test.cc") or test in key}
            sound = passes(used.values(), folder, scenario)
            used[source] = compiled(source, text, changed_folder)
            noticed = sound and not passes(used.values(), folder, scenario)
            unnoticed += not noticed
            print(f"bug {bug}: {scenario}: " + ("fails without its guard" if noticed else
                                                "passes without its guard" if sound else "fails with its guard"),
                  flush=True)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
