// SPDX-License-Identifier: Apache-2.0
// Vivado's reports in the layouts of several versions.
#include "fpga/flow/vivado_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "tests/fpga/vivado_texts.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {
namespace {

using test::expect_user_error;
using test::TempDir;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(VivadoReport, UtilisationOfThreeVersions) {
  const auto v2020 = parse_vivado_utilisation(kUtilisation2020, "u.rpt");
  EXPECT_EQ(v2020.version, "2020.2");
  EXPECT_EQ(v2020.device, "xcu250figd2104-2L");
  EXPECT_TRUE(v2020.routed());
  EXPECT_EQ(v2020.at({"CLB LUTs"}), 12345);  // not the 12300 of SLR 0
  EXPECT_EQ(v2020.at({"LUT as Logic"}), 12000);
  EXPECT_EQ(v2020.at({"LUT as Memory"}), 345);
  EXPECT_EQ(v2020.at({"CLB Registers"}), 23456);
  EXPECT_EQ(v2020.at({"CARRY8"}), 678);
  EXPECT_EQ(v2020.at({"Block RAM Tile"}), 10.5);
  EXPECT_EQ(v2020.at({"RAMB36/FIFO"}), 10);
  EXPECT_EQ(v2020.at({"URAM"}), 3);
  EXPECT_EQ(v2020.at({"DSPs"}), 28);

  const auto v2022 = parse_vivado_utilisation(kUtilisation2022, "u.rpt");
  EXPECT_EQ(v2022.version, "2022.2.1");
  EXPECT_EQ(v2022.state, "Synthesized");
  EXPECT_FALSE(v2022.routed());
  EXPECT_EQ(v2022.at({"CLB LUTs"}), 796);
  EXPECT_EQ(v2022.at({"CLB Registers"}), 949);
  EXPECT_EQ(v2022.at({"CARRY8"}), 39);

  const auto v2025 = parse_vivado_utilisation(kUtilisation2025, "u.rpt");
  EXPECT_EQ(v2025.version, "2025.1");
  EXPECT_EQ(v2025.at({"CLB LUTs", "Slice LUTs"}), 4321);
  EXPECT_EQ(v2025.at({"CLB Registers", "Slice Registers"}), 5432);
  EXPECT_EQ(v2025.at({"Block RAM Tile"}), 2.5);
  EXPECT_EQ(v2025.at({"DSPs"}), 17);
}

TEST(VivadoReport, ColumnsCountByNameNotByPlace) {
  std::string text = kUtilisation2025;
  for (const auto& [from, to] :
       {std::pair{"|    Site Type   | Used | Fixed |", "|    Site Type   | Fixed | Used |"},
        std::pair{"| Block RAM Tile |  2.5 |     0 |", "| Block RAM Tile |     0 |  2.5 |"}})
    text = replaced(text, from, to);
  EXPECT_EQ(parse_vivado_utilisation(text, "u.rpt").at({"Block RAM Tile"}), 2.5);
}

TEST(VivadoReport, BadUtilisationNamesTheLine) {
  const auto refused = [](const std::string& from, const std::string& to,
                          const std::vector<std::string>& parts) {
    const auto text = replaced(kUtilisation2020, from, to);
    expect_user_error([&] { parse_vivado_utilisation(text, "u.rpt"); }, "V120", parts);
  };
  refused("| 12345 |", "| many |", {"u.rpt:25", "CLB LUTs", "'many'"});
  refused("| CLB Registers              | 23456 |", "| CLB Registers              | 23456",
          {"u.rpt:29", "4 cells under a head of 5"});
  refused("| CLB Registers", "| CLB Resistors", {"no row 'CLB Registers'", "u.rpt:76"});
  refused("| DSPs ", "| DSPz ", {"no row 'DSPs'", "u.rpt:76", "ends at line 76"});
  const std::string whole = kUtilisation2020;
  expect_user_error(
      [&] { parse_vivado_utilisation(whole.substr(0, whole.find("4. ARITH")), "u.rpt"); }, "V120",
      {"no row 'DSPs'", "u.rpt:57"});
  for (const char* text : {"", "nothing", "| a | b |\n"})
    expect_user_error([&] { parse_vivado_utilisation(text, "u.rpt"); }, "V120",
                      {"no table", "Site Type", "u.rpt:1"});
}

TEST(VivadoReport, TimingOfTheSummaryAlone) {
  const auto t = parse_vivado_timing(timing("0.312", "0.021"), "t.rpt");
  EXPECT_EQ(t.version, "2020.2");
  EXPECT_EQ(t.wns_ns, 0.312);
  EXPECT_EQ(t.whs_ns, 0.021);
  EXPECT_EQ(t.wpws_ns, 1.125);
  EXPECT_EQ(t.failing_setup + t.failing_hold + t.failing_pulse_width, 0);
  EXPECT_EQ(t.met, true);
  EXPECT_EQ(t.no_clock_pins, 0);
  EXPECT_EQ(t.period_ns.at("clk"), 3.333);
  EXPECT_EQ(t.period_ns.at("half"), 6.666);
  EXPECT_EQ(parse_vivado_timing(timing("-1.234", "-0.005", "2025.2"), "t.rpt").wns_ns, -1.234);
  const auto missed = parse_vivado_timing(timing("-1.234", "-0.005"), "t.rpt");
  EXPECT_EQ(missed.failing_setup, 2);
  EXPECT_EQ(missed.failing_hold, 1);
  EXPECT_EQ(missed.met, false);
  EXPECT_EQ(parse_vivado_timing(timing("NA", "inf"), "t.rpt").wns_ns, std::nullopt);
  EXPECT_EQ(parse_vivado_timing(timing("NA", "inf"), "t.rpt").whs_ns, std::nullopt);
}

TEST(VivadoReport, TimingOfLaterVersions) {
  const auto v2023 = parse_vivado_timing(kTiming2023, "t.rpt");
  EXPECT_EQ(v2023.version, "2023.1");
  EXPECT_EQ(v2023.wns_ns, -0.087);
  EXPECT_EQ(v2023.tns_ns, -1.204);
  EXPECT_EQ(v2023.whs_ns, 0.010);
  EXPECT_EQ(v2023.wpws_ns, 0.550);
  EXPECT_EQ(v2023.tpws_ns, 0);
  EXPECT_EQ(v2023.failing_setup, 31);
  EXPECT_EQ(v2023.failing_hold, 0);
  EXPECT_EQ(v2023.met, false);
  EXPECT_EQ(v2023.no_clock_pins, 0);
  EXPECT_EQ(v2023.period_ns.at("clk_out1_clk_wiz_0"), 4.0);
  EXPECT_EQ(v2023.period_ns.size(), 2u);
  const auto v2025 = parse_vivado_timing(kTiming2025, "t.rpt");
  EXPECT_EQ(v2025.version, "2025.1");
  EXPECT_EQ(v2025.wns_ns, std::nullopt);
  EXPECT_EQ(v2025.whs_ns, std::nullopt);
  EXPECT_EQ(v2025.wpws_ns, std::nullopt);
  EXPECT_EQ(v2025.failing_setup, 0);
  EXPECT_EQ(v2025.met, std::nullopt);
  EXPECT_EQ(v2025.no_clock_pins, 961);
  const auto refused = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_user_error([&] { parse_vivado_timing(text, "t.rpt"); }, "V121", parts);
  };
  refused(replaced(kTiming2023, "-0.087 ", "-0.0.7 "), {"t.rpt:49", "WNS: '-0.0.7'"});
  refused(replaced(kTiming2023, "   31 ", "  3.5 "), {"t.rpt:49", "TNS Failing", "no count"});
  refused(replaced(kTiming2025, "    WNS(ns)", "    WNS (ns)"),
          {"no row of 'WNS(ns)'", "t.rpt:20"});
  // Cut off within the row: fewer values than columns, and no figure of those that are there.
  const std::string whole = kTiming2023;
  refused(whole.substr(0, whole.find("120345") + 3), {"t.rpt:49", "4 values under 12 columns"});
}

