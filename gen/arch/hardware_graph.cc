// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/hardware_graph.h"

#include <algorithm>

#include "gen/arch/casts.h"
#include "gen/arch/partition.h"
#include "gen/arch/settings.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

using fixed::Format;
using graph::Hardware;
using graph::Op;
using pass::IntegerNode;

/// Ready paths pass through at most this many cells before a skid buffer cuts them.
constexpr int kReadyPathCells = 4;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// LUT ROMs cost a LUT6 for 64 bits; a BRAM36 holds 512 words of 72 bits. A block is worth it above
/// this many LUTs each.
bool block_ram_pays(int64_t depth, int64_t width) {
  constexpr int64_t kLutsWorthABlock = 128;
  const int64_t luts = width * ceil_div(depth, 64);
  const int64_t blocks =
      std::max(ceil_div(width, 72) * ceil_div(depth, 512), ceil_div(width * depth, 36864));
  return depth >= 64 && luts > kLutsWorthABlock * blocks;
}

class Builder {
 public:
  Builder(const graph::Graph& graph, const HardwareOptions& options, pass::LowerCache* cache,
          BuildMemory& memory)
      : memory_(memory),
        settings_(graph, options, cache != nullptr),
        slrs_(options.slrs),
        lines_(options.super_long_lines),
        network_(cache == nullptr ? pass::lower(graph)
                                  : pass::lower(graph, *cache, std::move(memory.nodes))) {
    result_.stages = std::move(memory.stages);
    result_.stages.clear();
    target_ii_ = options.target_ii.value_or(widest_input());
    result_.name = graph.name;
    result_.input = network_.input();
    result_.input_channels = network_.input_channels();
    result_.features_in = network_.features_in();
    result_.features_out = network_.features_out();
  }

  HardwareGraph run() {
    format_ = network_.input();
    channels_ = network_.input_channels();
    features_ = network_.features_in();
    lanes_ = result_.lanes_in = input_lanes();
    result_.stages.reserve(2 * network_.nodes.size());
    for (size_t i = 1; i < network_.nodes.size(); ++i) {
      index_ = i;
      add(network_.nodes[i]);
    }
    flush_casts();
    const auto& wanted = settings_.of(network_.nodes.size() - 1).parallelism_in;
    if (wanted) match_lanes(*wanted);
    if (result_.stages.empty()) add_buffer();
    result_.output = format_;
    result_.lanes_out = lanes_;
    memory_.nodes = std::move(network_.nodes);
    unroll_stages(result_);
    if (!slrs_.empty()) partition(result_, slrs_, lines_);
    return std::move(result_);
  }

 private:
  int64_t widest_input() const {
    int64_t widest = 1;
    for (const auto& node : network_.nodes) widest = std::max(widest, node.features_in);
    return widest;
  }

  /// Nodes of the network are those of the graph, in its order.
  size_t index_of(const IntegerNode& node) const {
    return static_cast<size_t>(&node - network_.nodes.data());
  }
  const Hardware& hardware_of(const IntegerNode& node) const {
    return settings_.of(index_of(node));
  }

  bool affine(const IntegerNode& node) const {
    return node.op == Op::kLinear || node.op == Op::kBatchNorm1d;
  }

  /// Elements a beat that an affine node reads (and writes), chosen where nobody said it.
  Parallelism parallelism(const IntegerNode& node, int preferred) const {
    if (settings_.unrolled(index_of(node)))
      return {static_cast<int>(node.features_in), static_cast<int>(node.features_out)};
    const Hardware& h = hardware_of(node);
    if (node.op != Op::kLinear) {
      const int lanes = h.parallelism_in.value_or(h.parallelism_out.value_or(preferred));
      return {lanes, lanes};
    }
    if (h.parallelism_in && h.parallelism_out) return {*h.parallelism_in, *h.parallelism_out};
    Parallelism p = choose_parallelism(node.features_in, node.features_out, target_ii_, preferred);
    if (h.parallelism_in && !h.parallelism_out) {
      const int64_t beats = ceil_div(node.features_in, *h.parallelism_in);
      const int64_t groups = std::clamp<int64_t>(target_ii_ / beats, 1, node.features_out);
      p.out = static_cast<int>(ceil_div(node.features_out, groups));
    } else if (h.parallelism_out && !h.parallelism_in) {
      const int64_t groups = ceil_div(node.features_out, *h.parallelism_out);
      const int64_t beats = std::clamp<int64_t>(target_ii_ / groups, 1, node.features_in);
      p.in = static_cast<int>(ceil_div(node.features_in, beats));
    }
    return {h.parallelism_in.value_or(p.in), h.parallelism_out.value_or(p.out)};
  }

