// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/ooc_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace mase::fpga {

std::string wanted_period(double freq_mhz) {
  return fmt::format("{:.3f}", std::floor(1e6 / freq_mhz + 1e-6) / 1000);
}

std::vector<Wanted> wanted_ooc(const FlowFile& flow, const VivadoTarget& target,
                               const VivadoOptions& asked) {
  const std::string of_target = "the target " + target.name, fixed = "every build";
  const std::string synth = "synth_design";
  std::vector<Wanted> wanted = {{"create_project -in_memory -part", target.part, of_target},
                                {"read_xdc clocks.xdc -mode", "out_of_context", fixed},
                                {"create_clock clk_i -period", wanted_period(asked.freq_mhz),
                                 fmt::format("{:g} MHz were asked for", asked.freq_mhz)},
                                {"create_clock clk_i -name", "clk", fixed},
                                {synth + " -top", flow.top, "flow.json"},
                                {synth + " -part", target.part, of_target},
                                {synth + " -mode", "out_of_context", fixed},
                                {synth + " -flatten_hierarchy", "rebuilt", fixed},
                                {synth + " -include_dirs", "rtl", fixed}};
  const auto want = [&](const std::string& key, const std::string& value,
                        const std::string& source) {
    wanted.push_back({key, value, source});
  };
  for (const auto& source : flow.sources) want("read_verilog -sv " + source, "", "flow.json");
  for (const auto& memory : flow.memories) want("read_mem " + memory, "", "flow.json");
  for (const char* id : {"Synth 8-4445", "Synth 8-2898"})  // a ROM without its words
    want(fmt::format("set_msg_config -id {} -new_severity", id), "ERROR", fixed);
  want("write_verilog -force reports/netlist.v -mode", "funcsim", fixed);
  if (asked.synth_only) return wanted;

  want("get_sites -quiet " + target.ooc_clock_site, "", of_target);
  want("HD.CLK_SRC of clk_i", target.ooc_clock_site, of_target);
  for (const char* step :
       {"opt_design", "place_design", "phys_opt_design", "route_design", "phys_opt_design"})
    want(step, "", fixed);
  const auto pblock = [&](const std::string& name, const std::string& slr,
                          const std::string& source) {
    want("create_pblock " + name, "", fixed);
    want(fmt::format("resize_pblock {} -add", name), slr, source);
  };
  if (flow.slrs.empty()) {
    pblock("pblock_core", target.slr_pblocks.at(static_cast<size_t>(asked.slr)),
           fmt::format("--slr {}", asked.slr));
    want("add_cells_to_pblock -top pblock_core", "", fixed);
  }
  for (const auto& part : flow.slrs) {
    const std::string name = "pblock_" + part.slr;
    pblock(name, part.slr, "flow.json");
    want(fmt::format("add_cells_to_pblock {} {}", name, fmt::join(part.cells, " ")), "",
         "flow.json");
  }
  want("write_checkpoint -force checkpoints/routed.dcp", "", fixed);
  return wanted;
}

}  // namespace mase::fpga
