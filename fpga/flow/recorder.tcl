# SPDX-License-Identifier: Apache-2.0
# Runs a script written for Vivado in plain tclsh: no command of Vivado is carried out, each is
# looked up in a table, its options and arguments are checked, and it is written to the log.
#   tclsh recorder.tcl TABLE SCRIPT FOLDER LOG KEY=VALUE..
# FOLDER is the build folder, which paths in the script start from; LOG gets a line a command:
# file, line, command, arguments, with tabs between. Keys: ports (list of the top's ports), version,
# period (ns, of every clock), instances (cells of the top), missing (a cell that synthesis has left
# out), blank (commands that answer nothing), may_catch (1: `catch` may stand in the script, which
# then has to exit with an error before its next command), fails (a command that ends in an error,
# as Vivado's do), and those of recorder_reports.tcl, recorder_card.tcl and recorder_files.tcl. Exit
# 0: good; 1: the script itself asked to exit with an error, whose status is in the log as a command
# `exit`; 2: a command is wrong, and stderr says which.
namespace eval recorder {
  variable commands {}
  variable folder [lindex $argv 2]
  variable script [lindex $argv 1]
  variable log [open [lindex $argv 3] w]
  variable in_xdc 0
  variable known {ports {} version 2022.2 period 3.333 instances {} missing {} blank {} may_catch 0 fails {}}
  variable caught {}    ;# the error that the script has caught
  variable properties {}
  variable ips {}       ;# kinds of IP: configuration keys and what they may be
  variable made {}      ;# IP of the script: kind, step
  variable clocks {}
  variable bitstreams {}
  variable synthesised 0
  variable fatal {}     ;# messages that have to be errors: 1 where the script has made them so
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
    # What a script does through `must` is done where it says so.
    if {[dict exists $frame proc] && [dict get $frame proc] eq "::must"} continue
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

# A property that set_property may be given.
proc recorder::property {names reference} {
  variable properties
  foreach name $names {dict set properties $name $reference}
}

# Messages that have to be errors before anything is synthesised.
proc recorder::fatal {args} {
  variable fatal
  foreach id $args {dict set fatal $id 0}
}

# A kind of IP: pairs of configuration key and a list of patterns of its value.
proc recorder::ip {kind keys reference} {
  variable ips
  dict set ips $kind [dict create keys $keys reference $reference]
}

proc recorder::call {name arguments} {
  variable commands
  variable in_xdc
  variable known
  variable log
  variable caught
  if {$caught ne ""} {fail "$name although this has failed: $caught"}
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
  if {$name eq [dict get $known fails]} {
    if {[dict exists $options -quiet]} {return ""}
    error "ERROR: \[Common 17-39\] '$name' failed due to earlier errors."
  }
  if {$name in [dict get $known blank]} {return ""}
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
# Checkpoints and netlists make no folder.
proc recorder::need_room {path} {
  if {![file isdirectory [file dirname $path]]} {fail "there is no folder for '$path'"}
}
proc recorder::do_write_checkpoint {options positional} {need_room [lindex $positional 0]}
proc recorder::do_write_verilog {options positional} {need_room [lindex $positional 0]}
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
proc recorder::do_set_property {options positional} {
  variable properties
  variable ips
  variable made
  if {[dict exists $options -dict]} {
    if {[llength $positional] != 1} {fail "set_property -dict wants one object"}
    set pairs [dict get $options -dict]
  } else {
    if {[llength $positional] != 3} {fail "set_property wants a property, a value and an object"}
    set pairs [lrange $positional 0 1]
  }
  set object [lindex $positional end]
  if {[llength $pairs] % 2 != 0} {fail "set_property: a property without its value"}
  foreach {name value} $pairs {
    if {[string match PROGRAM.* $name] && [dict exists $properties $name]} {card_set $name $value $object}
    if {[dict exists $properties $name]} continue
    if {![string match CONFIG.* $name]} {fail "no property '$name' in the common subset"}
    if {![dict exists $made $object]} {fail "'$object' is no IP: $name"}
    set kind [dict get $made $object kind]
    set keys [dict get $ips $kind keys]
    if {![dict exists $keys $name]} {
      fail "IP $kind has no '$name' ([dict get $ips $kind reference])"
    }
    set good 0
    foreach pattern [dict get $keys $name] {if {[string match $pattern $value]} {set good 1}}
    if {!$good} {fail "$name of $kind may not be '$value'; allowed: [dict get $keys $name]"}
  }
}
proc recorder::do_create_ip {options positional} {
  variable ips
  variable made
  foreach option {-name -module_name} {
    if {![dict exists $options $option]} {fail "create_ip without $option"}
  }
  set kind [dict get $options -name]
  if {![dict exists $ips $kind]} {fail "no IP '$kind' in the common subset"}
  dict set made [dict get $options -module_name] [dict create kind $kind step created]
}
proc recorder::do_get_ips {options positional} {
  variable made
  foreach name $positional {
    if {![dict exists $made $name]} {fail "there is no IP '$name'"}
  }
  return $positional
}
# generate_target, then synth_ip, then synth_design.
proc recorder::do_generate_target {options positional} {
  variable made
  foreach name [lindex $positional 1] {dict set made $name step generated}
}
proc recorder::do_synth_ip {options positional} {
  variable made
  foreach name [lindex $positional 0] {
    if {[dict get $made $name step] ne "generated"} {fail "IP '$name' is not generated"}
    dict set made $name step synthesised
  }
}
proc recorder::do_set_msg_config {options positional} {
  variable fatal
  foreach option {-id -new_severity} {
    if {![dict exists $options $option]} {fail "set_msg_config without $option"}
  }
  set id [string trim [dict get $options -id] {[]}]
  if {![dict exists $fatal $id]} {fail "set_msg_config: no message '$id' in the common subset"}
  dict set fatal $id [expr {[dict get $options -new_severity] eq "ERROR"}]
}
proc recorder::do_synth_design {options positional} {
  variable made
  variable fatal
  dict for {id is_error} $fatal {
    if {!$is_error} {fail "synth_design, and a ROM whose words are missing would be no error ($id)"}
  }
  dict for {name ip} $made {
    if {[dict get $ip step] ne "synthesised"} {fail "IP '$name' is not synthesised"}
  }
  variable synthesised 1
}
# A cell or pin by its path, which begins with an instance of the top, where those are known.
proc recorder::in_the_top {names what} {
  variable known
  variable synthesised
  foreach name $names {
    if {!$synthesised && [regexp {_reg(\[|/|$)} $name]} {
      fail "'$name' has its name from synth_design, which comes later (Vivado 12-4739)"
    }
  }
  if {[llength [dict get $known instances]] == 0} {return $names}
  foreach name $names {
    set instance [lindex [split $name /] 0]
    if {$instance ni [dict get $known instances]} {fail "the top has no cell '$instance' ($what $name)"}
  }
  return $names
}
# With a filter: the cells behind the patterns */<instance>/inst/<cell>, by their last part.
proc recorder::do_get_cells {options positional} {
  variable known
  if {[dict exists $options -filter]} {
    if {[llength $positional] > 0} {fail "get_cells with names and a filter"}
    set names {}
    foreach {match name} [regexp -all -inline {NAME =~ \*/[^/ ]+/inst/(\S+)} [dict get $options -filter]] {
      lappend names $name
    }
    if {[llength $names] == 0} {fail "get_cells -filter [dict get $options -filter]: no pattern of ours"}
  } else {
    if {[llength $positional] != 1} {fail "get_cells wants names or a filter"}
    set names [in_the_top [lindex $positional 0] cell]
  }
  return [lsearch -all -inline -exact -not $names [dict get $known missing]]
}
proc recorder::do_get_pins {options positional} {in_the_top [lindex $positional 0] pin}
proc recorder::do_create_clock {options positional} {
  variable clocks
  if {[dict exists $options -name]} {lappend clocks [dict get $options -name]}
}
proc recorder::do_create_generated_clock {options positional} {do_create_clock $options $positional}
proc recorder::do_get_clocks {options positional} {
  variable clocks
  foreach name $positional {if {$name ni $clocks} {fail "there is no clock '$name'"}}
  return $positional
}
proc recorder::do_write_bitstream {options positional} {
  variable bitstreams
  lappend bitstreams [lindex $positional 0]
}
proc recorder::do_write_cfgmem {options positional} {
  variable bitstreams
  foreach option {-format -size -interface -loadbit -file} {
    if {![dict exists $options $option]} {fail "write_cfgmem without $option"}
  }
  lassign [dict get $options -loadbit] direction offset file
  if {$direction ni {up down} || ![string is integer -strict $offset]} {
    fail "write_cfgmem -loadbit wants a direction, an address and a file"
  }
  if {$file ni $bitstreams} {fail "no bitstream '$file' was written before"}
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
# The hub is there when synthesis is over and a core of it in the design.
proc recorder::do_get_debug_cores {options positional} {
  variable made
  dict for {name ip} $made {
    if {[dict get $ip kind] eq "jtag_axi" && [dict get $ip step] eq "synthesised"} {return dbg_hub}
  }
  return ""
}
proc recorder::do_get_files {options positional} {
  need_files [lindex $positional 0]
  return [lindex $positional 0]
}
proc recorder::do_add_files {options positional} {
  need_files [lindex $positional 0]
  if {![dict exists $options -fileset]} {add_sources [lindex $positional 0]}
}
proc recorder::do_get_sites {options positional} {return [lindex $positional 0]}
proc recorder::do_version {options positional} {
  variable known
  return [dict get $known version]
}

foreach part {recorder_reports.tcl recorder_card.tcl recorder_packaging.tcl recorder_files.tcl} {
  source [file join [file dirname [file normalize [info script]]] $part]
}

# What would hide an error, or leave the sandbox.
foreach name {try exec socket load unload interp package cd glob} {
  if {[llength [info commands $name]]} {rename $name recorder::plain_$name}
  proc $name {args} [list recorder::fail "'$name' may not stand in a script of the flow"]
}
rename catch recorder::plain_catch
proc catch {script args} {
  if {![dict get $::recorder::known may_catch]} {
    recorder::fail "'catch' may not stand in a script of the flow"
  }
  set code [uplevel 1 [list ::recorder::plain_catch $script {*}$args]]
  if {$code == 1} {set ::recorder::caught [lindex [split $::errorInfo \n] 0]}
  return $code
}
rename exit recorder::leave
proc exit {{code 0}} {
  lassign [recorder::place] file line
  if {$code == 0 && $::recorder::caught ne ""} {
    recorder::fail "ends well although this has failed: $::recorder::caught"
  }
  if {$code != 0} {puts $::recorder::log [join [list $file $line exit $code] \t]}
  close $::recorder::log
  ::recorder::leave [expr {$code == 0 ? 0 : 1}]
}
# Files are read and copied from the build folder.
rename file recorder::plain_file
proc file {what args} {
  if {$what eq "copy"} {return [recorder::copy_file $args]}
  return [uplevel 1 [list ::recorder::plain_file $what {*}$args]]
}
rename open recorder::plain_open
proc open {path {mode r} args} {
  if {[string match r* $mode] && [file pathtype $path] eq "relative" && ![file exists $path]} {
    set path [file join $::recorder::folder $path]
  }
  return [recorder::plain_open $path $mode {*}$args]
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
exit 0
