# @stamp@
# Writes @mcs@ into the card's flash @flash_part@, over JTAG: minutes to an hour. The card loads it
# when its power comes on.
#   vivado -mode batch -nojournal -log flash.log -source flash.tcl
# Exit status: 0 it is written and verified, 2 the card cannot be reached or its flash not written,
# or @mcs@ is no image for it. MASE_JTAG_SERIAL: see below.
# The first @flash_offset@ bytes hold the card's own image, which brings it back when ours is bad.
# Only addresses that @mcs@ has are erased and written, and none of them may lie before.
set handle [open @mcs@ r]
set upper 0
set lowest -1
while {[gets $handle line] >= 0} {
  if {[scan $line ":%2x%4x%2x%4x" count address type word] < 3} {
    puts "ERROR: @mcs@ has a line that is no record: [string range $line 0 40]"
    exit 2
  }
  if {$type == 4} {set upper $word}
  if {$type != 0} continue
  set at [expr {($upper << 16) + $address}]
  if {$lowest < 0 || $at < $lowest} {set lowest $at}
}
close $handle
if {$lowest < 0} {
  puts "ERROR: @mcs@ holds nothing"
  exit 2
}
if {$lowest < @flash_offset@} {
  puts "ERROR: @mcs@ begins at [format 0x%08x $lowest], before @flash_offset@: it is not written, it would destroy the card's own image"
  exit 2
}
@card@
set part [get_cfgmem_parts -quiet @flash_part@]
if {[llength $part] != 1} {
  puts "ERROR: this Vivado knows [llength $part] memories @flash_part@"
  exit 2
}
set advice {is the card powered and not in use over PCIe, its flash a @flash_part@, and the cable a good one? Do not switch the card off before the flash is written: repeat it first}
must "name the card's flash" $advice [list create_hw_cfgmem -hw_device $device $part]
set flash [get_property PROGRAM.HW_CFGMEM $device]
set_property PROGRAM.FILES [list @mcs@] $flash
set_property PROGRAM.ADDRESS_RANGE {use_file} $flash
set_property PROGRAM.UNUSED_PIN_TERMINATION {pull-none} $flash
set_property PROGRAM.BLANK_CHECK 0 $flash
set_property PROGRAM.ERASE 1 $flash
set_property PROGRAM.CFG_PROGRAM 1 $flash
set_property PROGRAM.VERIFY 1 $flash
set_property PROGRAM.CHECKSUM 0 $flash
# The way to the flash leads through the device: a design of Vivado's own.
must "make the way to the flash" $advice [list create_hw_bitstream -hw_device $device [get_property PROGRAM.HW_CFGMEM_BITFILE $device]]
must "program the card with the way to its flash" $advice [list program_hw_devices $device]
must "read the programmed device" $advice [list refresh_hw_device $device]
must "write the flash" $advice [list program_hw_cfgmem -hw_cfgmem $flash]
puts "written: @mcs@ from [format 0x%08x $lowest] on. Switch the host off and on: the card loads its flash when its power comes on"
close_hw_manager
