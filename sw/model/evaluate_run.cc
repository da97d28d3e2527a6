// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <fmt/format.h>

#include <cmath>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"
#include "gen/fixed/quantise.h"
#include "gen/pass/evaluate_batch.h"
#include "sw/model/network_impl.h"

namespace mase::model {

namespace {

using fixed::Format;
using fixed::Wide;
using pass::IntegerNode;

Wide magnitude(Wide value) { return value < 0 ? -value : value; }
Wide magnitude(const Format& format) {
  return std::max(magnitude(format.min()), magnitude(format.max()));
}

/// The largest magnitude that any value or partial sum of the node can reach, in any order of
/// summation.
Wide bound_of(const IntegerNode& node) {
  Wide bound = std::max(magnitude(node.in), magnitude(node.out));
  const bool affine = node.op == graph::Op::kLinear || node.op == graph::Op::kBatchNorm1d;
  if (!affine) return bound;
  const auto outputs = static_cast<size_t>(node.features_out);
  const size_t terms = node.weight.size() / outputs;
  for (size_t o = 0; o < outputs; ++o) {
    Wide sum = 0;
    for (size_t i = 0; i < terms; ++i) sum += magnitude(Wide{node.weight[o * terms + i]});
    sum = (sum * magnitude(node.in)) << node.alignment.product_shift;
    if (!node.bias.empty()) sum += magnitude(Wide{node.bias[o]}) << node.alignment.bias_shift;
    bound = std::max(bound, sum);
  }
  return bound;
}

/// Beyond this shift a value of at most 53 bits is already a rest (right) or saturated (left) in
/// every format.
constexpr int kShiftLimit = 64;

at::Tensor cast(const at::Tensor& x, const Format& from, const Format& to,
                fixed::Rounding rounding) {
  if (from == to) return x;
  at::Tensor y = x;
  const int shift = from.frac - to.frac;
  if (shift > 0) {
    y = y * std::ldexp(1.0, -std::min(shift, kShiftLimit));
    y = rounding == fixed::Rounding::kFloor ? y.floor_() : y.round_();
  } else if (shift < 0) {
    y = y * std::ldexp(1.0, std::min(-shift, kShiftLimit));
  }
  return y.clamp(static_cast<double>(to.min()), static_cast<double>(to.max()));
}

/// Into formats of the channels, in units of the common one, from values that count 2^-frac; a
/// shift beyond `limit` bits is as good as one of so many.
at::Tensor cast_channels(const at::Tensor& x, int frac, int limit, const Format& common,
                         const std::vector<Format>& channels, fixed::Rounding rounding) {
  std::vector<double> scale, low, high, up;
  for (const Format& channel : channels) {
    const bool dropped = fixed::dropped(channel);
    const int left = std::clamp(channel.frac - frac, -limit, limit);
    scale.push_back(dropped ? 0.0 : std::ldexp(1.0, left));
    low.push_back(dropped ? 0.0 : static_cast<double>(channel.min()));
    high.push_back(dropped ? 0.0 : static_cast<double>(channel.max()));
    up.push_back(std::ldexp(1.0, fixed::zeros_below(channel, common)));
  }
  const auto row = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).to(x.device(), x.scalar_type());
  };
  at::Tensor y = x * row(scale);
  y = rounding == fixed::Rounding::kFloor ? y.floor_() : y.round_();
  return at::clamp(y, row(low), row(high)) * row(up);
}

at::Tensor cast(const at::Tensor& x, const Format& from, const Format& to,
                const std::vector<Format>& channels, fixed::Rounding rounding) {
  return channels.empty() ? cast(x, from, to, rounding)
                          : cast_channels(x, from.frac, kShiftLimit, to, channels, rounding);
}

/// Natural units -> integers of the network's input, in float64 so that the scaling by 2^frac is
/// exact for float32 and float64 alike.
at::Tensor quantise(const at::Tensor& x, const pass::IntegerNetwork& network) {
  const Format& format = network.nodes.front().out;
  const std::string& name = network.nodes.front().name;
  at::Tensor y = x.to(at::kDouble);
  if (y.isnan().any().item<bool>()) {
    const int64_t index = y.isnan().flatten().nonzero()[0].item<int64_t>();
    throw UserError("F003",
                    fmt::format("{}: element {} (row {}, feature {}) is NaN", name, index,
                                index / x.size(1), index % x.size(1)),
                    {},
                    "a number that is none cannot be quantised; look at the data and at the float "
                    "nodes before this one");
  }
  const auto& channels = network.input_channels();
  if (!channels.empty()) {
    const double beyond = std::ldexp(1.0, 700);  // any format; a dropped channel of inf is 0
    return cast_channels(y.clamp(-beyond, beyond), 0, fixed::kMaxFrac, format, channels,
                         fixed::Rounding::kHalfEven);
  }
  y = y * std::ldexp(1.0, format.frac);
  return y.round_().clamp_(static_cast<double>(format.min()), static_cast<double>(format.max()));
}

at::Tensor evaluate_floats(const LoweredRun& run, at::Tensor q) {
  const auto type = run.arithmetic == Arithmetic::kExactFloat32 ? at::kFloat : at::kDouble;
  q = q.to(type);
  for (size_t i = 1; i < run.network.nodes.size(); ++i) {
    const IntegerNode& node = run.network.nodes[i];
    q = cast(q, node.producer, node.in, node.in_channels, node.rounding);
    if (node.op == graph::Op::kLinear) {
      q = run.bias[i].defined() ? at::addmm(run.bias[i], q, run.weight[i])
                                : at::mm(q, run.weight[i]);
    } else if (node.op == graph::Op::kBatchNorm1d) {
      q = at::addcmul(run.bias[i], q, run.weight[i]);
    } else if (node.op == graph::Op::kRelu) {
      q = at::clamp_min(q, 0);
    }
    q = cast(q, node.acc, node.out, node.out_channels, node.rounding);
  }
  return q.to(at::kDouble) * std::ldexp(1.0, -run.network.output().frac) + 0.0;  // -0 is 0
}

at::Tensor evaluate_integers(const LoweredRun& run, const at::Tensor& q) {
  const at::Tensor in = q.to(at::kCPU, at::kLong).contiguous();
  const std::span<const int64_t> x(in.data_ptr<int64_t>(), static_cast<size_t>(in.numel()));
  at::Tensor out = at::empty({in.size(0), run.network.features_out()}, at::kDouble);
  double* to = out.data_ptr<double>();
  for (const Wide value : pass::evaluate_batch(run.network, x))
    *to++ = fixed::dequantise(value, run.network.output());
  return out;
}

}  // namespace

Arithmetic choose_arithmetic(const pass::IntegerNetwork& network) {
  Wide bound = magnitude(network.input());
  for (const auto& node : network.nodes) bound = std::max(bound, bound_of(node));
  if (bound <= (Wide{1} << 24)) return Arithmetic::kExactFloat32;
  if (bound <= (Wide{1} << 53)) return Arithmetic::kExactFloat64;
  return Arithmetic::kInteger;
}

at::Tensor evaluate_run(const LoweredRun& run, const at::Tensor& x, at::Device device) {
  const at::Tensor q = quantise(x, run.network);
  if (run.arithmetic == Arithmetic::kInteger) return evaluate_integers(run, q).to(device);
  return evaluate_floats(run, q);
}

}  // namespace mase::model
