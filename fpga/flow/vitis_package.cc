// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vitis_package.h"

#include <fmt/format.h>

#include "fpga/kernel/register_map.h"

namespace mase::fpga {

namespace {

constexpr char kPackage[] = R"(# {stamp}
# Packs {kernel} into {kernel}.xo. Run by run.sh.
create_project -force packing build/packing -part {part}
add_files -norecurse {{
{sources}}}
{constraints}set_property top {kernel} [current_fileset]
update_compile_order -fileset sources_1

ipx::package_project -root_dir build/ip -vendor mase-gen -library kernel -taxonomy /KernelIP -import_files -set_current false
ipx::unload_core build/ip/component.xml
ipx::edit_ip_in_project -upgrade true -name editing -directory build/ip build/ip/component.xml
set core [ipx::current_core]
set_property core_revision 1 $core
foreach parameter [ipx::get_user_parameters -of_objects $core] {{
  ipx::remove_user_parameter [get_property NAME $parameter] $core
}}

# Clock, reset and both buses. Without the resolve type the platform could not set the frequency.
ipx::infer_bus_interface ap_clk xilinx.com:signal:clock_rtl:1.0 $core
ipx::infer_bus_interface ap_rst_n xilinx.com:signal:reset_rtl:1.0 $core
ipx::associate_bus_interfaces -busif {control} -clock ap_clk $core
ipx::associate_bus_interfaces -busif {memory} -clock ap_clk $core
ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n $core
set frequency [ipx::add_bus_parameter -quiet FREQ_HZ [ipx::get_bus_interfaces ap_clk -of_objects $core]]
set_property value {hertz} $frequency
set_property value_resolve_type user $frequency

# What the kernel does on the memory bus: v++ makes its interconnect for that and no more.
set bus [ipx::get_bus_interfaces {memory} -of_objects $core]
{bus}
{memories}# The register map.
set map [ipx::add_memory_map -quiet {control} $core]
set_property slave_memory_map_ref {control} [ipx::get_bus_interfaces {control} -of_objects $core]
set block [ipx::add_address_block -quiet reg0 $map]
set_property range {range} $block
{registers}
set_property xpm_libraries {{XPM_CDC XPM_MEMORY XPM_FIFO}} $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property supported_families {{}} $core
set_property auto_family_support_level level_2 $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
close_project -delete
package_xo -force -xo_path {kernel}.xo -kernel_name {kernel} -ip_directory build/ip -kernel_xml kernel.xml
)";

std::string registers_tcl() {
  std::string text;
  for (const Register& r : kernel_registers()) {
    if (r.role == Role::kStatus) continue;  // XRT would ask for values of them
    text += fmt::format(
        "set register [ipx::add_register {} $block]\n"
        "set_property description {{{}}} $register\n"
        "set_property address_offset 0x{:02x} $register\nset_property size {} $register\n",
        r.name, r.text, r.offset_bytes, r.width_bits);
    if (r.role == Role::kPointer)
      text += fmt::format(
          "set_property value {} [ipx::add_register_parameter ASSOCIATED_BUSIF $register]\n",
          kMemoryBus);
  }
  return text;
}

// In the packaged kernel, where its cells have the same names in every platform.
constexpr char kConstraints[] =
    "add_files -fileset constrs_1 -norecurse slr.xdc\n"
    "set_property USED_IN implementation [get_files slr.xdc]\n";

std::string listed(const std::vector<std::string>& files) {
  std::string text;
  for (const auto& file : files) text += "  " + file + "\n";
  return text;
}

// Vivado's packager may take a data file for one that nothing refers to, and leave it out.
constexpr char kMemories[] = R"(# The words of the ROMs, beside the sources that read them.
set groups {{}}
foreach group [ipx::get_file_groups -of_objects $core] {{
  set kind [get_property NAME $group]
  if {{[string match *constraints* $kind]}} continue
  if {{[string match *synthesis* $kind] || [string match *simulation* $kind]}} {{lappend groups $group}}
}}
foreach memory {{
{names}}} {{
  file copy -force {src}$memory build/ip/src/$memory
  set kinds {{}}
  foreach group $groups {{
    if {{[llength [ipx::get_files -quiet src/$memory -of_objects $group]] == 0}} {{
      set_property type mem [ipx::add_file src/$memory $group]
    }}
    if {{[llength [ipx::get_files -quiet src/$memory -of_objects $group]] != 0}} {{
      lappend kinds [get_property NAME $group]
    }}
  }}
  if {{[llength $kinds] != [llength $groups] || ![string match *synthesis* $kinds]}} {{
    puts "ERROR: $memory is not in the packaged core (only in: $kinds): its ROM would be empty"
    exit 1
  }}
}}

)";

std::string memories_tcl(const std::vector<std::string>& sources) {
  const std::string folder = kPackedSources;
  std::string names;
  for (const auto& source : sources) {
    if (source.ends_with(".mem")) names += "  " + source.substr(folder.size()) + "\n";
  }
  if (names.empty()) return "";
  return fmt::format(kMemories, fmt::arg("names", names), fmt::arg("src", folder));
}

/// Parameters of the memory bus, from the constants of its RTL.
std::string bus_parameters(const Kernel& kernel) {
  std::string text;
  for (const auto& [name, value] : {std::pair{"MAX_BURST_LENGTH", kernel.options.burst_words},
                                    std::pair{"NUM_READ_OUTSTANDING", kernel.read_bursts()},
                                    std::pair{"NUM_WRITE_OUTSTANDING", kernel.options.write_bursts},
                                    std::pair{"SUPPORTS_NARROW_BURST", 0}}) {
    text += fmt::format(
        "set parameter [ipx::add_bus_parameter -quiet {} $bus]\nset_property value {} "
        "$parameter\nset_property value_source constant $parameter\n",
        name, value);
  }
  return text;
}

}  // namespace

std::string package_tcl(const Kernel& kernel, const Packing& packing) {
  return fmt::format(kPackage, fmt::arg("stamp", packing.stamp), fmt::arg("kernel", kernel.name),
                     fmt::arg("part", packing.part), fmt::arg("sources", listed(packing.sources)),
                     fmt::arg("constraints", packing.slr_constraints ? kConstraints : ""),
                     fmt::arg("control", kControlBus), fmt::arg("memory", kMemoryBus),
                     fmt::arg("bus", bus_parameters(kernel)),
                     fmt::arg("hertz", static_cast<int64_t>(packing.freq_mhz * 1e6)),
                     fmt::arg("memories", memories_tcl(packing.sources)),
                     fmt::arg("range", 1 << kControlAddressBits),
                     fmt::arg("registers", registers_tcl()));
}

}  // namespace mase::fpga
