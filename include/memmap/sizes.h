/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * sizes.h - storage at most, as constant expressions of C and C++: for who has no heap, or none yet.
 *
 *     static _Alignas(128) unsigned char pool_storage[MEMMAP_POOL_BYTES_MAX(MAX_CPUS, 1, 1, 32768, 4)];
 *     static _Alignas(64) unsigned char table_storage[MEMMAP_RANGE_BYTES_MAX(MAX_FRAMES, 12)];
 *
 * Each is at least what its function says (memmap_request_bytes(), memmap_range_bytes(), memmap_pool_bytes()) of
 * anything valid with these parameters, or smaller numbers of things, and at most 192 bytes more of just these. A
 * library of another minor version may want more: it says so, MEMMAP_STORAGE.
 */
#ifndef MEMMAP_SIZES_H
#define MEMMAP_SIZES_H

/* One span of a request: its pages, holes included; its pieces, 0 for none; log2 of its unit. For the latter 9 is right
 * for each; closer are the max_order of the layout, or of a device with compounds vmemmap_shift, where larger. */
#define MEMMAP_REQUEST_BYTES_MAX(nr_pages, nr_pieces, unit_shift) \
	MEMMAP_SPAN_BYTES_MAX(MEMMAP_REQUEST_HEADER, nr_pages, nr_pieces, unit_shift)

/* A range job: `count` and `unit_shift` of memmap_range, whatever is `first`. */
#define MEMMAP_RANGE_BYTES_MAX(count, unit_shift) MEMMAP_SPAN_BYTES_MAX(MEMMAP_RANGE_HEADER, count, 1, unit_shift)

/* A pool: three numbers of memmap_topology, two fields of memmap_pool_config, whose 0 slots are 64. */
#define MEMMAP_POOL_BYTES_MAX(nr_workers, nr_groups, nr_nids, nr_pages, domain_slots) \
	(MEMMAP_POOL_HEADER + (nr_groups) * (MEMMAP_GROUP_BYTES + 0ull) + \
	 (nr_workers) * (MEMMAP_WORKER_BYTES + 0ull) + (nr_nids) * 64ull + (nr_pages) / 32768 * 16ull + \
	 ((domain_slots) != 0 ? (domain_slots) : 64) * 16ull + 176)

/* What the engine's own structures take, which it compares when it is compiled: of a request, */
#define MEMMAP_REQUEST_HEADER 576
/* of a range job, */
#define MEMMAP_RANGE_HEADER 192
/* of a stripe, */
#define MEMMAP_STRIPE_BYTES 128
/* of a pool, */
#define MEMMAP_POOL_HEADER 384
/* of a locality group, */
#define MEMMAP_GROUP_BYTES 192
/* of a worker. */
#define MEMMAP_WORKER_BYTES 448

/* Header; a stripe for each of the first 16 units; of each unit two bits, on a grid of 64; pieces. */
#define MEMMAP_SPAN_BYTES_MAX(header, count, nr_pieces, unit_shift) \
	(((header) + MEMMAP_NR_STRIPES(MEMMAP_LAST_UNIT(count, unit_shift)) * MEMMAP_STRIPE_BYTES + \
	  (MEMMAP_LAST_UNIT(count, unit_shift) / 64 + 2) * 16 + ((nr_pieces) != 0 ? (nr_pieces) : 1) * 16ull + 63) / \
	 64 * 64)
/* Stripes, at most, of units up to this one, wherever the grid begins. */
#define MEMMAP_NR_STRIPES(last_unit) ((last_unit) < 14 ? (last_unit) + 2 : 16)
/* The last unit of `count` numbers from 0 on. */
#define MEMMAP_LAST_UNIT(count, unit_shift) (((count) + 0ull - 1) >> (unit_shift))

#endif
