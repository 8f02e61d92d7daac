// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The figures are facts from commit messages, cover letters and logs; each names where it was published.
#include "simulator/validation/facts.h"

namespace memmap::virtual_time {
namespace {

// Where a machine has a curve, boot_ns is its row with one thread, write_gbs its row with most threads (means where two
// were published). `generic`: the middle one of the three curves. `guest`: bind rows with and without first touch.
constexpr Constants kConstants[] = {
    {"Xeon 8167M", 17.06, 10.43, 3.99, 0, 45.8, 0, 0, 26, "its rows with 1 and 52 threads"},
    {"Xeon E5-2699C v4", 21.53, 10.43, 3.99, 0, 25.6, 0, 0, 16, "its rows with 1 and 32 threads"},
    {"Xeon E5-2699 v3", 18.68, 10.43, 3.99, 0, 23.9, 0, 0, 18, "its rows with 1 and 36 threads"},
    {"2 x E5-2699 v4", 88.9, 10.43, 3.99, 0, 25.6, 0, 0, 22, "its row with 1 thread; bandwidth of E5-2699C v4"},
    {"generic", 18.68, 10.43, 3.99, 0, 25.6, 0, 0, 0, "the middle of the three curves; binds: guest"},
    {"guest", 18.68, 10.43, 3.99, 46.25, 25.6, 0, 0, 0, "100 GB fsdax: first bind, rebind, rebind with the template"},
    {"pmem 2018", 18.68, 29.17, 3.99, 0, 13.9, 0, 0, 0, "3 TB a node, Linux 4.19; Optane's writes: Izraelevitz 2019"},
    {"virtio-mem", 18.68, 10.43, 3.99, 0, 25.6, 1'220'700, 55, 0, "plugging 256 GB, before and after"},
};

constexpr absl::string_view kPadata = "padata v2 and v3 cover letters, linux-mm, May 2020 (Jordan)";
constexpr absl::string_view kTemplate = "template and non-temporal copy v1, lkml, May 2026 (Li Zhe)";
constexpr absl::string_view kDeferred = "parallel struct page initialisation, lkml, 2015 (Gorman)";
constexpr absl::string_view kLogs = "kernel logs: memmap_init_zone_device initialised N pages in M ms";

constexpr bool kCalibration = true, kPrediction = false, kCold = true, kWarm = false;

constexpr Fact kFacts[] = {
    {"skx-0", "Xeon 8167M", Job::deferred, kWarm, kPrediction, 100663296, 2, 1, 1779.0, 1785.7, kPadata},
    {"skx-1", "Xeon 8167M", Job::padata, kWarm, kCalibration, 100663296, 2, 1, 1717.7, 1717.7, kPadata},
    {"skx-6", "Xeon 8167M", Job::padata, kWarm, kPrediction, 100663296, 2, 6, 341.0, 359.3, kPadata},
    {"skx-13", "Xeon 8167M", Job::padata, kWarm, kPrediction, 100663296, 2, 13, 157.0, 193.3, kPadata},
    {"skx-19", "Xeon 8167M", Job::padata, kWarm, kPrediction, 100663296, 2, 19, 172.0, 175.3, kPadata},
    {"skx-26", "Xeon 8167M", Job::padata, kWarm, kPrediction, 100663296, 2, 26, 173.7, 193.7, kPadata},
    {"skx-39", "Xeon 8167M", Job::padata, kWarm, kPrediction, 100663296, 2, 39, 172.7, 190.0, kPadata},
    {"skx-52", "Xeon 8167M", Job::padata, kWarm, kCalibration, 100663296, 2, 52, 138.0, 143.3, kPadata},
    {"bdx-0", "Xeon E5-2699C v4", Job::deferred, kWarm, kPrediction, 50331648, 1, 1, 1104.3, 1104.3, kPadata},
    {"bdx-1", "Xeon E5-2699C v4", Job::padata, kWarm, kCalibration, 50331648, 1, 1, 1074.7, 1092.7, kPadata},
    {"bdx-4", "Xeon E5-2699C v4", Job::padata, kWarm, kPrediction, 50331648, 1, 4, 287.0, 305.3, kPadata},
    {"bdx-8", "Xeon E5-2699C v4", Job::padata, kWarm, kPrediction, 50331648, 1, 8, 174.0, 177.0, kPadata},
    {"bdx-12", "Xeon E5-2699C v4", Job::padata, kWarm, kPrediction, 50331648, 1, 12, 145.3, 145.3, kPadata},
    {"bdx-16", "Xeon E5-2699C v4", Job::padata, kWarm, kPrediction, 50331648, 1, 16, 133.0, 134.0, kPadata},
    {"bdx-24", "Xeon E5-2699C v4", Job::padata, kWarm, kPrediction, 50331648, 1, 24, 128.0, 128.0, kPadata},
    {"bdx-32", "Xeon E5-2699C v4", Job::padata, kWarm, kCalibration, 50331648, 1, 32, 125.7, 126.3, kPadata},
    {"hsx-0", "Xeon E5-2699 v3", Job::deferred, kWarm, kPrediction, 33554432, 2, 1, 630.0, 630.0, kPadata},
    {"hsx-1", "Xeon E5-2699 v3", Job::padata, kWarm, kCalibration, 33554432, 2, 1, 625.3, 628.0, kPadata},
    {"hsx-4", "Xeon E5-2699 v3", Job::padata, kWarm, kPrediction, 33554432, 2, 4, 200.3, 201.0, kPadata},
    {"hsx-9", "Xeon E5-2699 v3", Job::padata, kWarm, kPrediction, 33554432, 2, 9, 114.3, 128.0, kPadata},
    {"hsx-13", "Xeon E5-2699 v3", Job::padata, kWarm, kPrediction, 33554432, 2, 13, 117.7, 117.7, kPadata},
    {"hsx-18", "Xeon E5-2699 v3", Job::padata, kWarm, kPrediction, 33554432, 2, 18, 101.0, 117.0, kPadata},
    {"hsx-27", "Xeon E5-2699 v3", Job::padata, kWarm, kPrediction, 33554432, 2, 27, 110.0, 110.0, kPadata},
    {"hsx-36", "Xeon E5-2699 v3", Job::padata, kWarm, kCalibration, 33554432, 2, 36, 90.0, 90.0, kPadata},
    {"ktask-1", "2 x E5-2699 v4", Job::deferred, kWarm, kCalibration, 65929216, 2, 1, 5860, 5860,
     "ktask, linux-mm, 2017 (Jordan)"},
    {"ktask-11", "2 x E5-2699 v4", Job::padata, kWarm, kPrediction, 65929216, 2, 11, 613, 613,
     "ktask, linux-mm, 2017 (Jordan)"},
    {"1tb-4-nodes", "generic", Job::deferred, kWarm, kPrediction, 67108864, 4, 1, 1116, 1148, kDeferred},
    {"64gb-4-nodes", "generic", Job::deferred, kWarm, kPrediction, 4194304, 4, 1, 188, 216, kDeferred},
    {"384gb-5.1", "generic", Job::deferred, kWarm, kPrediction, 100663296, 1, 1, 1850, 1850,
     "deferred init per max-order block, 2019 (Duyck): before"},
    {"384gb-5.2", "generic", Job::deferred, kWarm, kPrediction, 100663296, 1, 1, 1380, 1380,
     "deferred init per max-order block, 2019 (Duyck): after"},
    {"power-9", "generic", Job::deferred, kWarm, kPrediction, 16607461 / 1024 * 1024, 1, 1, 280, 280,
     "boot log of a 32 TB Power machine, 64 KiB pages, Linux 4.4"},
    {"power-1", "generic", Job::deferred, kWarm, kPrediction, 33345485 / 1024 * 1024, 1, 1, 580, 580,
     "boot log of a 32 TB Power machine, 64 KiB pages, Linux 4.4"},
    {"dl585-g7", "generic", Job::padata, kWarm, kPrediction, 33554432, 8, 6, 417, 489,
     "boot log of an HP DL585 G7, 8 nodes, Linux 5.19"},
    {"46gb-guest", "generic", Job::deferred, kWarm, kPrediction, 12050000 / 1024 * 1024, 1, 1, 436, 436,
     "interrupts during deferred init, linux-mm, 2020"},
    {"numaconnect", "generic", Job::deferred, kWarm, kPrediction, 7732961 / 1024 * 1024, 216, 1, 1040, 5490,
     "boot log of a NumaConnect machine, 216 nodes, 2015 (Blueman)"},
    {"fsdax-cold", "guest", Job::bind, kCold, kCalibration, 26214400, 1, 1, 1486, 1486, kTemplate},
    {"fsdax-warm", "guest", Job::bind, kWarm, kCalibration, 26214400, 1, 1, 273.52, 273.52, kTemplate},
    {"fsdax-template-warm", "guest", Job::bind_template, kWarm, kCalibration, 26214400, 1, 1, 104.59, 104.59,
     kTemplate},
    {"fsdax-template-cold", "guest", Job::bind_template, kCold, kPrediction, 26214400, 1, 1, 1272, 1272, kTemplate},
    {"devdax-warm", "guest", Job::bind, kWarm, kPrediction, 26214400, 1, 1, 313.45, 313.45, kTemplate},
    {"pmem-3tb", "pmem 2018", Job::bind, kWarm, kCalibration, 805306368, 1, 1, 23490, 23490,
     "zone device init out of the hotplug lock, 2018 (Duyck): before"},
    {"qemu-pmem", "guest", Job::bind, kCold, kPrediction, 2097152, 1, 1, 100, 113, kLogs},
    {"devdax-x4", "generic", Job::bind, kWarm, kPrediction, 2063872, 1, 1, 24, 34, kLogs},
    {"devdax-x4-again", "generic", Job::bind, kWarm, kPrediction, 1835008, 1, 1, 21, 32, kLogs},
    {"32gb", "generic", Job::bind, kWarm, kPrediction, 8388608, 1, 1, 64, 64, kLogs},
    {"128gb-nvdimm", "generic", Job::bind, kWarm, kPrediction, 33554432, 1, 1, 268, 358,
     "compound devmap, 2021 (Martins): 4 KiB pages"},
    {"wsl2-8gb", "generic", Job::bind, kWarm, kPrediction, 2097152, 1, 1, 10, 80, kLogs},
    {"kata-128mb", "generic", Job::bind, kWarm, kPrediction, 32768, 1, 1, 12, 12, kLogs},
    {"nouveau-8gb", "generic", Job::bind, kWarm, kPrediction, 2097152, 1, 1, 16, 16, kLogs},
    {"nouveau-6gb", "generic", Job::bind, kWarm, kPrediction, 1572864, 1, 1, 10, 10, kLogs},
    {"amdgpu-24gb", "generic", Job::bind, kWarm, kPrediction, 6291456, 1, 1, 16, 16, kLogs},
    {"amdgpu-4gb", "generic", Job::bind, kWarm, kPrediction, 1048576, 1, 1, 7, 7, kLogs},
    {"2gb", "generic", Job::bind, kWarm, kPrediction, 524288, 1, 1, 2, 2, kLogs},
    {"plug-256gb", "virtio-mem", Job::plug, kWarm, kCalibration, 32768, 1, 2048, 10'000, 10'000,
     "zone->contiguous in memory hotplug, lkml, 2026 (Li, Liu): before"},
    {"plug-512gb", "virtio-mem", Job::plug, kWarm, kPrediction, 32768, 1, 4096, 33'000, 36'000,
     "zone->contiguous in memory hotplug, lkml, 2026 (Li, Liu): before"},
};

}  // namespace

std::span<const PublishedCurve> curves() {
  static const std::vector<PublishedCurve> all = {
      {"Xeon 8167M", "v2", {{1, 1717.7}, {6, 341.0}, {13, 193.3}, {19, 175.3}, {26, 193.7}, {39, 172.7}, {52, 143.3}}},
      {"Xeon 8167M", "v3", {{1, 1717.7}, {6, 359.3}, {13, 157.0}, {19, 172.0}, {26, 173.7}, {39, 190.0}, {52, 138.0}}},
      {"Xeon E5-2699C v4",
       "v2",
       {{1, 1074.7}, {4, 305.3}, {8, 174.0}, {12, 145.3}, {16, 133.0}, {24, 128.0}, {32, 126.3}}},
      {"Xeon E5-2699C v4", "v3", {{1, 1092.7}, {4, 287.0}, {8, 177.0}, {16, 134.0}, {32, 125.7}}},
      {"Xeon E5-2699 v3",
       "v2",
       {{1, 625.3}, {4, 200.3}, {9, 128.0}, {13, 117.7}, {18, 117.0}, {27, 110.0}, {36, 90.0}}},
      {"Xeon E5-2699 v3", "v3", {{1, 628.0}, {4, 201.0}, {9, 114.3}, {18, 101.0}, {36, 90.0}}},
  };
  return all;
}

std::span<const Constants> constants() { return kConstants; }
std::span<const Fact> facts() { return kFacts; }

const Constants& constants_of(absl::string_view machine) {
  for (const Constants& one : kConstants)
    if (one.machine == machine) return one;
  return kConstants[4];
}

}  // namespace memmap::virtual_time
