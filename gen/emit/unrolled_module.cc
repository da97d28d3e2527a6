// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/unrolled_module.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "gen/arch/unrolled_tables.h"
#include "gen/base/error.h"

namespace mase::emit {

namespace {

using arch::AdderWire;
using arch::Stage;
using arch::Unrolled;
using arch::UnrolledOutput;
using fixed::Wide;
using Kind = AdderWire::Kind;

std::string bits_range(int64_t bits) { return fmt::format("[{}:0]", bits - 1); }

/// The lower `width` bits of a number as a literal.
std::string literal(Wide value, int width, bool is_signed) {
  std::string digits;
  for (int at = 0; at < width; at += 4) {
    const int left = std::min(4, width - at);
    digits.push_back("0123456789abcdef"[static_cast<int>(value >> at) & ((1 << left) - 1)]);
  }
  std::reverse(digits.begin(), digits.end());
  return fmt::format("{}'{}h{}", width, is_signed ? "s" : "", digits);
}

std::string interval(Wide low, Wide high) {
  return fmt::format("[{}, {}]", fixed::to_string(low), fixed::to_string(high));
}

class Module {
 public:
  Module(const Stage& stage, std::string name)
      : s_(stage),
        u_(*stage.unrolled),
        wires_(stage.unrolled->graph.wires),
        module_(std::move(name)) {}

  std::string text(const std::string& stamp) {
    add_header(stamp);
    add_control();
    add_inputs();
    for (int segment = 1; segment <= u_.registers; ++segment) {
      if (u_.registers > 1)
        text_ += fmt::format("\n  // Segment {} of {}\n", segment, u_.registers);
      add_adders(segment);
      if (segment < u_.registers) add_registers(segment);
    }
    add_outputs();
    add_unused();
    text_ += "\n  `MASE_STABLE(a_out_stable, out_valid_o, out_ready_i, out_data_o)\n\nendmodule\n";
    return std::move(text_);
  }

 private:
  std::string registers_rule() const {
    if (s_.unroll.target_mhz)
      return fmt::format("registers for {:g} MHz by the target's delays", *s_.unroll.target_mhz);
    return fmt::format("a register after every {} at most", s_.unroll.adders_per_stage);
  }

  void add_header(const std::string& stamp) {
    text_ += fmt::format("// {}: {}, {} -> {}, all weights wired in.\n// {}\n//\n", module_,
                         fmt::join(s_.graph_nodes, " + "), s_.elements_in, s_.elements_out, stamp);
    text_ += fmt::format(
        "//   in : {} [{}], one beat a sample, lane 0 in the LSBs\n"
        "//   out: {} [{}], one beat a sample, lane 0 in the LSBs\n"
        "//   latency {}, initiation interval 1; out_ready_i -> in_ready_o is combinational\n"
        "//   {} adders, {} deep{}, {}\n"
        "// x: inputs, t: adders with the intervals they stay in, y: outputs; _qN: behind register "
        "N.\n// An adder reads (width, a, b, shift) and gives a +- b * 2^shift.\n"
        "`include \"mase_check.svh\"\n`include \"mase_adders.svh\"\n\n",
        to_string(s_.in), s_.elements_in, to_string(s_.out), s_.elements_out, u_.registers,
        u_.graph.adders(), u_.graph.depth(),
        u_.tables.empty() ? "" : fmt::format(", {} outputs are tables", u_.tables.size()),
        registers_rule());
    const std::string in = bits_range(s_.elements_in * s_.in.width);
    const std::string out = bits_range(s_.elements_out * s_.out.width);
    const size_t pad = std::max(in.size(), out.size());
    text_ += fmt::format(
        "module {0} (\n  input  logic {1:{4}} clk_i,\n  input  logic {1:{4}} rst_ni,\n\n"
        "  input  logic {1:{4}} in_valid_i,\n  output logic {1:{4}} in_ready_o,\n"
        "  input  logic {2:{4}} in_data_i,\n\n"
        "  output logic {1:{4}} out_valid_o,\n  input  logic {1:{4}} out_ready_i,\n"
        "  output logic {3:{4}} out_data_o\n);\n\n",
        module_, "", in, out, pad);
  }