  /// Lanes at which an element-wise node must run to keep up with the target.
  int slowest_lanes(int64_t features) const {
    return static_cast<int>(ceil_div(features, std::min(features, target_ii_)));
  }

  /// The input stream has the lanes of the first cell that cares, unless the placeholder says
  /// otherwise.
  int input_lanes() const {
    const Hardware& h = settings_.of(0);
    if (h.parallelism_out || h.parallelism_in)
      return h.parallelism_out.value_or(h.parallelism_in.value_or(1));
    return lanes_wanted_from(1, slowest_lanes(network_.features_in()));
  }

  int lanes_wanted_from(size_t index, int otherwise) const {
    for (size_t i = index; i < network_.nodes.size(); ++i) {
      const auto& node = network_.nodes[i];
      const Hardware& h = settings_.of(i);
      if (node.op == Op::kLinear || (affine(node) && settings_.unrolled(i)))
        return parallelism(node, otherwise).in;
      if (h.parallelism_in || h.parallelism_out)
        return h.parallelism_in.value_or(h.parallelism_out.value_or(1));
    }
    return otherwise;
  }

  void add(const IntegerNode& node) {
    if (node.op == Op::kFlatten || node.op == Op::kOutput) return;
    if (affine(node)) {
      add_cast(node.in, node.in_channels, node);
      // A lossless cast vanishes: the cell then reads the producer's narrower format itself.
      flush_casts();
      add_affine(node);
      if (node.out != node.acc || !node.out_channels.empty())
        add_cast(node.out, node.out_channels, node);
      return;
    }
    const Hardware& h = hardware_of(node);
    const auto wanted = h.parallelism_in ? h.parallelism_in : h.parallelism_out;
    const bool own_cell = !settings_.fused(index_of(node)) || (wanted && *wanted != lanes_);
    if (own_cell) {
      flush_casts();
      const bool whole = !node.in_channels.empty() || !node.out_channels.empty();
      if (wanted && !whole) match_lanes(*wanted);
    }
    absorbed_.push_back(node.name);
    if (node.in != node.producer || !node.in_channels.empty())
      add_cast(node.in, node.in_channels, node, own_cell);
    if (node.acc != node.in) add_cast(node.acc, {}, node, own_cell);
    if (node.out != node.acc || !node.out_channels.empty())
      add_cast(node.out, node.out_channels, node, own_cell);
    if (own_cell) flush_casts();
  }

  void add_cast(const Format& to, const std::vector<Format>& channels, const IntegerNode& node,
                bool stands_alone = false) {
    casts_.push_back({to, node.rounding, node.name, stands_alone, channels});
  }

  /// Turns the pending casts into the last affine cell's output stage and cells of their own.
  void flush_casts() {
    auto steps = simplify_casts(format_, casts_, channels_);
    casts_.clear();
    size_t first = 0;
    if (!steps.empty() && open_ && !steps.front().stands_alone &&
        (steps.front().channels.empty() || result_.stages.back().cell == Cell::kUnrolled)) {
      Stage& producer = result_.stages.back();
      producer.out = format_ = steps.front().to;
      producer.out_channels = channels_ = steps.front().channels;
      producer.rounding = steps.front().rounding;
      hand_over_absorbed(producer);
      first = 1;
    }
    for (size_t i = first; i < steps.size(); ++i)
      steps[i].channels.empty() ? add_cast_cell(steps[i]) : add_channel_casts(steps[i]);
    // What vanished without a cell (a ReLU on unsigned data) is still listed where its value
    // leaves.
    if (!result_.stages.empty()) hand_over_absorbed(result_.stages.back());
    open_ = false;
  }

  void hand_over_absorbed(Stage& stage) {
    stage.graph_nodes.insert(stage.graph_nodes.end(), absorbed_.begin(), absorbed_.end());
    absorbed_.clear();
  }

