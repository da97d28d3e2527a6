// SPDX-License-Identifier: Apache-2.0
#include "sw/train/learner.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <ATen/autocast_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "sw/model/network_impl.h"

namespace mase::train {

namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEps = 1e-8;

/// LibTorch 2.4 names the device in one function; the older functions warn from then on.
void set_bf16_autocast(bool on, bool gpu) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  const at::DeviceType device = gpu ? at::kCUDA : at::kCPU;
  at::autocast::set_autocast_dtype(device, at::kBFloat16);
  at::autocast::set_autocast_enabled(device, on);
#else
  gpu ? at::autocast::set_autocast_gpu_dtype(at::kBFloat16)
      : at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  gpu ? at::autocast::set_enabled(on) : at::autocast::set_cpu_enabled(on);
#endif
}

/// Turns bfloat16 autocast on for the forward pass and leaves its weight cache empty.
class Autocast {
 public:
  Autocast(bool on, bool gpu) : on_(on), gpu_(gpu) {
    if (!on_) return;
    set_bf16_autocast(true, gpu_);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!on_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set_bf16_autocast(false, gpu_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool on_, gpu_;
};

std::vector<double> to_vector(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU, at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

at::Tensor from_vector(const std::vector<double>& values, const at::Tensor& like) {
  return at::from_blob(const_cast<double*>(values.data()), {static_cast<int64_t>(values.size())},
                       at::kDouble)
      .to(like.options(), false, true);
}

}  // namespace

OptimizerKind parse_optimizer(const std::string& name) {
  if (name == "adam") return OptimizerKind::kAdam;
  if (name == "adamw") return OptimizerKind::kAdamW;
  if (name == "sgd") return OptimizerKind::kSgd;
  throw UserError("T001", fmt::format("unknown training-optimizer '{}'", name), {},
                  nearest_help(name, {"adam", "sgd", "adamw"}));
}

std::string to_string(OptimizerKind kind) {
  return kind == OptimizerKind::kAdam ? "adam" : kind == OptimizerKind::kAdamW ? "adamw" : "sgd";
}

struct Learner::Impl {
  model::Network::Impl& network;
  OptimizerOptions options;
  bool bf16 = false;
  at::Tensor x, y;            ///< gathered rows of the epoch
  at::Tensor logits, target;  ///< of the last batch
  at::Tensor first_moment, second_moment;
  int64_t steps = 0;
};

Learner::Learner(model::Network& network, const OptimizerOptions& options)
    : impl_(new Impl{network.impl(),
                     options,
                     network.options().precision == model::Precision::kBf16,
                     {},
                     {},
                     {},
                     {},
                     {},
                     {},
                     0}) {
  const bool quantised =
      std::any_of(impl_->network.graph.nodes.begin(), impl_->network.graph.nodes.end(),
                  [](const graph::Node& node) { return node.quantised(); });
  if (impl_->bf16 && quantised) {
    throw UserError("T002",
                    "trainer-precision bf16 cannot train a quantised graph: its 8 significant bits "
                    "are fewer than the formats have",
                    {}, "use --trainer-precision 32 or 64");
  }
  if (options.kind != OptimizerKind::kSgd) {
    impl_->first_moment = at::zeros_like(impl_->network.flat);
    impl_->second_moment = at::zeros_like(impl_->network.flat);
  }
}

Learner::~Learner() = default;

void Learner::load(const data::Split& split, std::span<const int64_t> order) {
  const torch::NoGradGuard guard;
  Impl& impl = *impl_;
  const auto rows = static_cast<int64_t>(order.size());
  const at::Tensor index = at::from_blob(const_cast<int64_t*>(order.data()), {rows}, at::kLong);
  const at::Tensor features =
      at::from_blob(const_cast<float*>(split.features), {split.rows, split.columns}, at::kFloat);
  const at::Tensor labels =
      at::from_blob(const_cast<int64_t*>(split.labels), {split.rows}, at::kLong);
  impl.x = features.index_select(0, index).to(impl.network.device, impl.network.dtype);
  impl.y = labels.index_select(0, index).to(impl.network.device);
}

double Learner::accumulate(int64_t first, int64_t rows, double scale) {
  Impl& impl = *impl_;
  MASE_CHECK(impl.x.defined() && first >= 0 && rows > 0 && first + rows <= impl.x.size(0),
             "batch {}+{} out of range", first, rows);
  impl.network.moved = true;
  impl.target = impl.y.narrow(0, first, rows);
  at::Tensor loss;
  {
    const Autocast autocast(impl.bf16, impl.network.device.is_cuda());
    impl.logits = impl.network.forward_train(impl.x.narrow(0, first, rows));
  }
  loss = at::cross_entropy_loss(impl.bf16 ? impl.logits.to(at::kFloat) : impl.logits, impl.target);
  (scale == 1.0 ? loss : loss * scale).backward();
  return loss.item<double>();
}

double Learner::batch_accuracy() const {
  const torch::NoGradGuard guard;
  return impl_->logits.argmax(1).eq(impl_->target).sum().item<double>() /
         static_cast<double>(impl_->target.size(0));
}

void Learner::update(double learning_rate) {
  const torch::NoGradGuard guard;
  Impl& impl = *impl_;
  at::Tensor& p = impl.network.flat;
  at::Tensor& g = impl.network.flat_grad;
  const double decay = impl.options.weight_decay;
  ++impl.steps;
  if (impl.options.kind == OptimizerKind::kAdamW) {
    if (decay != 0) p.mul_(1 - learning_rate * decay);
  } else if (decay != 0) {
    g.add_(p, decay);
  }
  if (impl.options.kind == OptimizerKind::kSgd) {
    p.add_(g, -learning_rate);
  } else {
    const auto step = static_cast<double>(impl.steps);
    const double correction1 = 1 - std::pow(kBeta1, step);
    const double correction2 = std::sqrt(1 - std::pow(kBeta2, step));
    impl.first_moment.mul_(kBeta1).add_(g, 1 - kBeta1);
    impl.second_moment.mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
    p.addcdiv_(impl.first_moment, impl.second_moment.sqrt().div_(correction2).add_(kEps),
               -learning_rate / correction1);
  }
  g.zero_();
}

std::map<std::string, std::vector<double>> Learner::gradients() const {
  std::map<std::string, std::vector<double>> result;
  for (const auto& [name, leaf] : impl_->network.leaves) result[name] = to_vector(leaf.grad());
  return result;
}

std::vector<double> Learner::parameters() const { return to_vector(impl_->network.flat); }

size_t Learner::offset(const std::string& name) const {
  return static_cast<size_t>(impl_->network.leaves.at(name).storage_offset());
}

void Learner::set_parameters(const std::vector<double>& values) {
  const torch::NoGradGuard guard;
  MASE_CHECK(static_cast<int64_t>(values.size()) == impl_->network.flat.numel(),
             "{} values for {} parameters", values.size(), impl_->network.flat.numel());
  impl_->network.moved = true;
  impl_->network.flat.copy_(from_vector(values, impl_->network.flat));
}

void Learner::add_gradient(const std::vector<double>& gradient) {
  const torch::NoGradGuard guard;
  impl_->network.flat_grad.add_(from_vector(gradient, impl_->network.flat_grad));
}

std::vector<double> Learner::squared_gradient() const {
  if (!impl_->second_moment.defined() || impl_->steps == 0) return {};
  std::vector<double> mean = to_vector(impl_->second_moment);
  const double correction = 1 - std::pow(kBeta2, static_cast<double>(impl_->steps));
  for (double& value : mean) value /= correction;
  return mean;
}

OptimizerState Learner::state() const {
  OptimizerState state;
  state.steps = impl_->steps;
  if (impl_->first_moment.defined()) {
    state.first_moment = to_vector(impl_->first_moment);
    state.second_moment = to_vector(impl_->second_moment);
  }
  return state;
}

void Learner::restore(const OptimizerState& state) {
  impl_->steps = state.steps;
  if (!impl_->first_moment.defined()) return;
  MASE_CHECK(static_cast<int64_t>(state.first_moment.size()) == impl_->network.flat.numel() &&
                 state.first_moment.size() == state.second_moment.size(),
             "optimiser state of {} numbers for {} parameters", state.first_moment.size(),
             impl_->network.flat.numel());
  impl_->first_moment = from_vector(state.first_moment, impl_->network.flat);
  impl_->second_moment = from_vector(state.second_moment, impl_->network.flat);
}

void set_threads(int count) { at::set_num_threads(std::max(count, 1)); }

}  // namespace mase::train
