// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What the comments of memmap.hpp, throws.hpp, runtime.hpp and tbb.hpp show, run: bazel/check/readme.py compares their
// lines.
#include <cstdio>
#include <stdexcept>

#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"
#include "memmap/tbb.hpp"
#include "memmap/throws.hpp"

namespace {

constexpr uint64_t nr_pages = 1 << 16;
constexpr uint32_t nid = 0;

int complain(const char* error) {
  std::fprintf(stderr, "%s\n", error);
  return 1;
}

int one_device(memmap_pool* pool, void* records) {
  memmap_request request{};
  request.start_pfn = 1 << 20;
  request.nr_pages = nr_pages;
  request.zone = 4;
  request.kind = MEMMAP_DEVICE;
  request.records = records;
  const uint64_t pfn = request.start_pfn + 4711;
  memmap::RequestStorage storage(request);
  memmap::Domain pmem0(pool, "pmem0");
  int status = pmem0.submit(request);
  if (status == 0) status = pmem0.flush_range(pfn, 1);
  if (status == 0) status = pmem0.close();
  return status;
}

int prepare(uint64_t pfn, uint64_t) { return pfn == 0 ? 0 : throw std::runtime_error("not this one"); }

int throwing(memmap::Domain& domain, memmap_request request) {
  int status = 0;
  struct Device : memmap::Throws {
    int write(uint64_t pfn, uint64_t nr) { return prepare(pfn, nr); }  // may throw
  };
  Device device;
  request.hooks.write = memmap::hook<&Device::write>;
  request.hooks.context = &device;
  memmap::RequestStorage storage(request);
  status = domain.submit(request);
  if (status == 0) status = domain.close();
  if (status == memmap::kThrown) std::rethrow_exception(device.first());
  return status;
}

int throws_hpp() {
  memmap::Runtime runtime;
  if (!runtime) return complain(runtime.error());
  memmap_request request{};
  request.nr_pages = nr_pages;
  memmap::Domain domain(runtime.pool());
  try {
    throwing(domain, request);
  } catch (const std::runtime_error&) {
    return 0;
  }
  return complain("nothing was thrown");
}

int runtime_hpp() {
  memmap::Runtime runtime;
  if (!runtime) return complain(runtime.error());
  memmap::Memory records = runtime.alloc(nr_pages * 64, nid);
  memmap::Domain domain(runtime.pool());
  return domain.close() != 0 || one_device(runtime.pool(), records.get()) != 0;
}

int tbb_hpp() {
  memmap::TbbRuntime runtime;
  if (!runtime) return complain(runtime.error());
  memmap::Domain domain(runtime.pool());
  const memmap::Memory records = runtime.alloc(nr_pages * 64, nid);
  return domain.close() != 0 || one_device(runtime.pool(), records.get()) != 0;
}

}  // namespace

int main() { return runtime_hpp() != 0 || throws_hpp() != 0 || tbb_hpp() != 0; }
