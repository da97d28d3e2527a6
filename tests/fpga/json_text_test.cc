// SPDX-License-Identifier: Apache-2.0
// Errors of JSON files name the line of what is wrong.
#include "fpga/flow/json_text.h"

#include <gtest/gtest.h>

#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

using test::expect_user_error;

constexpr char kText[] = R"({
  "name": "a \"quoted\" } text",
  "of\u0020it": [1, {"x": [
    {"y": "deep"}]},
    2.5],
  "empty": {}, "none": [],
  "count": 7
}
)";

TEST(JsonText, FindsTheLineOfEveryValue) {
  const JsonText json(kText, "f.json", "V123", "");
  for (const auto& [path, line] : std::vector<std::pair<JsonText::Path, const char*>>{
           {{"name"}, "f.json:2"},
           {{"of it"}, "f.json:3"},
           {{"of it", "0"}, "f.json:3"},
           {{"of it", "1", "x"}, "f.json:3"},
           {{"of it", "1", "x", "0"}, "f.json:4"},
           {{"of it", "1", "x", "0", "y"}, "f.json:4"},
           {{"of it", "2"}, "f.json:5"},
           {{"none"}, "f.json:6"},
           {{"count"}, "f.json:7"},
           {{}, "f.json:8"}}) {
    EXPECT_TRUE(json.has(path)) << line;
    EXPECT_EQ(json.place(path), line);
  }
  EXPECT_EQ(json.text({"of it", "1", "x", "0", "y"}), "deep");
  EXPECT_EQ(json.number({"of it", "2"}), 2.5);
  EXPECT_EQ(json.integer({"count"}), 7);
  EXPECT_FALSE(json.has({"of it", "3"}));
  EXPECT_FALSE(json.has({"of it", "x"}));
  EXPECT_FALSE(json.has({"count", "x"}));
}

TEST(JsonText, WhatIsMissingOrOfAnotherKindIsTold) {
  const JsonText json(kText, "f.json", "V123", "write it anew");
  const auto refused = [](auto read, const std::vector<std::string>& parts) {
    expect_user_error(read, "V123", parts);
  };
  refused([&] { json.text({"nam"}); }, {"f.json:8", "the key 'nam' is missing", "write it anew"});
  refused([&] { json.text({"of it", "1", "z"}); }, {"f.json:3", "'of it.1' has no key 'z'"});
  refused(
      [&] {
        json.text({"of it", "1", "x", "0", "z"});
      },
      {"f.json:4", "'of it.1.x.0' has no key 'z'"});
  refused([&] { json.text({"count", "z"}); }, {"f.json:7", "'count' is 7, wants an object"});
  refused([&] { json.text({"count"}); }, {"f.json:7", "'count' is 7, wants a text"});
  refused([&] { json.integer({"of it", "2"}); }, {"f.json:5", "wants an integer"});
  refused([&] { json.texts({"of it"}); }, {"f.json:3", "wants a list of texts"});
  refused([&] { json.keys({"none"}); }, {"f.json:6", "wants an object"});
  for (const auto& [text, line] : std::vector<std::pair<std::string, const char*>>{
           {"", "f.json:1"},
           {"[1]", "f.json:1"},
           {"{\n\"a\": 1,\n\"b\" 2}", "f.json:3"},
           {"{\n\"a\": 1,\n\"b\": \n\n", "f.json:3"},
           {"{\n\"a\": 1e999,\n\"b\": 2}", "f.json:2"}})
    refused([&, text = text] { JsonText(text, "f.json", "V123", ""); }, {line});
}

TEST(FlowJson, EveryKeyIsCheckedBeforeItIsUsed) {
  const test::TempDir dir;
  const std::string good = R"({"format": "mase-flow", "flow": "vivado",
 "host": "jtag", "target": "t", "top": "top", "kernel": "k", "design": "d",
 "freq_mhz": 300, "core_mhz": 300,
 "bitstream": "top.bit", "sources": ["a.sv"],
 "memories": [], "slrs": [{"slr": "SLR0",
   "cells": ["u"]}]}
)";
  write_file(dir / "flow.json", good);
  EXPECT_EQ(read_flow(dir.path()).at("top"), "top");
  for (const auto& [from, to, parts] :
       std::vector<std::tuple<std::string, std::string, std::vector<std::string>>>{
           {"mase-flow", "flow", {"flow.json:1", "mase-flow"}},
           {"\"vivado\"", "\"quartus\"", {"flow.json:1", "no flow 'quartus'"}},
           {"\"jtag\"", "3", {"flow.json:2", "'host' is 3, wants a text"}},
           {"\"core_mhz\": 300", "\"core_mhz\": 0", {"flow.json:3", "above 0"}},
           {"[\"a.sv\"]", "[1]", {"flow.json:4", "'sources' is [1], wants a list of texts"}},
           {"\"cells\": [\"u\"]", "\"cell\": [\"u\"]", {"flow.json:5", "'slrs.0' has no key"}},
           {"\"bitstream\"", "\"bits\"", {"flow.json:6", "'bitstream' is missing"}}}) {
    auto text = good;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(dir / "flow.json", text.replace(at, from.size(), to));
    expect_user_error([&] { read_flow(dir.path()); }, "V160", parts);
  }
}

}  // namespace
}  // namespace mase::fpga
