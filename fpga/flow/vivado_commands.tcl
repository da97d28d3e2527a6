# SPDX-License-Identifier: Apache-2.0
# The commands of Vivado that our scripts use, with the options that every version from 2020.2 to
# 2025.2 has. Not verified under Vivado: taken from the command references, UG835 and (for what may
# stand in XDC) UG903.
#       name             options                                                     least most where
recorder::command create_project   {-in_memory -part= -force}                                  0 2 tcl  "UG835 create_project"
recorder::command read_verilog     {-sv -library=}                                             1 1 tcl  "UG835 read_verilog"
recorder::command read_mem         {}                                                          1 1 tcl  "UG835 read_mem"
recorder::command read_xdc         {-mode= -cells= -ref=}                                      1 1 tcl  "UG835 read_xdc"
recorder::command set_msg_config   {-id= -new_severity=}                                       0 0 tcl  "UG835 set_msg_config"
recorder::command synth_design     {-top= -part= -mode= -flatten_hierarchy= -include_dirs= -directive=} 0 0 tcl "UG835 synth_design"
recorder::command opt_design       {-directive=}                                               0 0 tcl  "UG835 opt_design"
recorder::command place_design     {-directive=}                                               0 0 tcl  "UG835 place_design"
recorder::command phys_opt_design  {-directive=}                                               0 0 tcl  "UG835 phys_opt_design"
recorder::command route_design     {-directive=}                                               0 0 tcl  "UG835 route_design"
recorder::command report_utilization {-file= -hierarchical}                                    0 0 tcl  "UG835 report_utilization"
recorder::command report_timing_summary {-file= -max_paths= -return_string}                    0 0 tcl  "UG835 report_timing_summary"
recorder::command check_timing     {-file= -return_string}                                     0 0 tcl  "UG835 check_timing"
recorder::command report_pulse_width {-file= -all_violators -no_header -return_string}         0 0 tcl  "UG835 report_pulse_width"
recorder::command report_methodology {-file=}                                                  0 0 tcl  "UG835 report_methodology"
recorder::command report_route_status {-file= -return_string}                                  0 0 tcl  "UG835 report_route_status"
recorder::command report_drc       {-file=}                                                    0 0 tcl  "UG835 report_drc"
recorder::command get_drc_violations {-quiet}                                                  0 1 tcl  "UG835 get_drc_violations"
recorder::command write_checkpoint {-force}                                                    1 1 tcl  "UG835 write_checkpoint"
recorder::command write_verilog    {-force -mode=}                                             1 1 tcl  "UG835 write_verilog"
recorder::command write_bitstream  {-force}                                                    1 1 tcl  "UG835 write_bitstream"
recorder::command create_pblock    {}                                                          1 1 both "UG835 create_pblock"
recorder::command get_pblocks      {-quiet}                                                    0 1 both "UG835 get_pblocks"
recorder::command resize_pblock    {-add=}                                                     1 1 both "UG835 resize_pblock"
recorder::command add_cells_to_pblock {-top}                                                   1 2 both "UG835 add_cells_to_pblock"
recorder::command get_cells        {-quiet -hierarchical -filter=}                             0 1 both "UG835 get_cells"
recorder::command set_property     {-dict=}                                                    1 3 both "UG835 set_property"
recorder::command get_property     {}                                                          2 2 tcl  "UG835 get_property"
recorder::command get_ports        {}                                                          1 1 both "UG835 get_ports"
recorder::command get_sites        {-quiet}                                                    1 1 tcl  "UG835 get_sites"
recorder::command get_timing_paths {-max_paths= -delay_type= -group=}                                  0 0 tcl  "UG835 get_timing_paths"
recorder::command create_clock     {-period= -name=}                                           0 1 both "UG903 create_clock"
recorder::command set_operating_conditions {-design_power_budget=}                             0 0 both "UG835 set_operating_conditions"
recorder::command current_design   {}                                                          0 1 both "UG835 current_design"
recorder::command version          {-short}                                                    0 0 tcl  "UG835 version"
recorder::command create_generated_clock {-name=}                                              1 1 both "UG903 create_generated_clock"
recorder::command get_clocks       {-quiet}                                                    1 1 both "UG835 get_clocks"
recorder::command get_pins         {-quiet}                                                    1 1 both "UG835 get_pins"
recorder::command set_false_path   {-from= -to=}                                               0 0 both "UG903 set_false_path"
recorder::command write_cfgmem     {-force -checksum -format= -size= -interface= -loadbit= -file=}       0 0 tcl  "UG835 write_cfgmem"

recorder::command get_debug_cores  {-quiet}                                                    1 1 both "UG835 get_debug_cores"
recorder::property {C_CLK_INPUT_FREQ_HZ C_ENABLE_CLK_DIVIDER} "UG908 Debug Cores Clocking Guidelines"

# IP in a non-project flow: UG896, UG835.
recorder::command create_ip        {-name= -vendor= -library= -version= -module_name= -dir= -force} 0 0 tcl "UG835 create_ip"
recorder::command get_ips          {-quiet}                                                    1 1 tcl  "UG835 get_ips"
recorder::command generate_target  {-force}                                                    2 2 tcl  "UG835 generate_target"
recorder::command synth_ip         {-force}                                                    1 1 tcl  "UG835 synth_ip"

