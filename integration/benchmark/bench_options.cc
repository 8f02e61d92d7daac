// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "bench_options.h"

#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "catalogue.h"

namespace memmap::bench {
namespace {

absl::Status set_only(const std::string& text, BenchOptions& options) {
  auto compiled = std::make_unique<regex_t>();
  if (regcomp(compiled.get(), text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("found --only=", text, ", expected a regular expression"));
  }
  options.only = std::shared_ptr<regex_t>(compiled.release(), [](regex_t* regex) {
    regfree(regex);
    delete regex;
  });
  for (const Section& section : catalogue()) {
    const auto wants = [&options](const std::string& key) { return options.wants(key); };
    if (std::any_of(section.keys.begin(), section.keys.end(), wants)) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("found --only=", text, ", expected some figure's key: see --list"));
}

absl::Status set(absl::string_view flag, const std::string& value, BenchOptions& options) {
  if (value.empty()) return absl::InvalidArgumentError(absl::StrCat("found ", flag, " without a value"));
  if (flag == "--only") return set_only(value, options);
  options.html = value;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BenchOptions> parse_bench_options(std::span<const char* const> arguments) {
  BenchOptions options;
  options.others = {"run", "--pairs=31"};
  for (size_t n = 0; n < arguments.size(); ++n) {
    const absl::string_view argument = arguments[n];
    const size_t equals = argument.find('=');
    const absl::string_view flag = argument.substr(0, equals);
    if (argument == "--list") {
      options.list = true;
    } else if (flag == "--only" || flag == "--html") {
      const bool separate = equals == argument.npos;
      const std::string value(!separate                  ? argument.substr(equals + 1)
                              : n + 1 < arguments.size() ? absl::string_view(arguments[++n])
                                                         : absl::string_view());
      if (absl::Status status = set(flag, value, options); !status.ok()) return status;
    } else {
      options.others.push_back(arguments[n]);
    }
  }
  return options;
}

const char* bench_usage() {
  return R"(bench [FLAG...]: all figures, against other schedulers and earlier designs.

  --only=REGEX      figures whose keys match; default: all
  --html=FILE       a page with charts too, which needs nothing but a browser
  --list            the keys of all figures

and the flags of `memmap-sim run`, where --pairs is 31 by default:

)";
}

}  // namespace memmap::bench
