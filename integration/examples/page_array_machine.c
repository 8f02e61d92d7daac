/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* A machine for page_array.c whose CPUs are threads: a table of so many GiB of memory, set up as a small kernel does it
 * today, by its first CPU before anything else; then by all, behind the boot.
 *
 *   page_array [GIB]
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "page_array.h"

static _Thread_local uint32_t this_cpu;

uint32_t machine_cpu(void) { return this_cpu; }

uint64_t machine_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void machine_relax(void) { sched_yield(); }

void machine_halt(uint32_t *word, uint32_t value)
{
	const struct timespec at_most = { .tv_nsec = 10000000 };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &at_most, NULL, 0);
}

void machine_kick(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0); }

void machine_panic(const char *what)
{
	fprintf(stderr, "panic: %s\n", what);
	abort();
}

static void *cpu(void *number)
{
	this_cpu = (uint32_t)(uintptr_t)number;
	frames_cpu(this_cpu);
	return NULL;
}

static double ms_since(uint64_t began_ns) { return (double)(machine_clock_ns() - began_ns) / 1e6; }

int main(int argc, char **argv)
{
	const uint64_t nr_frames = (argc > 1 ? strtoull(argv[1], NULL, 10) : 8) << 18;
	const size_t bytes = nr_frames * sizeof(struct frame);
	struct frame *expected = malloc(bytes), *frames = malloc(bytes), *early;
	pthread_t cpus[MAX_CPUS];
	uint32_t nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t began;
	int right;

	if (nr_frames < 1 << 18 || nr_frames > 1 << 28 || !expected || !frames) {
		fprintf(stderr, "page_array: expected 1 to 1024 GiB, and memory for twice their table\n");
		return 1;
	}
	nr_cpus = nr_cpus < 2 ? 2 : nr_cpus > MAX_CPUS ? MAX_CPUS : nr_cpus;
	memset(expected, 0xa5, bytes); /* both tables lie in memory that is present */
	memset(frames, 0xa5, bytes);

	began = machine_clock_ns();
	frames_set_up(expected, 0, nr_frames);
	printf("before  the first CPU alone: first frame after %8.3f ms, all after %8.3f ms\n", ms_since(began),
	       ms_since(began));

	began = machine_clock_ns();
	if (!frames_boot(frames, nr_frames, nr_cpus))
		return 2;
	early = frame_get(nr_frames / 2); /* no other CPU is up yet */
	printf("after   %2u CPUs, behind it:  first frame after %8.3f ms, ", nr_cpus, ms_since(began));
	right = early == frames + nr_frames / 2 && early->references == 0;
	for (uint32_t n = 1; n < nr_cpus; n++) {
		if (pthread_create(&cpus[n], NULL, cpu, (void *)(uintptr_t)n))
			return 2;
	}
	right = right && frames_complete() == 0;
	printf("all after %8.3f ms\n", ms_since(began));
	frames_stop();
	for (uint32_t n = 1; n < nr_cpus; n++)
		pthread_join(cpus[n], NULL);
	right = right && memcmp(expected, frames, bytes) == 0;
	free(expected);
	free(frames);
	return !right;
}
