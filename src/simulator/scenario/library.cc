// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/scenario/library.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/inputs/text_file.h"
#include "simulator/options/nearest.h"
#include "simulator/scenario/reader.h"

namespace memmap::virtual_time {

absl::StatusOr<Scenario> load_scenario(const std::string& name_or_path) {
  std::vector<absl::string_view> names;
  for (const ReadyScenario& ready : ready_scenarios()) {
    if (ready.name == name_or_path) return read_scenario(ready.text, name_or_path);
    names.push_back(ready.name);
  }
  const auto text = simulator::read_text(name_or_path, "a ready scenario, or a TOML file");
  if (text.ok()) return read_scenario(*text, name_or_path);
  std::error_code error;
  if (std::filesystem::exists(name_or_path, error)) return text.status();
  return absl::NotFoundError(absl::StrCat(name_or_path, ": found neither a file nor a ready scenario, expected ",
                                          simulator::nearest(name_or_path, names), "?"));
}

}  // namespace memmap::virtual_time
