# SPDX-License-Identifier: Apache-2.0
# The recorder's card: a memory and the kernel's registers behind JTAG, as a script of the hardware
# manager meets them, and a flash. Keys of the recorder: memory and memory_bytes (addresses of the
# device's map), registers (bytes from 0 on), ctrl, samples_in, samples_out, cycles, status
# (offsets), samples and results (files of the build folder: started, the kernel writes results if
# it finds these samples, and nothing if it finds others), status_word, burst (first or last: which
# word of -data and DATA belongs to the first address); cables (a list: name, then its devices;
# Vivado opens the first by itself), busy (a cable that another program has open), wants (the cable
# that the script has to end up with), serial (MASE_JTAG_SERIAL of the script), flash_part (of the
# memories that Vivado knows), image (file and first address of a flash image that is there).
namespace eval recorder {
  variable card {open {} programmed 0 words {} data {} properties {} current {} way 0}
  foreach {key value} {memory 0x10000000 memory_bytes 0x100000 registers 0x1000 ctrl 0 samples_in 0x10 samples_out 0x18
                       cycles 0x38 status 0x28 samples {} results {} status_word 0 burst first
                       cables {{target_0 xcu250_0}} busy {} serial {} flash_part mt25qu01g-spi-x1_x2_x4 image {} wants {}} {
    if {![dict exists $known $key]} {dict set known $key $value}
  }
  set ::env(MASE_JTAG_SERIAL) [dict get $known serial]
  if {[llength [dict get $known image]] == 2} {
    lassign [dict get $known image] name address
    set handle [open $name w]
    puts $handle [format ":02000004%04X00" [expr {$address >> 16}]]
    puts $handle [format ":10%04X00FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00" [expr {$address & 0xffff}]]
    puts $handle ":00000001FF"
    close $handle
  }
}

