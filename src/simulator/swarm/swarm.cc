// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/swarm/swarm.h"

#include <time.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "simulator/swarm/shrink.h"
#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace memmap::swarm {
namespace {

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

// What one thread has found.
struct Share {
  std::unique_ptr<Runner> runner = std::make_unique<Runner>();
  std::vector<Failure> failures;
  std::vector<float> seed_ms;
  Marks marks;
};

constexpr const char* kPlantNames[] = {"none", "lost_wake", "skipped_page", "twice"};

}  // namespace

Verdict run_seed(Runner& runner, uint64_t seed, const SwarmOptions& options, Marks& marks) {
  const Case c = draw(seed);
  Verdict verdict = runner.run(c, options.plant, marks);
  if (options.repeat_each == 0 || seed % options.repeat_each != 0) return verdict;
  Marks again;
  const Verdict second = runner.run(c, options.plant, again);
  marks(Mark::repeated);
  const bool same =
      second.print == verdict.print && second.violation == verdict.violation && second.virtual_ns == verdict.virtual_ns;
  if (!same) verdict.violation = "I10: the same seed is not the same run: " + verdict.violation;
  return verdict;
}

SwarmResult run_swarm(const SwarmOptions& options, bool (*stopped)()) {
  tbb::enumerable_thread_specific<Share> shares;
  tbb::parallel_for(tbb::blocked_range<uint64_t>(0, options.nr_seeds, 8), [&](const auto& range) {
    Share& share = shares.local();
    for (uint64_t i = range.begin(); i != range.end() && !stopped(); ++i) {
      const double began_ms = cpu_ms();
      const uint64_t seed = options.first_seed + i;
      Verdict verdict = run_seed(*share.runner, seed, options, share.marks);
      if (!verdict.violation.empty()) share.failures.push_back({seed, std::move(verdict.violation)});
      share.seed_ms.push_back(float(cpu_ms() - began_ms));
    }
  });
  SwarmResult result;
  std::vector<float> all_ms;
  for (const Share& share : shares) {
    result.failures.insert(result.failures.end(), share.failures.begin(), share.failures.end());
    all_ms.insert(all_ms.end(), share.seed_ms.begin(), share.seed_ms.end());
    result.marks.add(share.marks);
  }
  std::sort(result.failures.begin(), result.failures.end(),
            [](const Failure& a, const Failure& b) { return a.seed < b.seed; });
  std::sort(all_ms.begin(), all_ms.end());
  result.nr_seeds = all_ms.size();
  if (all_ms.empty()) return result;
  result.seed_ms_p50 = double(all_ms[all_ms.size() / 2]);
  result.seed_ms_p99 = double(all_ms[all_ms.size() * 99 / 100]);
  result.seed_ms_max = double(all_ms.back());
  return result;
}

std::string report_failure(const Failure& failure, const SwarmOptions& options, const std::string& version) {
  const std::string seed = std::to_string(failure.seed);
  std::string text =
      "seed " + seed + ": " + failure.violation + "\n" + version + ", again: memmap-sim swarm --seed=" + seed;
  if (options.plant != Plant::none) text += std::string(" --plant=") + kPlantNames[size_t(options.plant)];
  Runner runner;
  Marks marks;
  const Case c = draw(failure.seed);
  const Verdict verdict = runner.run(c, options.plant, marks);
  if (verdict.violation.empty()) return text + "\nit does not fail again: the run is not the seed's alone\n";
  const Shrunk shrunk = shrink(runner, c, verdict, options.plant);
  text += "\nmade smaller, from " + std::to_string(size_of(c)) + " to " + std::to_string(size_of(shrunk.smallest)) +
          ", in " + std::to_string(shrunk.nr_runs) + " runs: " + shrunk.verdict.violation + "\n";
  return text + describe(shrunk.smallest);
}

}  // namespace memmap::swarm
