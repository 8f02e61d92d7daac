// SPDX-License-Identifier: GPL-2.0-only OR MIT
// The cases of the conformance suite: see conformance.h. To be included in one source file of a test.
#pragma once

#include "support/conformance.h"
#include "support/conformance_range_cases.h"

namespace memmap::conformance {

constexpr uint64_t kSubsection = 512, kBlock = 1024;

TEST_P(Conformance, EveryPageOnceAndFlushSeesIt) {
  CheckedSpan boot(MEMMAP_BOOT, 0, 40 * kBlock);
  CheckedSpan device(MEMMAP_DEVICE, 64 * kBlock, 70 * kSubsection);
  run([&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(boot), MEMMAP_OK);
    EXPECT_EQ(event.submit(device), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    boot.expect_done();
    device.expect_done();
    EXPECT_EQ(event.progress().done_pages, 40 * kBlock + 70 * kSubsection);
    EXPECT_EQ(memmap_node_ready_pages(pool_, 0), 40 * kBlock);
    EXPECT_TRUE(memmap_ready(pool_, 40 * kBlock - 1));
    EXPECT_FALSE(memmap_ready(pool_, 40 * kBlock));
  });
}

TEST_P(Conformance, CloseFlushesAndGivesBack) {
  CheckedSpan first(MEMMAP_DEVICE, 0, 64 * kSubsection);
  CheckedSpan again(MEMMAP_DEVICE, 0, 64 * kSubsection);
  run([&] {
    for (CheckedSpan* span : {&first, &again}) {
      Event event(pool_);
      EXPECT_EQ(event.submit(*span), MEMMAP_OK);
      EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
      span->expect_done();
    }
  });
}

TEST_P(Conformance, HolesAreNotTouched) {
  CheckedSpan span(MEMMAP_BOOT, 100, 30 * kBlock, {{110, 5}, {3000, 1}, {10 * kBlock, 4 * kBlock}, {25 * kBlock, 700}});
  run([&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    span.expect_done();
    EXPECT_EQ(event.progress().total_pages, 5 + 1 + 4 * kBlock + 700);
  });
}

TEST_P(Conformance, ARangeFlushSeesItsRange) {
  CheckedSpan span(MEMMAP_DEVICE, 0, 128 * kSubsection);
  run([&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    EXPECT_EQ(memmap_flush_range(&event.domain, 100 * kSubsection + 7, 1), MEMMAP_OK);
    span.expect_done(100 * kSubsection, kSubsection);
    EXPECT_EQ(memmap_flush_range(&event.domain, 3 * kSubsection - 1, 2 * kSubsection), MEMMAP_OK);
    span.expect_done(2 * kSubsection, 3 * kSubsection);
    EXPECT_TRUE(memmap_ready(pool_, 100 * kSubsection));
    EXPECT_EQ(memmap_flush_range(&event.domain, 200 * kSubsection, 1), MEMMAP_OUTSIDE);
    EXPECT_EQ(memmap_flush_range(&event.domain, 0, 0), MEMMAP_INVALID);
  });
  span.expect_done();
}

TEST_P(Conformance, ManyWaitForOneEvent) {
  CheckedSpan span(MEMMAP_DEVICE, 0, 96 * kSubsection);
  Event event(pool_);
  ASSERT_EQ(event.submit(span), MEMMAP_OK);
  const auto flusher = [&] {
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    span.expect_done();
  };
  const auto fault = [&] {
    for (uint64_t pfn = 95 * kSubsection; pfn > 0; pfn -= 5 * kSubsection) {
      EXPECT_EQ(memmap_flush_range(&event.domain, pfn, 1), MEMMAP_OK);
      span.expect_done(pfn, kSubsection);
    }
  };
  run({flusher, fault, flusher, fault, flusher});
}

TEST_P(Conformance, MoreEventsThanTheTableHolds) {
  std::vector<std::function<void()>> callers;
  for (uint64_t i = 0; i < 8; ++i)
    callers.push_back([this, i] {
      for (int round = 0; round < 3; ++round) {
        CheckedSpan span(i % 2 == 0 ? MEMMAP_BOOT : MEMMAP_DEVICE, i * kSection, (i + 1) * 3 * kBlock);
        Event event(pool_,
                    {.name = "many", .max_workers = uint32_t(i % 3), .background = i % 4 == 1, .parent = nullptr});
        EXPECT_EQ(event.submit(span), MEMMAP_OK);
        if (i % 3 != 0) {
          EXPECT_EQ(event.flush(), MEMMAP_OK);
        }
        EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
        span.expect_done();
      }
    });
  run(callers);
}

TEST_P(Conformance, AfterACancelNothingIsWritten) {
  CheckedSpan span(MEMMAP_DEVICE, 0, 128 * kSubsection);
  Event event(pool_);
  const auto submitter = [&] {
    const int status = event.submit(span);
    EXPECT_TRUE(status == MEMMAP_OK || status == MEMMAP_CANCELLED) << status;
    const int flushed = event.flush();
    EXPECT_TRUE(flushed == MEMMAP_OK || flushed == MEMMAP_CANCELLED) << flushed;
  };
  const auto canceller = [&] {
    while (GetParam().nr_workers != 0 && span.written_pages() == 0) subject_->env()->yield(subject_->env()->context);
    EXPECT_EQ(memmap_cancel(&event.domain), MEMMAP_OK);
    EXPECT_EQ(memmap_cancel(&event.domain), MEMMAP_OK) << "also the second time";
    EXPECT_EQ(event.flush(), MEMMAP_CANCELLED);
  };
  run({submitter, canceller});
  span.expect_cancelled();
  const memmap_progress_counts counts = event.progress();
  EXPECT_EQ(counts.done_pages, span.written_pages());
  EXPECT_EQ(counts.done_pages + counts.dropped_pages, counts.total_pages);
  for (uint64_t pfn = 0; pfn < 128 * kSubsection; pfn += kSubsection) EXPECT_FALSE(memmap_ready(pool_, pfn));
  CheckedSpan late(MEMMAP_DEVICE, 4 * kSection, kSubsection);
  EXPECT_EQ(event.submit(late), MEMMAP_CANCELLED);
  EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_CANCELLED);
}

