# SPDX-License-Identifier: Apache-2.0
# Reports as the stand-in for Vivado gives them, in Vivado's layout as far as our scripts read them.
# Keys, next to those of recorder.tcl: slack, hold, pulse (ns, of the design; NA: unconstrained),
# clock_slack (ns, of a path group; as slack where it is not given), short_pulses (endpoints),
# violators (lines of report_pulse_width), no_clock, unconstrained (pins), unrouted, route_errors
# (nets), drc (severities of violations).
namespace eval recorder {
  foreach {key value} {slack 0.1 hold 0.02 pulse 1.125 short_pulses 0 violators {} no_clock 0
                       unconstrained 0 unrouted 0 route_errors 0 drc {}} {
    if {![dict exists $known $key]} {dict set known $key $value}
  }
  if {![dict exists $known clock_slack]} {dict set known clock_slack [dict get $known slack]}
}

proc recorder::do_get_timing_paths {options positional} {
  variable clocks
  if {[dict exists $options -group]} {
    if {[dict get $options -group] ni $clocks} {
      fail "there is no clock '[dict get $options -group]'"
    }
    return clock_path
  }
  if {[dict exists $options -delay_type] && [dict get $options -delay_type] eq "min"} {return hold}
  return setup
}
proc recorder::do_get_property {options positional} {
  variable known
  lassign $positional property object
  if {[string match PROGRAM.* $property]} {return [card_property $property $object]}
  switch $property {
    SLACK {return [dict get $known [dict get {setup slack hold hold clock_path clock_slack} $object]]}
    PERIOD {return [dict get $known period]}
    SEVERITY {return [dict get $known $object]}
    DATA {return [card_data $object]}
    NAME {return $object}
  }
  return ""
}
proc recorder::do_report_timing_summary {options positional} {
  variable known
  if {![dict exists $options -return_string]} {return ""}
  set head {}
  set row {}
  foreach {worst total key endpoints} [list WNS TNS slack 0 WHS THS hold 0 \
                                         WPWS TPWS pulse [dict get $known short_pulses]] {
    foreach name [list "$worst\(ns)" "$total\(ns)" "$total Failing Endpoints" "$total Total Endpoints"] {
      lappend head $name
    }
    set slack [dict get $known $key]
    lappend row [expr {$slack eq "" ? "NA" : $slack}] 0.000 $endpoints 961
  }
  set name "| Design Timing Summary\n| ---------------------\n\n"
  return "$name    [join $head {  }]\n    -------  -------\n    [join $row {  }]\n"
}
proc recorder::do_check_timing {options positional} {
  variable known
  set no_clock [dict get $known no_clock]
  set unconstrained [dict get $known unconstrained]
  return "check_timing report

1. checking no_clock ($no_clock)
------------------------
 There are $no_clock register/latch pins with no clock.

4. checking unconstrained_internal_endpoints ([expr {$unconstrained + 3}])
------------------------------------------------
 There are $unconstrained pins that are not constrained for maximum delay.

 There are 3 pins that are not constrained for maximum delay due to constant clock.
"
}
proc recorder::do_report_pulse_width {options positional} {
  variable known
  if {![dict exists $options -all_violators]} {return "Pulse Width Checks\n"}
  return "[dict get $known violators]\n"
}
proc recorder::do_report_route_status {options positional} {
  variable known
  if {![dict exists $options -return_string]} {return ""}
  set routed [expr {5000 - [dict get $known unrouted]}]
  return "Design Route Status
                                               :      # nets :
   ------------------------------------------- : ----------- :
   # of logical nets.......................... :        9000 :
       # of routable nets..................... :        5000 :
           # of fully routed nets............. :        $routed :
       # of nets with routing errors.......... :        [dict get $known route_errors] :
"
}
proc recorder::do_get_drc_violations {options positional} {
  variable known
  set objects {}
  foreach severity [dict get $known drc] {
    set name "DRC-[llength $objects]"
    dict set known $name $severity
    lappend objects $name
  }
  return $objects
}