TEST(VivadoReport, BadTimingNamesTheLine) {
  const auto good = timing("0.312", "0.021");
  const auto refused = [&](const std::string& from, const std::string& to,
                           const std::vector<std::string>& parts) {
    const auto text = replaced(good, from, to);
    expect_user_error([&] { parse_vivado_timing(text, "t.rpt"); }, "V121", parts);
  };
  refused("0.312", "fast", {"t.rpt:35", "WNS: 'fast' is no number"});
  refused("     0.312", "", {"t.rpt:35", "11 values under 12 columns"});
  refused("WHS(ns)", "WHS", {"t.rpt:33", "no column 'WHS(ns)'"});
  refused("| Design Timing Summary", "| Design", {"no 'Design Timing Summary'", "t.rpt:58"});
  const auto cut = good.substr(0, good.find("    -------"));
  expect_user_error([&] { parse_vivado_timing(cut, "t.rpt"); }, "V121", {"t.rpt:33", "nothing"});
}

TEST(VivadoReport, RouteStatus) {
  const auto r = parse_vivado_route(kRoute, "r.rpt");
  EXPECT_EQ(r.routable, 25000);
  EXPECT_EQ(r.routed, 24998);
  EXPECT_EQ(r.unrouted(), 2);
  EXPECT_EQ(r.errors, 1);
  const auto later = parse_vivado_route(kRoute2023, "r.rpt");
  EXPECT_EQ(later.routable, 122204);
  EXPECT_EQ(later.unrouted(), 0);
  EXPECT_EQ(later.errors, 0);
  const auto refused = [](const std::string& from, const std::string& to,
                          const std::vector<std::string>& parts) {
    const auto text = replaced(kRoute2023, from, to);
    expect_user_error([&] { parse_vivado_route(text, "r.rpt"); }, "V122", parts);
  };
  refused(".... :           0 :", ".... :             :", {"r.rpt:12", "routing errors: ''"});
  refused(".... :           0 :", ".... :          -1 :", {"r.rpt:12", "'-1' is no count"});
  refused("fully routed nets............. :", "fully routed nets.............  ",
          {"r.rpt:11", "# of fully routed nets: ''"});
  refused("# of fully", "# fully", {"r.rpt:13", "no row '# of fully routed nets'"});
  expect_user_error([] { parse_vivado_route(replaced(kRoute, "24998", "2499x"), "r.rpt"); }, "V122",
                    {"r.rpt:9", "2499x"});
  expect_user_error([] { parse_vivado_route(replaced(kRoute, "routable", "other"), "r.rpt"); },
                    "V122", {"r.rpt:12", "no row '# of routable nets'"});
}

