// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/timing.h"

#include <algorithm>
#include <optional>

#include "gen/base/error.h"

namespace mase::synth {

namespace {

/// What a pin belongs to, as far as the delay of a net depends on it.
enum class Kind { kLut, kMux, kCarryIn, kCarrySum, kCarryData, kFlipFlopD, kRam, kDsp, kOther };

/// A part of a cell whose outputs follow its inputs. RAMs have one for each read port.
struct Element {
  const NetlistCell* cell = nullptr;
  Kind kind = Kind::kOther;
  std::vector<Net> in, out;
};

struct Endpoint {
  Net net = kNone;
  Kind kind = Kind::kOther;
  double setup_ps = 0;
  const NetlistCell* cell = nullptr;  ///< nullptr: the port
  const NetlistPort* port = nullptr;
};

struct Arrival {
  double ps = 0;          ///< at the driver's output
  Net from = kNone;       ///< net before the driver; kNone: a register or port
  double logic_ps = 0;    ///< of the driver
  double from_ps = 0;     ///< of the net before it
  std::string_view type;  ///< of the driver
};

bool starts(std::string_view text, std::string_view with) { return text.starts_with(with); }

bool is_clock(std::string_view pin) {
  return pin == "C" || pin == "CLK" || pin == "WCLK" || pin == "CLKARDCLK" || pin == "CLKBWRCLK";
}

class Analysis {
 public:
  Analysis(const Netlist& netlist, const Delays& delays, Corner corner)
      : netlist_(netlist),
        d_(delays),
        corner_(corner),
        arrival_(static_cast<size_t>(netlist.nets)),
        driver_(arrival_.size(), Kind::kOther),
        fanout_(arrival_.size(), 0),
        chain_only_(arrival_.size(), true) {
    for (const auto& cell : netlist.cells) count_fanout(cell);
    for (const auto& port : netlist.ports) {
      for (const Net net : port.bits) {
        if (net == kNone) continue;
        if (port.is_input) {
          if (port.name != "clk_i") launch(net, d_.ff_clock_to_q, "input port");
        } else {
          ++fanout_[index(net)];
          chain_only_[index(net)] = false;
          endpoints_.push_back({net, Kind::kOther, d_.ff_setup_d, nullptr, &port});
        }
      }
    }
    for (const auto& cell : netlist.cells) add_cell(cell);
  }

  Path run() {
    propagate();
    Path worst;
    const Endpoint* at = nullptr;
    for (const auto& endpoint : endpoints_) {
      const auto& arrival = arrival_[index(endpoint.net)];
      if (!arrival) continue;
      const double ps =
          arrival->ps + net_ps(endpoint.net, endpoint.kind) + endpoint.setup_ps + d_.uncertainty;
      if (ps <= worst.delay_ps) continue;
      worst.delay_ps = ps;
      at = &endpoint;
    }
    if (at) worst.steps = trace(*at);
    return worst;
  }

 private:
  static size_t index(Net net) { return static_cast<size_t>(net); }

  void count_fanout(const NetlistCell& cell) {
    for (const auto& pins : cell.pins) {
      if (is_clock(pins.name) || is_output(cell, pins.name)) continue;
      for (const Net net : pins.bits) {
        if (net == kNone) continue;
        ++fanout_[index(net)];
        if (pins.name != "CI") chain_only_[index(net)] = false;
      }
    }
  }

  static bool is_output(const NetlistCell& cell, const std::string& pin) {
    if (cell.type == "CARRY4") return pin == "O" || pin == "CO";
    if (starts(cell.type, "RAMB")) return starts(pin, "DOUT") || starts(pin, "CASDOUT");
    if (starts(cell.type, "RAM")) {
      return starts(pin, "DO") || pin == "DPO" || pin == "SPO" || pin == "O";
    }
    if (starts(cell.type, "SRL")) return pin == "Q" || pin == "Q31";
    if (starts(cell.type, "DSP")) return pin == "P" || starts(pin, "PCOUT");
    return pin == "O" || pin == "Q";
  }

