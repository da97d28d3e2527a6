// SPDX-License-Identifier: Apache-2.0
#include "sw/train/regularizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"
#include "sw/train/learner.h"

namespace mase::train {

namespace {

void check(bool good, const char* name, const std::string& got, const std::string& allowed) {
  if (!good)
    throw UserError("T009", fmt::format("{} is {}", name, got), {},
                    fmt::format("allowed: {}", allowed));
}

/// [layers]: the next costed linear reads this one through ReLU and flatten alone.
std::vector<bool> feeds_next(const graph::Graph& graph, const std::vector<CostedLayer>& layers) {
  std::vector<bool> result(layers.size(), false);
  for (size_t i = 0; i + 1 < layers.size(); ++i) {
    const graph::Node* node = graph.find(graph.find(layers[i + 1].node)->inputs.front());
    while (node->op == graph::Op::kRelu || node->op == graph::Op::kFlatten)
      node = graph.find(node->inputs.front());
    result[i] = node->name == layers[i].node;
  }
  return result;
}

}  // namespace

int64_t RegularizerOptions::prune_end(int64_t max_epochs) const {
  return prune_end_epoch.value_or(std::max(prune_begin_epoch + 1, max_epochs * 3 / 4));
}

int64_t RegularizerOptions::settled_epoch(int64_t max_epochs) const {
  int64_t epoch = 0;
  if (strength > 0) epoch = warmup_epochs + std::max<int64_t>(ramp_epochs - 1, 0);
  if (final_sparsity > 0) epoch = std::max(epoch, prune_end(max_epochs) - 1);
  return epoch;
}

double RegularizerOptions::strength_in(int64_t epoch) const {
  if (epoch < warmup_epochs) return 0;
  const auto over = static_cast<double>(epoch - warmup_epochs + 1);
  return strength * std::min(1.0, over / static_cast<double>(std::max<int64_t>(ramp_epochs, 1)));
}

double RegularizerOptions::sparsity_after(int64_t epoch, int64_t max_epochs) const {
  if (epoch < prune_begin_epoch) return 0;
  const double part = static_cast<double>(epoch + 1 - prune_begin_epoch) /
                      static_cast<double>(prune_end(max_epochs) - prune_begin_epoch);
  return final_sparsity * (1 - std::pow(1 - std::min(part, 1.0), 3));
}

void check_regularizer(const RegularizerOptions& o, int64_t max_epochs) {
  if (o.kind == RegularizerKind::kNone) return;
  check(std::isfinite(o.strength) && o.strength >= 0, "regularizer_strength",
        fmt::format("{}", o.strength), "a finite number, 0 and more");
  check(o.warmup_epochs >= 0 && o.warmup_epochs < max_epochs, "regularizer_warmup",
        std::to_string(o.warmup_epochs),
        fmt::format("0 to {}: max_epochs is {}", max_epochs - 1, max_epochs));
  check(o.ramp_epochs >= 0 && o.warmup_epochs + o.ramp_epochs <= max_epochs, "regularizer_ramp",
        std::to_string(o.ramp_epochs),
        fmt::format("0 to {}: it follows {} epochs of warm-up, and max_epochs is {}",
                    max_epochs - o.warmup_epochs, o.warmup_epochs, max_epochs));
  check(o.final_sparsity >= 0 && o.final_sparsity < 1, "final_sparsity",
        fmt::format("{}", o.final_sparsity), "0 and more, below 1");
  if (o.final_sparsity > 0) {
    check(o.prune_begin_epoch >= 0 && o.prune_begin_epoch < max_epochs, "prune_begin_epoch",
          std::to_string(o.prune_begin_epoch),
          fmt::format("0 to {}: max_epochs is {}", max_epochs - 1, max_epochs));
    const int64_t end = o.prune_end(max_epochs);
    check(end > o.prune_begin_epoch && end <= max_epochs, "prune_end_epoch", std::to_string(end),
          fmt::format("{} to {}: pruning begins in epoch {}, and max_epochs is {}",
                      o.prune_begin_epoch + 1, max_epochs, o.prune_begin_epoch, max_epochs));
  }
}

void check_regularizer(const RegularizerOptions& options, int64_t max_epochs,
                       const graph::Graph& graph) {
  check_regularizer(options, max_epochs);
  if (options.kind == RegularizerKind::kNone || !costed_layers(graph).empty()) return;
  throw UserError("T010",
                  fmt::format("regularizer {}: no linear of model {} is quantised",
                              to_string(options.kind), graph.name),
                  {},
                  "quantise the model first (mase-gen transform) and train what it wrote: --load "
                  "<transformed_ckpt/graph_module.mz> --load-type mz");
}

Regularizer::Regularizer(const graph::Graph& graph, Learner& learner,
                         const RegularizerOptions& options, int64_t max_epochs, int64_t rows_a_step)
    : learner_(learner),
      options_(options),
      max_epochs_(max_epochs),
      rows_a_step_(rows_a_step),
      layers_(costed_layers(graph)),
      feeds_next_(feeds_next(graph, layers_)) {
  for (size_t l = 0; l < layers_.size(); ++l) {
    first_.push_back(weights_.size());
    const size_t offset = learner.offset(layers_[l].node + ".weight");
    for (int64_t i = 0; i < layers_[l].out * layers_[l].in; ++i) {
      const auto row = static_cast<size_t>(i / layers_[l].in);
      const int bits = fixed::dropped(layers_[l].rows[row])
                           ? 0
                           : layers_[l].input_bits[static_cast<size_t>(i % layers_[l].in)];
      weights_.push_back({offset + static_cast<size_t>(i), l, row, bits, bits == 0 ? 0 : kFree});
      total_bits_ += bits;
    }
  }
  first_.push_back(weights_.size());
  total_bits_ = std::max(total_bits_, 1.0);
  masters_ = learner.parameters();
  first_cost_ = digit_cost(masters_);
}

int64_t Regularizer::present(const Costed& weight, const std::vector<double>& values) const {
  return with_digits(quantised(values[weight.at], format(weight)), weight.limit, format(weight));
}

double Regularizer::digit_cost(const std::vector<double>& values) const {
  double cost = 0;
  for (const Costed& weight : weights_)
    cost += weight.bits * signed_digits(present(weight, values));
  return cost;
}

void Regularizer::before_update(int64_t epoch) {
  if (!options_.acts()) return;
  learner_.set_parameters(masters_);
  const double strength = options_.strength_in(epoch);
  if (strength == 0) return;
  std::vector<double> gradient(masters_.size(), 0);
  for (const Costed& weight : weights_) {
    if (weight.limit == 0) continue;
    const double w = masters_[weight.at];
    const double scale = std::ldexp(1.0, format(weight).frac);
    const double slope = charge(std::abs(w) * scale).slope * scale;
    const double sign = w > 0 ? 1 : w < 0 ? -1 : 0;
    gradient[weight.at] = strength * weight.bits / total_bits_ * slope * sign;
  }
  learner_.add_gradient(gradient);
}

bool Regularizer::finite() const {
  return std::all_of(masters_.begin(), masters_.end(), [](double w) { return std::isfinite(w); });
}

void Regularizer::after_update() {
  if (!options_.acts()) return;
  masters_ = learner_.parameters();
  if (!finite()) return;  // what diverged must show in the loss
  for (const Costed& weight : weights_) {
    if (weight.limit == kFree) continue;
    // Its rounded form never leaves the format, so that no gradient would bring it back.
    const double lsb = std::ldexp(1.0, -format(weight).frac);
    double& w = masters_[weight.at];
    w = weight.limit == 0 ? 0
                          : std::clamp(w, lsb * static_cast<double>(format(weight).min()),
                                       lsb * static_cast<double>(format(weight).max()));
  }
  publish();
}

void Regularizer::publish() {
  std::vector<double> values = masters_;
  for (const Costed& weight : weights_) {
    if (weight.limit == kFree) continue;
    const int64_t q = quantised(values[weight.at], format(weight));
    const int64_t limited = with_digits(q, weight.limit, format(weight));
    if (limited != q || weight.limit == 0)
      values[weight.at] = std::ldexp(static_cast<double>(limited), -format(weight).frac);
  }
  learner_.set_parameters(values);
}

void Regularizer::end_epoch(int64_t epoch) {
  if (!options_.acts() || !finite()) return;
  const double share = options_.sparsity_after(epoch, max_epochs_);
  const double strength = options_.strength_in(epoch);
  if (strength == 0 && share == 0) return;
  for (Costed& weight : weights_) {
    if (present(weight, masters_) == 0) weight.limit = 0;
  }
  // Of the mean loss of a row; the squares are those of a mean over the rows of a step.
  std::vector<double> curvature = learner_.squared_gradient();
  for (double& value : curvature) value *= static_cast<double>(rows_a_step_);
  const double worth = curvature.empty() ? 0 : strength / total_bits_;
  if (curvature.empty()) curvature.assign(masters_.size(), 1);
  if (options_.kind == RegularizerKind::kLut)
    prune_digits(share, curvature, worth);
  else if (share > 0)
    prune_weights(share, curvature);
  sweep_dead();
  for (const Costed& weight : weights_) {
    if (weight.limit == 0) masters_[weight.at] = 0;
  }
  publish();
}

/// A change of a weight, ordered by the loss it adds for what it saves.
struct Regularizer::Candidate {
  double score;
  size_t weight;
  int limit;
  bool operator<(const Candidate& other) const {  // std::priority_queue: the greatest first
    return std::tie(score, weight) > std::tie(other.score, other.weight);
  }
};

void Regularizer::prune_weights(double share, const std::vector<double>& curvature) {
  size_t zeros = 0;
  std::priority_queue<Candidate> queue;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const Costed& weight = weights_[i];
    const double w = masters_[weight.at];
    if (weight.limit == 0)
      ++zeros;
    else
      queue.push({0.5 * curvature[weight.at] * w * w / weight.bits, i, 0});
  }
  const auto wanted = static_cast<size_t>(share * static_cast<double>(weights_.size()));
  for (; zeros < wanted && !queue.empty(); ++zeros) {
    weights_[queue.top().weight].limit = 0;
    queue.pop();
  }
}

