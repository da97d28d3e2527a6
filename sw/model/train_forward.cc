// SPDX-License-Identifier: Apache-2.0
#include <torch/torch.h>

#include <cmath>

#include "gen/fixed/channels.h"
#include "sw/model/network_impl.h"

namespace mase::model {

namespace {

using fixed::Format;
using graph::Node;
using graph::Op;

/// clamp(round(x * 2^frac)) * 2^-frac with the straight-through gradient.
class Rounded : public torch::autograd::Function<Rounded> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            double scale, double low, double high, bool floor) {
    at::Tensor q = x * scale;
    q = floor ? q.floor_() : q.round_();
    const at::Tensor y = q.clamp(low, high);
    context->save_for_backward({y == q});
    return y * (1 / scale);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grad) {
    const at::Tensor inside = context->get_saved_variables()[0];
    return {grad[0] * inside, {}, {}, {}, {}};
  }
};

/// The same with numbers for each channel that broadcast over x. Scale 0: the channel is dropped,
/// and has no gradient.
class RoundedChannels : public torch::autograd::Function<RoundedChannels> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& scale, const at::Tensor& unit, const at::Tensor& low,
                            const at::Tensor& high, bool floor) {
    at::Tensor q = x * scale;
    q = floor ? q.floor_() : q.round_();
    const at::Tensor y = at::clamp(q, low, high);
    context->save_for_backward({(y == q).logical_and_(scale != 0)});
    return y * unit;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grad) {
    const at::Tensor inside = context->get_saved_variables()[0];
    return {grad[0] * inside, {}, {}, {}, {}, {}};
  }
};

/// Beyond these fractions 2^frac leaves float32, in which LibTorch's own operator scales.
constexpr int kNarrowFrac = 100;

at::Tensor fake_quantise(const at::Tensor& x, const Format& format,
                         fixed::Rounding rounding = fixed::Rounding::kHalfEven) {
  if (rounding == fixed::Rounding::kHalfEven && x.scalar_type() == at::kFloat &&
      std::abs(format.frac) <= kNarrowFrac && format.width <= 24) {
    return at::fake_quantize_per_tensor_affine(x, std::ldexp(1.0, -format.frac), 0,
                                               static_cast<int64_t>(format.min()),
                                               static_cast<int64_t>(format.max()));
  }
  return Rounded::apply(x, std::ldexp(1.0, format.frac), static_cast<double>(format.min()),
                        static_cast<double>(format.max()), rounding == fixed::Rounding::kFloor);
}

/// Channels are the last dimension of x, or (by_row) the first. `channels` are empty where all have
/// `format`.
at::Tensor fake_quantise(const at::Tensor& x, const Format& format,
                         const std::vector<Format>& channels, bool by_row,
                         fixed::Rounding rounding = fixed::Rounding::kHalfEven) {
  if (channels.empty()) return fake_quantise(x, format, rounding);
  std::vector<double> scale, unit, low, high;
  for (const Format& channel : channels) {
    const bool dropped = fixed::dropped(channel);
    scale.push_back(dropped ? 0.0 : std::ldexp(1.0, channel.frac));
    unit.push_back(std::ldexp(1.0, -channel.frac));
    low.push_back(dropped ? 0.0 : static_cast<double>(channel.min()));
    high.push_back(dropped ? 0.0 : static_cast<double>(channel.max()));
  }
  const bool column = by_row && x.dim() == 2;
  const auto tensor = [&](const std::vector<double>& values) {
    const at::Tensor row = at::tensor(values, at::kDouble).to(x.device(), x.scalar_type());
    return column ? row.view({-1, 1}) : row;
  };
  return RoundedChannels::apply(x, tensor(scale), tensor(unit), tensor(low), tensor(high),
                                rounding == fixed::Rounding::kFloor);
}

at::Tensor quantise_weight(const Node& node, const at::Tensor& x) {
  return fake_quantise(x, graph::weight_format(node), graph::weight_channels(node), true);
}
at::Tensor quantise_bias(const Node& node, const at::Tensor& x) {
  return fake_quantise(x, graph::bias_format(node), graph::bias_channels(node), true);
}
at::Tensor quantise_data_in(const Node& node, const at::Tensor& x, fixed::Rounding rounding) {
  return fake_quantise(x, graph::data_in_format(node), graph::data_in_channels(node), false,
                       rounding);
}

/// Batch statistics folded into scale and offset, both rounded, applied as the hardware will apply
/// them.
at::Tensor batch_norm_quantised(const Node& node, const at::Tensor& x, const at::Tensor& gamma,
                                const at::Tensor& beta, at::Tensor& running_mean,
                                at::Tensor& running_var) {
  const at::Tensor mean = x.mean(0);
  const at::Tensor variance = x.var(at::IntArrayRef{0}, /*unbiased=*/false);
  {
    const torch::NoGradGuard guard;
    const double rows = static_cast<double>(x.size(0));
    running_mean.mul_(1 - node.momentum).add_(mean, node.momentum);
    running_var.mul_(1 - node.momentum).add_(variance, node.momentum * rows / (rows - 1));
  }
  const at::Tensor scale = gamma * (variance + node.eps).rsqrt();
  const at::Tensor offset = beta - mean * scale;
  return at::addcmul(quantise_bias(node, offset), x, quantise_weight(node, scale));
}

}  // namespace

at::Tensor Network::Impl::forward_train(const at::Tensor& input) {
  at::Tensor x = input;
  const Node& placeholder = graph.placeholder();
  if (placeholder.quantised()) x = quantise_data_in(placeholder, x, fixed::Rounding::kHalfEven);
  bool from_float = !placeholder.quantised();  // what is no integer yet is rounded half to even,
                                               // whatever the node's casts do
  for (const Node& node : graph.nodes) {
    const bool quantised =
        node.quantised() &&
        (node.op == Op::kLinear || node.op == Op::kBatchNorm1d || node.op == Op::kRelu);
    if (quantised) {
      x = quantise_data_in(node, x, from_float ? fixed::Rounding::kHalfEven : node.quant->rounding);
    }
    switch (node.op) {
      case Op::kLinear: {
        at::Tensor weight = leaf(node, "weight");
        at::Tensor bias = node.bias ? leaf(node, "bias") : at::Tensor();
        if (quantised) {
          weight = quantise_weight(node, weight);
          if (bias.defined()) bias = quantise_bias(node, bias);
        }
        x = at::linear(x, weight, bias);
        break;
      }
      case Op::kBatchNorm1d: {
        at::Tensor& mean = buffers.at(node.name + ".running_mean");
        at::Tensor& variance = buffers.at(node.name + ".running_var");
        x = quantised ? batch_norm_quantised(node, x, leaf(node, "weight"), leaf(node, "bias"),
                                             mean, variance)
                      : at::batch_norm(x, leaf(node, "weight"), leaf(node, "bias"), mean, variance,
                                       true, node.momentum, node.eps, false);
        break;
      }
      case Op::kRelu:
        if (!quantised) x = at::relu(x);  // the unsigned format has clamped at 0 already
        break;
      default: break;
    }
    if (quantised) {
      if (const auto out = graph::data_out_format(node))
        x = fake_quantise(x, *out, graph::data_out_channels(node), false, node.quant->rounding);
    }
    if (node.op == Op::kLinear || node.op == Op::kBatchNorm1d || quantised) from_float = !quantised;
  }
  return x;
}

}  // namespace mase::model
