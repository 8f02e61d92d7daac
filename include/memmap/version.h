/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * version.h - the one place that says which version this is: packages, programs and documents take it from here. What
 * changed is in docs/changelog.md. Below 1.0.0 the minor number changes where a program must be compiled again; the
 * shared library's soname is libmemmap_async.so.MAJOR.MINOR until then, libmemmap_async.so.MAJOR afterwards.
 */
#ifndef MEMMAP_VERSION_H
#define MEMMAP_VERSION_H

/* major.minor.patch */
#define MEMMAP_VERSION "0.1.0"

#endif
