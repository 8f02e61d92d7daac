// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/library.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/options/nearest.h"
#include "simulator/scenario/reader.h"

namespace memmap::virtual_time {

absl::StatusOr<Scenario> load_scenario(const std::string& name_or_path) {
  std::vector<absl::string_view> names;
  for (const ReadyScenario& ready : ready_scenarios()) {
    if (ready.name == name_or_path) return read_scenario(ready.text, name_or_path);
    names.push_back(ready.name);
  }
  std::ifstream file(name_or_path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return absl::NotFoundError(absl::StrCat(name_or_path, ": found neither a file nor a ready scenario, expected ",
                                            simulator::nearest(name_or_path, names), "?"));
  }
  return read_scenario(text, name_or_path);
}

}  // namespace memmap::virtual_time
