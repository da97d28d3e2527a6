# @stamp@
# Runs a batch on the card over JTAG: programs it with @bit@, sends samples.bin, starts the kernel,
# and compares what comes back with expected.bin.
#   vivado -mode batch -nojournal -log jtag.log -source jtag.tcl
# Exit status: 0 every result is right, 1 some are wrong or the kernel reports an error, 2 the card
# cannot be reached or programmed, or does not answer as it should. JTAG moves some kilobytes a second: cycles say how fast the kernel is.
set memory @memory@
set samples @samples@
set burst 128

@card@
set_property PROGRAM.FILE @bit@ $device
must "program the card with @bit@" {is @bit@ whole and made for this device, the card powered and not in use over PCIe, and the cable a good one?} [list program_hw_devices $device]
must "read the programmed device" {is the card still powered? A restarted card holds the design of its flash again} [list refresh_hw_device $device]
set axi [lindex [get_hw_axis] 0]
if {$axi eq ""} {
  puts "ERROR: no JTAG-to-AXI core in the device"
  exit 2
}
set answers {does the design in the card have its clock, and is the card still powered?}
must "reset the JTAG-to-AXI core" $answers [list reset_hw_axi $axi]

# One burst. Words are 8 hexadecimal digits, in the order of -data and DATA.
proc send {address words} {
  create_hw_axi_txn -force -type WRITE -address [format %08x $address] -len [llength $words] -data [join $words _] mase_write $::axi
  must "write to address [format 0x%08x $address]" $::answers [list run_hw_axi [get_hw_axi_txns mase_write]]
}
proc fetch {address count} {
  create_hw_axi_txn -force -type READ -address [format %08x $address] -len $count mase_read $::axi
  must "read from address [format 0x%08x $address]" $::answers [list run_hw_axi [get_hw_axi_txns mase_read]]
  regsub -all {[^0-9a-fA-F]} [get_property DATA [get_hw_axi_txns mase_read]] {} digits
  set words {}
  for {set i 0} {$i < $count} {incr i} {
    lappend words [string tolower [string range $digits [expr {8 * $i}] [expr {8 * $i + 7}]]]
  }
  return $words
}
proc poke {address value} {send $address [list [format %08x $value]]}
proc peek {address} {return [expr {"0x[lindex [fetch $address 1] 0]" + 0}]}

# Which word of a burst belongs to its first address: asked of the card, not believed.
send $memory {11111111 22222222}
set first [lindex [fetch $memory 1] 0]
set second [lindex [fetch [expr {$memory + 4}] 1] 0]
if {"$first $second" eq "11111111 22222222"} {
  set write_reversed 0
} elseif {"$first $second" eq "22222222 11111111"} {
  set write_reversed 1
} else {
  puts "ERROR: the memory gives back $first $second for 11111111 22222222"
  exit 2
}
set read_reversed [expr {[lindex [fetch $memory 2] 0] ne $first}]

# Words of a burst that begins at an address: none crosses 4 KiB.
proc reach {address left} {
  set page [expr {(4096 - $address % 4096) / 4}]
  set most [expr {$page < $::burst ? $page : $::burst}]
  return [expr {$left < $most ? $left : $most}]
}
proc write_words {address words} {
  while {[llength $words] > 0} {
    set count [reach $address [llength $words]]
    set part [lrange $words 0 [expr {$count - 1}]]
    if {$::write_reversed} {set part [lreverse $part]}
    send $address $part
    set words [lrange $words $count end]
    incr address [expr {4 * $count}]
  }
}
proc read_words {address count} {
  set words {}
  while {$count > 0} {
    set part_count [reach $address $count]
    set part [fetch $address $part_count]
    if {$::read_reversed} {set part [lreverse $part]}
    set words [concat $words $part]
    incr address [expr {4 * $part_count}]
    incr count -$part_count
  }
  return $words
}
proc words_of {file} {
  set handle [open $file rb]
  set bytes [read $handle]
  close $handle
  append bytes [string repeat \0 [expr {-[string length $bytes] & 3}]]
  binary scan $bytes iu* values
  set words {}
  foreach value $values {lappend words [format %08x $value]}
  return $words
}

set in [words_of samples.bin]
set expected [words_of expected.bin]
set out [expr {$memory + @out_offset@}]
write_words $memory $in
# Results that are not written must not look right.
set marks {}
foreach word $expected {lappend marks [format %08x [expr {"0x$word" ^ 0xffffffff}]]}
write_words $out $marks

poke [expr {@samples_in@ + 4}] 0
poke @samples_in@ $memory
poke [expr {@samples_out@ + 4}] 0
poke @samples_out@ $out
poke @sample_count@ $samples
poke @ctrl@ @ap_start@
set polls 0
while {!([peek @ctrl@] & @ap_idle@)} {
  if {[incr polls] > 1000} {
    puts "ERROR: the kernel does not come to an end"
    exit 2
  }
}
set status [peek @status@]
if {$status != 0} {
  puts "ERROR: status of the kernel [format 0x%x $status]"
  exit 1
}
set got [read_words $out [llength $expected]]
# The bytes behind the last result are nobody's.
set tail [expr {@out_bytes@ % 4}]
if {$tail != 0} {
  set keep [expr {8 - 2 * $tail}]
  set got [lreplace $got end end [string repeat 0 $keep][string range [lindex $got end] $keep end]]
}
set wrong 0
foreach a $got b $expected {
  if {$a eq $b} continue
  if {[incr wrong] <= 10} {puts "word of the results: expected $b, got $a"}
}
set cycles [peek @cycles@]
puts "mismatches: $wrong of [llength $expected] words ($samples samples)"
puts "throughput: [expr {$cycles * 1.0 / $samples}] cycles a sample, [format %.4g [expr {$samples * @mhz@ * 1e6 / $cycles}]] samples/s at @mhz@ MHz"
close_hw_manager
if {$wrong != 0} {exit 1}
