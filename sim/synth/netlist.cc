// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/netlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "gen/base/error.h"

namespace mase::synth {

namespace {

const std::vector<Net> kNoPins;

/// What a name that Yosys made up says of the design: "$\\u_a.store$rdreg[0]$q" tells of u_a.store,
/// "$flatten\\u_a.\\u_b.$mul$..." of u_a.u_b. Other names stay; empty: nothing, as in "$auto$12".
std::string told_by(const std::string& name) {
  if (!name.starts_with('$')) return name;
  const size_t begin = name.find('\\');
  if (begin == std::string::npos) return "";
  std::string told = name.substr(begin, name.find('$', begin) - begin);
  std::erase(told, '\\');
  while (told.ends_with('.')) told.pop_back();
  return told;
}

/// Sets of nets that are one.
class Union {
 public:
  explicit Union(int32_t size) : parent_(static_cast<size_t>(size)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  Net find(Net net) {
    while (parent_[static_cast<size_t>(net)] != net) {
      auto& up = parent_[static_cast<size_t>(net)];
      up = parent_[static_cast<size_t>(up)];
      net = up;
    }
    return net;
  }
  void join(Net a, Net b) {
    if (a == kNone || b == kNone) return;  // a constant drives nothing that has a delay
    parent_[static_cast<size_t>(find(b))] = find(a);
  }

 private:
  std::vector<Net> parent_;
};

}  // namespace

const std::vector<Net>& NetlistCell::at(std::string_view pin) const {
  for (const auto& p : pins) {
    if (p.name == pin) return p.bits;
  }
  return kNoPins;
}

const std::vector<Net>& Netlist::port(std::string_view name) const {
  for (const auto& p : ports) {
    if (p.name == name) return p.bits;
  }
  MASE_CHECK(false, "the netlist has no port {}", name);
}

std::map<std::string, int64_t> Netlist::count() const {
  std::map<std::string, int64_t> cells_by_type;
  for (const auto& cell : cells) ++cells_by_type[cell.type];
  return cells_by_type;
}

Netlist read_netlist(const std::string& json, const std::string& top) {
  Netlist netlist;
  try {
    const auto module = nlohmann::json::parse(json).at("modules").at(top);
    std::map<int64_t, Net> numbers;
    const auto bits_of = [&](const nlohmann::json& bits) {
      std::vector<Net> out;
      for (const auto& bit : bits) {
        if (bit.is_string()) {
          out.push_back(kNone);
          continue;
        }
        const auto [it, fresh] = numbers.emplace(bit.get<int64_t>(), netlist.nets);
        if (fresh) ++netlist.nets;
        out.push_back(it->second);
      }
      return out;
    };
    for (const auto& [name, port] : module.at("ports").items()) {
      NetlistPort p;
      p.name = name;
      p.bits = bits_of(port.at("bits"));
      p.is_input = port.at("direction") == "input";
      netlist.ports.push_back(std::move(p));
    }
    for (const auto& [name, cell] : module.at("cells").items()) {
      NetlistCell c;
      c.name = told_by(name).empty() ? name : told_by(name);
      c.type = cell.at("type");
      for (const auto& [pin, bits] : cell.at("connections").items())
        c.pins.push_back({pin, bits_of(bits)});
      netlist.cells.push_back(std::move(c));
    }
    std::map<Net, std::string> made_up;
    for (const auto& [name, net] : module.at("netnames").items()) {
      const std::string told = told_by(name);
      if (told.empty()) continue;
      const auto bits = bits_of(net.at("bits"));
      for (size_t i = 0; i < bits.size(); ++i) {
        if (bits[i] == kNone) continue;
        const std::string full = bits.size() == 1 ? told : fmt::format("{}[{}]", told, i);
        auto& known = (name.starts_with('$') ? made_up : netlist.names)[bits[i]];
        // Of several names the shortest says most: a port, a register.
        if (known.empty() || full.size() < known.size()) known = full;
      }
    }
    netlist.names.merge(made_up);  // for nets that have no other
  } catch (const nlohmann::json::exception& error) {
    MASE_CHECK(false, "not a netlist of module {}: {}", top, error.what());
  }
  return netlist;
}

Netlist join_chain(const std::vector<const Netlist*>& chain,
                   const std::vector<std::string>& names) {
  MASE_CHECK(!chain.empty() && chain.size() == names.size(), "a chain without netlists");
  std::vector<Net> offset;
  int32_t total = 0;
  for (const Netlist* netlist : chain) {
    offset.push_back(total);
    total += netlist->nets;
  }
  Union same(total);
  const auto join = [&](size_t a, const char* port_a, size_t b, const char* port_b) {
    const auto &x = chain[a]->port(port_a), &y = chain[b]->port(port_b);
    MASE_CHECK(x.size() == y.size(), "{}.{} and {}.{} differ in width", names[a], port_a, names[b],
               port_b);
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] != kNone && y[i] != kNone) same.join(offset[a] + x[i], offset[b] + y[i]);
    }
  };
  for (size_t i = 1; i < chain.size(); ++i) {
    join(i - 1, "out_valid_o", i, "in_valid_i");
    join(i - 1, "out_data_o", i, "in_data_i");
    join(i, "in_ready_o", i - 1, "out_ready_i");
    join(0, "clk_i", i, "clk_i");
    join(0, "rst_ni", i, "rst_ni");
  }
  Netlist all;
  all.nets = total;
  const auto moved = [&](size_t part, const std::vector<Net>& bits) {
    std::vector<Net> out;
    for (const Net bit : bits) out.push_back(bit == kNone ? kNone : same.find(offset[part] + bit));
    return out;
  };
  for (size_t i = 0; i < chain.size(); ++i) {
    for (const auto& cell : chain[i]->cells) {
      NetlistCell c{names[i] + "." + cell.name, cell.type, {}};
      for (const auto& pins : cell.pins) c.pins.push_back({pins.name, moved(i, pins.bits)});
      all.cells.push_back(std::move(c));
    }
    for (const auto& [net, name] : chain[i]->names)
      all.names.emplace(same.find(offset[i] + net), names[i] + "." + name);
    for (const auto& port : chain[i]->ports) {
      const bool in_side = port.name.starts_with("in_"), out_side = port.name.starts_with("out_");
      const bool outer = in_side ? i == 0 : out_side ? i + 1 == chain.size() : i == 0;
      if (!outer) continue;
      NetlistPort p;
      p.name = port.name;
      p.bits = moved(i, port.bits);
      p.is_input = port.is_input;
      all.ports.push_back(std::move(p));
    }
  }
  return all;
}

