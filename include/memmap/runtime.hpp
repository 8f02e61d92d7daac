// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// runtime.hpp - runtime.h for C++: a runtime that stops itself, memory that frees itself. Needs no exceptions.
//
//     memmap::Runtime runtime;
//     if (!runtime) return complain(runtime.error());
//     memmap::Memory records = runtime.alloc(nr_pages * 64, nid);
//     memmap::Domain domain(runtime.pool());
//
// Close all domains first: the destructor leaves a pool that is still busy running.
#ifndef MEMMAP_RUNTIME_HPP
#define MEMMAP_RUNTIME_HPP

#include <cstddef>
#include <cstdint>

#include "memmap/memmap.hpp"
#include "memmap/runtime.h"

namespace memmap {

// Zeroed, placed and present memory of a runtime; null where there was none.
class Memory {
 public:
  Memory() = default;
  // memmap_runtime_alloc().
  Memory(memmap_pool* pool, size_t nr_bytes, uint32_t nid)
      : address_(memmap_runtime_alloc(pool, nr_bytes, nid)), nr_bytes_(nr_bytes) {}
  // The other one has none afterwards.
  Memory(Memory&& other) noexcept : address_(other.address_), nr_bytes_(other.nr_bytes_) { other.address_ = nullptr; }
  // Frees what it had; the other one has none afterwards.
  Memory& operator=(Memory&& other) noexcept {
    const Memory replaced(static_cast<Memory&&>(*this));
    address_ = other.address_;
    nr_bytes_ = other.nr_bytes_;
    other.address_ = nullptr;
    return *this;
  }
  ~Memory() { memmap_runtime_free(address_, nr_bytes_); }

  // Null: none.
  void* get() const { return address_; }
  // In bytes; 0: none.
  size_t size() const { return address_ != nullptr ? nr_bytes_ : 0; }
  // Whether there is any.
  explicit operator bool() const { return address_ != nullptr; }

 private:
  void* address_ = nullptr;
  size_t nr_bytes_ = 0;
};

// A pool with its workers. Any thread may call; start, stop and the destructor want the object for themselves.
class Runtime {
 public:
  Runtime() : Runtime(memmap_runtime_options{}) {}
  // memmap_runtime_start(); where it fails, error() says why.
  explicit Runtime(const memmap_runtime_options& options) { pool_ = memmap_runtime_start(&options, &error_); }
  // The other one has no pool afterwards.
  Runtime(Runtime&& other) noexcept : pool_(other.pool_), error_(other.error_) { other.pool_ = nullptr; }
  // Stops what it had; the other one has no pool afterwards.
  Runtime& operator=(Runtime&& other) noexcept {
    const Runtime replaced(static_cast<Runtime&&>(*this));
    pool_ = other.pool_;
    error_ = other.error_;
    other.pool_ = nullptr;
    return *this;
  }
  ~Runtime() { (void)stop(); }

  // Whether there is a pool.
  explicit operator bool() const { return pool_ != nullptr; }
  // Why there is no pool, until this thread's next start; null where there is one.
  const char* error() const { return error_; }
  // For calls of the C API, and for domains.
  memmap_pool* pool() const { return pool_; }
  // memmap_runtime_alloc(), as an owner.
  Memory alloc(size_t nr_bytes, uint32_t nid) { return Memory(pool_, nr_bytes, nid); }
  // 0; MEMMAP_BUSY, and nothing happens, while domains are open. Stopped already: 0.
  [[nodiscard]] int stop() {
    const int status = pool_ != nullptr ? memmap_runtime_stop(pool_) : int{MEMMAP_OK};
    if (status == MEMMAP_OK) pool_ = nullptr;
    return status;
  }

 protected:
  // For other ways to start a pool that memmap_runtime_stop() stops.
  template <typename Start, typename Options>
  Runtime(Start start, const Options* options) {
    pool_ = start(options, &error_);
  }

 private:
  memmap_pool* pool_ = nullptr;
  const char* error_ = nullptr;
};

}  // namespace memmap
#endif  // MEMMAP_RUNTIME_HPP