proc recorder::card_step {name needs} {
  variable card
  if {[dict get $card $needs] in {0 {}}} {fail "$name before its time: the card is not '$needs'"}
}
proc recorder::cable_devices {} {
  variable card
  variable known
  foreach cable [dict get $known cables] {
    if {[lindex $cable 0] eq [dict get $card open]} {return [lrange $cable 1 end]}
  }
  return {}
}
proc recorder::need_device {name device} {
  card_step $name open
  if {$device eq "" || $device ni [cable_devices]} {fail "$name: no device '$device' behind the open cable"}
}
proc recorder::do_connect_hw_server {options positional} {
  variable card
  variable known
  dict set card open [lindex [dict get $known cables] 0 0]
}
proc recorder::do_get_hw_targets {options positional} {
  variable known
  set names {}
  foreach cable [dict get $known cables] {lappend names [lindex $cable 0]}
  return $names
}
proc recorder::do_open_hw_target {options positional} {
  variable card
  variable known
  set cable [lindex $positional 0]
  if {$cable eq ""} {set cable [lindex [dict get $known cables] 0 0]}
  if {$cable ni [do_get_hw_targets {} {}]} {fail "there is no cable '$cable'"}
  if {[dict get $card open] ne ""} {fail "open_hw_target although [dict get $card open] is open"}
  if {$cable eq [dict get $known busy]} {
    if {![dict exists $options -quiet]} {error "ERROR: \[Labtoolstcl 44-494\] $cable is in use"}
    dict set card open "busy: $cable"
    return
  }
  dict set card open $cable
}
proc recorder::do_close_hw_target {options positional} {
  variable card
  if {[dict get $card open] eq "" && ![dict exists $options -quiet]} {error "no cable is open"}
  dict set card open {}
}
proc recorder::do_get_hw_devices {options positional} {
  card_step get_hw_devices open
  set pattern [expr {[llength $positional] ? [lindex $positional 0] : "*"}]
  return [lsearch -all -inline -glob [cable_devices] $pattern]
}
proc recorder::do_current_hw_device {options positional} {
  variable card
  variable known
  need_device current_hw_device [lindex $positional 0]
  if {[dict get $known wants] ni [list {} [dict get $card open]]} {
    fail "[dict get $card open] is taken, [dict get $known wants] was meant"
  }
  dict set card current [lindex $positional 0]
}
# PROGRAM.* of a device or of its flash. The flash is reached through a device that was given
# Vivado's own design for it.
proc recorder::card_set {name value object} {
  variable card
  set of_device [expr {$name eq "PROGRAM.FILE"}]
  if {$of_device} {need_device "set_property $name" $object}
  if {!$of_device && $object ne "flash"} {fail "$name belongs to a flash, '$object' is none"}
  dict set card properties $name $value
  if {$of_device} {dict set card way 0}
}
proc recorder::card_property {name object} {
  variable card
  need_device "get_property $name" $object
  if {$name eq "PROGRAM.HW_CFGMEM_BITFILE"} {
    if {![dict exists $card flash]} {fail "$name of a device without a flash"}
    return way_to_the_flash.bit
  }
  if {$name eq "PROGRAM.HW_CFGMEM"} {return [expr {[dict exists $card flash] ? "flash" : ""}]}
  fail "no property '$name' of a device in the common subset"
}
proc recorder::do_program_hw_devices {options positional} {
  variable card
  need_device program_hw_devices [lindex $positional 0]
  if {![dict exists $card properties PROGRAM.FILE] && ![dict get $card way]} {
    fail "program_hw_devices without PROGRAM.FILE"
  }
  dict set card programmed [expr {[dict get $card way] ? 2 : 1}]
}
proc recorder::do_refresh_hw_device {options positional} {
  card_step refresh_hw_device programmed
}
proc recorder::do_get_cfgmem_parts {options positional} {
  variable known
  return [lsearch -all -inline -glob [list [dict get $known flash_part]] [lindex $positional 0]]
}
proc recorder::do_create_hw_cfgmem {options positional} {
  variable card
  variable known
  need_device "create_hw_cfgmem -hw_device" [expr {[dict exists $options -hw_device] ? [dict get $options -hw_device] : ""}]
  if {[lindex $positional 0] ne [dict get $known flash_part]} {fail "no memory '[lindex $positional 0]'"}
  dict set card flash 1
  return flash
}
proc recorder::do_create_hw_bitstream {options positional} {
  variable card
  need_device "create_hw_bitstream -hw_device" [expr {[dict exists $options -hw_device] ? [dict get $options -hw_device] : ""}]
  if {[lindex $positional 0] ne "way_to_the_flash.bit"} {fail "'[lindex $positional 0]' is no way to the flash"}
  dict set card way 1
}
proc recorder::do_program_hw_cfgmem {options positional} {
  variable card
  if {![dict exists $options -hw_cfgmem] || [dict get $options -hw_cfgmem] ne "flash"} {
    fail "program_hw_cfgmem without its flash"
  }
  if {[dict get $card programmed] != 2} {fail "program_hw_cfgmem although the device has no way to the flash"}
  # Erased, written and verified, at the addresses of the file and nowhere else.
  foreach {name value} {PROGRAM.ADDRESS_RANGE use_file PROGRAM.ERASE 1 PROGRAM.CFG_PROGRAM 1 PROGRAM.VERIFY 1
                        PROGRAM.BLANK_CHECK 0 PROGRAM.CHECKSUM 0 PROGRAM.UNUSED_PIN_TERMINATION pull-none} {
    if {![dict exists $card properties $name] || [dict get $card properties $name] ne $value} {
      fail "program_hw_cfgmem without $name $value"
    }
  }
  if {![dict exists $card properties PROGRAM.FILES]} {fail "program_hw_cfgmem without PROGRAM.FILES"}
  foreach file [dict get $card properties PROGRAM.FILES] {
    if {![string match *.mcs $file]} {fail "'$file' is no flash image"}
  }
}
proc recorder::do_get_hw_axis {options positional} {
  variable card
  card_step get_hw_axis programmed
  return [expr {[dict get $card programmed] == 1 ? "hw_axi_1" : ""}]
}
proc recorder::do_get_hw_axi_txns {options positional} {return [lindex $positional 0]}