  void add_cast_cell(const CastStep& step) {
    const bool pure_relu = format_.is_signed && format_.width > 1 &&
                           step.to == Format{format_.width - 1, format_.frac, false};
    Stage stage = new_stage(pure_relu ? Cell::kRelu : Cell::kCast,
                            unique(step.node + (pure_relu ? "_relu" : "_cast")));
    hand_over_absorbed(stage);
    stage.cast_from = format_;
    stage.rounding = step.rounding;
    stage.out = format_ = step.to;
    channels_.clear();
    push(std::move(stage), true);
  }

  /// A cast to formats for each channel: whole samples go through wires that are cast as the
  /// outputs of any unrolled cell.
  void add_channel_casts(const CastStep& step) {
    adapt_lanes(static_cast<int>(features_));
    Stage stage = new_stage(Cell::kUnrolled, unique(step.node + "_cast"));
    hand_over_absorbed(stage);
    stage.weight_format = {2, 0, true};
    stage.weight = std::vector<int64_t>(static_cast<size_t>(features_), 1);
    stage.diagonal = true;
    stage.alignment.acc_frac = format_.frac;
    for (size_t i = 0; i < network_.nodes.size(); ++i) {
      if (network_.nodes[i].name == step.node) stage.unroll = settings_.unroll_options(i);
    }
    stage.rounding = step.rounding;
    stage.out = format_ = step.to;
    stage.out_channels = channels_ = step.channels;
    push(std::move(stage), true);
  }

  /// A node may need several casts: the second one of a name gets "_2" and so on.
  std::string unique(const std::string& name) {
    const int count = ++names_[name];
    return count == 1 ? name : numbered(name + "_", count);
  }

  void add_affine(const IntegerNode& node) {
    const Parallelism p = parallelism(node, preferred_lanes(node));
    match_lanes(p.in);
    const bool unrolled = settings_.unrolled(index_of(node));
    Stage stage = new_stage(unrolled                 ? Cell::kUnrolled
                            : node.op == Op::kLinear ? Cell::kLinear
                                                     : Cell::kBatchNorm1d,
                            node.name);
    stage.graph_nodes = {node.name};
    stage.elements_out = node.features_out;
    stage.lanes_out = p.out;
    stage.weight_format = node.weight_format;
    stage.bias_format = node.bias_format;
    stage.weight = node.weight;
    stage.bias = node.bias;
    stage.alignment = node.alignment;
    // Below 0 only where every channel that arrives is dropped.
    stage.alignment.product_shift =
        std::max(0, node.alignment.acc_frac - (format_.frac + node.weight_format.frac));
    stage.cast_from = stage.out = node.acc;
    stage.running_width =
        fixed::running_sum_width(node.row_sums, node.bias, format_, stage.alignment);
    stage.running_width = std::max(stage.running_width, 1);
    if (unrolled) {
      stage.diagonal = node.op == Op::kBatchNorm1d;
      stage.unroll = settings_.unroll_options(index_of(node));
    } else {
      settle_memories(stage, node);
    }
    format_ = stage.out;
    channels_.clear();
    features_ = node.features_out;
    lanes_ = p.out;
    if (node.op == Op::kLinear) {
      beat_cycles_ = stage.beats_out() > 1 ? stage.beats_in() : 0;
      widened_ = false;
    }
    const bool cuts_ready = stage.replay_samples == 2;
    push(std::move(stage), !cuts_ready);
    if (node.op == Op::kLinear && !unrolled) straight_from_source_ = false;
    open_ = settings_.fused(index_of(node));
  }

  void settle_memories(Stage& stage, const IntegerNode& node) const {
    stage.multiplier = settings_.multiplier(index_of(node));
    const std::string& storage = settings_.storage(index_of(node));
    stage.block_ram = storage == "bram" ||
                      (storage == "auto" && block_ram_pays(stage.rom_depth(), stage.rom_width()));
    const bool replays = node.op == Op::kLinear && stage.beats_out() > 1;
    stage.replay_samples = replays && !straight_from_source_ ? 2 : 1;
  }