TEST(VivadoReport, SummaryOfOurOwn) {
  const auto s = parse_vivado_summary(summary(), "m.json");
  EXPECT_EQ(s.part, "xcu250-figd2104-2L-e");
  EXPECT_EQ(s.period_ns, 3.333);
  EXPECT_EQ(s.wns_ns, 0.312);
  EXPECT_EQ(parse_vivado_summary(summary("synth", "null"), "m.json").wns_ns, std::nullopt);
  const auto refused = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_user_error([&] { parse_vivado_summary(text, "m.json"); }, "V123", parts);
  };
  refused(summary().substr(0, 120), {"m.json:2", "cut off"});
  refused(summary("placed"), {"m.json:2", "'placed'", "synth, routed"});
  refused(replaced(summary(), "3.333", "0"), {"m.json:2", "period_ns"});
  refused(replaced(summary(), "3.333", "1e999"), {"m.json:2", "1e999"});
  refused(replaced(summary(), "0.021", "\"fast\""),
          {"m.json:3", "'whs_ns' is \"fast\", wants a number"});
  refused(replaced(summary(), "_nets\": 0", "_nets\": 0.5"), {"m.json:5", "wants an integer"});
  refused(replaced(summary(), "\"top\"", "\"tip\""), {"m.json:5", "top"});
  refused(replaced(summary(), "whs_ns", "whs"), {"m.json:5", "whs_ns"});
  refused(summary().substr(0, summary().find(" \"top\"")), {"m.json:1", "cut off"});
  refused("{\"format\": \"other\"}", {"m.json:1", "mase-vivado"});
  for (const char* text : {"", "[]", "3\n"}) refused(text, {"m.json:1"});
}

