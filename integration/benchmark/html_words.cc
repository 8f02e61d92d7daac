// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "html_words.h"

#include <cctype>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "html_chart.h"

namespace memmap::bench {
namespace {

using simulator::Verdict;

std::string capitalised(std::string text) {
  if (!text.empty()) text[0] = char(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

struct Words {
  const char* more;  // where ours is better
  const char* less;
  const char* equal;
};

Words words_of(absl::string_view unit) {
  if (unit == "CPU us") return {"less CPU time", "more CPU time", "the same CPU time"};
  if (unit == "ms") return {"nearer", "off", "the same"};  // said in virtual time, and measured
  if (unit == "index") return {"fairer", "less fair", "as fair"};
  return {"faster", "slower", "as fast"};
}

// By how much ours is better: a factor above 1 where it is.
std::string by_how_much(double factor, const Words& words) {
  const double inverse = 1 / factor;
  if (factor >= 1.995) return absl::StrCat(number(factor), " times ", words.more);
  if (factor >= 1.015) return absl::StrFormat("%.0f %% %s", 100 * (factor - 1), words.more);
  if (factor > 0.985) return words.equal;
  if (factor > 0.5) return absl::StrFormat("%.0f %% %s", 100 * (inverse - 1), words.less);
  return absl::StrCat(number(inverse), " times ", words.less);
}

}  // namespace

std::string sentence_of(const Figure& figure) {
  const std::string ours = absl::StrCat(number(figure.ours), " ", figure.unit);
  const std::string what = capitalised(figure.what);
  if (figure.theirs_is.empty()) return absl::StrCat(what, ": ", ours, ".");
  const double factor = figure.better == Figure::Better::higher ? figure.value : 1 / figure.value;
  return absl::StrCat(what, ": ", ours, " here, ", number(figure.theirs), " with: ", figure.theirs_is, ". That is ",
                      by_how_much(factor, words_of(figure.unit)), ".");
}

std::string excuse_of(const Figure& figure) {
  const Verdict verdict = verdict_of(figure);
  if (verdict != Verdict::limited && verdict != Verdict::missed) return "";
  const bool higher = figure.better == Figure::Better::higher;
  const bool out_of_reach = figure.bound != 0 && (higher ? figure.bound < figure.target : figure.bound > figure.target);
  if (!out_of_reach) return figure.bound == 0 ? "" : "This machine would allow " + number(figure.bound) + ".";
  const bool beaten = higher ? figure.value > figure.bound : figure.value < figure.bound;
  if (beaten && verdict == Verdict::missed) {
    return absl::StrCat("The limit measured beside it (", number(figure.bound), ") excuses nothing: it was beaten.");
  }
  return absl::StrCat(
      "Out of reach here: at this machine's measured limit it would be ", number(figure.bound),
      verdict == Verdict::limited ? ", and it is there." : ", and it is not even there.");
}

}  // namespace memmap::bench