# The hardware manager: UG835, UG908.
recorder::command open_hw_manager  {}                                                          0 0 tcl  "UG835 open_hw_manager"
recorder::command connect_hw_server {-url=}                                                    0 0 tcl  "UG835 connect_hw_server"
recorder::command get_hw_targets   {-quiet}                                                    0 1 tcl  "UG835 get_hw_targets"
recorder::command open_hw_target   {-quiet}                                                    0 1 tcl  "UG835 open_hw_target"
recorder::command close_hw_target  {-quiet}                                                    0 1 tcl  "UG835 close_hw_target"
recorder::command get_hw_devices   {-quiet}                                                    0 1 tcl  "UG835 get_hw_devices"
recorder::command current_hw_device {}                                                         0 1 tcl  "UG835 current_hw_device"
recorder::command program_hw_devices {}                                                        1 1 tcl  "UG835 program_hw_devices"
recorder::command refresh_hw_device {}                                                         1 1 tcl  "UG835 refresh_hw_device"
recorder::command get_cfgmem_parts {-quiet}                                                    1 1 tcl  "UG835 get_cfgmem_parts"
recorder::command create_hw_cfgmem {-hw_device=}                                               1 1 tcl  "UG835 create_hw_cfgmem"
recorder::command create_hw_bitstream {-hw_device=}                                            1 1 tcl  "UG835 create_hw_bitstream"
recorder::command program_hw_cfgmem {-hw_cfgmem=}                                              0 0 tcl  "UG835 program_hw_cfgmem, UG908"
recorder::command get_hw_axis      {}                                                          0 1 tcl  "UG835 get_hw_axis"
recorder::command reset_hw_axi     {}                                                          1 1 tcl  "UG835 reset_hw_axi"
recorder::command create_hw_axi_txn {-force -type= -address= -len= -data=}                     2 2 tcl  "UG835 create_hw_axi_txn"
recorder::command get_hw_axi_txns  {}                                                          1 1 tcl  "UG835 get_hw_axi_txns"
recorder::command run_hw_axi       {}                                                          1 1 tcl  "UG835 run_hw_axi"
recorder::command close_hw_manager {}                                                          0 0 tcl  "UG835 close_hw_manager"

# Packaging of a Vitis kernel: UG1118 and the ipx chapter of UG835; package_xo: UG1393.
recorder::command add_files        {-norecurse -fileset=}                                    1 1 tcl  "UG835 add_files"
recorder::command get_files        {}                                                        1 1 tcl  "UG835 get_files"
recorder::command current_fileset  {}                                                        0 0 tcl  "UG835 current_fileset"
recorder::command update_compile_order {-fileset=}                                           0 0 tcl  "UG835 update_compile_order"
recorder::command close_project    {-delete}                                                 0 0 tcl  "UG835 close_project"
recorder::command ipx::get_file_groups {-of_objects=}                                        0 1 tcl  "UG1118 get_file_groups"
recorder::command ipx::get_files   {-quiet -of_objects=}                                     0 1 tcl  "UG1118 get_files"
recorder::command ipx::add_file    {}                                                        2 2 tcl  "UG1118 add_file"
recorder::command package_xo       {-force -xo_path= -kernel_name= -ip_directory= -kernel_xml=} 0 0 tcl "UG1393 package_xo"
recorder::command ipx::package_project {-root_dir= -vendor= -library= -taxonomy= -import_files -set_current=} 0 0 tcl "UG1118 package_project"
recorder::command ipx::unload_core {}                                                        1 1 tcl  "UG1118 unload_core"
recorder::command ipx::edit_ip_in_project {-upgrade= -name= -directory=}                     1 1 tcl  "UG1118 edit_ip_in_project"
recorder::command ipx::current_core {}                                                       0 1 tcl  "UG1118 current_core"
recorder::command ipx::get_user_parameters {-of_objects=}                                    0 1 tcl  "UG1118 get_user_parameters"
recorder::command ipx::remove_user_parameter {}                                              2 2 tcl  "UG1118 remove_user_parameter"
recorder::command ipx::infer_bus_interface {}                                                3 3 tcl  "UG1118 infer_bus_interface"
recorder::command ipx::associate_bus_interfaces {-busif= -clock= -reset=}                       1 1 tcl  "UG1118 associate_bus_interfaces"
recorder::command ipx::get_bus_interfaces {-of_objects=}                                     0 1 tcl  "UG1118 get_bus_interfaces"
recorder::command ipx::add_bus_parameter {-quiet}                                            2 2 tcl  "UG1118 add_bus_parameter"
recorder::command ipx::add_memory_map {-quiet}                                               2 2 tcl  "UG1118 add_memory_map"
recorder::command ipx::add_address_block {-quiet}                                            2 2 tcl  "UG1118 add_address_block"
recorder::command ipx::add_register {}                                                       2 2 tcl  "UG1118 add_register"
recorder::command ipx::add_register_parameter {}                                             2 2 tcl  "UG1118 add_register_parameter"
recorder::command ipx::create_xgui_files {}                                                  1 1 tcl  "UG1118 create_xgui_files"
recorder::command ipx::update_checksums {}                                                   1 1 tcl  "UG1118 update_checksums"
recorder::command ipx::check_integrity {-kernel}                                             1 1 tcl  "UG1118 check_integrity"
recorder::command ipx::save_core   {}                                                        1 1 tcl  "UG1118 save_core"

