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

void add_storage(Parameters& p, const Stage& stage, const char* weight_key,
                 const std::string& memories) {
  p.emplace_back("BlockRam", flag(stage.block_ram));
  p.emplace_back("Multiplier", number(multiplier_style(stage.multiplier)));
  p.emplace_back(weight_key, fmt::format("\"{}\"", weight_path(stage, memories)));
  p.emplace_back("BiasFile",
                 fmt::format("\"{}\"", stage.bias_format ? bias_path(stage, memories) : ""));
}

Parameters parameters_of(const Stage& stage, const std::string& memories) {
  Parameters p;
  switch (stage.cell) {
    case Cell::kLinear:
      p = {{"InFeatures", number(stage.elements_in)},
           {"OutFeatures", number(stage.elements_out)},
           {"ParallelismIn", number(stage.lanes_in)},
           {"ParallelismOut", number(stage.lanes_out)}};
      add_operands(p, stage);
      p.emplace_back("ReplaySamples", number(stage.replay_samples));
      add_storage(p, stage, "WeightFile", memories);
      break;
    case Cell::kBatchNorm1d:
      p = {{"Features", number(stage.elements_in)}, {"Parallelism", number(stage.lanes_in)}};
      add_operands(p, stage);
      add_storage(p, stage, "ScaleFile", memories);
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
    case Cell::kSlrCrossing:
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

std::string instance(const Stage& stage, const Stream& in, const Stream& out,
                     const std::string& memories) {
  std::vector<std::string> parameters;
  for (const auto& [key, value] : parameters_of(stage, memories))
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
                   const std::string& stamp, const std::string& memories) {
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
  text += memories.empty() ? "//   Memory files are named alone: they lie beside the sources.\n\n"
                           : fmt::format(
                                 "//   Memory files are read from {}, relative to the "
                                 "folder this design is compiled and simulated in.\n\n",
                                 memories);
  return text;
}

std::string module_head(const std::string& name, int64_t in_bits, int64_t out_bits) {
  const std::string in_range = range(in_bits), out_range = range(out_bits);
  const size_t pad = std::max(in_range.size(), out_range.size());
  return fmt::format(
      "module {} (\n"
      "  input  logic {:{}} clk_i,\n  input  logic {:{}} rst_ni,\n\n"
      "  input  logic {:{}} in_valid_i,\n  output logic {:{}} in_ready_o,\n  input  logic {:{}} "
      "in_data_i,\n\n"
      "  output logic {:{}} out_valid_o,\n  input  logic {:{}} out_ready_i,\n  output logic {:{}} "
      "out_data_o\n);\n",
      name, "", pad, "", pad, "", pad, "", pad, in_range, pad, "", pad, "", pad, out_range, pad);
}

int64_t bits_in(const Stage& stage) { return int64_t{stage.lanes_in} * stage.in.width; }
int64_t bits_out(const Stage& stage) { return int64_t{stage.lanes_out} * stage.out.width; }

const Stream kIn{"in_valid_i", "in_ready_o", "in_data_i"};
const Stream kOut{"out_valid_o", "out_ready_i", "out_data_o"};

/// The stream out of a stage that is not the module's own, and its declaration.
Stream stream_of(const Stage& stage) {
  return {stage.name + "_valid", stage.name + "_ready", stage.name + "_data"};
}
std::string declaration(const Stage& stage) {
  const Stream s = stream_of(stage);
  const std::string bits = range(bits_out(stage));
  return fmt::format("  logic {:{}} {};\n  logic {:{}} {};\n  logic {} {};\n", "", bits.size(),
                     s.valid, "", bits.size(), s.ready, bits, s.data);
}

std::string what_of(const Stage& stage) {
  return stage.graph_nodes.empty() ? stage.name
                                   : fmt::format("{}", fmt::join(stage.graph_nodes, " + "));
}

std::string out_text(const Stage& stage) {
  return stream_text(stage.out, stage.elements_out, stage.beats_out(), stage.lanes_out);
}

/// Instances of the stages [first, end), which take and give the module's own streams.
std::string chain(const arch::HardwareGraph& hardware, size_t first, size_t end,
                  const std::string& memories) {
  std::string text;
  Stream in = kIn;
  for (size_t i = first; i < end; ++i) {
    const Stage& stage = hardware.stages[i];
    text += fmt::format("\n  // {}: {}\n", what_of(stage), out_text(stage));
    const bool last = i + 1 == end;
    const Stream out = last ? kOut : stream_of(stage);
    if (!last) text += declaration(stage);
    text += instance(stage, in, out, memories);
    in = out;
  }
  return text;
}

/// What constraints name has to be there after synthesis (UG901, KEEP_HIERARCHY).
constexpr char kKept[] = "  (* keep_hierarchy = \"yes\" *)\n";

/// The SLRs of a cut design and the crossings between them.
std::string cut_chain(const arch::HardwareGraph& hardware, const std::string& top_name) {
  std::string text;
  Stream in = kIn;
  for (const auto& part : hardware.parts) {
    const Stage& last_stage = hardware.stages[part.end - 1];
    const bool last = part.end == hardware.stages.size();
    const Stream out = last ? kOut : stream_of(last_stage);
    std::vector<std::string> nodes;
    for (size_t i = part.first; i < part.end; ++i) nodes.push_back(what_of(hardware.stages[i]));
    text += fmt::format("\n  // SLR {}, {}: {}\n", part.slr, fmt::join(nodes, ", "),
                        out_text(last_stage));
    if (!last) text += declaration(last_stage);
    text += kKept;
    text += fmt::format(
        "  {} u_slr{} (\n    .clk_i(clk_i),\n    .rst_ni(rst_ni),\n"
        "    .in_valid_i({}),\n    .in_ready_o({}),\n    .in_data_i({}),\n"
        "    .out_valid_o({}),\n    .out_ready_i({}),\n    .out_data_o({})\n  );\n",
        slr_module_name(part, top_name), part.slr, in.valid, in.ready, in.data, out.valid,
        out.ready, out.data);
    if (last) break;
    const Stage& crossing = hardware.stages[part.end];
    text +=
        fmt::format("\n  // {}: {}\n{}", crossing.name, out_text(crossing), declaration(crossing));
    text += kKept + instance(crossing, out, stream_of(crossing), "");
    in = stream_of(crossing);
  }
  return text;
}

/// The part that holds the stage; nullptr: none does, it is a crossing or the design is not cut.
const arch::SlrPart* part_of(const arch::HardwareGraph& hardware, size_t stage) {
  for (const auto& part : hardware.parts) {
    if (part.first <= stage && stage < part.end) return &part;
  }
  return nullptr;
}

}  // namespace

std::string weight_path(const Stage& stage, const std::string& memories) {
  return fmt::format("{}{}_weight.mem", memories, stage.name);
}
std::string bias_path(const Stage& stage, const std::string& memories) {
  return fmt::format("{}{}_bias.mem", memories, stage.name);
}

std::string top_module(const arch::HardwareGraph& hardware, const std::string& top_name,
                       const std::string& stamp, const std::string& memories) {
  MASE_CHECK(!hardware.stages.empty(), "a design without cells");
  return header(hardware, top_name, stamp, memories) +
         module_head(top_name, int64_t{hardware.lanes_in} * hardware.input.width,
                     int64_t{hardware.lanes_out} * hardware.output.width) +
         (hardware.parts.empty() ? chain(hardware, 0, hardware.stages.size(), memories)
                                 : cut_chain(hardware, top_name)) +
         "\nendmodule\n";
}

std::string slr_module_name(const arch::SlrPart& part, const std::string& top_name) {
  return fmt::format("{}_slr{}", top_name, part.slr);
}

std::string slr_module(const arch::HardwareGraph& hardware, const arch::SlrPart& part,
                       const std::string& top_name, const std::string& stamp,
                       const std::string& memories) {
  const std::string name = slr_module_name(part, top_name);
  return fmt::format("// {}: the cells of {} that stand in SLR {}.\n// {}\n\n", name, top_name,
                     part.slr, stamp) +
         module_head(name, bits_in(hardware.stages[part.first]),
                     bits_out(hardware.stages[part.end - 1])) +
         chain(hardware, part.first, part.end, memories) + "\nendmodule\n";
}

NetPlace valid_net(const arch::HardwareGraph& hardware, size_t stage, const std::string& top_name) {
  if (stage + 1 == hardware.stages.size()) return {top_name, "", kOut.valid};
  const std::string net = stream_of(hardware.stages[stage]).valid;
  const auto* part = part_of(hardware, stage);
  if (part == nullptr || stage + 1 == part->end) return {top_name, "", net};
  return {slr_module_name(*part, top_name), fmt::format("u_slr{}", part->slr), net};
}

std::string instance_path(const arch::HardwareGraph& hardware, size_t stage) {
  const auto* part = part_of(hardware, stage);
  return fmt::format("{}u_{}", part == nullptr ? "" : fmt::format("u_slr{}.", part->slr),
                     hardware.stages[stage].name);
}

}  // namespace mase::emit
