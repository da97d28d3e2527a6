# SPDX-License-Identifier: Apache-2.0
# A packaged IP under the recorder. Its objects are named by where they are, so that the log says on
# what a property was set: core, bus:NAME, map:NAME, map:NAME/BLOCK, map:NAME/BLOCK/REGISTER, and
# PARAMETER below a bus or a register after one more slash. Sourced by recorder.tcl.
namespace eval recorder::do_ipx {}

# `object` has to be of this kind.
proc recorder::need_object {kind object} {
  set patterns {core {^core$} bus {^bus:[^/]+$} map {^map:[^/]+$} block {^map:[^/]+/[^/]+$}
    register {^map:[^/]+/[^/]+/[^/]+$}}
  if {![regexp [dict get $patterns $kind] $object]} {fail "'$object' is no $kind"}
}
proc recorder::need_core {options} {
  if {![dict exists $options -of_objects]} {fail "-of_objects is missing"}
  need_object core [dict get $options -of_objects]
}
# A new object below another one.
proc recorder::new_object {parent positional} {
  lassign $positional name object
  need_object $parent $object
  return $object/$name
}
proc recorder::do_current_fileset {options positional} {return sources_1}
proc recorder::do_ipx::current_core {options positional} {return core}
# So that a loop over them is walked through once.
proc recorder::do_ipx::get_user_parameters {options positional} {
  recorder::need_core $options
  return parameter
}
proc recorder::do_ipx::get_bus_interfaces {options positional} {
  recorder::need_core $options
  return bus:[lindex $positional 0]
}
proc recorder::do_ipx::add_bus_parameter {options positional} {
  return [recorder::new_object bus $positional]
}
proc recorder::do_ipx::add_memory_map {options positional} {
  recorder::need_object core [lindex $positional 1]
  return map:[lindex $positional 0]
}
proc recorder::do_ipx::add_address_block {options positional} {
  return [recorder::new_object map $positional]
}
proc recorder::do_ipx::add_register {options positional} {
  return [recorder::new_object block $positional]
}
proc recorder::do_ipx::add_register_parameter {options positional} {
  return [recorder::new_object register $positional]
}
proc recorder::do_package_xo {options positional} {
  if {[dict exists $options -kernel_xml]} {need_files [dict get $options -kernel_xml]}
}
