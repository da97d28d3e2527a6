// SPDX-License-Identifier: Apache-2.0
#include "gen/emit/top_module.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"

namespace mase::emit {

namespace {

using arch::Cell;
using arch::Stage;
using fixed::Format;

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string number(int64_t value) { return fmt::format("{}", value); }
std::string flag(bool value) { return value ? "1'b1" : "1'b0"; }

int multiplier_style(const std::string& multiplier) {
  return multiplier == "dsp" ? 1 : multiplier == "lut" ? 2 : 0;
}

void add_cast(Parameters& p, const char* prefix, const Format& from, const Format& to,
              fixed::Rounding rounding) {
  p.emplace_back("OutWidth", number(to.width));
  p.emplace_back("OutSigned", flag(to.is_signed));
  p.emplace_back(fmt::format("{}Shift", prefix), number(from.frac - to.frac));
  p.emplace_back(fmt::format("{}Floor", prefix), flag(rounding == fixed::Rounding::kFloor));
}

void add_operands(Parameters& p, const Stage& stage) {
  p.emplace_back("InWidth", number(stage.in.width));
  p.emplace_back("InSigned", flag(stage.in.is_signed));
  p.emplace_back("WeightWidth", number(stage.weight_format.width));
  p.emplace_back("BiasWidth", number(stage.bias_format ? stage.bias_format->width : 1));
  if (stage.cell == Cell::kLinear) p.emplace_back("HasBias", flag(stage.bias_format.has_value()));
  p.emplace_back("ProductShift", number(stage.alignment.product_shift));
  p.emplace_back("BiasShift", number(stage.alignment.bias_shift));
  p.emplace_back("AccWidth", number(stage.running_width));
  add_cast(p, "Out", stage.cast_from, stage.out, stage.rounding);
}

void add_storage(Parameters& p, const Stage& stage, const char* weight_key) {
  p.emplace_back("BlockRam", flag(stage.block_ram));
  p.emplace_back("Multiplier", number(multiplier_style(stage.multiplier)));
  p.emplace_back(weight_key, fmt::format("\"{}\"", weight_path(stage)));
  p.emplace_back("BiasFile", fmt::format("\"{}\"", stage.bias_format ? bias_path(stage) : ""));
}

Parameters parameters_of(const Stage& stage) {
  Parameters p;
  switch (stage.cell) {
    case Cell::kLinear:
      p = {{"InFeatures", number(stage.elements_in)},
           {"OutFeatures", number(stage.elements_out)},
           {"ParallelismIn", number(stage.lanes_in)},
           {"ParallelismOut", number(stage.lanes_out)}};
      add_operands(p, stage);
      p.emplace_back("ReplaySamples", number(stage.replay_samples));
      add_storage(p, stage, "WeightFile");
      break;
    case Cell::kBatchNorm1d:
      p = {{"Features", number(stage.elements_in)}, {"Parallelism", number(stage.lanes_in)}};
      add_operands(p, stage);
      add_storage(p, stage, "ScaleFile");
      break;
    case Cell::kCast:
      p = {{"Lanes", number(stage.lanes_in)},
           {"InWidth", number(stage.in.width)},
           {"InSigned", flag(stage.in.is_signed)}};
      add_cast(p, "", stage.in, stage.out, stage.rounding);
      break;
    case Cell::kRelu:
      p = {{"Lanes", number(stage.lanes_in)},
           {"InWidth", number(stage.in.width)},
           {"InSigned", flag(stage.in.is_signed)}};
      break;
    case Cell::kWidthAdapter:
      p = {{"Elements", number(stage.elements_in)},
           {"Width", number(stage.in.width)},
           {"InLanes", number(stage.lanes_in)},
           {"OutLanes", number(stage.lanes_out)}};
      break;
    case Cell::kSkidBuffer:
      p = {{"Width", number(int64_t{stage.lanes_in} * stage.in.width)}};
      break;
    case Cell::kUnrolled: break;  // its module is made for it
  }
  return p;
}

/// "s8.4 [16], 4 beats of 4 lanes"
std::string stream_text(const Format& format, int64_t elements, int64_t beats, int lanes) {
  return fmt::format("{} [{}], {} beat{} of {} lane{}", to_string(format), elements, beats,
                     beats == 1 ? "" : "s", lanes, lanes == 1 ? "" : "s");
}

std::string range(int64_t bits) { return fmt::format("[{}:0]", bits - 1); }

/// The three nets of one stream, as an instance connects to them.
struct Stream {
  std::string valid, ready, data;
};

std::string instance(const Stage& stage, const Stream& in, const Stream& out) {
  std::vector<std::string> parameters;
  for (const auto& [key, value] : parameters_of(stage))
    parameters.push_back(fmt::format("    .{}({})", key, value));
  const std::string list =
      parameters.empty() ? "" : fmt::format(" #(\n{}\n  )", fmt::join(parameters, ",\n"));
  return fmt::format(
      "  {}{} u_{} (\n"
      "    .clk_i(clk_i),\n    .rst_ni(rst_ni),\n"
      "    .in_valid_i({}),\n    .in_ready_o({}),\n    .in_data_i({}),\n"
      "    .out_valid_o({}),\n    .out_ready_i({}),\n    .out_data_o({})\n  );\n",
      module_name(stage), list, stage.name, in.valid, in.ready, in.data, out.valid, out.ready,
      out.data);
}

/// What the source promises of each feature in, runs of equal ones together.
std::string channels_text(const arch::HardwareGraph& hardware) {
  std::vector<std::string> runs;
  const auto& channels = hardware.input_channels;
  for (size_t first = 0, end = 0; first < channels.size(); first = end) {
    while (end < channels.size() && channels[end] == channels[first]) ++end;
    runs.push_back(fmt::format("//     [{}{}] {}\n", first,
                               end - first > 1 ? fmt::format("-{}", end - 1) : "",
                               fixed::dropped(channels[first]) ? "0" : to_string(channels[first])));
  }
  return fmt::format(
      "//     Features come rounded to formats of their own, zeros below, the sign above:\n{}",
      fmt::join(runs, ""));
}

std::string header(const arch::HardwareGraph& hardware, const std::string& top_name,
                   const std::string& stamp) {
  std::string text = fmt::format("// {}: hardware of the network '{}'.\n// {}\n//\n", top_name,
                                 hardware.name, stamp);
  text += fmt::format(
      "//   in : {}, lane 0 in the LSBs\n",
      stream_text(hardware.input, hardware.features_in, hardware.beats_in(), hardware.lanes_in));
  if (!hardware.input_channels.empty()) text += channels_text(hardware);
  text += fmt::format("//   out: {}, lane 0 in the LSBs\n",
                      stream_text(hardware.output, hardware.features_out, hardware.beats_out(),
                                  hardware.lanes_out));
  text += fmt::format("//   initiation interval: {} cycles, set by u_{}\n", hardware.ii_cycles(),
                      hardware.bottleneck().name);
  text += "//   s8.4: signed, 8 bits, 4 of them after the binary point; u: unsigned.\n";
  text +=
      "//   Memory files are read from mem/, relative to the folder this design is compiled and "
      "simulated in.\n\n";
  return text;
}

}  // namespace

std::string weight_path(const Stage& stage) { return fmt::format("mem/{}_weight.mem", stage.name); }
std::string bias_path(const Stage& stage) { return fmt::format("mem/{}_bias.mem", stage.name); }

std::string top_module(const arch::HardwareGraph& hardware, const std::string& top_name,
                       const std::string& stamp) {
  MASE_CHECK(!hardware.stages.empty(), "a design without cells");
  const int64_t in_bits = int64_t{hardware.lanes_in} * hardware.input.width;
  const int64_t out_bits = int64_t{hardware.lanes_out} * hardware.output.width;
  std::string text = header(hardware, top_name, stamp);
  const std::string in_range = range(in_bits), out_range = range(out_bits);
  const size_t pad = std::max(in_range.size(), out_range.size());
  text += fmt::format(
      "module {} (\n"
      "  input  logic {:{}} clk_i,\n  input  logic {:{}} rst_ni,\n\n"
      "  input  logic {:{}} in_valid_i,\n  output logic {:{}} in_ready_o,\n  input  logic {:{}} "
      "in_data_i,\n\n"
      "  output logic {:{}} out_valid_o,\n  input  logic {:{}} out_ready_i,\n  output logic {:{}} "
      "out_data_o\n);\n",
      top_name, "", pad, "", pad, "", pad, "", pad, in_range, pad, "", pad, "", pad, out_range,
      pad);
  Stream in{"in_valid_i", "in_ready_o", "in_data_i"};
  for (size_t i = 0; i < hardware.stages.size(); ++i) {
    const Stage& stage = hardware.stages[i];
    const bool last = i + 1 == hardware.stages.size();
    const std::string what = stage.graph_nodes.empty()
                                 ? stage.name
                                 : fmt::format("{}", fmt::join(stage.graph_nodes, " + "));
    text +=
        fmt::format("\n  // {}: {}\n", what,
                    stream_text(stage.out, stage.elements_out, stage.beats_out(), stage.lanes_out));
    Stream out{"out_valid_o", "out_ready_i", "out_data_o"};
    if (!last) {
      out = {stage.name + "_valid", stage.name + "_ready", stage.name + "_data"};
      const std::string bits = range(int64_t{stage.lanes_out} * stage.out.width);
      text += fmt::format("  logic {:{}} {};\n  logic {:{}} {};\n  logic {} {};\n", "", bits.size(),
                          out.valid, "", bits.size(), out.ready, bits, out.data);
    }
    text += instance(stage, in, out);
    in = out;
  }
  text += fmt::format("\nendmodule\n");
  return text;
}

}  // namespace mase::emit
