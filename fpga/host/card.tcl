# What the hardware manager refuses ends the script in words. By itself it would end with status 1,
# as if results were wrong.
proc must {what check command} {
  if {[catch {uplevel #0 $command} answer]} {
    puts "ERROR: cannot $what: $answer"
    puts "       check: $check"
    exit 2
  }
  return $answer
}

# The card: the one device @device@ behind the cables of this machine's hardware server, or with
# MASE_JTAG_SERIAL behind the cable whose name holds that text.
open_hw_manager
must "connect to the hardware server" {may hw_server run on this machine (port 3121), and is it of this Vivado's version? One that another Vivado left behind has to end first} connect_hw_server
# Vivado opens a cable by itself where it finds one; which one is no choice of ours.
close_hw_target -quiet
set cables [get_hw_targets -quiet]
if {[llength $cables] == 0} {
  puts "ERROR: no JTAG cable: the hardware server finds no target. Is the card's USB cable plugged in and its driver installed?"
  exit 2
}
set seen [join $cables "\n         "]
if {[info exists ::env(MASE_JTAG_SERIAL)] && $::env(MASE_JTAG_SERIAL) ne ""} {
  set named {}
  foreach cable $cables {
    if {[string first $::env(MASE_JTAG_SERIAL) $cable] >= 0} {lappend named $cable}
  }
  set cables $named
  if {[llength $cables] == 0} {
    puts "ERROR: no JTAG cable has $::env(MASE_JTAG_SERIAL) in its name. There are:\n         $seen"
    exit 2
  }
}
set found {}
foreach cable $cables {
  if {[llength $cables] == 1} {
    must "open the JTAG cable" {is the card powered, the cable plugged in at both ends, and the target not open in another program?} [list open_hw_target $cable]
  } else {
    # One of another board, or in use: it has no card for us.
    open_hw_target -quiet $cable
  }
  foreach device [get_hw_devices -quiet @device@] {lappend found $cable}
  close_hw_target -quiet
}
if {[llength $found] == 0} {
  puts "ERROR: no device @device@ behind the JTAG cable. Is the card powered, and the target not open in another program? There are:\n         $seen"
  exit 2
}
if {[llength $found] > 1} {
  puts "ERROR: [llength $found] devices @device@, which one is meant? Give a part of its cable's name that no other has, as in: sh run.sh WHAT SERIAL. They are behind:\n         [join $found "\n         "]"
  exit 2
}
set cable [lindex $found 0]
must "open the JTAG cable" {is the card powered, the cable plugged in at both ends, and the target not open in another program?} [list open_hw_target $cable]
set device [lindex [get_hw_devices -quiet @device@] 0]
puts "card: $device behind $cable"
current_hw_device $device
