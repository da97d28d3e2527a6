// SPDX-License-Identifier: Apache-2.0
#include "sw/train/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gen/base/error.h"
#include "gen/graph/mz.h"
#include "sw/train/torch_file.h"

namespace mase::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kOwnKey = "mase_gen";

/// "seq_blocks_2" -> "seq_blocks.2": a number at the end is an index into torch.nn.Sequential.
std::string torch_name(const std::string& node) {
  const size_t at = node.find_last_not_of("0123456789");
  if (at == std::string::npos || at + 1 == node.size() || node[at] != '_' || at == 0) return node;
  return node.substr(0, at) + "." + node.substr(at + 1);
}

TensorValue to_value(const graph::Tensor& tensor) {
  return {tensor.dtype == graph::Dtype::kF64 ? "DoubleStorage" : "FloatStorage", tensor.shape,
          tensor.data};
}

TensorValue bytes_value(const std::string& bytes) {
  TensorValue value{"ByteStorage", {static_cast<int64_t>(bytes.size())}, {}};
  for (const unsigned char byte : bytes) value.data.push_back(byte);
  return value;
}

TensorValue doubles(const std::vector<double>& values) {
  return {"DoubleStorage", {static_cast<int64_t>(values.size())}, values};
}

Ref state_dict(const graph::Graph& graph, const std::string& prefix) {
  Ref dict = make_value(Dict{});
  for (const auto& node : graph.nodes) {
    for (const auto& [name, tensor] : node.parameters) {
      set(dict, prefix + torch_name(node.name) + "." + name, make_value(to_value(tensor)));
    }
  }
  return dict;
}

/// Tensors of a dict of tensors; values of other kinds are left out.
StateDict tensors_of(const Ref& dict) {
  StateDict result;
  const auto* entries = dict == nullptr ? nullptr : dict->as<Dict>();
  if (entries == nullptr) return result;
  for (const auto& [key, value] : entries->items) {
    if (key->as<std::string>() != nullptr && value->as<TensorValue>() != nullptr) {
      result[*key->as<std::string>()] = *value->as<TensorValue>();
    }
  }
  return result;
}

/// Typed access to our own part of a checkpoint.
class OwnPart {
 public:
  OwnPart(Ref dict, std::string where) : dict_(std::move(dict)), where_(std::move(where)) {}

  template <class T>
  T get(const char* key) const {
    const Ref value = dict_->find(key);
    const T* found = value == nullptr ? nullptr : value->as<T>();
    if (found == nullptr) {
      throw UserError(
          "C013",
          fmt::format("the checkpoint's training state lacks '{}' or has another type for it", key),
          where_,
          "was it written by another version of mase-gen? load its weights with --load-type pt");
    }
    return *found;
  }
  std::optional<OwnPart> part(const char* key) const {
    const Ref value = dict_->find(key);
    if (value == nullptr) return std::nullopt;
    return OwnPart(value, where_);
  }
  bool has(const char* key) const { return dict_->find(key) != nullptr; }
  std::vector<double> doubles(const char* key) const { return get<TensorValue>(key).data; }
  std::optional<graph::Graph> graph(const char* key) const {
    if (dict_->find(key) == nullptr) return std::nullopt;
    std::string bytes;
    for (const double byte : doubles(key))
      bytes += static_cast<char>(static_cast<unsigned char>(byte));
    return graph::parse_mz(bytes, fmt::format("{}:{}", where_, key));
  }

 private:
  Ref dict_;
  std::string where_;
};

void read_regularizer(const OwnPart& own, TrainingState& s) {
  RegularizerOptions& o = s.regularizer;
  o.kind = parse_regularizer(own.get<std::string>("name"));
  o.strength = own.get<double>("strength");
  o.warmup_epochs = own.get<int64_t>("warmup_epochs");
  o.ramp_epochs = own.get<int64_t>("ramp_epochs");
  o.final_sparsity = own.get<double>("final_sparsity");
  o.prune_begin_epoch = own.get<int64_t>("prune_begin_epoch");
  if (own.has("prune_end_epoch")) o.prune_end_epoch = own.get<int64_t>("prune_end_epoch");
  s.regularizer_state.masters = own.doubles("masters");
  s.regularizer_state.limits = own.doubles("limits");
  s.regularizer_state.first_cost = own.get<double>("first_cost");
  s.regularizer_state.best_objective = own.get<double>("best_objective");
}

Ref regularizer_part(const TrainingState& s) {
  const RegularizerOptions& o = s.regularizer;
  Ref part = make_value(Dict{});
  set(part, "name", make_value(to_string(o.kind)));
  set(part, "strength", make_value(o.strength));
  set(part, "warmup_epochs", make_value(o.warmup_epochs));
  set(part, "ramp_epochs", make_value(o.ramp_epochs));
  set(part, "final_sparsity", make_value(o.final_sparsity));
  set(part, "prune_begin_epoch", make_value(o.prune_begin_epoch));
  if (o.prune_end_epoch) set(part, "prune_end_epoch", make_value(*o.prune_end_epoch));
  set(part, "masters", make_value(doubles(s.regularizer_state.masters)));
  set(part, "limits", make_value(doubles(s.regularizer_state.limits)));
  set(part, "first_cost", make_value(s.regularizer_state.first_cost));
  set(part, "best_objective", make_value(s.regularizer_state.best_objective));
  return part;
}

