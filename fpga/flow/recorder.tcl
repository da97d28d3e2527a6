# SPDX-License-Identifier: Apache-2.0
# Runs a script written for Vivado in plain tclsh: no command of Vivado is carried out, each is
# looked up in a table, its options and arguments are checked, and it is written to the log.
#   tclsh recorder.tcl TABLE SCRIPT FOLDER LOG KEY=VALUE..
# FOLDER is the build folder, which paths in the script start from; LOG gets a line a command:
# file, line, command, arguments, with tabs between. Keys: ports (list of the top's ports), slack,
# hold, unrouted, version. Exit 0: good; 1: the script itself asked to exit with an error; 2: a
# command is wrong, and stderr says which.
namespace eval recorder::do_ipx {}
namespace eval recorder {
  variable commands {}
  variable folder [lindex $argv 2]
  variable script [lindex $argv 1]
  variable log [open [lindex $argv 3] w]
  variable in_xdc 0
  variable known {ports {} slack 0.1 hold 0.02 unrouted {} version 2022.2}
  foreach word [lrange $argv 4 end] {
    set at [string first = $word]
    dict set known [string range $word 0 [expr {$at - 1}]] [string range $word [expr {$at + 1}] end]
  }
}

# Where the script stands: the innermost frame of one of its files.
proc recorder::place {} {
  variable script
  variable folder
  for {set level [info frame]} {$level > 0} {incr level -1} {
    set frame [info frame $level]
    if {![dict exists $frame file] || ![dict exists $frame line]} continue
    set file [dict get $frame file]
    if {$file eq [file normalize $script] || [string match *.xdc $file]} {
      return [list [file tail $file] [dict get $frame line]]
    }
  }
  return [list [file tail $script] 0]
}

proc recorder::fail {message} {
  lassign [place] file line
  puts stderr "$file:$line: $message"
  ::recorder::leave 2
}

# A row of the table: options end in "=" when a value follows; where: "tcl", or "both" for
# commands that may stand in XDC, too.
proc recorder::command {name options least most where reference} {
  variable commands
  dict set commands $name [dict create options $options least $least most $most where $where \
                             reference $reference]
}

proc recorder::call {name arguments} {
  variable commands
  variable in_xdc
  variable log
  if {![dict exists $commands $name]} {fail "no command '$name' in the common subset"}
  set row [dict get $commands $name]
  if {$in_xdc && [dict get $row where] ne "both"} {fail "'$name' may not stand in XDC"}
  set options {}
  set positional {}
  for {set i 0} {$i < [llength $arguments]} {incr i} {
    set word [lindex $arguments $i]
    if {![regexp {^-[a-zA-Z]} $word]} {
      lappend positional $word
    } elseif {"$word=" in [dict get $row options]} {
      incr i
      if {$i >= [llength $arguments]} {fail "$name $word: no value follows"}
      dict set options $word [lindex $arguments $i]
    } elseif {$word in [dict get $row options]} {
      dict set options $word 1
    } else {
      fail "$name has no option '$word' ([dict get $row reference])"
    }
  }
  set count [llength $positional]
  if {$count < [dict get $row least] || $count > [dict get $row most]} {
    fail "$name with $count arguments, wants [dict get $row least] to [dict get $row most]\
          ([dict get $row reference])"
  }
  lassign [place] file line
  puts $log [join [list $file $line $name [string map {\n " " \t " "} $arguments]] \t]
  if {[llength [info commands ::recorder::do_$name]]} {
    return [do_$name $options $positional]
  }
  return ""
}

proc recorder::need_files {names} {
  variable folder
  foreach name $names {
    if {![file isfile [file join $folder $name]]} {fail "there is no file '$name'"}
  }
}
proc recorder::do_read_verilog {options positional} {need_files [lindex $positional 0]}
proc recorder::do_read_mem {options positional} {need_files [lindex $positional 0]}
proc recorder::do_read_xdc {options positional} {
  variable folder
  variable in_xdc
  need_files $positional
  set path [file normalize [file join $folder [lindex $positional 0]]]
  set handle [open $path]
  set number 0
  foreach text [split [read $handle] \n] {
    incr number
    if {[regexp {^\s*(if|foreach|for|while|proc|set|source|expr|puts|switch)\y} $text -> word]} {
      puts stderr "[file tail $path]:$number: '$word' may not stand in XDC"
      ::recorder::leave 2
    }
  }
  close $handle
  set in_xdc 1
  uplevel #0 [list ::recorder::plain_source $path]
  set in_xdc 0
}
proc recorder::do_get_ports {options positional} {
  variable known
  foreach name [lindex $positional 0] {
    if {$name ni [dict get $known ports]} {fail "the top has no port '$name'"}
  }
  return [lindex $positional 0]
}
proc recorder::do_create_pblock {options positional} {
  variable known
  dict lappend known pblocks [lindex $positional 0]
  return [lindex $positional 0]
}
proc recorder::do_get_pblocks {options positional} {
  variable known
  set name [lindex $positional 0]
  if {![dict exists $known pblocks] || $name ni [dict get $known pblocks]} {
    fail "there is no pblock '$name'"
  }
  return $name
}
proc recorder::do_get_timing_paths {options positional} {
  if {[dict exists $options -delay_type] && [dict get $options -delay_type] eq "min"} {return hold}
  return setup
}
proc recorder::do_get_property {options positional} {
  variable known
  lassign $positional property object
  if {$property eq "SLACK"} {
    return [dict get $known [expr {$object eq "hold" ? "hold" : "slack"}]]
  }
  return ""
}
proc recorder::do_get_nets {options positional} {
  variable known
  return [dict get $known unrouted]
}
proc recorder::do_get_cells {options positional} {return [lindex $positional 0]}
proc recorder::do_get_files {options positional} {
  need_files [lindex $positional 0]
  return [lindex $positional 0]
}
proc recorder::do_add_files {options positional} {need_files [lindex $positional 0]}
proc recorder::do_package_xo {options positional} {
  if {[dict exists $options -kernel_xml]} {need_files [dict get $options -kernel_xml]}
}
# So that a loop over them is walked through once.
proc recorder::do_ipx::get_user_parameters {options positional} {return parameter}
proc recorder::do_get_sites {options positional} {return [lindex $positional 0]}
proc recorder::do_version {options positional} {
  variable known
  return [dict get $known version]
}

# What would hide an error, or leave the sandbox.
foreach name {catch try exec socket load unload interp package cd glob} {
  if {[llength [info commands $name]]} {rename $name recorder::plain_$name}
  proc $name {args} [list recorder::fail "'$name' may not stand in a script of the flow"]
}
rename exit recorder::leave
proc exit {{code 0}} {
  close $::recorder::log
  ::recorder::leave [expr {$code == 0 ? 0 : 1}]
}
rename source recorder::plain_source
proc source {args} {recorder::fail "'source' may not stand in a script of the flow"}
proc unknown {args} {
  recorder::call [lindex $args 0] [lrange $args 1 end]
}

recorder::plain_source [lindex $argv 0]
if {[recorder::plain_catch {recorder::plain_source [file normalize $recorder::script]} message]} {
  puts stderr "[file tail $recorder::script]: $message"
  recorder::leave 2
}
close $recorder::log
recorder::leave 0
