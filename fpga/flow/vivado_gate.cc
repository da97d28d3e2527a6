// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_gate.h"

#include <fmt/format.h>

namespace mase::fpga {

namespace {

constexpr char kGate[] = R"(report_utilization -file reports/utilization.rpt
report_utilization -hierarchical -file reports/utilization_hierarchical.rpt
report_timing_summary -max_paths 10 -file reports/timing.rpt
{reports}
# The figures that decide, in a form that does not change with the version.
proc slack_of {{paths}} {{
  if {{[llength $paths] == 0}} {{return null}}
  set value [get_property SLACK $paths]
  if {{[regexp {{^-?[0-9.]+$}} $value]}} {{return $value}}
  return null
}}
set wns [slack_of [get_timing_paths -max_paths 1 -delay_type max]]
set whs [slack_of [get_timing_paths -max_paths 1 -delay_type min]]
set open_nets {open_nets}
{clock}set summary [open reports/mase.json w]
puts $summary "{{\"format\": \"mase-vivado\", \"vivado\": \"[version -short]\", \"part\": \"{part}\","
puts $summary " \"top\": \"{top}\", \"design\": \"{design}\", \"stage\": \"{stage}\", \"period_ns\": {period},"
puts $summary " {clock_wns}\"wns_ns\": $wns, \"whs_ns\": $whs, \"unrouted_nets\": $open_nets}}"
close $summary
{checkpoint}
# A result that misses its clock is none, whatever the tool's exit status says.
if {{{gate}}} {{
  puts "ERROR: not met: WNS $wns ns, WHS $whs ns, $open_nets nets not routed"
  exit 1
}}
puts "MET: WNS $wns ns, WHS $whs ns"
)";

// Of a placed and routed design alone.
constexpr char kRoutedReports[] =
    "report_route_status -file reports/route_status.rpt\n"
    "report_drc -file reports/drc.rpt\n";
constexpr char kOpenNets[] =
    "[llength [get_nets -quiet -hierarchical -filter {ROUTE_STATUS == UNROUTED || ROUTE_STATUS == "
    "PARTIAL || ROUTE_STATUS == CONFLICTS || ROUTE_STATUS == ANTENNAS}]]";
constexpr char kRoutedGate[] =
    R"($wns eq "null" || $whs eq "null" || $wns < 0 || $whs < 0 || $open_nets > 0)";
// Before placement hold says nothing yet.
constexpr char kSynthGate[] = R"($wns eq "null" || $wns < 0)";

}  // namespace

std::string gate_tcl(const GateOptions& o) {
  const bool several = !o.clock.empty();
  const std::string clock =
      several ? fmt::format(
                    "set clock_wns [slack_of [get_timing_paths -max_paths 1 -delay_type max "
                    "-group {0}]]\nset period [get_property PERIOD [get_clocks {0}]]\n",
                    o.clock)
              : "";
  const bool routed = !o.synth_only;
  return fmt::format(
      kGate, fmt::arg("part", o.part), fmt::arg("top", o.top), fmt::arg("design", o.design),
      fmt::arg("clock", clock), fmt::arg("period", several ? "$period" : o.period),
      fmt::arg("clock_wns", several ? "\\\"clock_wns_ns\\\": $clock_wns, " : ""),
      fmt::arg("stage", routed ? "routed" : "synth"),
      fmt::arg("reports", routed ? kRoutedReports : ""),
      fmt::arg("open_nets", routed ? kOpenNets : "0"),
      fmt::arg("checkpoint",
               std::string(routed ? "write_checkpoint -force checkpoints/routed.dcp\n" : "") +
                   (several ? "" : "write_verilog -force -mode funcsim reports/netlist.v\n")),
      fmt::arg("gate", routed ? kRoutedGate : kSynthGate));
}

}  // namespace mase::fpga
