// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// memmap.hpp - memmap.h for C++: a domain that closes itself, a request that owns its storage. Needs no exceptions.
//
//     memmap::RequestStorage storage(request);        // fills request.storage; outlives the domain
//     memmap::Domain pmem0(pool, "pmem0");
//     int status = pmem0.submit(request);
//     if (status == 0) status = pmem0.flush_range(pfn, 1);
//     if (status == 0) status = pmem0.close();        // or the destructor does: flush, then storage may go
//
// Every call returns what its C namesake returns: 0, a memmap_status, or a hook's own error. An exception that leaves a
// hook ends the program, as the engine has no unwind tables (std::terminate); memmap/throws.hpp makes it an error.
#ifndef MEMMAP_MEMMAP_HPP
#define MEMMAP_MEMMAP_HPP

#if __cplusplus < 201703L
#error "memmap/memmap.hpp is for C++17 or later; memmap/memmap.h is for C11 and C++11"
#endif

#include <cstddef>
#include <cstdint>
#include <new>

#include "memmap/memmap.h"

namespace memmap {

// One event's work. It neither moves nor is copied, as the engine knows its address. Any thread may call; open, close
// and the destructor want the object for themselves.
class Domain {
 public:
  Domain() = default;  // closed: open() it
  // Opens it: status() says whether.
  explicit Domain(memmap_pool* pool, const memmap_domain_options& options = {}) { (void)open(pool, options); }
  // Opens it with a name and defaults: status() says whether.
  Domain(memmap_pool* pool, const char* name) {
    memmap_domain_options options = {};
    options.name = name;
    (void)open(pool, options);
  }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;
  // Closes it. Where that leaves it open (see close()), the engine would go on using what was an object: traps.
  ~Domain() {
    (void)close();
    if (status_ == MEMMAP_OK) __builtin_trap();
  }

  // 0 while it is open; else why the last open() failed, or CLOSED.
  [[nodiscard]] int status() const { return status_; }
  // Whether it is open.
  explicit operator bool() const { return status_ == MEMMAP_OK; }

  // memmap_domain_open(); BUSY also where it is open already, whatever the table had room for.
  [[nodiscard]] int open(memmap_pool* pool, const memmap_domain_options& options = {}) {
    if (status_ == MEMMAP_OK) return MEMMAP_BUSY;
    return status_ = memmap_domain_open(&domain_, pool, &options);
  }
  // memmap_init_async(); of a domain that is not open the status.
  [[nodiscard]] int submit(const memmap_request& request) {
    return status_ == MEMMAP_OK ? memmap_init_async(&request, &domain_) : status_;
  }
  // memmap_flush(), likewise.
  [[nodiscard]] int flush() { return status_ == MEMMAP_OK ? memmap_flush(&domain_) : status_; }
  // memmap_flush_range(), likewise.
  [[nodiscard]] int flush_range(uint64_t pfn, uint64_t nr_pages) {
    return status_ == MEMMAP_OK ? memmap_flush_range(&domain_, pfn, nr_pages) : status_;
  }
  // memmap_cancel(), likewise.
  [[nodiscard]] int cancel() { return status_ == MEMMAP_OK ? memmap_cancel(&domain_) : status_; }
  // memmap_progress(), likewise.
  [[nodiscard]] int progress(memmap_progress_counts& counts) {
    return status_ == MEMMAP_OK ? memmap_progress(&domain_, &counts) : status_;
  }
  // memmap_domain_close(), likewise. Stays open only where closing from inside a hook would deadlock, or a domain below
  // it is open.
  int close() {
    if (status_ != MEMMAP_OK) return status_;
    const int result = memmap_domain_close(&domain_);
    // A hook's own error may be these numbers too.
    memmap_progress_counts counts;
    const bool stays = (result == MEMMAP_WOULD_DEADLOCK || result == MEMMAP_BUSY) &&
                       memmap_progress(&domain_, &counts) != MEMMAP_CLOSED;
    if (!stays) status_ = MEMMAP_CLOSED;
    return result;
  }

  // For calls of the C API.
  memmap_domain* get() { return &domain_; }

 private:
  memmap_domain domain_{};
  int status_ = MEMMAP_CLOSED;
};

// The storage of one span, from the heap; must outlive the close of the domain that the request is submitted to.
class RequestStorage {
 public:
  // Sets request.storage and storage_bytes. Where the request is invalid or memory is short they are null and 0, and
  // the submit says which.
  explicit RequestStorage(memmap_request& request) {
    const size_t nr_bytes = memmap_request_bytes(&request);
    if (nr_bytes != 0) storage_ = new (std::align_val_t{64}, std::nothrow) unsigned char[nr_bytes]();
    request.storage = storage_;
    request.storage_bytes = storage_ != nullptr ? nr_bytes : 0;
  }
  RequestStorage(const RequestStorage&) = delete;
  RequestStorage& operator=(const RequestStorage&) = delete;
  ~RequestStorage() { ::operator delete[](storage_, std::align_val_t{64}); }

 private:
  unsigned char* storage_ = nullptr;
};

}  // namespace memmap
#endif  // MEMMAP_MEMMAP_HPP
