// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/script_facts.h"

#include <gtest/gtest.h>

#include "gen/base/error.h"

namespace mase::fpga {
namespace {

TEST(ScriptFacts, ListsAreTakenApartAsTclDoes) {
  EXPECT_EQ(tcl_list(" a {b c} {d {e f}} {} g\\ h "),
            (std::vector<std::string>{"a", "b c", "d {e f}", "", "g h"}));
  const auto facts = facts_of({{"s.tcl", 3, "set_property", "-dict {A 1 B {2 3}} {led[0]}"},
                               {"s.tcl", 4, "read_verilog", "-sv {  a.sv   b.sv }"},
                               {"s.tcl", 5, "get_ports", "a"},
                               {"s.tcl", 6, "opt_design", ""}});
  std::vector<std::string> keys;
  for (const auto& fact : facts) keys.push_back(fact.key + "=" + fact.value + "@" + fact.where);
  EXPECT_EQ(keys,
            (std::vector<std::string>{"A of led[0]=1@s.tcl:3", "B of led[0]=2 3@s.tcl:3",
                                      "read_verilog -sv a.sv=@s.tcl:4",
                                      "read_verilog -sv b.sv=@s.tcl:4", "opt_design=@s.tcl:6"}));
}

TEST(ScriptFacts, NumbersAreComparedAsNumbers) {
  const auto refused = [](const std::string& found, const std::string& wanted) {
    try {
      compare_facts({{"a", found, "f:1"}}, {{"a", wanted, "b"}}, "f");
    } catch (const UserError&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused("0x1000", "4096"));
  EXPECT_FALSE(refused("0xFFFFFFFFFFFFFFFF", "0xffffffffffffffff"));
  EXPECT_FALSE(refused("300.0", "300"));
  EXPECT_FALSE(refused("x", "x"));
  EXPECT_TRUE(refused("0x10", "10"));
  EXPECT_TRUE(refused("010", "10"));
  EXPECT_TRUE(refused("", "0"));
  EXPECT_TRUE(refused("3.334", "3.333"));
  EXPECT_TRUE(refused("1.0.0", "1.0"));
}

}  // namespace
}  // namespace mase::fpga