void Regularizer::prune_digits(double share, const std::vector<double>& curvature, double worth) {
  double cost = digit_cost(masters_);
  const double wanted = share > 0 ? (1 - share) * first_cost_ : cost;
  std::priority_queue<Candidate> queue;
  const auto loss = [&](const Costed& weight, int64_t q) {
    const double moved =
        masters_[weight.at] - std::ldexp(static_cast<double>(q), -format(weight).frac);
    return 0.5 * curvature[weight.at] * moved * moved;
  };
  const auto push = [&](size_t i) {
    const Costed& weight = weights_[i];
    const int64_t now = present(weight, masters_);
    const int digits = signed_digits(now);
    if (digits == 0) return;
    const int64_t next = with_digits(now, digits - 1, format(weight));
    const int saved = digits - signed_digits(next);
    queue.push({(loss(weight, next) - loss(weight, now)) / (weight.bits * saved), i, digits - 1});
  };
  for (size_t i = 0; i < weights_.size(); ++i) push(i);
  while (!queue.empty() && (cost > wanted || queue.top().score < worth)) {
    const Candidate least = queue.top();
    queue.pop();
    Costed& weight = weights_[least.weight];
    const int before = signed_digits(present(weight, masters_));
    weight.limit = least.limit;
    cost -= weight.bits * (before - signed_digits(present(weight, masters_)));
    push(least.weight);
  }
}

