// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Throughput of boot with the hand-over to the buddy, against padata with init and free, on the same zones. The records
// are what the round before left: the buddy reads none that its own round has not written.
#include <algorithm>

#include "simulator/events/engine_boot.h"
#include "simulator/events/linux_column.h"
#include "simulator/events/requests.h"
#include "simulator/figures/figures.h"
#include "simulator/kernel/geometry.h"

namespace memmap::simulator {
namespace {

double ours_ns(const Rig& rig) {
  Zones zones(rig.stage, FreedBy::initialiser);
  const BootRequests requests(rig.stage, zones);
  Domain domain(rig.engine.pool(), "boot");
  const uint64_t began = now_ns();
  int status = engine_boot_at_once(domain, requests);
  const uint64_t took = now_ns() - began;
  if (status == MEMMAP_OK) status = domain.close();
  rig.violations.found(&Violations::calls, status != MEMMAP_OK, std::string("boot: ") + memmap_status_text(status));
  rig.violations.add(zones.check());
  return double(took);
}

double theirs_ns(const Rig& rig) {
  Zones zones(rig.stage, FreedBy::freer);
  const uint64_t began = now_ns();
  linux_boot(rig.stage, zones, rig.machine, rig.padata);
  const uint64_t took = now_ns() - began;
  rig.violations.add(zones.check());
  return double(took);
}

// As much memory as boot has records, as far as pmem0 goes.
size_t limit_bytes(const Rig& rig) {
  return std::min(rig.stage.boot_pages(), rig.stage.big().device.nr_pages) * kRecordBytes;
}

}  // namespace

Figure boot_with_handover_vs_kernel(const Rig& rig) {
  rig.progress("boot with hand-over against padata with init and free");
  const std::span<std::byte> memory = bytes_of(rig.stage.big().memmap).first(limit_bytes(rig));
  const StoreLimit limit = measure_store_limit(memory, rig.machine.cpus, 3);
  Samples limit_ns;
  const Pairs pairs = measure_pairs(
      rig.nr_pairs, [&] { return ours_ns(rig); },
      [&] {
        limit_ns.push_back(double(store_ns(limit.kind, memory, rig.machine.cpus)));
        return theirs_ns(rig);
      });
  Figure figure = throughput_figure(pairs, rig.stage.boot_pages());
  limit_ns.erase(limit_ns.begin());
  const double theirs_per_limit = median(ratios(pairs.theirs_ns, limit_ns));
  figure.bound = theirs_per_limit * double(memory.size() / kRecordBytes) / double(rig.stage.boot_pages());
  figure.key = "boot_with_handover_vs_kernel";
  figure.what = "boot with hand-over to the buddy, all CPUs";
  figure.theirs_is = "padata: init, then free";
  figure.target = 2.5;
  return figure;
}

}  // namespace memmap::simulator
