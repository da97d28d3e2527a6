// SPDX-License-Identifier: Apache-2.0
// When a finished build counts as good: each figure that may say no, by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fpga/flow/vivado_report.h"
#include "gen/base/file.h"
#include "tests/fpga/vivado_texts.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

using test::expect_user_error;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

/// A memory's least period is on no path: setup and hold are met, and the design fails.
TEST(VivadoVerdict, PulseWidthIsJudged) {
  const auto short_period = parse_vivado_timing(timing("0.312", "0.021", "2022.2", "-0.333"), "t");
  EXPECT_EQ(short_period.wpws_ns, -0.333);
  EXPECT_EQ(short_period.tpws_ns, -1.204);
  EXPECT_EQ(short_period.failing_pulse_width, 36);
  for (const bool routed : {false, true})
    EXPECT_EQ(short_period.failure(routed), "pulse width is missed: WPWS -0.333 ns, 36 endpoints");
  EXPECT_EQ(parse_vivado_timing(timing("0.312", "0.021", "2022.2", "NA"), "t").failure(),
            "pulse width is unconstrained (WPWS is NA or inf)");
  EXPECT_EQ(parse_vivado_timing(timing("0.000", "0.000", "2022.2", "0.000"), "t").failure(), "");
  const auto hold = parse_vivado_timing(timing("0.312", "-0.021"), "t");
  EXPECT_EQ(hold.failure(), "hold timing is missed: WHS -0.021 ns, 1 endpoints");
  EXPECT_EQ(hold.failure(false), "");  // before placement it says nothing
  // Less than the three digits of a slack can show.
  auto tiny = replaced(timing("-0.001", "0.021"), "-0.001", "-0.000");
  EXPECT_EQ(parse_vivado_timing(tiny, "t").failure(),
            "setup timing is missed: WNS -0 ns, 2 endpoints");
}

TEST(VivadoVerdict, WordsThatContradictTheFiguresAreRefused) {
  const std::string met = "All user specified timing constraints are met.";
  const std::string missed = "Timing constraints are not met.";
  for (const auto& [text, from, to] :
       {std::tuple{timing("0.312", "0.021"), met, missed},
        std::tuple{timing("-0.312", "0.021"), missed, met},
        std::tuple{timing("0.312", "-0.021"), missed, met},
        std::tuple{timing("0.312", "0.021", "2022.2", "-0.333"), missed, met}})
    expect_user_error([&, t = replaced(text, from, to)] { parse_vivado_timing(t, "t.rpt"); },
                      "V121", {"t.rpt:38", to});
}

class VivadoVerdicts : public testing::Test {
 protected:
  void write(const std::string& json) {
    write_file(dir_ / "reports/mase.json", json);
    write_file(dir_ / "reports/utilization.rpt", kUtilisation2020);
    write_file(dir_ / "reports/timing.rpt", timing("0.312", "0.021"));
    write_file(dir_ / "reports/route_status.rpt", kFullyRouted);
  }
  std::string failure() { return read_vivado_reports(dir_.path()).failure(); }
  test::TempDir dir_;
};

/// Each figure of the script's own summary decides by itself.
TEST_F(VivadoVerdicts, TheSummaryDecides) {
  const auto judged = [&](const std::string& from, const std::string& to) {
    write(replaced(summary(), from, to));
    return failure();
  };
  EXPECT_EQ(judged("top", "top"), "");
  EXPECT_EQ(judged("\"pulse_width_violations\": 0", "\"pulse_width_violations\": 4"),
            "4 pulses or periods are too short");
  EXPECT_EQ(judged("\"no_clock_pins\": 0", "\"no_clock_pins\": 7"),
            "7 register pins have no clock");
  EXPECT_EQ(judged("\"unconstrained_endpoints\": 0", "\"unconstrained_endpoints\": 1"),
            "1 endpoints are unconstrained");
  EXPECT_EQ(judged("\"unrouted_nets\": 0", "\"unrouted_nets\": null"),
            "it is not known how many nets are not routed");
  EXPECT_EQ(judged("\"routing_errors\": 0", "\"routing_errors\": 2"), "2 nets have routing errors");
  EXPECT_EQ(judged("\"drc_errors\": 0", "\"drc_errors\": 1"), "1 errors are in the DRC report");
  EXPECT_EQ(judged("\"no_clock_pins\": 0", "\"no_clock_pins\": null"),
            "it is not known how many register pins have no clock");
  EXPECT_EQ(judged("\"wns_ns\"", "\"clock_wns_ns\": null, \"wns_ns\""),
            "the core's clock is unconstrained (clock_wns_ns is null)");
  expect_user_error([&] { judged("\"drc_errors\": 0", "\"drc_errors\": -1"); }, "V123",
                    {"drc_errors is -1"});
  write(summary());
  write_file(dir_ / "reports/timing.rpt",
             replaced(timing("0.312", "0.021"), "no_clock (0)\n---", "no_clock (5)\n---"));
  EXPECT_EQ(failure(), "5 register pins have no clock");
  write(summary("routed", "0.312", 0, "-0.333"));
  write_file(dir_ / "reports/timing.rpt", timing("0.312", "0.021", "2022.2", "-0.333"));
  EXPECT_EQ(failure(), "pulse width is missed: WPWS -0.333 ns, 36 endpoints");
}

TEST_F(VivadoVerdicts, AFolderWithoutReportsSaysWhichToGive) {
  expect_user_error([&] { read_vivado_reports(dir_.path()); }, "B001",
                    {"reports/mase.json", "build folder", "sh run.sh"});
}

}  // namespace
}  // namespace mase::fpga