# Properties that set_property may be given: of pins and cells (UG912), of the bitstream (UG908,
# UG912), of devices on a cable (UG908), of packaged IP (UG1118).
recorder::property {USED_IN USER_SLR_ASSIGNMENT PACKAGE_PIN IOSTANDARD DRIVE SLEW PULLUP HD.CLK_SRC} "UG912"
recorder::property {CFGBVS CONFIG_VOLTAGE CONFIG_MODE} "UG912"
recorder::property {BITSTREAM.GENERAL.COMPRESS BITSTREAM.CONFIG.CONFIGFALLBACK BITSTREAM.CONFIG.CONFIGRATE
  BITSTREAM.CONFIG.EXTMASTERCCLK_EN BITSTREAM.CONFIG.SPI_32BIT_ADDR BITSTREAM.CONFIG.SPI_BUSWIDTH
  BITSTREAM.CONFIG.SPI_FALL_EDGE BITSTREAM.CONFIG.UNUSEDPIN} "UG908"
recorder::property {PROGRAM.FILE PROGRAM.FILES PROGRAM.ADDRESS_RANGE PROGRAM.UNUSED_PIN_TERMINATION PROGRAM.BLANK_CHECK
  PROGRAM.ERASE PROGRAM.CFG_PROGRAM PROGRAM.VERIFY PROGRAM.CHECKSUM} "UG908"
recorder::property {top core_revision value value_resolve_type slave_memory_map_ref range description
  address_offset size xpm_libraries sdx_kernel sdx_kernel_type type
  value_source supported_families auto_family_support_level} "UG1118"

# Messages after which Vivado goes on with a ROM that is empty; before synth_design, each has to be
# an error. Their ids from public logs and scripts: "could not open $readmem data file .. ignoring", a
# critical warning (lowRISC/opentitan, vivado_hook_synth_design_pre.tcl, makes it an error);
# "ignoring malformed $readmem task", a warning (ZAMA's HPU makes it an error in its properties). No
# others were found: 8-3876 says that a file was read, 8-273 (bad digits) is an error anyway.
recorder::fatal {Synth 8-4445} {Synth 8-2898}

# IP: configuration keys and the values that our scripts may give them. The keys are those that
# Vivado's own Tcl shows for these versions of the IP; none was tried here.
recorder::ip jtag_axi {
  CONFIG.PROTOCOL {0} CONFIG.M_AXI_DATA_WIDTH {32} CONFIG.M_AXI_ADDR_WIDTH {32} CONFIG.M_AXI_ID_WIDTH {1}
  CONFIG.M_HAS_BURST {0 1} CONFIG.RD_TXN_QUEUE_LENGTH {1} CONFIG.WR_TXN_QUEUE_LENGTH {1}
} "PG174"
recorder::ip xdma {
  CONFIG.functional_mode {DMA} CONFIG.mode_selection {Advanced} CONFIG.xdma_axi_intf_mm {AXI_Memory_Mapped}
  CONFIG.pl_link_cap_max_link_width {X16} CONFIG.pl_link_cap_max_link_speed {8.0_GT/s}
  CONFIG.ref_clk_freq {100_MHz} CONFIG.axi_data_width {512_bit} CONFIG.axisten_freq {250}
  CONFIG.coreclk_freq {500} CONFIG.plltype {QPLL1} CONFIG.xdma_rnum_chnl {1 2 4} CONFIG.xdma_wnum_chnl {1 2 4}
  CONFIG.axilite_master_en {true} CONFIG.axilite_master_size {64} CONFIG.axilite_master_scale {Kilobytes}
  CONFIG.cfg_mgmt_if {false} CONFIG.xdma_num_usr_irq {1} CONFIG.pf0_msi_enabled {true}
  CONFIG.pcie_blk_locn {X[0-9]Y[0-9]} CONFIG.en_gt_selection {true} CONFIG.select_quad {GTY_Quad_2[0-9][0-9]}
} "PG195"
recorder::ip axi_clock_converter {
  CONFIG.PROTOCOL {AXI4 AXI4LITE} CONFIG.ADDR_WIDTH {32 64} CONFIG.DATA_WIDTH {32 512} CONFIG.ID_WIDTH {0 4}
  CONFIG.AWUSER_WIDTH {0} CONFIG.ARUSER_WIDTH {0} CONFIG.RUSER_WIDTH {0} CONFIG.WUSER_WIDTH {0}
  CONFIG.BUSER_WIDTH {0} CONFIG.ACLK_ASYNC {1} CONFIG.SYNCHRONIZATION_STAGES {3}
} "PG059"
