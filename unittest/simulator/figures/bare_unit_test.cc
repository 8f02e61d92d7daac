// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/figures/bare_unit.h"

#include <gtest/gtest.h>

#include <vector>

#include "memmap/memmap.hpp"
#include "simulator/events/requests.h"
#include "simulator/kernel/geometry.h"
#include "simulator/stage/engine.h"
#include "simulator/stage/setting.h"

namespace memmap::simulator {
namespace {

TEST(BareUnit, IsOneThatIsReadyAndStaysAsItWas) {
  Options options;
  options.memory_bytes = uint64_t{64} << 20;
  options.nr_workers = 1;
  auto setting = make_setting(options, Progress(true));
  ASSERT_TRUE(setting.ok()) << setting.status();
  const Stage& stage = (*setting)->stage;
  const DeviceSpan& big = stage.big();
  stage.prepare();
  auto engine = Engine::make((*setting)->machine, 1, stage.end_pfn());
  ASSERT_TRUE(engine.ok()) << engine.status();
  host::Splitmix random(7);
  EXPECT_FALSE(write_bare_unit((*engine)->pool(), big, random)) << "nothing is ready";

  DeviceRequest request(big);
  Domain domain((*engine)->pool(), "big");
  ASSERT_EQ(domain.submit(request.renewed()), MEMMAP_OK);
  ASSERT_EQ(domain.flush(), MEMMAP_OK);
  const auto* const first = reinterpret_cast<const uint64_t*>(big.memmap.at(big.device.start_pfn));
  const uint64_t* const end = first + big.device.nr_pages * kRecordBytes / sizeof(uint64_t);
  const std::vector<uint64_t> before(first, end);
  for (int n = 0; n < 100; ++n) EXPECT_TRUE(write_bare_unit((*engine)->pool(), big, random));
  EXPECT_EQ(std::vector<uint64_t>(first, end), before);
}

}  // namespace
}  // namespace memmap::simulator
