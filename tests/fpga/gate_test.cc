// SPDX-License-Identifier: Apache-2.0
// The gate at the end of the build scripts: whatever lets one kind of failure through is caught.
#include "fpga/flow/gate_check.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "fpga/flow/device_flow.h"
#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/flow_test.h"

namespace mase::fpga {
namespace {

namespace fs = std::filesystem;
using test::expect_user_error;
using testing::HasSubstr;

class Gate : public test::FlowTest {
 protected:
  /// A script of a flow that stops at its gate, with what the recorder has to be told about it.
  struct Build {
    fs::path folder;
    RecorderAnswers answers;
    std::string script;
  };
  Build ooc(bool synth_only) {
    Build build{dir_ / "ooc", {}, {}};
    write_ooc(toy(), load_vivado_target("xcu250"), build.folder, {.synth_only = synth_only});
    const auto flow = nlohmann::json::parse(read_file(build.folder / "flow.json"));
    build.answers.ports = flow.at("ports").get<std::vector<std::string>>();
    build.script = read_file(build.folder / "build.tcl");
    return build;
  }
  Build device() {
    Build build{dir_ / "device", {}, {}};
    write_device(toy(), load_device_board("xcu250"), build.folder, {}, DeviceHost::kJtag, 5);
    build.answers.ports = ports_of(read_file(build.folder / "top_device.sv"));
    build.script = read_file(build.folder / "build.tcl");
    return build;
  }
  static Check check(const Build& build) {
    return check_gate(build.folder, build.answers,
                      record(build.folder, "build.tcl", build.answers));
  }
  static void expect_caught(const Build& build, const std::string& from, const std::string& to,
                            const std::string& part) {
    SCOPED_TRACE(from + " -> " + to);
    auto text = build.script;
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(build.folder / "build.tcl", text.replace(at, from.size(), to));
    expect_user_error([&] { check(build); }, "V135", {part});
    write_file(build.folder / "build.tcl", build.script);
  }
};

TEST_F(Gate, StopsEveryKindOfFailure) {
  EXPECT_THAT(check(ooc(true)).result, HasSubstr("10 ways to fail"));
  EXPECT_THAT(check(ooc(false)).result, HasSubstr("15 ways to fail"));
  const auto whole = check(device()).result;
  EXPECT_THAT(whole, HasSubstr("17 ways to fail"));
  EXPECT_THAT(whole, HasSubstr("before the bitstream"));
}

/// One of the conditions, or what it reads, left out of the script at a time.
TEST_F(Gate, EveryConditionIsNeeded) {
  const auto build = ooc(false);
  expect_caught(build, "WPWS $wpws", "", "pulse width is missed");
  expect_caught(build, "{pulses and periods too short} $short_pulses", "", "a pulse is too short");
  expect_caught(build, "if {$pulses ne \"\"", "if {0", "a period is too short");
  expect_caught(build, "{pins without a clock} $no_clock", "", "a register has no clock");
  expect_caught(build, "{unconstrained endpoints} $unconstrained", "",
                "an endpoint is unconstrained");
  expect_caught(build, " WHS $whs] {", "] {", "hold timing is missed");
  expect_caught(build, "{nets not routed} $open_nets", "", "a net is not routed");
  expect_caught(build, "{nets with routing errors} $routing_errors", "",
                "a net has a routing error");
  expect_caught(build, "{DRC errors} $drc_errors", "", "a design rule is broken");
  expect_caught(build, "set no_clock [", "set no_clock 0; list [", "a register has no clock");
  expect_caught(build, "if {$count ne \"0\"}", "if {$count eq \"1\"}",
                "the report of check_timing has another layout");
  expect_caught(build, "$slack eq \"null\" || ", "", "nothing is constrained");
  // A gate that nothing passes is none either.
  expect_caught(build, "in {ERROR FATAL}", "ne {}", "build.tcl fails although DRC only warns");
  expect_caught(build, "\\\"wpws_ns\\\": $wpws", "\\\"wpws_ns\\\": $wns",
                "does not say what its tool said");
}

TEST_F(Gate, OfSeveralClocksTheCoresIsJudged) {
  const auto build = device();
  expect_caught(build, " {WNS of core_clk} $clock_wns", "", "the core's clock is missed");
  expect_caught(build, "core_clk} $clock_wns", "core_clk} [string map {null 0} $clock_wns]",
                "the core's clock is unconstrained");
}

/// Before synthesis there is no register of that name, and a constraint on it would do nothing.
TEST_F(Gate, NamesOfSynthesisAreReadBehindIt) {
  const auto build = device();
  const auto recorded = [&] { record(build.folder, "build.tcl", build.answers); };
  EXPECT_NO_THROW(recorded());
  const std::string exception = "set_false_path -to [get_pins {u_reset/stage_q_reg[0]/D}]\n";
  EXPECT_THAT(read_file(build.folder / "exceptions.xdc"), HasSubstr(exception));
  EXPECT_THAT(read_file(build.folder / "rtl/mase_reset_sync.sv"), HasSubstr("stage_q"));
  const auto clocks = read_file(build.folder / "clocks.xdc");
  EXPECT_THAT(clocks, testing::Not(HasSubstr("_reg")));
  write_file(build.folder / "clocks.xdc", clocks + exception);
  expect_user_error(recorded, "V133", {"clocks.xdc:", "stage_q_reg[0]", "12-4739"});
}

}  // namespace
}  // namespace mase::fpga
