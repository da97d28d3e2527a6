// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/matrix_stage.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"

namespace mase::arch {

namespace {

using fixed::Wide;

/// The format of all outputs.
fixed::Format exact_format(const MatrixProduct& product) {
  AdderWire all;  // an interval that holds every output's
  for (size_t o = 0; o < static_cast<size_t>(product.outputs); ++o) {
    Wide low = 0, high = 0;
    for (size_t i = 0; i < static_cast<size_t>(product.inputs); ++i) {
      const Wide weight = product.weight[o * static_cast<size_t>(product.inputs) + i];
      low += weight * (weight > 0 ? product.input.min() : product.input.max());
      high += weight * (weight > 0 ? product.input.max() : product.input.min());
    }
    all.low = std::min(all.low, low);
    all.high = std::max(all.high, high);
  }
  return {std::max(all.width(), 1), 0, all.is_signed()};
}

}  // namespace

Stage matrix_stage(const MatrixProduct& product, const UnrollOptions& options) {
  MASE_CHECK(static_cast<int64_t>(product.weight.size()) == product.outputs * product.inputs,
             "{} weights for {} x {}", product.weight.size(), product.outputs, product.inputs);
  fixed::check_operand(product.input, product.name + ": input");
  constexpr int64_t kMost = int64_t{1} << (kMaxWeightBits - 1);
  for (const int64_t w : product.weight) {
    if (w < kMost && w > -kMost) continue;
    throw UserError(
        "A012", fmt::format("{}: {} has more than {} bits", product.name, w, kMaxWeightBits - 1));
  }
  Stage stage{.name = product.name, .cell = Cell::kUnrolled, .graph_nodes = {product.name}};
  stage.elements_in = product.inputs;
  stage.elements_out = product.outputs;
  stage.lanes_in = static_cast<int>(product.inputs);
  stage.lanes_out = static_cast<int>(product.outputs);
  stage.in = product.input;
  stage.weight = product.weight;
  stage.cast_from = stage.out = exact_format(product);
  stage.unroll = options;
  stage.unroll.tables = false;  // adders are what was asked for
  stage.unrolled = unroll(stage,
                          std::vector<Interval>(static_cast<size_t>(product.inputs),
                                                {product.input.min(), product.input.max()}),
                          stage.unroll);
  return stage;
}

}  // namespace mase::arch
