// SPDX-License-Identifier: GPL-2.0-only
#include "kernel_shim/twin.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "host/locality.h"
#include "host/threads.h"
#include "kernel_shim/boot_calls.h"

namespace {

using memmap::host::EngineTopology;

// Zeroed, aligned for pools and storage.
class Memory {
 public:
  explicit Memory(size_t nr_bytes) : at_(std::aligned_alloc(128, (nr_bytes + 127) / 128 * 128)) {
    std::memset(at_, 0, nr_bytes);
  }
  ~Memory() { std::free(at_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  template <typename T>
  T* as() {
    return static_cast<T*>(at_);
  }

 private:
  void* at_;
};

std::unique_ptr<EngineTopology> two_nodes(uint32_t nr_workers) {
  memmap::host::Topology topology;
  for (uint32_t nid = 0; nid < TWIN_NODES; ++nid) {
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
  return *EngineTopology::create(topology, nr_workers);
}

constexpr size_t kStorageBytes = 16'384, kWrittenBytes = 256;

struct Twin {
  explicit Twin(uint32_t nr_workers) : topology(two_nodes(nr_workers)), environment(*topology, false) {
    memmap_pool_config config{};
    config.env = environment.env();
    config.topology = topology->table();
    config.nr_pages = TWIN_NODES * TWIN_NODE_PAGES;
    config.wake_ns = 1;  // nothing is too small for the workers
    const size_t nr_bytes = memmap_pool_bytes(&config);
    storage = std::make_unique<Memory>(nr_bytes);
    if (memmap_pool_init(&memmap_shim.pool, &config, storage->as<char>(), nr_bytes) != MEMMAP_OK) std::abort();
    if (!workers.start(memmap_shim.pool, environment).ok()) std::abort();
  }
  ~Twin() {
    workers.stop();
    if (memmap_pool_fini(memmap_shim.pool) != MEMMAP_OK) {
      std::fprintf(stderr, "twin: a domain is still open\n");
      std::abort();
    }
  }

  Memory* lend(size_t nr_bytes) { return lent.emplace_back(std::make_unique<Memory>(nr_bytes)).get(); }

  std::unique_ptr<EngineTopology> topology;
  memmap::host::ThreadEnvironment environment;
  memmap::host::WorkerThreads workers;
  std::unique_ptr<Memory> storage;
  std::vector<std::unique_ptr<Memory>> lent;
  std::atomic<int> stock_calls = 0;
};
std::unique_ptr<Twin> twin;

// Page by page, as the kernel's loop.
void stock(zone* zone, unsigned long start_pfn, unsigned long nr_pages, dev_pagemap* pgmap) {
  ++twin->stock_calls;
  for (unsigned long pfn = start_pfn; pfn < start_pfn + nr_pages; ++pfn) {
    memmap_record record;
    memmap_record_device(&record, zone_idx(zone), zone->zone_pgdat->node_id, pgmap);
    std::memcpy(static_cast<void*>(pfn_to_page(pfn)), record.word, sizeof(record.word));
  }
}

}  // namespace

extern "C" {

void twin_start(uint32_t nr_workers, const fake_range* ranges, int nr_ranges) {
  fake_machine_start(TWIN_NODES, TWIN_NODE_PAGES, ranges, nr_ranges);
  memmap_shim = {};
  twin = std::make_unique<Twin>(nr_workers);
  memmap_shim.stock = stock;
  memmap_shim.compounds = true;
  memmap_shim.set_pageblock_migratetype = set_pageblock_migratetype;
  memmap_shim.events = twin->lend(MEMMAP_SHIM_EVENTS * sizeof(memmap_event))->as<memmap_event>();
  for (int i = 0; i < MEMMAP_SHIM_EVENTS; ++i) {
    memmap_event& event = memmap_shim.events[i];
    event.storage = twin->lend(event.storage_bytes = kStorageBytes)->as<void>();
    event.written = twin->lend(event.written_bytes = kWrittenBytes)->as<unsigned long>();
  }
}

void twin_stop() {
  twin.reset();
  fake_machine_stop();
}

zone* twin_device_zone(int nid) { return &NODE_DATA(nid)->node_zones[ZONE_DEVICE]; }

int twin_stock_calls() { return twin->stock_calls; }

memmap_boot* twin_lend_boot(int nid, size_t max_pieces) {
  memmap_boot* const boot = twin->lend(sizeof(memmap_boot))->as<memmap_boot>();
  boot->pieces = twin->lend(max_pieces * sizeof(memmap_piece))->as<memmap_piece>();
  boot->max_pieces = max_pieces;
  boot->storage = twin->lend(boot->storage_bytes = kStorageBytes)->as<void>();
  memmap_boot_lend(nid, boot);
  return boot;
}

// Threads of the host's environment are known by themselves.
void memmap_caller_enter(memmap_caller*) {}
void memmap_caller_leave(memmap_caller*) {}

}  // extern "C"