/// A row whose value no weight of the next linear reads costs hardware for nothing.
void Regularizer::sweep_dead() {
  for (size_t l = layers_.size() - 1; l-- > 0;) {
    if (!feeds_next_[l]) continue;
    const CostedLayer& next = layers_[l + 1];
    for (int64_t row = 0; row < layers_[l].out; ++row) {
      bool read = false;
      for (int64_t o = 0; o < next.out; ++o)
        read |= weights_[first_[l + 1] + static_cast<size_t>(o * next.in + row)].limit != 0;
      if (read) continue;
      const size_t start = first_[l] + static_cast<size_t>(row * layers_[l].in);
      for (int64_t i = 0; i < layers_[l].in; ++i)
        weights_[start + static_cast<size_t>(i)].limit = 0;
    }
  }
}

RegularizerFigures Regularizer::figures() const {
  const std::vector<double> values = learner_.parameters();
  RegularizerFigures figures;
  double zeros = 0;
  for (const Costed& weight : weights_) {
    const double x = std::ldexp(std::abs(values[weight.at]), format(weight).frac);
    figures.value += weight.bits * charge(x).value;
    zeros += quantised(values[weight.at], format(weight)) == 0 ? 1 : 0;
  }
  figures.value /= total_bits_;
  figures.sparsity = zeros / static_cast<double>(weights_.size());
  for (size_t l = 0; l < layers_.size(); ++l)
    figures.lut_proxy +=
        static_cast<double>(adder_bits(layers_[l], &values[weights_[first_[l]].at]));
  return figures;
}

RegularizerState Regularizer::state() const {
  RegularizerState state;
  if (!options_.acts()) return state;
  state.masters = masters_;
  for (const Costed& weight : weights_) state.limits.push_back(weight.limit);
  state.first_cost = first_cost_;
  return state;
}

void Regularizer::restore(const RegularizerState& state) {
  if (!options_.acts()) return;
  MASE_CHECK(state.masters.size() == masters_.size() && state.limits.size() == weights_.size(),
             "regulariser state of {} parameters and {} weights for {} and {}",
             state.masters.size(), state.limits.size(), masters_.size(), weights_.size());
  masters_ = state.masters;
  for (size_t i = 0; i < weights_.size(); ++i)
    weights_[i].limit = static_cast<int>(state.limits[i]);
  first_cost_ = state.first_cost;
  publish();
}

}  // namespace mase::train