TrainingState read_state(const OwnPart& own) {
  TrainingState s;
  s.epoch = own.get<int64_t>("epoch");
  s.batch = own.get<int64_t>("batch");
  s.global_step = own.get<int64_t>("global_step");
  s.seed = static_cast<uint64_t>(own.get<int64_t>("seed"));
  s.optimizer = own.get<std::string>("optimizer");
  s.learning_rate = own.get<double>("learning_rate");
  s.weight_decay = own.get<double>("weight_decay");
  s.batch_size = own.get<int64_t>("batch_size");
  s.max_epochs = own.get<int64_t>("max_epochs");
  s.accumulate_grad_batches = own.get<int64_t>("accumulate_grad_batches");
  s.epoch_loss = own.get<double>("epoch_loss");
  s.optimizer_state.steps = own.get<int64_t>("optimizer_steps");
  s.optimizer_state.first_moment = own.doubles("exp_avg");
  s.optimizer_state.second_moment = own.doubles("exp_avg_sq");
  s.best_loss = own.get<double>("best_loss");
  s.best_epoch = own.get<int64_t>("best_epoch");
  s.train_loss = own.get<double>("train_loss");
  s.validation_loss = own.get<double>("validation_loss");
  s.validation_accuracy = own.get<double>("validation_accuracy");
  if (const auto part = own.part("regularizer")) read_regularizer(*part, s);
  if (s.epoch < 0 || s.batch < 0 || s.global_step < 0 || s.optimizer_state.steps < 0) {
    throw UserError("C013", "the checkpoint's training state has a negative count");
  }
  return s;
}

Ref own_part(const graph::Graph& graph, const std::optional<graph::Graph>& best,
             const TrainingState& s) {
  Ref own = make_value(Dict{});
  set(own, "epoch", make_value(s.epoch));
  set(own, "batch", make_value(s.batch));
  set(own, "global_step", make_value(s.global_step));
  set(own, "seed", make_value(static_cast<int64_t>(s.seed)));
  set(own, "optimizer", make_value(s.optimizer));
  set(own, "learning_rate", make_value(s.learning_rate));
  set(own, "weight_decay", make_value(s.weight_decay));
  set(own, "batch_size", make_value(s.batch_size));
  set(own, "max_epochs", make_value(s.max_epochs));
  set(own, "accumulate_grad_batches", make_value(s.accumulate_grad_batches));
  set(own, "epoch_loss", make_value(s.epoch_loss));
  set(own, "optimizer_steps", make_value(s.optimizer_state.steps));
  set(own, "exp_avg", make_value(doubles(s.optimizer_state.first_moment)));
  set(own, "exp_avg_sq", make_value(doubles(s.optimizer_state.second_moment)));
  set(own, "best_loss", make_value(s.best_loss));
  set(own, "best_epoch", make_value(s.best_epoch));
  set(own, "train_loss", make_value(s.train_loss));
  set(own, "validation_loss", make_value(s.validation_loss));
  set(own, "validation_accuracy", make_value(s.validation_accuracy));
  if (s.regularizer.acts()) set(own, "regularizer", regularizer_part(s));
  set(own, "graph", make_value(bytes_value(graph::serialise_mz(graph))));
  if (best) set(own, "best_graph", make_value(bytes_value(graph::serialise_mz(*best))));
  return own;
}

}  // namespace

void write_state_dict(const graph::Graph& graph, const fs::path& path) {
  write_torch_file(state_dict(graph, ""), path);
}

void write_checkpoint(const graph::Graph& graph, const std::optional<graph::Graph>& best,
                      const TrainingState& state, const fs::path& path) {
  Ref root = make_value(Dict{});
  set(root, "epoch", make_value(state.epoch));
  set(root, "global_step", make_value(state.global_step));
  set(root, "pytorch-lightning_version", make_value(std::string("none: written by mase-gen")));
  set(root, "state_dict", state_dict(graph, "model."));
  set(root, kOwnKey, own_part(graph, best, state));
  write_torch_file(root, path);
}

Checkpoint read_checkpoint(const fs::path& path) {
  const TorchFile file = read_torch_file(path);
  Checkpoint checkpoint;
  checkpoint.skipped = file.skipped;
  const Ref nested = file.root->find("state_dict");
  checkpoint.tensors = tensors_of(nested != nullptr ? nested : file.root);
  if (checkpoint.tensors.empty()) {
    throw UserError("C011", "the file holds no tensors under names", path.string(),
                    "save a state dict: torch.save(model.state_dict(), FILE); whole pickled models "
                    "are not executed");
  }
  if (const Ref own = file.root->find(kOwnKey)) {
    const OwnPart part(own, path.string());
    checkpoint.graph = part.graph("graph");
    checkpoint.best = part.graph("best_graph");
    checkpoint.training = read_state(part);
  }
  return checkpoint;
}

}  // namespace mase::train
