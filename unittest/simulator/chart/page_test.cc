// SPDX-License-Identifier: GPL-2.0-only OR MIT
// What all pages have: no number with an exponent, no text that is taken for markup, two colour schemes.
#include "simulator/chart/page.h"

#include <gtest/gtest.h>

namespace memmap::chart {
namespace {

TEST(Page, NumbersHaveThreeDigitsAndNoExponent) {
  EXPECT_EQ(number(0), "0");
  EXPECT_EQ(number(0.00077123), "0.000771");
  EXPECT_EQ(number(2.2749), "2.27");
  EXPECT_EQ(number(16432.4), "16432");
}

TEST(Page, TextIsEscaped) { EXPECT_EQ(escaped("a < b & \"c\""), "a &lt; b &amp; &quot;c&quot;"); }

TEST(Page, StandsAloneInLightAndDark) {
  const std::string page = page_of("a & b", ".own { color: red; }", about_of({{"Command", "x < y"}}));
  EXPECT_EQ(page.rfind("<!DOCTYPE html>", 0), 0u);
  EXPECT_NE(page.find("<title>a &amp; b</title>"), std::string::npos);
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(page.find("<dt>Command</dt><dd>x &lt; y</dd>"), std::string::npos);
  for (const char* elsewhere : {"http:", "https:", "src=", "@import", "url(", "<script"})
    EXPECT_EQ(page.find(elsewhere), std::string::npos) << elsewhere;
}

}  // namespace
}  // namespace memmap::chart
