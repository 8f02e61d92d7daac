// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Which sanitizer this build has: g++ and clang say so in different ways.
#pragma once

namespace memmap::support {

#if defined(__has_feature)
constexpr bool kAddressSanitizer = __has_feature(address_sanitizer);
constexpr bool kThreadSanitizer = __has_feature(thread_sanitizer);
#else
#ifdef __SANITIZE_ADDRESS__
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif
#ifdef __SANITIZE_THREAD__
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#endif
constexpr bool kSanitized = kAddressSanitizer || kThreadSanitizer;

}  // namespace memmap::support
