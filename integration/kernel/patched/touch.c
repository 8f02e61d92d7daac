// SPDX-License-Identifier: GPL-2.0-only OR MIT
// touch FILE OFFSET LENGTH STRIDE: maps FILE shared, writes a word each STRIDE bytes, reads all of them again.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	if (argc != 5)
		return 1;
	const int file = open(argv[1], O_RDWR);
	const size_t offset = strtoull(argv[2], NULL, 0), length = strtoull(argv[3], NULL, 0);
	const size_t stride = strtoull(argv[4], NULL, 0);
	char *const at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);

	if (file < 0 || at == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	for (size_t i = 0; i < length; i += stride)
		*(volatile uint64_t *)(at + i) = i ^ 0x5a5a5a5a;
	for (size_t i = 0; i < length; i += stride)
		if (*(volatile uint64_t *)(at + i) != (i ^ 0x5a5a5a5a)) {
			fprintf(stderr, "%s: byte %zu is not what was written\n", argv[1], offset + i);
			return 3;
		}
	return 0;
}
