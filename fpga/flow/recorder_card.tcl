# SPDX-License-Identifier: Apache-2.0
# The recorder's card: a memory and the kernel's registers behind JTAG, as a script of the hardware
# manager meets them. Keys of the recorder: memory and memory_bytes (addresses of the device's map),
# registers (bytes from 0 on), ctrl, samples_in, samples_out, cycles, status (offsets), samples and
# results (files of the build folder: started, the kernel writes results if it finds these samples,
# and nothing if it finds others), status_word, burst (first or last: which
# word of -data and DATA belongs to the first address).
namespace eval recorder {
  variable card {open 0 programmed 0 words {} data {}}
  foreach {key value} {memory 0x10000000 memory_bytes 0x100000 registers 0x1000 ctrl 0 samples_in 0x10 samples_out 0x18
                       cycles 0x38 status 0x28 samples {} results {} status_word 0 burst first} {
    if {![dict exists $known $key]} {dict set known $key $value}
  }
}

proc recorder::card_step {name needs} {
  variable card
  if {![dict get $card $needs]} {fail "$name before its time: the card is not '$needs'"}
}
proc recorder::do_get_hw_targets {options positional} {return target_0}
proc recorder::do_open_hw_target {options positional} {
  variable card
  dict set card open 1
}
proc recorder::do_get_hw_devices {options positional} {
  card_step get_hw_devices open
  return device_0
}
proc recorder::do_program_hw_devices {options positional} {
  variable card
  card_step program_hw_devices open
  dict set card programmed 1
}
proc recorder::do_get_hw_axis {options positional} {
  card_step get_hw_axis programmed
  return hw_axi_1
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
