// SPDX-License-Identifier: GPL-2.0-only OR MIT
// Hooks that throw: bare ones end the program, and a Throws makes an error of what they throw.
#include "memmap/throws.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "memmap/memmap.hpp"
#include "memmap/range.h"
#include "support/test_pool.h"

namespace memmap::pages {
namespace {

using support::Bytes;
using support::kSection;
using support::TestEnv;
using support::TestPool;
using support::TestTopology;

struct Device : Throws {
  int write(uint64_t pfn, uint64_t) {
    if (pfn >= throws_from) throw std::runtime_error("at " + std::to_string(pfn));
    return 0;
  }
  int ready(uint64_t pfn, uint64_t) { return pfn == refuses ? 42 : 0; }
  int undo(uint64_t, uint64_t) { throw std::string("undo"); }
  int once() { throw 4711; }

  uint64_t throws_from = UINT64_MAX, refuses = UINT64_MAX;
};

struct ThrowsTest : testing::Test {
  ThrowsTest() {
    request.nr_pages = kSection;
    request.kind = MEMMAP_DEVICE;
    request.zone = 4;
    request.hooks = {hook<&Device::write>, hook<&Device::ready>, hook<&Device::undo>, &device};
    request.storage_bytes = memmap_request_bytes(&request);
    storage = Bytes(request.storage_bytes);
    request.storage = storage.at();
  }
  // What was thrown first, if it was text.
  std::string first() const {
    try {
      if (device.first()) std::rethrow_exception(device.first());
    } catch (const std::exception& error) {
      return error.what();
    } catch (const std::string& text) {
      return text;
    }
    return "";
  }

  TestEnv env;
  TestTopology topology{1, 1, 1};
  TestPool pool{env, topology, 0, 64 * kSection};
  Device device;
  memmap_request request{};
  Bytes storage;
};

TEST_F(ThrowsTest, AnExceptionIsTheDomainsError) {
  device.throws_from = 4096;
  Domain domain(pool.get(), "throws");
  ASSERT_EQ(domain.submit(request), MEMMAP_OK);
  EXPECT_EQ(domain.flush_range(0, 1), MEMMAP_OK);
  EXPECT_EQ(first(), "");
  EXPECT_EQ(domain.flush_range(8192, 1), kThrown);
  EXPECT_EQ(first(), "at 8192");
  EXPECT_EQ(domain.close(), kThrown);
  EXPECT_STREQ(memmap_status_text(kThrown), memmap_status_text(42)) << "no memmap_status";
}

TEST_F(ThrowsTest, TheFirstOneStays) {
  device.throws_from = 0;
  EXPECT_EQ(request.hooks.write(&device, 5, 1), kThrown);
  EXPECT_EQ(request.hooks.write(&device, 6, 1), kThrown);
  EXPECT_EQ(request.hooks.undo(&device, 7, 1), kThrown);
  EXPECT_EQ(first(), "at 5");
}

TEST_F(ThrowsTest, WhatTheyReturnIsReturned) {
  device.refuses = 512;
  Domain domain(pool.get(), "refuses");
  ASSERT_EQ(domain.submit(request), MEMMAP_OK);
  EXPECT_EQ(domain.flush(), 42);
  EXPECT_FALSE(device.first());
  EXPECT_EQ(domain.cancel(), kThrown) << "undo throws: the other units are undone all the same";
  EXPECT_EQ(first(), "undo");
  EXPECT_EQ(domain.close(), 42);
}

TEST_F(ThrowsTest, TasksToo) {
  memmap_task own{};
  own.run = task<&Device::once>;
  own.context = &device;
  Domain domain(pool.get(), "task");
  ASSERT_EQ(memmap_task_async(&own, domain.get()), MEMMAP_OK);
  EXPECT_EQ(domain.flush(), kThrown);
  EXPECT_THROW(std::rethrow_exception(device.first()), int);
}

TEST_F(ThrowsTest, WithoutItTheProgramEnds) {
  request.hooks = {};
  request.hooks.write = [](void*, uint64_t, uint64_t) -> int { throw std::runtime_error("nobody is told"); };
  EXPECT_DEATH(
      {
        Domain domain(pool.get(), "bare");
        try {
          (void)domain.submit(request);
          (void)domain.flush();
        } catch (const std::runtime_error&) {
        }
      },
      "terminate called after throwing an instance of 'std::runtime_error'");
}

// The object is not where its base is.
TEST(Throws, AMemberOfABaseIsOfTheObjectThatIsNamed) {
  struct Other {
    uint64_t word = 7;
  };
  struct Both : Other, Device {};
  Both both;
  both.refuses = 5;
  EXPECT_EQ((hook<&Both::ready, Both>(&both, 5, 1)), 42);
  EXPECT_EQ((task<&Both::once, Both>(&both)), kThrown);
  EXPECT_NE(both.first(), nullptr);
  EXPECT_EQ(both.word, 7u);
}

}  // namespace
}  // namespace memmap::pages
