// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "host/stall_text.h"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace memmap::host {

std::string stall_text(const memmap_stall& stall, uint32_t nr_workers,
                       const std::function<std::string(uint32_t worker)>& where) {
  const bool closes = std::string_view(stall.stage) == "inside";
  const std::string waits = absl::StrCat("memmap: ", closes ? "close" : "flush", " of '", stall.domain, "' has waited ",
                                         stall.waited_ns / 1'000'000, " ms: ");
  if (closes) return waits + "somebody is in another call for it, maybe in an undo hook";
  const std::string pages = absl::StrCat("pfn [", stall.pfn, ", ", stall.pfn + stall.nr_pages, ")");
  if (stall.worker >= nr_workers && stall.nr_pages == 0) return waits + "all is done now";
  if (stall.worker >= nr_workers) return absl::StrCat(waits, "no worker but a caller holds ", pages);
  return absl::StrCat(waits, "worker ", stall.worker, " (", where(stall.worker), ") holds ", pages, " in ",
                      stall.stage);
}

}  // namespace memmap::host
