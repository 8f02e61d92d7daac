// SPDX-License-Identifier: GPL-2.0-only OR MIT
// A small scenario that leaves a trace: a boot, a device beside it with a child below, first faults, growth, a cancel.
//
//   traced fibers SEED FILE   two pretended nodes of two workers each, in virtual time
//   traced threads FILE       this machine, through memmap/runtime.h
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "host/chrome_trace.h"
#include "host/fibers.h"
#include "host/locality.h"
#include "memmap/memmap.hpp"
#include "memmap/runtime.hpp"

namespace {

using memmap::Domain;
using memmap::RequestStorage;

constexpr uint64_t kSection = 32'768;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "traced: expected: %s\n", what);
  std::exit(1);
}

int write_nothing(void*, uint64_t, uint64_t) { return 0; }

// A request with storage, and records only in the hook.
struct Span {
  Span(memmap_kind kind, uint64_t start_pfn, uint64_t nr_pages, uint32_t nid) {
    request.kind = kind;
    request.start_pfn = start_pfn;
    request.nr_pages = nr_pages;
    request.nid = request.records_nid = nid;
    request.hooks.write = write_nothing;
    storage = std::make_unique<RequestStorage>(request);
  }
  memmap_request request{};
  std::unique_ptr<RequestStorage> storage;
};

struct Scenario {
  explicit Scenario(uint32_t nid)
      : boot(MEMMAP_BOOT, 0, 8 * kSection, nid),
        pmem(MEMMAP_DEVICE, 16 * kSection, 16 * kSection, nid),
        dax(MEMMAP_DEVICE, 40 * kSection, 3 * kSection + 777, nid),
        gone(MEMMAP_DEVICE, 60 * kSection, 4 * kSection, nid),
        nid_(nid) {}

  void boot_up(memmap_pool* pool) {
    Domain domain(pool, "boot");
    require(domain.submit(boot.request) == MEMMAP_OK, "boot is accepted");
    uint64_t seen = 0;
    (void)memmap_grow(pool, nid_, 2048, &seen);
    require(domain.flush() == MEMMAP_OK, "boot is flushed");
  }
  void plug(memmap_pool* pool) {
    Domain domain(pool, "pmem \"0\"\n\xff");
    require(domain.submit(pmem.request) == MEMMAP_OK, "pmem is accepted");
    memmap_domain_options options{};
    options.name = "dax";
    options.parent = domain.get();
    Domain child(pool, options);
    require(child.submit(dax.request) == MEMMAP_OK, "dax is accepted");
    for (uint64_t n = 1; n < 8; ++n)
      require(domain.flush_range(pmem.request.start_pfn + n * kSection, 1) == MEMMAP_OK, "a first fault");
    require(child.close() == MEMMAP_OK && domain.flush() == MEMMAP_OK, "both are flushed");
  }
  void unplug(memmap_pool* pool) {
    Domain domain(pool, "gone");
    require(domain.submit(gone.request) == MEMMAP_OK, "gone is accepted");
    require(domain.cancel() == MEMMAP_OK && domain.close() == MEMMAP_CANCELLED, "gone is cancelled");
  }

  Span boot, pmem, dax, gone;

 private:
  const uint32_t nid_;
};

std::unique_ptr<memmap::host::EngineTopology> two_nodes(memmap::host::Topology& topology) {
  for (uint32_t nid = 0; nid < 2; ++nid) {
    memmap::host::Node node;
    node.nid = nid;
    for (const uint32_t os_id : {2 * nid, 2 * nid + 1}) {
      node.local_cpus.push_back(os_id);
      memmap::host::Cpu cpu;
      cpu.os_id = cpu.core = os_id;
      topology.cpus.push_back(cpu);
    }
    topology.nodes.push_back(node);
  }
  memmap::host::derive_locality(topology);
  return *memmap::host::EngineTopology::create(topology);
}

int trace_fibers(uint64_t seed, const char* path) {
  memmap::host::Topology topology;
  const auto tables = two_nodes(topology);
  const auto trace = *memmap::host::Trace::create(topology, *tables);
  memmap::host::SeededChooser chooser(seed);
  memmap::host::FiberWorld world(chooser);
  std::map<uint32_t, uint32_t> track_of;
  for (uint32_t worker = 0; worker < tables->nr_workers(); ++worker) track_of[worker] = worker;  // spawned first
  world.set_tracer([&](uint32_t fiber, const memmap_trace& event) {
    const auto [track, is_new] = track_of.try_emplace(fiber, 0);
    if (is_new) track->second = trace->take_track();
    trace->record(track->second, event);
  });
  memmap_pool_config config{};
  config.env = &world.env();
  config.topology = tables->table();
  config.nr_pages = 64 * kSection;
  const size_t nr_bytes = memmap_pool_bytes(&config);
  const std::unique_ptr<void, void (*)(void*)> storage(std::aligned_alloc(128, (nr_bytes + 127) / 128 * 128),
                                                       std::free);
  std::memset(storage.get(), 0, nr_bytes);
  memmap_pool* pool = nullptr;
  require(memmap_pool_init(&pool, &config, storage.get(), nr_bytes) == MEMMAP_OK, "a pool");
  Scenario scenario(0);
  memmap::host::spawn_workers(world, pool, tables->table()->group_of_worker, tables->nr_workers());
  world.spawn("boot", 0, [&] { scenario.boot_up(pool); });
  world.spawn("plug", 1, [&] { scenario.plug(pool); });
  world.spawn("unplug", 0, [&] { scenario.unplug(pool); });
  const std::string ended = world.run();
  require(ended.empty(), ended.c_str());
  std::ofstream(path) << memmap::host::chrome_trace(*trace);
  return 0;
}

int trace_threads(const char* path) {
  memmap_runtime_options options{};
  options.trace_path = path;
  memmap::Runtime runtime(options);
  require(bool(runtime), "a runtime");
  uint32_t nid = 0;
  while (nid < 1024 && !runtime.alloc(4096, nid)) ++nid;
  Scenario scenario(nid);
  std::thread boot([&] { scenario.boot_up(runtime.pool()); });
  std::thread plug([&] { scenario.plug(runtime.pool()); });
  scenario.unplug(runtime.pool());
  boot.join();
  plug.join();
  return runtime.stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::strcmp(argv[1], "fibers") == 0)
    return trace_fibers(std::strtoull(argv[2], nullptr, 10), argv[3]);
  if (argc == 3 && std::strcmp(argv[1], "threads") == 0) return trace_threads(argv[2]);
  std::fprintf(stderr, "traced fibers SEED FILE | traced threads FILE\n");
  return 1;
}