  void launch(Net net, double ps, std::string_view type) {
    if (net != kNone) arrival_[index(net)] = Arrival{ps, kNone, ps, 0, type};
  }
  void launch(const std::vector<Net>& nets, double ps, const NetlistCell& cell) {
    for (const Net net : nets) launch(net, ps, cell.type);
  }
  void end(const NetlistCell& cell, const std::vector<Net>& nets, double setup, Kind kind) {
    for (const Net net : nets) {
      if (net != kNone) endpoints_.push_back({net, kind, setup, &cell, nullptr});
    }
  }
  void element(const NetlistCell& cell, Kind kind, std::vector<Net> in, std::vector<Net> out) {
    for (const Net net : out) {
      if (net != kNone) driver_[index(net)] = kind;
    }
    elements_.push_back({&cell, kind, std::move(in), std::move(out)});
  }

  void add_cell(const NetlistCell& cell) {
    const std::string& type = cell.type;
    if (starts(type, "LUT")) {
      std::vector<Net> in;
      for (const auto& pins : cell.pins) {
        if (pins.name[0] == 'I') in.insert(in.end(), pins.bits.begin(), pins.bits.end());
      }
      element(cell, Kind::kLut, in, cell.at("O"));
    } else if (type == "INV") {
      element(cell, Kind::kLut, cell.at("I"), cell.at("O"));
    } else if (starts(type, "MUXF")) {
      std::vector<Net> in;
      for (const char* pin : {"I0", "I1", "S"})
        in.insert(in.end(), cell.at(pin).begin(), cell.at(pin).end());
      element(cell, Kind::kMux, in, cell.at("O"));
    } else if (type == "CARRY4") {
      add_carry(cell);
    } else if (starts(type, "FD")) {
      launch(cell.at("Q"), d_.ff_clock_to_q, cell);
      end(cell, cell.at("D"), d_.ff_setup_d, Kind::kFlipFlopD);
      end(cell, cell.at("CE"), d_.ff_setup_ce, Kind::kOther);
      for (const char* pin : {"R", "S", "CLR", "PRE"})
        end(cell, cell.at(pin), d_.ff_setup_r, Kind::kOther);
    } else if (starts(type, "RAMB")) {
      add_block_ram(cell);
    } else if (starts(type, "RAM") || starts(type, "SRL")) {
      add_lut_ram(cell);
    } else if (starts(type, "DSP48")) {
      std::vector<Net> in = cell.at("A");  // 30 bits of A, then B
      in.insert(in.end(), cell.at("B").begin(), cell.at("B").end());
      element(cell, Kind::kDsp, in, cell.at("P"));
    } else {
      MASE_CHECK(false, "no delays for the cell {} ({})", type, cell.name);
    }
  }

  void add_carry(const NetlistCell& cell) {
    // CI or CYINIT, of which one is constant; then S and DI.
    std::vector<Net> in = {kNone};
    for (const char* pin : {"CI", "CYINIT"}) {
      for (const Net net : cell.at(pin)) {
        if (net != kNone) in[0] = net;
      }
    }
    const auto add = [](std::vector<Net>& to, std::vector<Net> bits) {
      bits.resize(4, kNone);
      to.insert(to.end(), bits.begin(), bits.end());
    };
    add(in, cell.at("S"));
    add(in, cell.at("DI"));
    std::vector<Net> out;
    add(out, cell.at("O"));
    add(out, cell.at("CO"));
    element(cell, Kind::kCarryIn, in, out);
  }

  void add_block_ram(const NetlistCell& cell) {
    for (const auto& pins : cell.pins) {
      if (is_clock(pins.name)) continue;
      if (starts(pins.name, "DOUT")) {
        launch(pins.bits, d_.bram_clock_to_o, cell);
      } else if (!is_output(cell, pins.name)) {
        const bool address = starts(pins.name, "ADDR");
        end(cell, pins.bits, address ? d_.bram_setup_address : d_.bram_setup_enable, Kind::kRam);
      }
    }
  }