arch::Resources resources_of(const std::map<std::string, int64_t>& cells) {
  // What each takes of the eight LUTs of a SLICEM (UG574).
  static const std::map<std::string, int64_t> lutram = {
      {"RAM32M16", 8},  {"RAM64M8", 8},   {"RAM32M", 4},    {"RAM64M", 4},      {"RAM32X1D", 2},
      {"RAM64X1D", 2},  {"RAM128X1D", 4}, {"RAM256X1D", 8}, {"RAM32X1S", 1},    {"RAM64X1S", 1},
      {"RAM128X1S", 2}, {"RAM256X1S", 4}, {"RAM512X1S", 8}, {"RAM32X16DR8", 8}, {"RAM64X8SW", 8},
      {"SRL16E", 1},    {"SRLC32E", 1}};
  arch::Resources r;
  for (const auto& [type, number] : cells) {
    if (type.starts_with("LUT")) {
      r.lut += number;
    } else if (const auto it = lutram.find(type); it != lutram.end()) {
      r.lut += it->second * number;
    } else if (type.starts_with("FD")) {
      r.ff += number;
    } else if (type.starts_with("DSP48")) {
      r.dsp += number;
    } else if (type == "RAMB36E2") {
      r.bram36 += static_cast<double>(number);
    } else if (type == "RAMB18E2") {
      r.bram36 += 0.5 * static_cast<double>(number);
    } else {
      MASE_CHECK(!type.starts_with("RAM") && !type.starts_with("SRL") && !type.starts_with("URAM"),
                 "nobody counts the memory cell {}", type);
    }
  }
  return r;
}

int64_t carry8_of(const std::map<std::string, int64_t>& cells) {
  const auto it = cells.find("CARRY4");
  return it == cells.end() ? 0 : (it->second + 1) / 2;
}

}  // namespace mase::synth
