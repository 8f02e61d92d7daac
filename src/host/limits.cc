// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Affinity and cgroup quota: see limits.h.
//
// A process's cgroup is <mount point>/<path of its membership>. In a container the path may be one that only the host
// can see; then the mount point itself is the container's cgroup. So we read the quota in each directory from the
// leaf up to the mount point, and skip those that are not there.
#include "host/limits.h"

#include <errno.h>
#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace memmap::host {
namespace {

using Quota = absl::StatusOr<std::optional<CpuQuota>>;

struct Hierarchy {
  bool unified = false;     // v2
  std::string mount_point;  // empty: not mounted
  std::string path;         // of this process, below the mount point's root
};

bool lists_cpu(const std::string& controllers) {
  const std::vector<std::string> names = absl::StrSplit(controllers, ',');
  return std::find(names.begin(), names.end(), "cpu") != names.end();
}

// Finds both hierarchies that may carry a CPU quota. Lines of the membership are "id:controllers:path".
std::vector<Hierarchy> memberships(const std::string& file) {
  std::vector<Hierarchy> found;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> fields = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (fields.size() < 3) continue;
    const bool unified = fields[0] == "0" && fields[1].empty();
    if (unified || lists_cpu(fields[1])) found.push_back({unified, "", fields[2]});
  }
  return found;
}

// Lines are "id parent major:minor root mount-point options … - type source super-options"; the last mount wins.
void find_mount(const std::string& file, Hierarchy& hierarchy) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> halves = absl::StrSplit(line, absl::MaxSplits(" - ", 1));
    if (halves.size() < 2) continue;
    const std::vector<std::string> place = absl::StrSplit(halves[0], ' ');
    const std::vector<std::string> kind = absl::StrSplit(halves[1], ' ');
    if (place.size() < 5 || kind.size() < 3) continue;
    if (hierarchy.unified ? kind[0] != "cgroup2" : kind[0] != "cgroup" || !lists_cpu(kind[2])) continue;
    hierarchy.mount_point = place[4];
    const std::string& root = place[3];  // part of the hierarchy that is mounted: the path counts from there
    if (root != "/" && hierarchy.path.rfind(root, 0) == 0) hierarchy.path.erase(0, root.size());
  }
}

// A quota too large to be counted in thousandths of a CPU is none.
std::optional<CpuQuota> quota_of(uint64_t quota_us, uint64_t period_us, const std::string& file) {
  if (quota_us > UINT64_MAX / 1000) return std::nullopt;
  return CpuQuota{quota_us * 1000 / period_us, file};
}

void keep_least(std::optional<CpuQuota>& least, const std::optional<CpuQuota>& other) {
  if (other && (!least || other->milli < least->milli)) least = other;
}

absl::Status malformed(const std::string& path, const std::string& found, const char* expected) {
  return absl::InvalidArgumentError(absl::StrCat(path, ":1: found \"", found, "\", expected ", expected));
}

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

Quota quota_v2(const std::string& directory) {
  const std::string path = directory + "/cpu.max";
  const auto line = first_line(path);
  if (!line) return std::nullopt;
  const std::vector<std::string> fields = absl::StrSplit(*line, ' ');
  if (fields[0] == "max") return std::nullopt;
  uint64_t quota = 0, period = 0;
  if (fields.size() != 2 || !absl::SimpleAtoi(fields[0], &quota) || !absl::SimpleAtoi(fields[1], &period) ||
      period == 0) {
    return malformed(path, *line, "\"max\" or two numbers, quota and period in microseconds");
  }
  return quota_of(quota, period, path);
}

Quota quota_v1(const std::string& directory) {
  const std::string path = directory + "/cpu.cfs_quota_us";
  const auto line = first_line(path);
  if (!line) return std::nullopt;
  int64_t quota = 0;
  if (!absl::SimpleAtoi(*line, &quota)) return malformed(path, *line, "microseconds, or -1");
  if (quota < 0) return std::nullopt;
  const std::string period_path = directory + "/cpu.cfs_period_us";
  const auto period_line = first_line(period_path);
  uint64_t period = 0;
  if (!period_line || !absl::SimpleAtoi(*period_line, &period) || period == 0) {
    return malformed(period_path, period_line.value_or(""), "microseconds, more than 0");
  }
  return quota_of(static_cast<uint64_t>(quota), period, path);
}

Quota least_quota(const Hierarchy& hierarchy) {
  std::optional<CpuQuota> least;
  std::string path = hierarchy.path == "/" ? "" : hierarchy.path;
  while (true) {
    const std::string directory = hierarchy.mount_point + path;
    const Quota quota = hierarchy.unified ? quota_v2(directory) : quota_v1(directory);
    if (!quota.ok()) return quota.status();
    keep_least(least, *quota);
    if (path.empty()) return least;
    const size_t slash = path.rfind('/');
    path.erase(slash == std::string::npos ? 0 : slash);
  }
}

std::vector<uint32_t> cpus_of_thread(pid_t tid) {
  // The kernel's mask may be wider than cpu_set_t; EINVAL asks for more.
  for (int nr_cpus = 1024; nr_cpus <= 1 << 20; nr_cpus *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(static_cast<size_t>(nr_cpus)),
                                                                [](cpu_set_t* set) { CPU_FREE(set); });
    const size_t bytes = CPU_ALLOC_SIZE(nr_cpus);
    CPU_ZERO_S(bytes, mask.get());
    if (sched_getaffinity(tid, bytes, mask.get()) == 0) {
      std::vector<uint32_t> cpus;
      for (int cpu = 0; cpu < nr_cpus; ++cpu) {
        if (CPU_ISSET_S(static_cast<size_t>(cpu), bytes, mask.get())) cpus.push_back(static_cast<uint32_t>(cpu));
      }
      return cpus;
    }
    if (errno != EINVAL) break;
  }
  return {};
}

}  // namespace

std::vector<uint32_t> affinity_cpus() { return cpus_of_thread(0); }

std::vector<uint32_t> process_cpus() {
  std::set<uint32_t> cpus;
  std::error_code error;
  for (std::filesystem::directory_iterator task("/proc/self/task", error), end; task != end; task.increment(error)) {
    if (error) break;
    int tid = 0;
    if (!absl::SimpleAtoi(task->path().filename().string(), &tid)) continue;
    const std::vector<uint32_t> own = cpus_of_thread(tid);
    cpus.insert(own.begin(), own.end());
  }
  return {cpus.begin(), cpus.end()};
}

absl::StatusOr<std::optional<CpuQuota>> cpu_quota(const CgroupFiles& files) {
  std::optional<CpuQuota> least;
  for (Hierarchy& hierarchy : memberships(files.membership)) {
    find_mount(files.mounts, hierarchy);
    if (hierarchy.mount_point.empty()) continue;
    const Quota quota = least_quota(hierarchy);
    if (!quota.ok()) return quota.status();
    keep_least(least, *quota);
  }
  return least;
}

absl::StatusOr<std::optional<uint64_t>> cpu_quota_milli(const CgroupFiles& files) {
  const auto quota = cpu_quota(files);
  if (!quota.ok()) return quota.status();
  return *quota ? std::optional<uint64_t>((*quota)->milli) : std::nullopt;
}

uint32_t workers_under_quota(uint32_t nr_cpus, std::optional<uint64_t> quota_milli) {
  const uint64_t quota_cpus = quota_milli ? *quota_milli / 1000 + (*quota_milli % 1000 != 0) : nr_cpus;
  return static_cast<uint32_t>(std::clamp<uint64_t>(quota_cpus, 1, std::max(nr_cpus, 1u)));
}

}  // namespace memmap::host