  /// Distributed RAM: every read port follows its address like a LUT; what is written shows a
  /// clock-to-output later. Addresses are taken as those of writes too.
  void add_lut_ram(const NetlistCell& cell) {
    std::vector<Net> all_address;
    for (const auto& pins : cell.pins) {
      if (starts(pins.name, "A") || starts(pins.name, "DPRA")) {
        all_address.insert(all_address.end(), pins.bits.begin(), pins.bits.end());
        end(cell, pins.bits, d_.lutram_setup_address, Kind::kRam);
      } else if (starts(pins.name, "DI") || pins.name == "D") {
        end(cell, pins.bits, d_.lutram_setup_data, Kind::kRam);
      } else if (pins.name == "WE" || pins.name == "CE") {
        end(cell, pins.bits, d_.lutram_setup_enable, Kind::kRam);
      }
    }
    for (const auto& pins : cell.pins) {
      if (!is_output(cell, pins.name)) continue;
      launch(pins.bits, d_.lutram_clock_to_o, cell);
      // DOA follows ADDRA; single ports follow A or DPRA.
      const auto& own = cell.at("ADDR" + pins.name.substr(pins.name.size() - 1));
      element(cell, Kind::kRam, own.empty() ? all_address : own, pins.bits);
    }
  }

  double by_fanout(int64_t fanout) const {
    size_t c = 0;
    while (c < d_.fanout.size() && fanout > d_.fanout[c]) ++c;
    switch (corner_) {
      case Corner::kPessimistic: return d_.net_p90[c];
      case Corner::kOptimistic: return d_.net_median[c] * d_.optimistic_factor;
      default: return d_.net_median[c];
    }
  }

  double net_ps(Net net, Kind sink) const {
    const Kind driver = driver_[index(net)];
    const int64_t fanout = fanout_[index(net)];
    if (sink == Kind::kCarryIn && driver == Kind::kCarryIn) return d_.carry_cascade;
    if (fanout == 1) {
      if (driver == Kind::kLut && sink == Kind::kFlipFlopD) return d_.lut_to_ff;
      if (driver == Kind::kLut && sink == Kind::kCarrySum) return d_.lut_to_carry;
      if (driver == Kind::kLut && sink == Kind::kMux) return d_.lut_to_mux;
      if (driver == Kind::kMux && sink == Kind::kMux) return d_.lut_to_mux;
      if (driver == Kind::kMux && sink == Kind::kFlipFlopD) return d_.mux_to_ff;
      if (driver == Kind::kCarryIn && sink == Kind::kFlipFlopD) return d_.carry_to_ff;
    }
    return by_fanout(fanout);
  }

  void arrive(const Element& e, Net out, Net in, Kind sink, double logic) {
    if (out == kNone || in == kNone || !arrival_[index(in)]) return;
    const double wire = net_ps(in, sink);
    const double ps = arrival_[index(in)]->ps + wire + logic;
    auto& known = arrival_[index(out)];
    if (!known || ps > known->ps) known = Arrival{ps, in, logic, wire, e.cell->type};
  }

  void evaluate(const Element& e) {
    switch (e.kind) {
      case Kind::kLut:
      case Kind::kRam: evaluate_lut(e); break;
      case Kind::kMux:
        for (const Net in : e.in) arrive(e, e.out[0], in, Kind::kMux, d_.mux);
        break;
      case Kind::kDsp:
        for (const Net out : e.out) {
          for (size_t i = 0; i < e.in.size(); ++i)
            arrive(e, out, e.in[i], Kind::kDsp, i < 30 ? d_.dsp_a_to_p : d_.dsp_b_to_p);
        }
        break;
      default: evaluate_carry(e);
    }
  }

  /// The router swaps pins: the latest input gets the fastest.
  void evaluate_lut(const Element& e) {
    std::vector<std::pair<double, Net>> inputs;
    for (const Net in : e.in) {
      if (in == kNone || !arrival_[index(in)]) continue;
      inputs.emplace_back(arrival_[index(in)]->ps + net_ps(in, e.kind), in);
    }
    std::sort(inputs.begin(), inputs.end());
    const size_t first = d_.lut.size() - std::min(inputs.size(), d_.lut.size());
    for (const Net out : e.out) {
      for (size_t i = 0; i < inputs.size(); ++i)
        arrive(e, out, inputs[i].second, e.kind, d_.lut[std::min(first + i, d_.lut.size() - 1)]);
    }
  }

