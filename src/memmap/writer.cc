// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "memmap/writer.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMMAP_PORTABLE_WRITER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define MEMMAP_PORTABLE_WRITER
#endif

namespace memmap::pages {

namespace {

#ifndef MEMMAP_PORTABLE_WRITER
struct Streaming {
  static void store(uint64_t* word, uint64_t value) { asm volatile("movnti %1, %0" : "=m"(*word) : "r"(value)); }
};
#endif

struct Plain {
  static void store(uint64_t* word, uint64_t value) { *word = value; }
};

template <typename How, bool kSelfLink, uint32_t kWords>
void write(uint64_t* record, uint64_t nr, const Image& image) {
  // In registers for the whole run: a store through `record` might otherwise be thought to change the image.
  const uint64_t w0 = image.words[0], w1 = image.words[1], w2 = image.words[2], w3 = image.words[3];
  const uint64_t w4 = image.words[4], w5 = image.words[5], w6 = image.words[6], w7 = image.words[7];
  const uint64_t w8 = image.words[8], w9 = image.words[9];
  for (uint64_t* const end = record + nr * kWords; record != end; record += kWords) {
    const uint64_t self = reinterpret_cast<uintptr_t>(record + 1);
    How::store(record + 0, w0);
    How::store(record + 1, kSelfLink ? self : w1);
    How::store(record + 2, kSelfLink ? self : w2);
    How::store(record + 3, w3);
    How::store(record + 4, w4);
    How::store(record + 5, w5);
    How::store(record + 6, w6);
    if constexpr (kWords > 7) How::store(record + 7, w7);
    if constexpr (kWords > 8) How::store(record + 8, w8);
    if constexpr (kWords > 9) How::store(record + 9, w9);
  }
}

template <typename How, uint32_t kWords>
void write(uint64_t* record, uint64_t nr, const Image& image) {
  return image.self_link ? write<How, true, kWords>(record, nr, image) : write<How, false, kWords>(record, nr, image);
}

template <typename How>
void write(uint64_t* record, uint64_t nr, const Image& image) {
  if (image.nr_words == 8) return write<How, 8>(record, nr, image);
  if (image.nr_words == 7) return write<How, 7>(record, nr, image);
  if (image.nr_words == 9) return write<How, 9>(record, nr, image);
  return write<How, 10>(record, nr, image);
}

}  // namespace

void write_records(void* records, uint64_t nr, const Image& image, [[maybe_unused]] bool streaming) {
  uint64_t* const record = static_cast<uint64_t*>(records);
#ifndef MEMMAP_PORTABLE_WRITER
  if (streaming) return write<Streaming>(record, nr, image);
#endif
  write<Plain>(record, nr, image);
}

void writer_fence() {
#ifndef MEMMAP_PORTABLE_WRITER
  asm volatile("sfence" ::: "memory");
#endif
}

bool writer_can_stream() {
#ifndef MEMMAP_PORTABLE_WRITER
  return true;
#else
  return false;
#endif
}

}  // namespace memmap::pages