  void add_control() {
    const std::string range = bits_range(u_.registers);
    text_ += fmt::format(
        "  // All registers move when the output is free or taken.\n"
        "  logic {0:{2}} advance, fire;\n  logic {1} valid_q;\n"
        "  assign advance     = out_ready_i || !out_valid_o;\n"
        "  assign in_ready_o  = advance;\n"
        "  assign fire        = in_valid_i && advance;\n"
        "  assign out_valid_o = valid_q[{3}];\n"
        "  always_ff @(posedge clk_i) begin\n"
        "    if (!rst_ni)      valid_q <= '0;\n"
        "    else if (advance) valid_q <= {4};\n  end\n\n",
        "", range, range.size(), u_.registers - 1,
        u_.registers == 1 ? std::string("in_valid_i")
                          : fmt::format("{{valid_q[{}:0], in_valid_i}}", u_.registers - 2));
    unused_.push_back("fire");  // for the simulator's probes
  }

  /// Wire w as segment `segment` reads it.
  std::string read(int w, int segment) const {
    const auto i = static_cast<size_t>(w);
    const AdderWire& wire = wires_[i];
    if (wire.kind == Kind::kConstant)
      return literal(wire.low, fixed::signed_width_for(wire.low, wire.high), true);
    const int behind = segment - 1;
    MASE_CHECK(u_.segment[i] <= segment && segment <= u_.last[i], "wire {} in segment {}", w,
               segment);
    return u_.segment[i] == segment ? name(i) : fmt::format("{}_q{}", name(i), behind);
  }

  std::string name(size_t w) const {
    return fmt::format("{}{}", wires_[w].kind == Kind::kInput ? 'x' : 't', w);
  }

  /// A declaration of the wire and of its registers.
  void declare(size_t w) {
    const AdderWire& wire = wires_[w];
    text_ += fmt::format("  logic {}{} {}", wire.is_signed() ? "signed " : "",
                         bits_range(wire.width()), name(w));
    for (int q = u_.segment[w]; q < u_.last[w]; ++q) text_ += fmt::format(", {}_q{}", name(w), q);
    text_ += ";\n";
  }

  void add_inputs() {
    std::vector<bool> is_read(wires_.size(), false);
    for (const AdderWire& wire : wires_) {
      if (wire.kind != Kind::kAdder) continue;
      is_read[static_cast<size_t>(wire.a)] = is_read[static_cast<size_t>(wire.b)] = true;
    }
    for (const UnrolledOutput& y : u_.outputs) {
      if (y.wire >= 0) is_read[static_cast<size_t>(y.wire)] = true;
      if (y.table < 0) continue;
      for (const int x : u_.tables[static_cast<size_t>(y.table)].inputs)
        is_read[static_cast<size_t>(x)] = true;
    }
    for (size_t i = 0; i < static_cast<size_t>(s_.elements_in); ++i) {
      const int64_t at = static_cast<int64_t>(i) * s_.in.width;
      const int width = is_read[i] ? wires_[i].width() : 0;
      const int zeros = width == 0 ? 0 : u_.zeros[i];
      if (zeros > 0) unused_.push_back(fmt::format("in_data_i[{}:{}]", at + zeros - 1, at));
      if (zeros + width < s_.in.width)
        unused_.push_back(
            fmt::format("in_data_i[{}:{}]", at + s_.in.width - 1, at + zeros + width));
      if (width == 0) continue;
      declare(i);
      text_ += fmt::format("  assign {} = in_data_i[{}:{}];\n", name(i), at + zeros + width - 1,
                           at + zeros);
    }
  }

  std::string sum(const AdderWire& wire, int segment) const {
    const AdderWire& a = wires_[static_cast<size_t>(wire.a)];
    const AdderWire& b = wires_[static_cast<size_t>(wire.b)];
    const std::string a_text = read(wire.a, segment), b_text = read(wire.b, segment);
    const int width = wire.width();
    if (!wire.negate_a && !wire.negate_b && !a.is_signed() && a.width() <= wire.shift &&
        a.kind != Kind::kConstant && b.kind != Kind::kConstant && b.width() <= width - wire.shift)
      return fmt::format("{{{}'({}), {}'({})}}", width - wire.shift, b_text, wire.shift, a_text);
    const int wide = std::max({width, a.width(), wire.shift + b.width()});
    const char* macro = wire.negate_a ? "SUB_FROM" : wire.negate_b ? "SUB" : "ADD";
    const std::string text =
        fmt::format("`MASE_{}({}, {}, {}, {})", macro, wide, a_text, b_text, wire.shift);
    return wide == width ? text : fmt::format("{}'({})", width, text);
  }

  void add_adders(int segment) {
    for (size_t w = 0; w < wires_.size(); ++w) {
      const AdderWire& wire = wires_[w];
      if (wire.kind != Kind::kAdder || u_.segment[w] != segment) continue;
      declare(w);
      text_ += fmt::format("  assign {} = {};  // {}\n", name(w), sum(wire, segment),
                           interval(wire.low, wire.high));
    }
  }

