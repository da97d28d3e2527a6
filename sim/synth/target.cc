// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/target.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

#include "embedded/targets.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::synth {

namespace {

/// One table of a target file; every key is needed, and no other may be there.
class Reader {
 public:
  Reader(const toml::table& table, std::string file, std::string path)
      : table_(table), file_(std::move(file)), path_(std::move(path)) {}

  double number(const char* key) {
    const toml::node& node = need(key);
    const auto value = node.value<double>();
    if (!value || !(*value >= 0) || *value > 1e12) fail(key, &node, "a number of at least 0");
    return *value;
  }
  double positive(const char* key) {
    const double value = number(key);
    if (value == 0) fail(key, table_.get(key), "a number above 0");
    return value;
  }
  int64_t count(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_integer() || *node.value<int64_t>() < 1) fail(key, &node, "an integer above 0");
    return *node.value<int64_t>();
  }
  std::string text(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_string() || node.as_string()->get().empty()) fail(key, &node, "a text");
    return node.as_string()->get();
  }
  /// `size` 0: any but none.
  std::vector<double> numbers(const char* key, size_t size) {
    return numbers_of(need(key), key, size);
  }
  template <size_t N>
  std::array<double, N> row(const char* key) {
    std::array<double, N> out;
    const auto values = numbers(key, N);
    std::copy(values.begin(), values.end(), out.begin());
    return out;
  }
  template <size_t R, size_t C>
  std::array<std::array<double, C>, R> matrix(const char* key) {
    const toml::node& node = need(key);
    const toml::array* rows = node.as_array();
    if (!rows || rows->size() != R) fail(key, &node, fmt::format("{} rows of {} numbers", R, C));
    std::array<std::array<double, C>, R> out;
    for (size_t r = 0; r < R; ++r) {
      const auto values = numbers_of(*rows->get(r), key, C);
      std::copy(values.begin(), values.end(), out[r].begin());
    }
    return out;
  }
  Reader table(const char* key) {
    const toml::node& node = need(key);
    if (!node.is_table()) fail(key, &node, "a table");
    return {*node.as_table(), file_, key};
  }
  void finish() const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      throw UserError("Y012", fmt::format("unknown key '{}'", full(name)), place(&node),
                      nearest_help(name, asked_));
    }
  }
  [[noreturn]] void fail(const std::string& key, const toml::node* node,
                         const std::string& wants) const {
    throw UserError("Y012", fmt::format("{} wants {}", full(key), wants), place(node),
                    "configs/targets/xcu250.toml shows every key");
  }

 private:
  const toml::node& need(const char* key) {
    asked_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (!node) {
      throw UserError("Y012", fmt::format("the key '{}' is missing", full(key)), place(nullptr),
                      "configs/targets/xcu250.toml shows every key");
    }
    return *node;
  }
  std::vector<double> numbers_of(const toml::node& node, const char* key, size_t size) const {
    const std::string wants = size == 0 ? std::string("a list of numbers of at least 0")
                                        : fmt::format("{} numbers of at least 0", size);
    const toml::array* array = node.as_array();
    if (!array || array->empty() || (size != 0 && array->size() != size)) fail(key, &node, wants);
    std::vector<double> values;
    for (const auto& item : *array) {
      const auto value = item.value<double>();
      if (!value || !(*value >= 0)) fail(key, &node, wants);
      values.push_back(*value);
    }
    return values;
  }
  std::string full(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  std::string place(const toml::node* node) const {
    const auto line = (node ? node->source() : table_.source()).begin.line;
    return line == 0 ? file_ : fmt::format("{}:{}", file_, line);
  }

  const toml::table& table_;
  std::string file_, path_;
  std::vector<std::string> asked_;
};

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
  Target target;
  target.name = top.text("name");
  target.part = top.text("part");
  target.yosys_family = top.text("yosys_family");
  if (target.yosys_family != "xcup") {
    top.fail("yosys_family", table.get("yosys_family"),
             "\"xcup\": counts, delays and netlist models are those of UltraScale+");
  }
  // The number of SLRs stands with the device's capacity.
  toml::table device_table;
  if (const toml::table* given = table["device"].as_table()) device_table = *given;
  Reader device = top.table("device");
  target.slrs = static_cast<int>(device.count("slrs"));
  device_table.erase("slrs");
  target.device = read_capacity(Reader(device_table, file, "device"));
  target.slr = read_capacity(top.table("slr"));
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

Target load_target(const std::string& name_or_file) {
  if (name_or_file.ends_with(".toml")) return parse_target(read_file(name_or_file), name_or_file);
  for (const auto& file : embedded::targets()) {
    const std::string name = "configs/targets/" + std::string(file.name);
    if (stem(file.name) == name_or_file) return parse_target(std::string(file.content), name);
    const Target target = parse_target(std::string(file.content), name);
    if (target.part == name_or_file) return target;
  }
  throw UserError(
      "Y010", fmt::format("no target '{}'", name_or_file), {},
      fmt::format("{}, or a file that ends in .toml", nearest_help(name_or_file, target_names())));
}

}  // namespace mase::synth
