// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vivado_gate.h"

#include <fmt/format.h>

namespace mase::fpga {

namespace {

constexpr char kGate[] = R"(report_utilization -file reports/utilization.rpt
report_utilization -hierarchical -file reports/utilization_hierarchical.rpt
# A report that is read here, too, kept as it came.
proc kept {{file text}} {{
  set out [open reports/$file w]
  puts $out $text
  close $out
  return $text
}}
# The number in a report that `pattern` points to.
proc number_in {{text pattern}} {{
  if {{[regexp $pattern $text all value]}} {{return $value}}
  return null
}}
# A figure of the whole design in a timing summary, by the name of its column.
proc design_figure {{text column}} {{
  set lines [split $text \n]
  set head [lsearch -regexp $lines {{^\s*WNS\(ns\)}}]
  if {{$head < 0}} {{return null}}
  set names [regexp -all -inline {{\S+(?: \S+)*}} [lindex $lines $head]]
  set values [regexp -all -inline {{\S+}} [lindex $lines [expr {{$head + 2}}]]]
  set value [lindex $values [lsearch -exact $names $column]]
  if {{[regexp {{^-?[0-9.]+$}} $value]}} {{return $value}}
  return null
}}
proc slack_of {{paths}} {{
  if {{[llength $paths] == 0}} {{return null}}
  set value [get_property SLACK $paths]
  if {{[regexp {{^-?[0-9.]+$}} $value]}} {{return $value}}
  return null
}}
set timing [kept timing.rpt [report_timing_summary -max_paths 10 -return_string]]
set checks [kept check_timing.rpt [check_timing -return_string]]
# Nothing but violations, so nothing at all where there is none.
set pulses [report_pulse_width -all_violators -no_header -return_string]
set pulses [string trim [kept pulse_width.rpt $pulses]]
{reports}
# The figures that decide, in a form that does not change with the version.
set wns [slack_of [get_timing_paths -max_paths 1 -delay_type max]]
set whs [slack_of [get_timing_paths -max_paths 1 -delay_type min]]
# Periods and pulses that cells need are on no path.
set wpws [design_figure $timing {{WPWS(ns)}}]
set short_pulses [design_figure $timing {{TPWS Failing Endpoints}}]
if {{$pulses ne "" && $short_pulses eq "0"}} {{set short_pulses [llength [split $pulses \n]]}}
set no_clock [number_in $checks {{checking no_clock \(([0-9]+)\)}}]
set unconstrained [number_in $checks {{([0-9]+) pins? that (?:is|are) not constrained for maximum delay\.}}]
{clock}set summary [open reports/mase.json w]
puts $summary "{{\"format\": \"mase-vivado\", \"vivado\": \"[version -short]\", \"part\": \"{part}\","
puts $summary " \"top\": \"{top}\", \"design\": \"{design}\", \"stage\": \"{stage}\", \"period_ns\": {period},"
puts $summary " {clock_wns}\"wns_ns\": $wns, \"whs_ns\": $whs, \"wpws_ns\": $wpws,"
puts $summary " \"pulse_width_violations\": $short_pulses, \"no_clock_pins\": $no_clock,"
puts $summary " \"unconstrained_endpoints\": $unconstrained, \"unrouted_nets\": $open_nets,"
puts $summary " \"routing_errors\": $routing_errors, \"drc_errors\": $drc_errors}}"
close $summary
{checkpoint}
# A result that misses its clock is none, whatever the tool's exit status says.
set faults {{}}
foreach {{name slack}} [list {slacks}] {{
  if {{$slack eq "null" || $slack < 0}} {{lappend faults "$name $slack ns"}}
}}
foreach {{name count}} [list {{pulses and periods too short}} $short_pulses {{pins without a clock}} $no_clock \
                         {{unconstrained endpoints}} $unconstrained {{nets not routed}} $open_nets \
                         {{nets with routing errors}} $routing_errors {{DRC errors}} $drc_errors] {{
  if {{$count ne "0"}} {{lappend faults "$name: $count"}}
}}
if {{[llength $faults] > 0}} {{
  puts "ERROR: not met: [join $faults {{, }}]"
  exit 1
}}
puts "MET: WNS $wns ns, WHS $whs ns, WPWS $wpws ns"
)";

// Of a placed and routed design alone.
constexpr char kRoutedReports[] = R"(report_methodology -file reports/methodology.rpt
set routing [kept route_status.rpt [report_route_status -return_string]]
set routable [number_in $routing {# of routable nets[. ]*:\s*([0-9]+)}]
set routed [number_in $routing {# of fully routed nets[. ]*:\s*([0-9]+)}]
set routing_errors [number_in $routing {# of nets with routing errors[. ]*:\s*([0-9]+)}]
set open_nets null
if {$routable ne "null" && $routed ne "null"} {set open_nets [expr {$routable - $routed}]}
report_drc -file reports/drc.rpt
set drc_errors 0
foreach violation [get_drc_violations -quiet] {
  if {[string toupper [get_property SEVERITY $violation]] in {ERROR FATAL}} {incr drc_errors}
}
)";
constexpr char kNothingRouted[] = "set open_nets 0\nset routing_errors 0\nset drc_errors 0\n";

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
  std::string slacks = "WNS $wns WPWS $wpws";
  if (several) slacks += fmt::format(" {{WNS of {}}} $clock_wns", o.clock);
  if (routed) slacks += " WHS $whs";  // before placement hold says nothing yet
  return fmt::format(
      kGate, fmt::arg("part", o.part), fmt::arg("top", o.top), fmt::arg("design", o.design),
      fmt::arg("clock", clock), fmt::arg("period", several ? "$period" : o.period),
      fmt::arg("clock_wns", several ? "\\\"clock_wns_ns\\\": $clock_wns, " : ""),
      fmt::arg("stage", routed ? "routed" : "synth"),
      fmt::arg("reports", routed ? kRoutedReports : kNothingRouted),
      fmt::arg("checkpoint",
               std::string(routed ? "write_checkpoint -force checkpoints/routed.dcp\n" : "") +
                   (several ? "" : "write_verilog -force -mode funcsim reports/netlist.v\n")),
      fmt::arg("slacks", slacks));
}

}  // namespace mase::fpga
