// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "simulator/report/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace memmap::simulator {
namespace {

TEST(JsonTest, NestsAndIndents) {
  JsonWriter json;
  json.begin_object();
  json.count("n", UINT64_MAX);
  json.begin_array("list");
  json.text("", "one");
  json.begin_object();
  json.number("x", 0.25);
  json.end_object();
  json.end_array();
  json.begin_object("empty");
  json.end_object();
  json.end_object();
  EXPECT_EQ(json.written(), R"({
  "n": 18446744073709551615,
  "list": [
    "one",
    {
      "x": 0.25
    }
  ],
  "empty": {}
}
)");
}

TEST(JsonTest, QuotesWhatMustBe) {
  JsonWriter json;
  json.begin_object();
  json.text("a\"b", "c\\d\n\xC2\xB5s");
  json.end_object();
  EXPECT_EQ(json.written(), "{\n  \"a\\\"b\": \"c\\\\d\\u000a\xC2\xB5s\"\n}\n");
}

TEST(JsonTest, WhatIsNoLetterIsReplaced) {
  const auto quoted = [](absl::string_view text) {
    JsonWriter json;
    json.text("", text);
    return json.written();
  };
  EXPECT_EQ(quoted("\xE2\x82\xAC\xF0\x9F\x98\x80"), "\"\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  EXPECT_EQ(quoted("y\xFFz\x80"), "\"y\\ufffdz\\ufffd\"") << "begins no letter";
  EXPECT_EQ(quoted("\xC3(\xC3"), "\"\\ufffd(\\ufffd\"") << "no letter goes on like this";
  for (const char* text : {"\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
    EXPECT_THAT(quoted(text), testing::StartsWith("\"\\ufffd\\ufffd")) << "too long, a surrogate, too large";
}

TEST(JsonTest, WhatIsNoNumberIsNull) {
  JsonWriter json;
  json.begin_array();
  json.number("", std::numeric_limits<double>::infinity());
  json.number("", std::numeric_limits<double>::quiet_NaN());
  json.end_array();
  EXPECT_EQ(json.written(), "[\n  null,\n  null\n]\n");
}

}  // namespace
}  // namespace memmap::simulator