class VivadoFolder : public testing::Test {
 protected:
  void write(const std::string& json, const std::string& wns = "0.312",
             const char* route = kRoute) {
    write_file(dir_ / "reports/mase.json", json);
    write_file(dir_ / "reports/utilization.rpt", kUtilisation2020);
    write_file(dir_ / "reports/timing.rpt", timing(wns, "0.021"));
    write_file(dir_ / "reports/route_status.rpt", route);
  }
  std::string failure() { return read_vivado_reports(dir_.path()).failure(); }
  TempDir dir_;
};

TEST_F(VivadoFolder, FillsTheMetricsThatYosysFills) {
  write(summary());
  const auto result = read_vivado_reports(dir_.path());
  EXPECT_NEAR(result.fmax_mhz(), 331.02, 0.01);  // 1000 / (3.333 - 0.312)
  const auto json = nlohmann::json::parse(synth::merge_figures("", "abc", result.figures()));
  const auto& metrics = json["metrics"];
  EXPECT_EQ(metrics["lut"],
            (nlohmann::json{{"value", 12345}, {"unit", "LUT"}, {"source", "vivado-routed"}}));
  EXPECT_EQ(metrics["ff"]["value"], 23456);
  EXPECT_EQ(metrics["dsp"]["value"], 28);
  EXPECT_EQ(metrics["bram36"]["value"], 10.5);
  EXPECT_EQ(metrics["carry8"]["value"], 678);
  EXPECT_EQ(metrics["uram"]["value"], 3);
  EXPECT_EQ(metrics["wns_ns"]["value"], 0.312);
  EXPECT_EQ(json["tools"]["vivado"], "2020.2");
  EXPECT_EQ(json["target"], "xcu250-figd2104-2L-e");
}

TEST_F(VivadoFolder, TimingAndRoutingDecide) {
  std::string routed = replaced(kRoute, "24998", "25000");
  routed = replaced(routed, "errors.......... :           1", "errors.......... :           0");
  write(summary(), "0.312", routed.c_str());
  EXPECT_EQ(failure(), "");
  write(summary());
  EXPECT_EQ(failure(), "2 nets are not routed");
  write(summary("routed", "-0.100"), "-0.100", routed.c_str());
  EXPECT_EQ(failure(), "setup timing is missed: WNS -0.1 ns, 2 endpoints");
  write(summary("routed", "null"), "NA", routed.c_str());
  EXPECT_EQ(failure(), "setup timing is unconstrained (WNS is NA or inf)");
  write(summary("routed", "0.312", 3), "0.312", routed.c_str());
  EXPECT_EQ(failure(), "3 nets are not routed");
}

/// What a report says after the phys_opt_design that follows route_design in our scripts.
TEST_F(VivadoFolder, OptimisedAfterRoutingIsRouted) {
  write(summary());
  for (const char* state : {"Physopt postRoute", "Fully Routed"}) {
    write_file(dir_ / "reports/utilization.rpt", replaced(kUtilisation2020, "Design State : Routed",
                                                          std::string("Design State : ") + state));
    EXPECT_TRUE(read_vivado_reports(dir_.path()).utilisation.routed()) << state;
  }
  for (const char* state : {"Physopt postPlace", "Fully Placed", "Optimized", "Partially Routed"}) {
    write_file(dir_ / "reports/utilization.rpt", replaced(kUtilisation2020, "Design State : Routed",
                                                          std::string("Design State : ") + state));
    expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V124", {state});
  }
}