  /// An element-wise cell runs at its producer's lanes when that keeps the target, else at its
  /// consumer's.
  int preferred_lanes(const IntegerNode& node) const {
    if (node.op == Op::kLinear || ceil_div(node.features_in, lanes_) <= target_ii_) return lanes_;
    return std::max(lanes_wanted_from(index_ + 1, lanes_), slowest_lanes(node.features_in));
  }

  void match_lanes(int lanes) {
    if (lanes == lanes_) return;
    flush_casts();
    adapt_lanes(lanes);
  }

  void adapt_lanes(int lanes) {
    if (lanes == lanes_) return;
    // A narrowing adapter spends as long on a full beat as it has elements, and makes that up at
    // the sample's last, shorter one. A linear whose beats come faster than that, or a widening
    // adapter, whose short beat comes right behind a full one, would have to stand still meanwhile,
    // and may have no cycle to spare. Less than a beat lies in between, so that one more register
    // will do.
    const bool hurries = widened_ || (beat_cycles_ > 0 && lanes_ > beat_cycles_ * lanes);
    if (lanes < lanes_ && features_ % lanes_ != 0 && hurries) add_buffer();
    widened_ = lanes > lanes_;
    beat_cycles_ = 0;
    Stage stage = new_stage(Cell::kWidthAdapter, numbered("adapter_", ++adapters_));
    stage.lanes_out = lanes;
    lanes_ = lanes;
    straight_from_source_ = false;
    push(std::move(stage), true);
  }

  void add_buffer() { push(new_stage(Cell::kSkidBuffer, numbered("buffer_", ++buffers_)), false); }

  static std::string numbered(std::string text, int number) {
    return std::move(text += std::to_string(number));
  }

  Stage new_stage(Cell cell, const std::string& name) const {
    Stage stage{.name = name, .cell = cell};
    stage.elements_in = stage.elements_out = features_;
    stage.lanes_in = stage.lanes_out = lanes_;
    stage.in = stage.out = stage.cast_from = format_;
    return stage;
  }

  void push(Stage stage, bool passes_ready_through) {
    ready_path_ = passes_ready_through ? ready_path_ + 1 : 0;
    const int lanes_before = stage.lanes_in;
    const Format format_before = stage.in;
    const int64_t features_before = stage.elements_in;
    if (ready_path_ > kReadyPathCells) {
      Stage buffer{.name = numbered("buffer_", ++buffers_), .cell = Cell::kSkidBuffer};
      buffer.elements_in = buffer.elements_out = features_before;
      buffer.lanes_in = buffer.lanes_out = lanes_before;
      buffer.in = buffer.out = buffer.cast_from = format_before;
      result_.stages.push_back(std::move(buffer));
      ready_path_ = 1;
    }
    result_.stages.push_back(std::move(stage));
  }

  BuildMemory& memory_;
  Settings settings_;
  const std::vector<SlrBudget>& slrs_;
  const int64_t lines_;
  pass::IntegerNetwork network_;
  HardwareGraph result_;
  int64_t target_ii_ = 1;

  // the stream at the end of the stages so far
  Format format_;
  std::vector<Format> channels_;  // of format_, where they differ
  int64_t features_ = 0;
  int lanes_ = 1;
  std::vector<CastStep> casts_;        // asked for, not placed yet
  std::vector<std::string> absorbed_;  // element-wise nodes behind them
  bool open_ = false;  // the last stage is affine and takes one more cast into its output stage
  int64_t beat_cycles_ = 0;           // between two beats of the last linear, no adapter behind it
  bool widened_ = false;              // the last adapter widened the stream, no linear behind it
  bool straight_from_source_ = true;  // beats arrive one a cycle whenever they are asked for
  std::map<std::string, int> names_;
  size_t index_ = 0;
  int ready_path_ = 0, adapters_ = 0, buffers_ = 0;
};

}  // namespace

HardwareGraph build_hardware(const graph::Graph& graph, const HardwareOptions& options) {
  BuildMemory memory;
  return Builder(graph, options, nullptr, memory).run();
}

HardwareGraph build_hardware(const graph::Graph& graph, const HardwareOptions& options,
                             pass::LowerCache& cache, BuildMemory* memory) {
  BuildMemory own;
  return Builder(graph, options, &cache, memory == nullptr ? own : *memory).run();
}

}  // namespace mase::arch
