// SPDX-License-Identifier: GPL-2.0-only OR MIT
// For guests: hog CPU takes that CPU for itself, as a real-time task that never sleeps.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  const struct sched_param priority = {.sched_priority = 50};
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(argc == 2 ? atoi(argv[1]) : 0, &cpus);
  if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0 || sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
    perror("hog");
    return 1;
  }
  for (;;) asm volatile("");
}