TEST_F(VivadoFolder, ReportsOfTwoBuildsAreNotTaken) {
  write(summary("routed", "0.400"));
  expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V124", {"0.4", "0.312"});
  write(summary());
  write_file(dir_ / "reports/utilization.rpt", kUtilisation2022);
  expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V124", {"Synthesized"});
  const auto refused = [&](const std::string& file, const std::string& from, const std::string& to,
                           const std::vector<std::string>& parts) {
    SCOPED_TRACE(from + " -> " + to);
    write(summary());
    write_file(dir_ / "reports" / file, replaced(read_file(dir_ / "reports" / file), from, to));
    expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V124", parts);
  };
  refused("mase.json", "0.021", "0.034", {"WHS 0.034", "timing.rpt 0.021"});
  refused("mase.json", "0.021", "null", {"WHS none", "timing.rpt 0.021"});
  refused("timing.rpt", "0.021", "NA", {"WHS 0.021", "timing.rpt none"});
  refused("mase.json", "1.125", "0.700", {"WPWS 0.7", "timing.rpt 1.125"});
  refused("mase.json", "3.333", "4.000", {"period 4 ns", "timing.rpt 3.333 ns", "clock clk"});
  refused("timing.rpt", "clk      {0.000 1.667}        3.333",
          "clk      {0.000 2.000}        4.000", {"period 3.333 ns", "timing.rpt 4 ns"});
  refused("utilization.rpt", "xcu250figd2104-2L", "xcu200-fsgd2104-2-e",
          {"part xcu250-figd2104-2L-e", "device xcu200-fsgd2104-2-e"});
  refused("utilization.rpt", "xcu250figd2104-2L", "xcu250figd2104-3", {"xcu250figd2104-3"});
  write(summary());
  std::filesystem::remove(dir_ / "reports/timing.rpt");
  expect_user_error([&] { read_vivado_reports(dir_.path()); }, "B001", {"timing.rpt"});
}

/// However a version writes the device, and as far as three digits tell the period.
TEST_F(VivadoFolder, TheSameBuildInOtherWordsIsTaken) {
  write(summary());
  for (const char* device :
       {"xcu250-figd2104-2L-e", "xcu250-figd2104", "XCU250-FIGD2104-2L", "u250figd2104-2L"}) {
    write_file(dir_ / "reports/utilization.rpt",
               replaced(kUtilisation2020, "xcu250figd2104-2L", device));
    EXPECT_NO_THROW(read_vivado_reports(dir_.path())) << device;
  }
  write(replaced(summary(), "3.333", "3.33333"));
  EXPECT_NO_THROW(read_vivado_reports(dir_.path()));
  write(replaced(summary(), "0.021", "0.02149"));
  EXPECT_NO_THROW(read_vivado_reports(dir_.path()));
}

/// mase.json of a whole device is about core_clk.
TEST_F(VivadoFolder, OfSeveralClocksTheNamedOneIsCompared) {
  const auto device = [&](const std::string& period) {
    write(replaced(replaced(summary(), "3.333", period), "\"wns_ns\"",
                   "\"clock_wns_ns\": 0.5, \"wns_ns\""));
  };
  device("5.000");  // neither clock of the report is core_clk: nothing to compare with
  EXPECT_NEAR(read_vivado_reports(dir_.path()).fmax_mhz(), 1000 / 4.5, 1e-6);
  const auto named = replaced(timing("0.312", "0.021"), "  half   {", "  core_clk   {");
  write_file(dir_ / "reports/timing.rpt", named);
  expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V124",
                    {"period 5", "timing.rpt 6.666", "clock core_clk"});
  device("6.666");
  write_file(dir_ / "reports/timing.rpt", named);
  EXPECT_NO_THROW(read_vivado_reports(dir_.path()));
}

/// No infinite, negative or absurd frequency comes of it.
TEST_F(VivadoFolder, ASlackOfTheWholePeriodIsRefused) {
  const auto refused = [&](const std::string& json, const std::string& wns) {
    SCOPED_TRACE(json);
    write(json, wns);
    expect_user_error([&] { read_vivado_reports(dir_.path()); }, "V123",
                      {"mase.json:3", "period", "slack"});
  };
  for (const char* slack : {"3.333", "3.3329", "3.334", "100"})
    refused(summary("routed", slack), slack);
  refused(replaced(summary(), "\"wns_ns\"", "\"clock_wns_ns\": 3.333, \"wns_ns\""), "0.312");
  write(summary("routed", "3.330"), "3.330");
  EXPECT_NEAR(read_vivado_reports(dir_.path()).fmax_mhz(), 1000 / 0.003, 1e-3);
}

}  // namespace
}  // namespace mase::fpga