proc recorder::do_create_hw_axi_txn {options positional} {
  variable card
  foreach option {-type -address -len} {
    if {![dict exists $options $option]} {fail "create_hw_axi_txn without $option"}
  }
  if {![regexp {^[0-9a-fA-F]{8}$} [dict get $options -address]]} {
    fail "create_hw_axi_txn -address [dict get $options -address]: 8 hexadecimal digits"
  }
  scan [dict get $options -address] %x address
  set count [dict get $options -len]
  if {$count < 1 || $count > 256 || $address % 4 != 0
      || $address / 4096 != ($address + 4 * $count - 1) / 4096} {
    fail "a burst of $count words from [dict get $options -address] on"
  }
  set words {}
  if {[string equal -nocase [dict get $options -type] write]} {
    regsub -all {[_ \n]} [dict get $options -data] {} digits
    if {![regexp {^[0-9a-fA-F]+$} $digits] || [string length $digits] != 8 * $count} {
      fail "create_hw_axi_txn -data is not $count words"
    }
    for {set i 0} {$i < $count} {incr i} {
      lappend words [expr "0x[string range $digits [expr {8 * $i}] [expr {8 * $i + 7}]]"]
    }
  }
  dict set card txn [lindex $positional 0] \
    [dict create write [llength $words] address $address count $count words $words]
}

proc recorder::card_order {words} {
  variable known
  return [expr {[dict get $known burst] eq "first" ? $words : [lreverse $words]}]
}
proc recorder::do_run_hw_axi {options positional} {
  variable card
  card_step run_hw_axi programmed
  set name [lindex $positional 0]
  if {![dict exists $card txn $name]} {fail "there is no transaction '$name'"}
  set txn [dict get $card txn $name]
  set address [dict get $txn address]
  if {[dict get $txn write]} {
    foreach word [card_order [dict get $txn words]] {
      card_write $address $word
      incr address 4
    }
  } else {
    set words {}
    for {set i 0} {$i < [dict get $txn count]} {incr i} {
      lappend words [format %08x [card_read [expr {$address + 4 * $i}]]]
    }
    dict set card data $name [join [card_order $words] _]
  }
}
proc recorder::card_data {name} {
  variable card
  if {![dict exists $card data $name]} {fail "the transaction '$name' has read nothing"}
  return [dict get $card data $name]
}

# Which region, or an error, as the fabric answers.
proc recorder::card_region {address} {
  variable known
  if {$address < [dict get $known registers]} {return registers}
  set offset [expr {$address - [dict get $known memory]}]
  if {$offset >= 0 && $offset < [dict get $known memory_bytes]} {return memory}
  fail [format "an access to 0x%08x, where the device has nothing" $address]
}
proc recorder::card_read {address} {
  variable card
  variable known
  if {[card_region $address] eq "registers"} {
    if {$address == [dict get $known ctrl]} {return [expr {[dict exists $card started] ? 14 : 4}]}
    if {$address == [dict get $known cycles]} {return [expr {[dict exists $card started] ? 1000 : 0}]}
    if {$address == [dict get $known status]} {return [dict get $known status_word]}
  }
  if {[dict exists $card words $address]} {return [dict get $card words $address]}
  return 0
}
proc recorder::card_write {address word} {
  variable card
  variable known
  card_region $address
  dict set card words $address $word
  if {$address != [dict get $known ctrl] || !($word & 1)} return
  # The kernel has run: its results lie where it was told to write them.
  dict set card started 1
  set place [card_read [dict get $known samples_in]]
  foreach sample [card_words [dict get $known samples]] {
    if {[card_read $place] != $sample} return
    incr place 4
  }
  set place [card_read [dict get $known samples_out]]
  foreach result [card_words [dict get $known results]] {
    dict set card words $place $result
    incr place 4
  }
}
proc recorder::card_words {file} {
  set handle [open $file rb]
  set bytes [read $handle]
  close $handle
  append bytes [string repeat \0 [expr {-[string length $bytes] & 3}]]
  binary scan $bytes iu* words
  return $words
}