  void add_registers(int segment) {
    std::string moves;
    int64_t bits = 0;
    for (size_t w = 0; w < wires_.size(); ++w) {
      if (wires_[w].kind == Kind::kConstant || u_.segment[w] > segment || u_.last[w] <= segment)
        continue;
      bits += wires_[w].width();
      moves += fmt::format("      {}_q{} <= {};\n", name(w), segment,
                           read(static_cast<int>(w), segment));
    }
    if (moves.empty()) return;
    text_ += fmt::format(
        "\n  // Register {}: {} bits\n  always_ff @(posedge clk_i) begin\n    if (advance) begin\n"
        "{}    end\n  end\n",
        segment, bits, moves);
  }

  /// The clamped output; `full` is what rounding leaves, `width` bits.
  std::string clamped(const UnrolledOutput& y, const std::string& full, int width,
                      bool is_signed) const {
    const fixed::Format& format = y.format;
    const int out = format.width;
    std::string text = width == out ? full : fmt::format("{}'({})", out, full);
    const int magnitude = format.is_signed ? out - 1 : out;
    const std::string sign = fmt::format("{}[{}]", full, width - 1);
    if (y.below) {
      const std::string is_below =
          format.is_signed ? fmt::format("{} && !(&{}[{}:{}])", sign, full, width - 2, magnitude)
                           : sign;
      text = fmt::format("({}) ? {} : {}", is_below, literal(format.min(), out, false), text);
    }
    if (y.above) {
      const std::string high =
          fmt::format("|{}[{}:{}]", full, width - (is_signed ? 2 : 1), magnitude);
      const std::string is_above = is_signed ? fmt::format("!{} && ({})", sign, high) : high;
      text = fmt::format("({}) ? {} : {}", is_above, literal(format.max(), out, false), text);
    }
    return text;
  }

  /// An output that is looked up. A constant a bit: Yosys makes memories of cases.
  void add_table(const std::string& output, const UnrolledOutput& y) {
    const arch::LookupTable& table = u_.tables[static_cast<size_t>(y.table)];
    std::string index;
    for (const int x : table.inputs)
      index = read(x, u_.registers) + (index.empty() ? "" : ", ") + index;
    const int bits = index_bits(u_, table);
    const std::string range = bits_range(y.format.width);
    const Wide unit = Wide{1} << y.pad;
    text_ += fmt::format(
        "\n  // {0}: {1} of {2}, sum and cast looked up\n  logic {3} {0}_d, {0}_q;\n"
        "  logic {4} {0}_index;\n  assign {0}_index = {{{5}}};\n",
        output, to_string(y.format), interval(y.range.low / unit, y.range.high / unit), range,
        bits_range(bits), index);
    for (int bit = 0; bit < y.format.width; ++bit) {
      std::string digits;
      for (const Wide value : table.values) digits += ((value >> bit) & 1) != 0 ? '1' : '0';
      std::reverse(digits.begin(), digits.end());
      const bool constant = digits.find_first_not_of(digits[0]) == std::string::npos;
      if (constant) {
        text_ += fmt::format("  assign {}_d[{}] = 1'b{};\n", output, bit, digits[0]);
        continue;
      }
      text_ += fmt::format(
          "  localparam logic {0} {1}Bit{2} = {3}'b{4};\n"
          "  assign {1}_d[{2}] = {1}Bit{2}[{1}_index];\n",
          bits_range(static_cast<int64_t>(digits.size())), output, bit, digits.size(), digits);
    }
  }

