# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What the site has, and in which order: pages of this tree, in chapters. A new page is a line here."""

START = "docs/site/start.md"

# Pages, and what is below each: path, what for. They stand on the site in this order.
CHAPTERS = [
    ("docs/tutorial.md", []),
    ("docs/site/how-to.md", [
        ("docs/packages.md", "link it from Bazel, from CMake, through pkg-config"),
        ("docs/environment.md", "bring your own threads"),
        ("docs/lenders.md", "work in the threads of an application with oneTBB"),
        ("docs/replay.md", "run again what failed"),
        ("docs/kernel.md", "try the module, on a stock kernel"),
        ("docs/observability.md", "see what happened: traces, stall reports, the doctor"),
        ("docs/memory-maps.md", "take the memory map of another machine from its log"),
        ("docs/returned/README.md", "run it on your big machine, and send one file back"),
        ("docs/examples.md", "programs for the same problem elsewhere"),
    ]),
    ("docs/site/reference.md", [
        ("docs/site/memmap-sim.md", "the program: its verbs and flags, as it says them"),
        ("docs/schema/README.md", "the JSON that programs write"),
        ("docs/methods.md", "Linux's methods as requests, layouts, bugs as scenarios"),
        ("docs/changelog.md", "what changed, by version"),
    ]),
    ("docs/site/explanation.md", [
        ("docs/architecture.md", "the path of a request, what a record holds, what a call may cost"),
        ("src/README.md", "the floors, and what each may include"),
        ("src/sched/README.md", "flush domains, claims, sleep: why nothing is lost and nothing done twice"),
        ("src/memmap/README.md", "pages: taken, ready, one grain"),
        ("src/kernel_shim/README.md", "the kernel's names over the engine"),
        ("docs/litmus/README.md", "the same claims as litmus tests and models"),
        ("docs/testing.md", "how it is tested, and how the tests are"),
        ("docs/swarm.md", "the engine under faults from seeds"),
        ("docs/simulator.md", "the model of machines, and its validation"),
        ("docs/rivals.md", "what it is compared with"),
        ("docs/decision/README.md", "why it is as it is"),
    ]),
    ("docs/site/figures.md", [
        ("docs/results.md", "figures, with the machine and the command"),
        ("docs/site/charts.md", "charts, drawn by the programs when this site was built"),
    ]),
    ("docs/glossary.md", []),
    ("docs/site/taking-part.md", [
        ("docs/contributing.md", "one command to green; how to add things"),
        ("docs/security.md", "what is trusted, how fuzzers run"),
    ]),
]

# Headers of the public API, in the order to read them, and of the floors below, which are shown as they are.
HEADERS = [
    ("include/memmap/memmap.h", "the API: requests, domains, flush, grow"),
    ("include/memmap/layout.h", "what a record looks like, by configuration and version"),
    ("include/memmap/range.h", "other work on ranges of numbers, and tasks"),
    ("include/memmap/prefault.h", "memory made present, or zeroed"),
    ("include/memmap/runtime.h", "hosted start-up"),
    ("include/memmap/sizes.h", "storage at most, as constant expressions"),
    ("include/memmap/env.h", "the seam: for people who bring their own threads"),
    ("include/memmap/trace.h", "what threads have done"),
    ("include/memmap/version.h", "which version this is"),
    ("include/memmap/memmap.hpp", "C++: a domain that closes itself, storage of a request"),
    ("include/memmap/throws.hpp", "C++: hooks that may throw"),
    ("include/memmap/runtime.hpp", "C++: a runtime that stops itself, memory"),
    ("include/memmap/tbb.hpp", "C++: the same in oneTBB's threads"),
]
FLOORS = [
    ("src/base/atomic.h", "atomic words: the one place that knows real ones"),
    ("src/sched/job.h", "units, stripes, grains"),
    ("src/sched/slot.h", "pins"),
    ("src/sched/waiters.h", "who waits"),
    ("src/sched/pool.h", "who sleeps"),
    ("src/sched/domain.h", "the state word"),
    ("src/host/topology.h", "this machine, or another one's, by hwloc"),
    ("src/host/fibers.h", "an environment in one thread and virtual time"),
]
