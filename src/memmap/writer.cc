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
#if defined(__SSE2__) && !defined(MEMMAP_PORTABLE_WRITER)
#define MEMMAP_WIDE_WRITER
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

#ifdef MEMMAP_WIDE_WRITER
using Pair = uint64_t __attribute__((vector_size(16), may_alias));

void stream(uint64_t* words, Pair value) {
  asm volatile("movntdq %1, %0" : "=m"(*reinterpret_cast<Pair*>(words)) : "x"(value));
}

// Of records of 8 or 10 words, 16-byte aligned.
template <bool kSelfLink, uint32_t kWords>
void write_pairs(uint64_t* record, uint64_t nr, const Image& image) {
  const uint64_t* const words = image.words;
  const uint64_t self = reinterpret_cast<uintptr_t>(record + 1);
  Pair p01{words[0], kSelfLink ? self : words[1]}, p23{kSelfLink ? self : words[2], words[3]};
  const Pair p45{words[4], words[5]}, p67{words[6], words[7]}, p89{words[8], words[9]};
  for (uint64_t* const end = record + nr * kWords; record != end; record += kWords) {
    stream(record + 0, p01);
    stream(record + 2, p23);
    stream(record + 4, p45);
    stream(record + 6, p67);
    if constexpr (kWords > 8) stream(record + 8, p89);
    if constexpr (kSelfLink) {
      p01 += Pair{0, kWords * 8};
      p23 += Pair{kWords * 8, 0};
    }
  }
}

template <uint32_t kWords>
void write_pairs(uint64_t* record, uint64_t nr, const Image& image) {
  return image.self_link ? write_pairs<true, kWords>(record, nr, image) : write_pairs<false, kWords>(record, nr, image);
}

bool in_pairs(const uint64_t* record, const Image& image) {
  return (reinterpret_cast<uintptr_t>(record) & 15) == 0 && (image.nr_words & 1) == 0;
}
#endif

}  // namespace

void write_records(void* records, uint64_t nr, const Image& image, [[maybe_unused]] Stores stores) {
  uint64_t* const record = static_cast<uint64_t*>(records);
#ifdef MEMMAP_WIDE_WRITER
  if (stores == Stores::kStreaming && in_pairs(record, image))
    return image.nr_words == 8 ? write_pairs<8>(record, nr, image) : write_pairs<10>(record, nr, image);
#endif
#ifndef MEMMAP_PORTABLE_WRITER
  if (stores != Stores::kPlain) {
    // A claim is a locked access. On some CPUs stores of 8 bytes that begin before it is over take up to ten times as
    // long, all the grain through: docs/decision/0008-width-of-stores.md.
    asm volatile("lfence" ::: "memory");
    return write<Streaming>(record, nr, image);
  }
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
