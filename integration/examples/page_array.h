/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A small kernel's table of page frames, and what it asks of the machine: page_array.c, page_array_machine.c. */
#ifndef EXAMPLES_PAGE_ARRAY_H
#define EXAMPLES_PAGE_ARRAY_H

#include <stdint.h>

#define MAX_CPUS 16
#define MAX_FRAMES (1 << 30) /* 4 TiB of memory */
#define FRAMES_PER_UNIT 4096 /* 16 MiB of memory, 64 KiB of table */
#define NO_FRAME UINT32_MAX

struct frame {
	uint32_t references; /* 0: free */
	uint32_t next_free;  /* in its unit; NO_FRAME: the last */
	uint16_t order, zone;
	uint32_t owner;
};

/* The kernel. frames_boot: by the first CPU, returns at once; false: it has no engine. frame_get: a frame, as soon as
 * its own unit is set up. frames_complete: 0 once all are. frames_cpu: what every other CPU does until frames_stop. */
_Bool frames_boot(struct frame *frames, uint64_t nr_frames, uint32_t nr_cpus);
struct frame *frame_get(uint64_t number);
int frames_complete(void);
void frames_cpu(uint32_t cpu);
void frames_stop(void);
void frames_set_up(struct frame *frames, uint64_t first, uint64_t count);

/* The machine. halt: until kicked, or for no reason; at once where *word != value. */
uint32_t machine_cpu(void);
uint64_t machine_clock_ns(void);
void machine_relax(void);
void machine_halt(uint32_t *word, uint32_t value);
void machine_kick(uint32_t *word);
void machine_panic(const char *what);

#endif
