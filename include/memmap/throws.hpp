// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// throws.hpp - hooks that may throw: an exception becomes the domain's error, and is kept for who waits.
//
//     struct Device : memmap::Throws {
//       int write(uint64_t pfn, uint64_t nr) { return prepare(pfn, nr); }  // may throw
//     };
//     Device device;
//     request.hooks.write = memmap::hook<&Device::write>;
//     request.hooks.context = &device;
//     memmap::RequestStorage storage(request);
//     status = domain.submit(request);
//     if (status == 0) status = domain.close();
//     if (status == memmap::kThrown) std::rethrow_exception(device.first());
//
// Without it an exception that leaves a hook ends the program, as the engine has no unwind tables: std::terminate().
#ifndef MEMMAP_THROWS_HPP
#define MEMMAP_THROWS_HPP

#if __cplusplus < 201703L || !defined(__cpp_exceptions)
#error "memmap/throws.hpp is for C++17 or later, with exceptions"
#endif

#include <cstdint>
#include <exception>
#include <mutex>

namespace memmap {

// What a hook returns that has thrown, and so the domain's error: no memmap_status, and not for hooks' own use.
constexpr int kThrown = -20001;

// Base of an object whose members are hooks. They may run at the same time.
class Throws {
 public:
  // The first exception that left one of them; null: none. When a call has returned kThrown it is there.
  std::exception_ptr first() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return first_;
  }
  // What call() returns; kThrown where it throws.
  template <typename Call>
  int guard(Call call) noexcept {
    try {
      return call();
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!first_) first_ = std::current_exception();
      return kThrown;
    }
  }

 private:
  mutable std::mutex mutex_;
  std::exception_ptr first_;
};

// The class that declares a member.
template <typename Object, typename... Numbers>
Object class_of(int (Object::*)(Numbers...));

// A memmap_hook of a member: memmap::hook<&Device::write>. The hook's context is an object of the class that declares
// the member, or of one that is named: memmap::hook<&Device::write, Device>, where Device has it from a base.
template <auto kMember, typename Object = decltype(class_of(kMember))>
int hook(void* context, uint64_t first, uint64_t count) noexcept {
  Object& own = *static_cast<Object*>(context);
  return own.guard([&] { return (own.*kMember)(first, count); });
}

// memmap_task's `run` of a member, likewise.
template <auto kMember, typename Object = decltype(class_of(kMember))>
int task(void* context) noexcept {
  Object& own = *static_cast<Object*>(context);
  return own.guard([&] { return (own.*kMember)(); });
}

}  // namespace memmap
#endif  // MEMMAP_THROWS_HPP
