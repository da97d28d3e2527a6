// SPDX-License-Identifier: Apache-2.0
#include "sw/train/weight_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"

namespace mase::train {

RegularizerKind parse_regularizer(const std::string& name) {
  if (name == "none") return RegularizerKind::kNone;
  if (name == "bitops") return RegularizerKind::kBitops;
  if (name == "lut") return RegularizerKind::kLut;
  throw UserError("T008", fmt::format("unknown regularizer '{}'", name), {},
                  nearest_help(name, {"none", "bitops", "lut"}));
}

std::string to_string(RegularizerKind kind) {
  return kind == RegularizerKind::kNone     ? "none"
         : kind == RegularizerKind::kBitops ? "bitops"
                                            : "lut";
}

int signed_digits(int64_t q) {
  // 3q and q differ in exactly those bits (one place up) where the canonical form has a digit.
  const uint64_t n = q < 0 ? uint64_t{0} - static_cast<uint64_t>(q) : static_cast<uint64_t>(q);
  return std::popcount(n ^ (3 * n));
}

int64_t with_digits(int64_t q, int digits, const fixed::Format& format) {
  if (signed_digits(q) <= digits) return q;
  int64_t sum = 0;
  for (int digit = 0; digit < digits && sum != q; ++digit) {
    const int64_t rest = q - sum;
    const int64_t sign = rest < 0 ? -1 : 1;
    const auto size = static_cast<uint64_t>(rest * sign);
    const auto low = static_cast<int64_t>(std::bit_floor(size));
    const bool up = 2 * static_cast<int64_t>(size) > 3 * low;
    sum += sign * (up && format.contains(sum + sign * 2 * low) ? 2 * low : low);
  }
  return sum;
}

Charge charge(double x) { return {std::log2(1 + x), std::numbers::log2e / (1 + x)}; }

std::vector<CostedLayer> costed_layers(const graph::Graph& graph) {
  using graph::Op;
  std::vector<CostedLayer> layers;
  for (const auto& node : graph.nodes) {
    if (node.op != Op::kLinear || !node.quantised()) continue;
    CostedLayer layer;
    layer.node = node.name;
    const auto& shape = node.parameter("weight").shape;
    layer.out = shape[0];
    layer.in = shape[1];
    layer.rows = graph::weight_channels(node);
    if (layer.rows.empty())
      layer.rows.assign(static_cast<size_t>(layer.out), graph::weight_format(node));
    auto read = graph::data_in_channels(node);
    if (read.empty()) read.assign(static_cast<size_t>(layer.in), graph::data_in_format(node));
    const graph::Node* from = graph.find(node.inputs.front());
    while (from->op == Op::kFlatten) from = graph.find(from->inputs.front());
    std::vector<fixed::Format> left;
    if (from->op == Op::kRelu && from->quantised()) {
      left = graph::data_in_channels(*from);
      if (left.empty()) left.assign(read.size(), graph::data_in_format(*from));
    }
    for (size_t i = 0; i < read.size(); ++i) {
      int whole = read[i].width - read[i].frac, frac = read[i].frac;
      if (from->op == Op::kRelu && read[i].is_signed) --whole;
      if (!left.empty()) {
        whole = std::min(whole, left[i].width - left[i].frac);
        frac = std::min(frac, left[i].frac);
      }
      const bool dropped = fixed::dropped(read[i]) || (!left.empty() && fixed::dropped(left[i]));
      layer.input_bits.push_back(dropped ? 0 : std::max(whole + frac, 1));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

int64_t quantised(double weight, const fixed::Format& format) {
  if (std::isnan(weight)) return 0;  // a training that diverged; its loss tells
  if (fixed::dropped(format)) return 0;
  const double q = std::nearbyint(std::ldexp(weight, format.frac));
  return static_cast<int64_t>(
      std::clamp(q, static_cast<double>(format.min()), static_cast<double>(format.max())));
}

int64_t adder_bits(const CostedLayer& layer, const double* weight) {
  int64_t total = 0;
  for (int64_t o = 0; o < layer.out; ++o) {
    const fixed::Format& row = layer.rows[static_cast<size_t>(o)];
    int64_t sum = 0;
    int widest = 0;
    for (int64_t i = 0; i < layer.in; ++i) {
      const int digits = signed_digits(quantised(weight[o * layer.in + i], row));
      const int bits = layer.input_bits[static_cast<size_t>(i)];
      sum += int64_t{digits} * bits;
      if (digits > 0) widest = std::max(widest, bits);
    }
    total += sum - widest;
  }
  return total;
}

}  // namespace mase::train
