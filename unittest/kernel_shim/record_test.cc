// SPDX-License-Identifier: GPL-2.0-only
// The record that the (fake) kernel's inlines make is the one that the engine has written down by itself.
#include "kernel_shim/record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "memmap/image.h"

namespace memmap {
namespace {

dev_pagemap of_type(memory_type type) {
  dev_pagemap pgmap{};
  pgmap.type = type;
  return pgmap;
}

TEST(Record, DeviceIsTheEnginesImage) {
  dev_pagemap pgmap = of_type(MEMORY_DEVICE_GENERIC);
  memmap_record record;
  memmap_record_device(&record, ZONE_DEVICE, 5, &pgmap);
  const pages::Image image = pages::image_of(MEMMAP_DEVICE, 5, ZONE_DEVICE, reinterpret_cast<uintptr_t>(&pgmap));
  for (int i = 0; i < MEMMAP_RECORD_WORDS; ++i) EXPECT_EQ(record.word[i], image.words[i]) << "word " << i;
  EXPECT_FALSE(record.linked);
}

TEST(Record, CountsByType) {
  const auto count = [](memory_type type) {
    dev_pagemap pgmap = of_type(type);
    memmap_record record;
    memmap_record_device(&record, ZONE_DEVICE, 0, &pgmap);
    return record.word[6] >> 32;
  };
  EXPECT_EQ(count(MEMORY_DEVICE_PRIVATE), 0u);
  EXPECT_EQ(count(MEMORY_DEVICE_COHERENT), 0u);
  EXPECT_EQ(count(MEMORY_DEVICE_FS_DAX), 1u);
  EXPECT_EQ(count(MEMORY_DEVICE_GENERIC), 1u);
  EXPECT_EQ(count(MEMORY_DEVICE_PCI_P2PDMA), 1u);
}

TEST(Record, BootIsTheEnginesImageWhereItIsWritten) {
  for (const bool movnti : {false, true}) {
    std::vector<page> pages(5);
    std::memset(static_cast<void*>(pages.data()), 0x5A, pages.size() * sizeof(page));
    memmap_record record;
    memmap_record_boot(&record, ZONE_NORMAL, 3);
    memmap_record_write(&pages[1], 3, &record, movnti);
    const pages::Image image = pages::image_of(MEMMAP_BOOT, 3, ZONE_NORMAL, 0);
    for (size_t i = 0; i < pages.size(); ++i) {
      uint64_t words[MEMMAP_RECORD_WORDS];
      std::memcpy(words, &pages[i], sizeof(words));
      for (int word = 0; word < MEMMAP_RECORD_WORDS; ++word) {
        const bool outside = i == 0 || i == 4, link = word == 1 || word == 2;
        const uint64_t expected = outside ? 0x5A5A5A5A5A5A5A5A
                                  : link  ? reinterpret_cast<uintptr_t>(&pages[i].lru)
                                          : image.words[word];
        EXPECT_EQ(words[word], expected) << "record " << i << ", word " << word;
      }
    }
  }
}

}  // namespace
}  // namespace memmap
