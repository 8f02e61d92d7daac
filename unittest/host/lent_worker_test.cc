// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/lent_worker.h"

#include <gtest/gtest.h>

namespace memmap::host {
namespace {

TEST(LentWorkerTest, WhoFindsItRestingBringsTheTask) {
  LentWorker worker;
  EXPECT_TRUE(worker.rest());
  EXPECT_TRUE(worker.want());
  EXPECT_FALSE(worker.want()) << "the task is on its way";
  worker.begin();
  EXPECT_TRUE(worker.rest());
  EXPECT_TRUE(worker.want());
}

TEST(LentWorkerTest, WantedBeforeItRestsItBeginsAgain) {
  LentWorker worker;
  EXPECT_FALSE(worker.want()) << "it has a task";
  EXPECT_FALSE(worker.want());
  EXPECT_FALSE(worker.rest());
  worker.begin();
  EXPECT_TRUE(worker.rest());
}

}  // namespace
}  // namespace memmap::host