TEST_P(Conformance, OverlapIsRefusedUntilTheOwnerCloses) {
  CheckedSpan owner(MEMMAP_DEVICE, 0, 32 * kSubsection);
  CheckedSpan other(MEMMAP_DEVICE, 31 * kSubsection + 511, 8 * kSubsection);
  run([&] {
    Event event(pool_), second(pool_);
    EXPECT_EQ(event.submit(owner), MEMMAP_OK);
    EXPECT_EQ(second.submit(other), MEMMAP_OVERLAP);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    EXPECT_EQ(second.submit(other), MEMMAP_OVERLAP) << "also when it is done";
    EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
    EXPECT_EQ(second.submit(other), MEMMAP_OK);
    EXPECT_EQ(second.flush(), MEMMAP_OK);
    owner.expect_done();
    other.expect_done();
  });
}

TEST_P(Conformance, AChainIsAcceptedAsAWholeOrNotAtAll) {
  CheckedSpan owner(MEMMAP_DEVICE, 20 * kSubsection, kSubsection);
  CheckedSpan first(MEMMAP_DEVICE, 0, 8 * kSubsection), second(MEMMAP_DEVICE, 16 * kSubsection, 8 * kSubsection);
  first.request.next = &second.request;
  run([&] {
    Event event(pool_), blocker(pool_);
    EXPECT_EQ(blocker.submit(owner), MEMMAP_OK);
    EXPECT_EQ(event.submit(first), MEMMAP_OVERLAP);
    EXPECT_EQ(event.progress().requests, 0u);
    EXPECT_EQ(memmap_domain_close(&blocker.domain), MEMMAP_OK);
    EXPECT_EQ(event.submit(first), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    EXPECT_EQ(event.progress().requests, 2u);
    first.expect_done();
    second.expect_done();
  });
}

TEST_P(Conformance, ARefusedSubmitChangesNothing) {
  CheckedSpan used(MEMMAP_DEVICE, 0, 8 * kSubsection), again(MEMMAP_DEVICE, 0, 8 * kSubsection);
  CheckedSpan nowhere(MEMMAP_DEVICE, kNrPages - kSubsection, 2 * kSubsection), homeless(MEMMAP_DEVICE, kSection, 512);
  homeless.request.records_nid = 7;
  again.request.next = &homeless.request;
  run([&] {
    Event event(pool_), cancelled(pool_);
    EXPECT_EQ(event.submit(used), MEMMAP_OK);
    EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
    EXPECT_EQ(memmap_cancel(&cancelled.domain), MEMMAP_OK);
    Event other(pool_);
    EXPECT_EQ(other.submit(nowhere), MEMMAP_OUTSIDE);
    EXPECT_EQ(other.submit(again), MEMMAP_NO_NODE) << "by the second span of the chain";
    again.request.next = nullptr;
    EXPECT_EQ(cancelled.submit(again), MEMMAP_CANCELLED);
    EXPECT_TRUE(memmap_ready(pool_, 0)) << "the pages are in use";
    EXPECT_EQ(other.progress().requests, 0u);
    EXPECT_EQ(other.submit(again), MEMMAP_OK) << "nothing is taken, the storage is as it was";
    EXPECT_EQ(other.flush(), MEMMAP_OK);
    again.expect_done();
  });
}

TEST_P(Conformance, AnErrorEndsItsOwnEventOnly) {
  CheckedSpan failing(MEMMAP_DEVICE, 0, 64 * kSubsection), healthy(MEMMAP_DEVICE, kSection, 64 * kSubsection);
  CheckedSpan late(MEMMAP_DEVICE, 3 * kSection, kSubsection);
  failing.on_write = [](uint64_t pfn) { return pfn == 40 * kSubsection ? 1234 : 0; };
  run({[&] {
         Event event(pool_);
         EXPECT_EQ(event.submit(failing), MEMMAP_OK);
         EXPECT_EQ(event.flush(), 1234);
         EXPECT_EQ(memmap_flush_range(&event.domain, 40 * kSubsection, 1), 1234);
         EXPECT_FALSE(memmap_ready(pool_, 40 * kSubsection));
         EXPECT_EQ(event.submit(late), MEMMAP_FAILED);
         const memmap_progress_counts counts = event.progress();
         EXPECT_EQ(counts.done_pages + counts.dropped_pages, counts.total_pages);
         EXPECT_GE(counts.dropped_pages, kSubsection);
         EXPECT_EQ(memmap_domain_close(&event.domain), 1234);
       },
       [&] {
         Event event(pool_);
         EXPECT_EQ(event.submit(healthy), MEMMAP_OK);
         EXPECT_EQ(event.flush(), MEMMAP_OK);
         healthy.expect_done();
       }});
}

TEST_P(Conformance, AllocationsGrowTheNodeBesideABoot) {
  CheckedSpan span(MEMMAP_BOOT, 0, 60 * kBlock);
  const auto booter = [&] {
    Event event(pool_);
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    span.expect_done();
  };
  const auto grower = [&] {
    for (int i = 0; i < 20; ++i) {
      uint64_t seen = memmap_node_ready_pages(pool_, 0);
      const uint64_t before = seen;
      const bool moved = memmap_grow(pool_, 0, kBlock, &seen);
      EXPECT_EQ(moved, seen != before);
      for (uint64_t pfn = 0; pfn < 60 * kBlock; pfn += kBlock)
        if (memmap_ready(pool_, pfn)) span.expect_done(pfn, kBlock);
      subject_->env()->yield(subject_->env()->context);
    }
  };
  run({booter, grower, grower});
  EXPECT_EQ(memmap_node_ready_pages(pool_, 0), 60 * kBlock);
  uint64_t seen = memmap_node_ready_pages(pool_, 0);
  EXPECT_FALSE(memmap_grow(pool_, 0, 1, &seen)) << "nothing is left";
}

TEST_P(Conformance, HooksMaySubmit) {
  CheckedSpan first(MEMMAP_DEVICE, 0, 16 * kSubsection), second(MEMMAP_DEVICE, kSection, 16 * kSubsection);
  CheckedSpan third(MEMMAP_DEVICE, 2 * kSection, 16 * kSubsection);
  run([&] {
    Event event(pool_), other(pool_);
    first.on_write = [&](uint64_t pfn) { return pfn == 8 * kSubsection ? event.submit(second) : 0; };
    second.on_write = [&](uint64_t pfn) { return pfn == kSection ? other.submit(third) : 0; };
    EXPECT_EQ(event.submit(first), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK) << "the second was accepted while the first was flushed";
    EXPECT_EQ(other.flush(), MEMMAP_OK);
    for (CheckedSpan* span : {&first, &second, &third}) span->expect_done();
  });
}

TEST_P(Conformance, HooksMayNotBlock) {
  CheckedSpan span(MEMMAP_DEVICE, 0, 16 * kSubsection);
  run([&] {
    Event event(pool_), other(pool_);
    span.on_write = [&](uint64_t pfn) {
      for (memmap_domain* domain : {&event.domain, &other.domain}) {
        EXPECT_EQ(memmap_flush(domain), MEMMAP_WOULD_DEADLOCK);
        EXPECT_EQ(memmap_flush_range(domain, pfn, 1), MEMMAP_WOULD_DEADLOCK);
        EXPECT_EQ(memmap_cancel(domain), MEMMAP_WOULD_DEADLOCK);
        EXPECT_EQ(memmap_domain_close(domain), MEMMAP_WOULD_DEADLOCK);
      }
      return 0;
    };
    EXPECT_EQ(event.submit(span), MEMMAP_OK);
    EXPECT_EQ(event.flush(), MEMMAP_OK);
    span.expect_done();
  });
}

TEST_P(Conformance, AClosedDomainSaysSo) {
  CheckedSpan span(MEMMAP_DEVICE, 0, kSubsection);
  run([&] {
    Event event(pool_);
    EXPECT_EQ(memmap_pool_fini(pool_), MEMMAP_BUSY);
    EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
    memmap_progress_counts counts;
    EXPECT_EQ(event.submit(span), MEMMAP_CLOSED);
    EXPECT_EQ(event.flush(), MEMMAP_CLOSED);
    EXPECT_EQ(memmap_flush_range(&event.domain, 0, 1), MEMMAP_CLOSED);
    EXPECT_EQ(memmap_cancel(&event.domain), MEMMAP_CLOSED);
    EXPECT_EQ(memmap_progress(&event.domain, &counts), MEMMAP_CLOSED);
    EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_CLOSED);
  });
}

