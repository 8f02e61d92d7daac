# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What libmemmap_async.so exports: the public C API, and nothing else; the C++ classes are all in their headers.

integration/packages/abi_test.py compares it with the library and with the headers. Where a name goes, or comes to mean
something else, ABI and the version's minor number (memmap/version.h) change: it is another soname.
"""

ABI = "0.1"

EXPORTS = [
    "memmap_cancel",
    "memmap_domain_close",
    "memmap_domain_open",
    "memmap_flush",
    "memmap_flush_range",
    "memmap_grow",
    "memmap_init_async",
    "memmap_layout_at",
    "memmap_may_share_records",
    "memmap_node_ready_pages",
    "memmap_pool_bytes",
    "memmap_pool_fini",
    "memmap_pool_init",
    "memmap_pool_set_width",
    "memmap_pool_stop",
    "memmap_prefault_range",
    "memmap_progress",
    "memmap_range_async",
    "memmap_range_bytes",
    "memmap_range_flush",
    "memmap_ready",
    "memmap_request_bytes",
    "memmap_runtime_alloc",
    "memmap_runtime_free",
    "memmap_runtime_start",
    "memmap_runtime_stop",
    "memmap_status_text",
    "memmap_task_async",
    "memmap_tbb_start",
    "memmap_worker_counters",
    "memmap_worker_idle",
    "memmap_worker_leave",
    "memmap_worker_rest",
    "memmap_worker_return",
    "memmap_worker_step",
    "memmap_zero_range",
]

SONAME = "libmemmap_async.so." + ABI

# For the linker: a version script, and the same names as those that are wanted from the archives.
VERSION_SCRIPT = "MEMMAP_ASYNC_%s { global: %s local: *; };" % (ABI, " ".join([name + ";" for name in EXPORTS]))

WANTED = ["-Wl,-u," + name for name in EXPORTS]
