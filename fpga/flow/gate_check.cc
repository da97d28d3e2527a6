// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/gate_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// What is wrong, and the recorder's answer that makes it so.
struct Fault {
  const char *what, *key, *value;
};

constexpr Fault kAlways[] = {
    {"setup timing is missed", "slack", "-0.001"},
    {"nothing is constrained", "slack", ""},
    {"pulse width is missed", "pulse", "-0.001"},
    {"pulse width is not checked", "pulse", "NA"},
    {"a pulse is too short", "short_pulses", "1"},
    {"a period is too short", "violators",
     "Min Period  n/a  URAM288/CLK  n/a  1.667  1.297  -0.370  URAM288_X2Y64  u_memory/CLK"},
    {"a register has no clock", "no_clock", "1"},
    {"an endpoint is unconstrained", "unconstrained", "1"},
    {"the timing summary has another layout", "blank", "report_timing_summary"},
    {"the report of check_timing has another layout", "blank", "check_timing"},
};
constexpr Fault kRouted[] = {
    {"hold timing is missed", "hold", "-0.001"},
    {"a net is not routed", "unrouted", "1"},
    {"a net has a routing error", "route_errors", "1"},
    {"the report of the routing has another layout", "blank", "report_route_status"},
    {"a design rule is broken", "drc", "{Critical Warning} Error"},
};
constexpr Fault kSeveralClocks[] = {
    {"the core's clock is missed", "clock_slack", "-0.001"},
    {"the core's clock is unconstrained", "clock_slack", ""},
};

}  // namespace

Check check_gate(const fs::path& folder, const RecorderAnswers& answers, const Recording& good) {
  const auto fail = [&](const std::string& what) {
    throw UserError("V135", what, folder.string());
  };
  const auto summary = parse_vivado_summary(good.summary, "reports/mase.json of the recorder");
  const bool routed = summary.stage == "routed";
  const auto none = [](const std::optional<int64_t>& count) { return count == 0; };
  if (summary.wns_ns != 0.123 || summary.whs_ns != 0.021 || summary.wpws_ns != 1.125 ||
      (summary.several_clocks && summary.clock_wns_ns != 0.123) ||
      !none(summary.pulse_width_violations) || !none(summary.no_clock_pins) ||
      !none(summary.unconstrained_endpoints) || !none(summary.unrouted) ||
      !none(summary.routing_errors) || !none(summary.drc_errors))
    fail("the script's summary does not say what its tool said");

  std::vector<Fault> faults(std::begin(kAlways), std::end(kAlways));
  if (routed) faults.insert(faults.end(), std::begin(kRouted), std::end(kRouted));
  if (summary.several_clocks)
    faults.insert(faults.end(), std::begin(kSeveralClocks), std::end(kSeveralClocks));
  const auto writes_bits = [](const RecordedCall& c) {
    return c.command == "write_bitstream" || c.command == "write_cfgmem";
  };
  for (const auto& fault : faults) {
    RecorderAnswers bad = answers;
    bad.more.emplace_back(fault.key, fault.value);
    const auto run = record(folder, "build.tcl", bad);
    if (run.exit_code != 1 || run.summary.empty())
      fail(fmt::format("build.tcl ends well although {}", fault.what));
    const auto bits = std::find_if(run.calls.begin(), run.calls.end(), writes_bits);
    if (bits != run.calls.end())
      throw UserError("V135", fmt::format("build.tcl writes a bitstream although {}", fault.what),
                      fmt::format("{}:{}", bits->file, bits->line));
  }
  RecorderAnswers warned = answers;
  warned.more.emplace_back("drc", "Warning {Critical Warning}");
  if (record(folder, "build.tcl", warned).exit_code != 0)
    fail("build.tcl fails although DRC only warns");
  return {
      "timing gate",
      fmt::format("{} ways to fail ({}), each stops the script{}", faults.size(),
                  routed ? "setup, hold, pulse width, clocks, constraints, routing, design rules"
                         : "setup, pulse width, clocks, constraints",
                  std::any_of(good.calls.begin(), good.calls.end(), writes_bits)
                      ? " before the bitstream"
                      : "")};
}

}  // namespace mase::fpga