TEST_P(Conformance, TwoClosersAndAFlusher) {
  CheckedSpan span(MEMMAP_DEVICE, 0, 64 * kSubsection);
  Event event(pool_);
  ASSERT_EQ(event.submit(span), MEMMAP_OK);
  std::atomic<int> closed = 0;
  const auto closer = [&] {
    const int status = memmap_domain_close(&event.domain);
    EXPECT_TRUE(status == MEMMAP_OK || status == MEMMAP_CLOSED) << status;
    closed += status == MEMMAP_OK;
  };
  const auto flusher = [&] {
    const int status = event.flush();
    EXPECT_TRUE(status == MEMMAP_OK || status == MEMMAP_CLOSED) << status;
  };
  run({closer, flusher, closer});
  EXPECT_EQ(closed, 1);
  span.expect_done();
}

TEST_P(Conformance, EventsFollowEachOther) {
  run([&] {
    for (int i = 0; i < 100; ++i) {
      CheckedSpan span(MEMMAP_DEVICE, 0, 6 * kSubsection);
      Event event(pool_);
      EXPECT_EQ(event.submit(span), MEMMAP_OK);
      EXPECT_EQ(memmap_domain_close(&event.domain), MEMMAP_OK);
      span.expect_done();
    }
  });
}

}  // namespace memmap::conformance