  void evaluate_carry(const Element& e) {
    for (size_t o = 0; o < 8; ++o) {
      const Net out = e.out[o];
      if (out == kNone) continue;
      // CO0 to CO2 are a little faster than the next sum bit, which stands for them.
      const size_t column = o < 4 ? o : std::min<size_t>(o - 3, 4);
      const bool goes_on = o == 7 && chain_only_[index(out)];
      arrive(e, out, e.in[0], Kind::kCarryIn, goes_on ? d_.carry_chain : d_.carry_ci[column]);
      for (size_t bit = 0; bit < 4; ++bit) {
        if (d_.carry_s[bit][column] > 0)
          arrive(e, out, e.in[1 + bit], Kind::kCarrySum, d_.carry_s[bit][column]);
        if (d_.carry_di[bit][column] > 0)
          arrive(e, out, e.in[5 + bit], Kind::kCarryData, d_.carry_di[bit][column]);
      }
    }
  }

  void propagate() {
    std::vector<std::vector<size_t>> readers(arrival_.size());
    std::vector<int32_t> missing(elements_.size(), 0), drivers(arrival_.size(), 0);
    for (const auto& e : elements_) {
      for (const Net net : e.out) {
        if (net != kNone) ++drivers[index(net)];
      }
    }
    for (size_t i = 0; i < elements_.size(); ++i) {
      for (const Net net : elements_[i].in) {
        if (net == kNone || drivers[index(net)] == 0) continue;
        readers[index(net)].push_back(i);
        ++missing[i];
      }
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < elements_.size(); ++i) {
      if (missing[i] == 0) ready.push_back(i);
    }
    size_t done = 0;
    for (; done < ready.size(); ++done) {
      const Element& e = elements_[ready[done]];
      evaluate(e);
      for (const Net net : e.out) {
        if (net == kNone) continue;
        for (const size_t reader : readers[index(net)]) {
          if (--missing[reader] == 0) ready.push_back(reader);
        }
      }
    }
    if (done == elements_.size()) return;
    const auto stuck =
        std::find_if(missing.begin(), missing.end(), [](int32_t m) { return m > 0; });
    MASE_CHECK(false, "combinational loop through {}",
               elements_[static_cast<size_t>(stuck - missing.begin())].cell->name);
  }

  /// A register is called as what it drives.
  PathStep last_step(const Endpoint& endpoint) const {
    if (endpoint.port) return {"output port", endpoint.port->name, endpoint.setup_ps, 0, 0};
    PathStep step{endpoint.cell->type, endpoint.cell->name, endpoint.setup_ps, 0, 0};
    for (const Net net : endpoint.cell->at("Q")) {
      if (const auto name = netlist_.names.find(net); name != netlist_.names.end())
        step.name = name->second;
    }
    return step;
  }

  std::vector<PathStep> trace(const Endpoint& endpoint) const {
    std::vector<PathStep> steps = {last_step(endpoint)};
    double wire = net_ps(endpoint.net, endpoint.kind);
    for (Net net = endpoint.net; net != kNone;) {
      const Arrival& a = *arrival_[index(net)];
      const auto name = netlist_.names.find(net);
      steps.push_back({std::string(a.type), name == netlist_.names.end() ? "" : name->second,
                       a.logic_ps, wire, fanout_[index(net)]});
      wire = a.from_ps;
      net = a.from;
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

  const Netlist& netlist_;
  const Delays& d_;
  Corner corner_;
  std::vector<std::optional<Arrival>> arrival_;
  std::vector<Kind> driver_;
  std::vector<int64_t> fanout_;
  std::vector<bool> chain_only_;  ///< read by carry inputs alone
  std::vector<Element> elements_;
  std::vector<Endpoint> endpoints_;
};

}  // namespace

Path critical_path(const Netlist& netlist, const Delays& delays, Corner corner) {
  return Analysis(netlist, delays, corner).run();
}

}  // namespace mase::synth
