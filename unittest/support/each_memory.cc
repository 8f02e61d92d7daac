// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "support/each_memory.h"

#include <algorithm>
#include <cstdio>

namespace memmap::explore {

namespace {

// ThreadSanitizer sees one thread here, and takes a microsecond for each switch: it gets a sample.
#if defined(MEMMAP_FIBER_TSAN)
constexpr uint32_t kSlower = 1;
constexpr uint64_t kExecutions = 200, kRandomExecutions = 50;
#elif defined(MEMMAP_FIBER_ASAN)
constexpr uint32_t kSlower = 1;
constexpr uint64_t kExecutions = UINT64_MAX, kRandomExecutions = 200;
#else
constexpr uint32_t kSlower = 0;
constexpr uint64_t kExecutions = UINT64_MAX, kRandomExecutions = 5000;
#endif

}  // namespace

void EachMemory::explore_each(Bounds bounds, const std::function<void(Scenario&)>& build) {
  const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  ExploreOptions options;
  options.name = name.c_str();
  options.memory = GetParam();
  options.preemptions = GetParam() == Memory::interleaved ? bounds.interleaved : bounds.weak;
  options.preemptions -= std::min(options.preemptions, kSlower);
  options.max_executions = kExecutions;
  options.max_seconds = bounds.max_seconds;
  const ExploreResult all = explore(options, build);
  ASSERT_TRUE(all.ok) << all.report;
  EXPECT_TRUE(all.exhausted || all.executions_all == kExecutions) << all.executions_all << " executions were not all";
  std::printf("%u preemptions, %u contended objects: %llu executions, %llu broken off\n", options.preemptions,
              all.contended_objects, static_cast<unsigned long long>(all.executions),
              static_cast<unsigned long long>(all.pruned));
  options.random = true;
  options.max_executions = kRandomExecutions;
  const ExploreResult random = explore(options, build);
  EXPECT_TRUE(random.ok) << random.report;
}

std::string name_of(const ::testing::TestParamInfo<Memory>& memory) {
  switch (memory.param) {
    case Memory::interleaved:
      return "Interleaved";
    case Memory::store_buffer:
      return "StoreBuffer";
    case Memory::weak:
      return "Weak";
  }
  return "?";
}

}  // namespace memmap::explore
