// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/column.h"

#include <utility>

namespace memmap::simulator {
namespace {

constexpr size_t kPlaces = 8;

}  // namespace

void Violations::add(const Violations& other) {
  for (const auto kind : {&Violations::wrong, &Violations::missed, &Violations::twice, &Violations::outside,
                          &Violations::early, &Violations::ready, &Violations::buddy, &Violations::calls}) {
    this->*kind += other.*kind;
  }
  for (const std::string& place : other.places) {
    if (places.size() < kPlaces) places.push_back(place);
  }
}

void Violations::found(uint64_t Violations::*kind, uint64_t count, std::string place) {
  if (count == 0) return;
  this->*kind += count;
  if (places.size() < kPlaces) places.push_back(std::move(place));
}

}  // namespace memmap::simulator
