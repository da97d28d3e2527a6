// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/target.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "embedded/targets.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/synth/target_reader.h"

namespace mase::synth {

namespace {

using Reader = TargetReader;

Capacity read_capacity(Reader table) {
  Capacity c;
  c.resources = {table.count("lut"), table.count("ff"), table.count("dsp"),
                 static_cast<double>(table.count("bram36"))};
  c.carry8 = table.count("carry8");
  c.uram = table.count("uram");
  table.finish();
  return c;
}

void read_delays(Reader t, Delays& d) {
  d.lut = t.row<6>("lut_ps");
  d.ff_clock_to_q = t.number("ff_clock_to_q_ps");
  d.ff_setup_d = t.number("ff_setup_d_ps");
  d.ff_setup_ce = t.number("ff_setup_ce_ps");
  d.ff_setup_r = t.number("ff_setup_r_ps");
  d.mux = t.number("mux_ps");
  d.carry_s = t.matrix<4, 5>("carry_s_ps");
  d.carry_di = t.matrix<4, 5>("carry_di_ps");
  d.carry_ci = t.row<5>("carry_ci_ps");
  d.carry_chain = t.number("carry_chain_ps");
  d.carry_cascade = t.number("carry_cascade_ps");
  d.lutram_clock_to_o = t.number("lutram_clock_to_o_ps");
  d.lutram_setup_address = t.number("lutram_setup_address_ps");
  d.lutram_setup_data = t.number("lutram_setup_data_ps");
  d.lutram_setup_enable = t.number("lutram_setup_enable_ps");
  d.bram_clock_to_o = t.number("bram_clock_to_o_ps");
  d.bram_setup_address = t.number("bram_setup_address_ps");
  d.bram_setup_enable = t.number("bram_setup_enable_ps");
  d.dsp_a_to_p = t.number("dsp_a_to_p_ps");
  d.dsp_b_to_p = t.number("dsp_b_to_p_ps");
  d.uncertainty = t.number("uncertainty_ps");
  t.finish();
}

void read_nets(Reader t, Delays& d) {
  for (const double end : t.numbers("fanout", 0)) d.fanout.push_back(static_cast<int64_t>(end));
  for (size_t i = 1; i < d.fanout.size(); ++i) {
    if (d.fanout[i] <= d.fanout[i - 1]) t.fail("fanout", nullptr, "ends that grow");
  }
  d.net_median = t.numbers("median_ps", d.fanout.size() + 1);
  d.net_p90 = t.numbers("p90_ps", d.fanout.size() + 1);
  d.optimistic_factor = t.positive("optimistic_factor");
  if (d.optimistic_factor > 1) t.fail("optimistic_factor", nullptr, "a number from 0 to 1");
  d.lut_to_ff = t.number("lut_to_ff_ps");
  d.lut_to_carry = t.number("lut_to_carry_ps");
  d.lut_to_mux = t.number("lut_to_mux_ps");
  d.carry_to_ff = t.number("carry_to_ff_ps");
  d.mux_to_ff = t.number("mux_to_ff_ps");
  t.finish();
}

std::string stem(std::string_view file_name) {
  return std::string(file_name.substr(0, file_name.find('.')));
}

}  // namespace

Target parse_target(const std::string& text, const std::string& file) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    throw UserError("Y011", fmt::format("not valid TOML: {}", error.description()),
                    fmt::format("{}:{}", file, error.source().begin.line));
  }
  Reader top(table, file, "");
  for (const char* key : {"board", "vivado", "vitis"}) top.leave(key);  // read by fpga/flow
  Target target;
  target.name = top.text("name");
  target.part = top.text("part");
  target.yosys_family = top.text("yosys_family");
  if (target.yosys_family != "xcup") {
    top.fail("yosys_family", table.get("yosys_family"),
             "\"xcup\" here: counts, delays and netlist models are those of UltraScale+ (mase-gen "
             "bitstream takes other families)");
  }
  // The number of SLRs stands with the device's capacity.
  toml::table device_table;
  if (const toml::table* given = table["device"].as_table()) device_table = *given;
  Reader device = top.table("device");
  target.slrs = static_cast<int>(device.count("slrs"));
  device_table.erase("slrs");
  target.device = read_capacity(Reader(device_table, file, "device"));
  toml::table slr_table;
  if (const toml::table* given = table["slr"].as_table()) slr_table = *given;
  Reader slr = top.table("slr");
  if (target.slrs > 1) target.super_long_lines = slr.count("super_long_lines");
  slr_table.erase("super_long_lines");
  target.slr = read_capacity(Reader(slr_table, file, "slr"));
  Reader clocks = top.table("clocks");
  target.board_mhz = clocks.positive("board_mhz");
  target.bufg_max_mhz = clocks.positive("bufg_max_mhz");
  target.bram_max_mhz = clocks.positive("bram_max_mhz");
  target.dsp_max_mhz = clocks.positive("dsp_max_mhz");
  clocks.finish();
  read_delays(top.table("delays"), target.delays);
  read_nets(top.table("nets"), target.delays);
  top.finish();
  return target;
}

arch::AdderDelays adder_delays(const Target& target) {
  const Delays& d = target.delays;
  arch::AdderDelays a;
  a.clock_to_q = d.ff_clock_to_q;
  a.setup = d.ff_setup_d;
  a.setup_reset = d.ff_setup_r;
  a.setup_enable = std::max(d.ff_setup_ce, d.lutram_setup_enable);
  a.shift_clock_to_q = d.lutram_clock_to_o;
  a.shift_setup = d.lutram_setup_data;
  a.lut_slow = d.lut.front();
  a.lut_second = d.lut[4];
  a.lut_fast = d.lut[5];
  a.lut_to_carry = d.lut_to_carry;
  a.lut_to_ff = d.lut_to_ff;
  a.carry_to_ff = d.carry_to_ff;
  for (const auto& row : d.carry_s) a.carry_s.insert(a.carry_s.end(), row.begin(), row.end());
  a.carry_ci.assign(d.carry_ci.begin(), d.carry_ci.begin() + 4);
  a.carry_chain = d.carry_chain;
  a.carry_cascade = d.carry_cascade;
  a.uncertainty = d.uncertainty;
  a.fanout = d.fanout;
  a.net = d.net_median;
  a.clock_mhz = target.bufg_max_mhz;
  return a;
}

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const auto& file : embedded::targets()) names.push_back(stem(file.name));
  return names;
}

TargetFile find_target(const std::string& name_or_file) {
  if (name_or_file.ends_with(".toml")) return {read_file(name_or_file), name_or_file};
  for (const auto& file : embedded::targets()) {
    const TargetFile found{std::string(file.content), "configs/targets/" + std::string(file.name)};
    if (stem(file.name) == name_or_file) return found;
    const toml::table table = toml::parse(found.text, found.place);
    if (table["part"].value<std::string>() == name_or_file) return found;
  }
  throw UserError(
      "Y010", fmt::format("no target '{}'", name_or_file), {},
      fmt::format("{}, or a file that ends in .toml", nearest_help(name_or_file, target_names())));
}

Target load_target(const std::string& name_or_file) {
  const TargetFile file = find_target(name_or_file);
  return parse_target(file.text, file.place);
}

}  // namespace mase::synth
