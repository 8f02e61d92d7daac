// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which sanitizer this build has: g++ says so by a macro, clang by a feature. Both are asked: g++'s own headers of the
// sanitizers define __has_feature, as one that knows none.
#pragma once

#ifdef __has_feature
#define MEMMAP_HAS_FEATURE(name) __has_feature(name)
#else
#define MEMMAP_HAS_FEATURE(name) 0
#endif

namespace memmap::support {

#if defined(__SANITIZE_ADDRESS__) || MEMMAP_HAS_FEATURE(address_sanitizer)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif
#if defined(__SANITIZE_THREAD__) || MEMMAP_HAS_FEATURE(thread_sanitizer)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
constexpr bool kSanitized = kAddressSanitizer || kThreadSanitizer;

}  // namespace memmap::support

#undef MEMMAP_HAS_FEATURE
