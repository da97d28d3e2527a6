// SPDX-License-Identifier: Apache-2.0
// The check of a core's netlist: right and wrong references, and what leaves it out.
#include "fpga/flow/netlist_check.h"

#include <stdlib.h>

#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

using testing::HasSubstr;

class NetlistCheckTest : public test::FlowTest {
 protected:
  Check check(const emit::EmittedFolder& of, NetlistCheck when) {
    return check_netlist(of, dir_ / "synth", when);
  }
};

TEST_F(NetlistCheckTest, FindsEveryBitAndTheWrongOnes) {
  if (find_program("yosys").empty()) GTEST_SKIP() << "needs yosys";
  auto small = design({.layers = {4, 3}, .widths = {4}});
  EXPECT_THAT(check(small, NetlistCheck::kAuto).result,
              testing::AllOf(HasSubstr("300 outputs of Yosys's netlist ("), HasSubstr("0 DSP")));
  // A reference of other weights is what a wrong netlist looks like.
  for (auto& node : small.graph.nodes) {
    if (const auto weight = node.parameters.find("weight"); weight != node.parameters.end())
      for (double& v : weight->second.data) v = -v;
  }
  test::expect_user_error([&] { check(small, NetlistCheck::kAlways); }, "V155",
                          {"differs from the reference in", "of 300 outputs", "netlist.v"});
}

TEST_F(NetlistCheckTest, SaysWhyItIsLeftOut) {
  const auto small = design({.layers = {4, 3}, .widths = {4}});
  EXPECT_THAT(check(small, NetlistCheck::kNever).result, HasSubstr("not simulated"));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "synth"));
  const auto large = design({.layers = {16, 32, 5}, .widths = {8}, .pruned_percent = 0});
  if (!find_program("yosys").empty()) {
    EXPECT_THAT(check(large, NetlistCheck::kAuto).result,
                testing::AllOf(HasSubstr("LUTs take minutes"), HasSubstr("always")));
  }
  const std::string path = getenv("PATH");
  setenv("PATH", dir_.path().c_str(), 1);
  EXPECT_THAT(check(small, NetlistCheck::kAuto).result, HasSubstr("yosys is not in PATH"));
  test::expect_user_error([&] { check(small, NetlistCheck::kAlways); }, "Y001", {"yosys"});
  setenv("PATH", path.c_str(), 1);
}

}  // namespace
}  // namespace mase::fpga
