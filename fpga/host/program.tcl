# @stamp@
# Loads @bit@ into the card over JTAG; it is gone when the card loses its power.
#   vivado -mode batch -nojournal -log program.log -source program.tcl
# Exit status: 0 it is loaded, 2 the card cannot be reached or programmed. MASE_JTAG_SERIAL: see
# below.
@card@
set_property PROGRAM.FILE @bit@ $device
must "program the card with @bit@" {is @bit@ whole and made for this device, the card powered and not in use over PCIe, and the cable a good one?} [list program_hw_devices $device]
must "read the programmed device" {is the card still powered? A restarted card holds the design of its flash again} [list refresh_hw_device $device]
puts "programmed: $device with @bit@"
close_hw_manager