  void add_output(const std::string& output, const UnrolledOutput& y) {
    const auto w = static_cast<size_t>(y.wire);
    const AdderWire& wire = wires_[w];
    const std::string t = read(y.wire, u_.registers);
    const AdderWire exact{.low = y.t.low, .high = y.t.high};
    const int width = exact.width();
    const bool is_signed = exact.is_signed();
    if (width < wire.width())
      unused_.push_back(fmt::format("{}[{}:{}]", t, wire.width() - 1, width));
    const int kept = std::max(1, width - y.drop);
    // Dropping more than there is leaves the sign.
    const int bottom = std::min(y.drop, width - 1);
    const int dropped = std::min(y.drop, width);
    const Wide unit = Wide{1} << y.pad;
    text_ += fmt::format("\n  // {}: {} of {}{}{}\n", output, to_string(y.format),
                         interval(y.range.low / unit, y.range.high / unit),
                         y.ties ? ", ties to even" : "", y.above || y.below ? ", clamped" : "");
    text_ +=
        fmt::format("  logic {}{} {}_full;\n  logic {} {}_d, {}_q;\n", is_signed ? "signed " : "",
                    bits_range(kept), output, bits_range(y.format.width), output, output);
    std::string full;
    if (y.ties && dropped == 0) {
      full = kept == 1 ? "1'b0" : fmt::format("{{{}[{}:1], 1'b0}}", t, width - 1);
      unused_.push_back(fmt::format("{}[0]", t));
    } else if (y.ties) {
      const std::string last = fmt::format("{}[{}] && (|{}[{}:0])", t, bottom, t, dropped - 1);
      full = kept == 1 ? last : fmt::format("{{{}[{}:{}], {}}}", t, width - 1, bottom + 1, last);
    } else if (y.drop > 0) {
      full = fmt::format("{}[{}:{}]", t, width - 1, bottom);
      if (dropped > 0) unused_.push_back(fmt::format("{}[{}:0]", t, dropped - 1));
    } else {
      full = width < wire.width() ? fmt::format("{}[{}:0]", t, width - 1) : t;
      if (y.drop < 0) full = fmt::format("{{{}, {}'b0}}", full, -y.drop);
    }
    // Below 0 only the sign is looked at.
    if (!y.format.is_signed && is_signed && !y.above && kept - 1 > y.format.width)
      unused_.push_back(fmt::format("{}_full[{}:{}]", output, kept - 2, y.format.width));
    text_ += fmt::format("  assign {}_full = {};\n  assign {}_d = {};\n", output, full, output,
                         clamped(y, output + "_full", kept, is_signed));
  }

  /// An output as a lane of the stream out: extended to its format.
  std::string lane(const std::string& q, const UnrolledOutput& y) const {
    const int above = s_.out.width - y.pad - y.format.width;
    if (above == 0 && y.pad == 0) return q;
    std::string text = q;
    if (above > 0 && y.format.is_signed)
      text = fmt::format("{{{}{{{}[{}]}}}}, {}", above, q, y.format.width - 1, q);
    else if (above > 0)
      text = fmt::format("{}'b0, {}", above, q);
    if (y.pad > 0) text += fmt::format(", {}'b0", y.pad);
    return fmt::format("{{{}}}", text);
  }

  void add_outputs() {
    // Equal outputs are one.
    std::vector<std::string> lanes;
    std::vector<size_t> made;
    text_ += "\n";
    for (size_t o = 0; o < u_.outputs.size(); ++o) {
      const UnrolledOutput& y = u_.outputs[o];
      if (!y.varies()) {
        lanes.push_back(literal(y.constant, s_.out.width, false));
        continue;
      }
      const auto same = std::find_if(made.begin(), made.end(),
                                     [&](size_t other) { return u_.outputs[other] == y; });
      const std::string output = fmt::format("y{}", same == made.end() ? o : *same);
      lanes.push_back(lane(output + "_q", y));
      if (same != made.end()) continue;
      made.push_back(o);
      if (y.table >= 0)
        add_table(output, y);
      else
        add_output(output, y);
    }
    if (!made.empty()) {
      text_ += "\n  always_ff @(posedge clk_i) begin\n    if (advance) begin\n";
      for (const size_t o : made) text_ += fmt::format("      y{0}_q <= y{0}_d;\n", o);
      text_ += "    end\n  end\n";
    }
    std::reverse(lanes.begin(), lanes.end());
    text_ += fmt::format("\n  assign out_data_o = {{{}}};\n", wrapped(lanes));
  }

  void add_unused() {
    text_ += fmt::format(
        "\n  // Bits that nobody needs\n  logic unused_bits;\n"
        "  assign unused_bits = ^{{{}}};\n",
        wrapped(unused_));
  }

  /// Comma-separated, several to a line.
  static std::string wrapped(const std::vector<std::string>& items) {
    constexpr size_t kColumns = 90;
    std::string text;
    size_t line = 30;
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text += ",";
      if (line + items[i].size() > kColumns) {
        text += "\n      ";
        line = 6;
      } else if (i > 0) {
        text += " ";
      }
      text += items[i];
      line += items[i].size() + 2;
    }
    return text;
  }

  const Stage& s_;
  const Unrolled& u_;
  const std::vector<AdderWire>& wires_;
  const std::string module_;
  std::string text_;
  std::vector<std::string> unused_;
};

}  // namespace

std::string unrolled_module(const Stage& stage, const std::string& stamp,
                            const std::string& module) {
  MASE_CHECK(stage.unrolled != nullptr, "{} is not unrolled", stage.name);
  return Module(stage, module.empty() ? module_name(stage) : module).text(stamp);
}

std::string unrolled_path(const Stage& stage, const std::string& cells) {
  return fmt::format("{}{}.sv", cells, module_name(stage));
}

}  // namespace mase::emit
