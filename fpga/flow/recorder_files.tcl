# SPDX-License-Identifier: Apache-2.0
# The files of an IP that a script packs, under the recorder. Keys of the recorder: imports (0:
# -import_files leaves data files out, as Vivado may where it sees no use of them), keeps (0: the IP
# takes no file that is added to it). Sourced by recorder.tcl.
namespace eval recorder {
  variable sources {}   ;# what add_files was given
  variable copied {}    ;# by the script
  variable packed {}    ;# file groups of the IP and their files
  variable ip_folder ""
  foreach key {imports keeps} {
    if {![dict exists $known $key]} {dict set known $key 1}
  }
}

proc recorder::add_sources {names} {
  variable sources
  lappend sources {*}$names
}
proc recorder::copy_file {arguments} {
  variable copied
  set names [lrange $arguments [expr {[lindex $arguments 0] eq "-force"}] end]
  if {[llength $names] != 2} {fail "file copy wants one file and one place"}
  need_files [list [lindex $names 0]]
  lappend copied [lindex $names 1]
}
# All sources in src/, whatever folders they come from.
proc recorder::do_ipx::package_project {options positional} {
  variable ::recorder::sources
  variable ::recorder::packed
  variable ::recorder::known
  set ::recorder::ip_folder [dict get $options -root_dir]
  if {![dict exists $options -import_files]} {recorder::fail "package_project without -import_files"}
  set files {}
  foreach source $sources {
    set name src/[file tail $source]
    if {$name in $files} {recorder::fail "two files of the IP would be '$name'"}
    if {[string match *.mem $name] && ![dict get $known imports]} continue
    lappend files $name
  }
  foreach kind {synthesis behavioralsimulation} {dict set packed xilinx_anylanguage$kind $files}
  dict set packed xilinx_synthesisconstraints {}
}
proc recorder::do_ipx::get_file_groups {options positional} {
  return [dict keys $::recorder::packed {*}$positional]
}
proc recorder::do_ipx::get_files {options positional} {
  if {![dict exists $options -of_objects]} {recorder::fail "get_files without -of_objects"}
  set group [dict get $options -of_objects]
  if {![dict exists $::recorder::packed $group]} {recorder::fail "'$group' is no file group"}
  return [lsearch -all -inline [dict get $::recorder::packed $group] {*}$positional]
}
proc recorder::do_ipx::add_file {options positional} {
  variable ::recorder::packed
  lassign $positional name group
  if {"$::recorder::ip_folder/$name" ni $::recorder::copied} {
    recorder::fail "there is no file '$::recorder::ip_folder/$name'"
  }
  if {![dict exists $packed $group]} {recorder::fail "'$group' is no file group"}
  if {[string match *constraints* $group]} {recorder::fail "'$group' takes constraints only"}
  if {[dict get $::recorder::known keeps]} {dict lappend packed $group $name}
  return $name
}
