// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gen/base/error.h"
#include "gen/graph/mz.h"
#include "sw/train/checkpoint.h"

namespace mase::train {

namespace fs = std::filesystem;

namespace {

/// "model.seq_blocks.2.weight" -> "seq_blocks_2.weight"
std::string own_name(std::string name) {
  for (const char* prefix : {"module.", "model.", "module."}) {
    if (name.starts_with(prefix)) name.erase(0, std::string_view(prefix).size());
  }
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos)
    std::replace(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot), '.', '_');
  return name;
}

/// Structure alone: operators, names, sizes.
std::string structure(const graph::Graph& graph) {
  std::string text;
  for (const auto& node : graph.nodes) {
    text += fmt::format("{}:{}:{}:{}:{}:{}:{}\n", node.name, to_string(node.op),
                        fmt::join(node.inputs, ","), node.in_features, node.out_features, node.bias,
                        node.num_features);
  }
  return text;
}

/// A graph of the same name may have been changed by passes (folded batch norms); one of another
/// name must be alike.
void check_structure(const graph::Graph& wanted, const graph::Graph& found, const fs::path& path) {
  if (wanted.name == found.name || structure(wanted) == structure(found)) return;
  throw UserError("C021",
                  fmt::format("the file holds the graph '{}' ({} nodes), which is not the "
                              "structure of model {} ({} nodes)",
                              found.name, found.nodes.size(), wanted.name, wanted.nodes.size()),
                  path.string(), "give the model that was saved, or no model at all");
}

}  // namespace

LoadType parse_load_type(const std::string& name) {
  if (name == "pt") return LoadType::kPt;
  if (name == "pl") return LoadType::kPl;
  if (name == "mz") return LoadType::kMz;
  if (name == "hf") return LoadType::kHf;
  throw UserError("C001", fmt::format("unknown load-type '{}'", name), {},
                  nearest_help(name, {"pt", "pl", "mz", "hf"}));
}

void apply_state_dict(graph::Graph& graph, const StateDict& tensors, const std::string& where) {
  std::map<std::string, std::pair<const std::string*, const TensorValue*>> by_own_name;
  std::vector<std::string> problems;
  for (const auto& [name, tensor] : tensors) {
    if (name.ends_with("num_batches_tracked")) continue;
    by_own_name[own_name(name)] = {&name, &tensor};
  }
  for (auto& node : graph.nodes) {
    for (auto& [parameter, tensor] : node.parameters) {
      const auto it = by_own_name.find(node.name + "." + parameter);
      if (it == by_own_name.end()) {
        problems.push_back(
            fmt::format("missing {}.{} [{}]", node.name, parameter, fmt::join(tensor.shape, ", ")));
        continue;
      }
      const auto& [name, value] = it->second;
      if (value->shape != tensor.shape) {
        problems.push_back(fmt::format("{} has shape [{}], wanted [{}]", *name,
                                       fmt::join(value->shape, ", "),
                                       fmt::join(tensor.shape, ", ")));
      } else {
        tensor.data = value->data;
        tensor.dtype = value->type == "DoubleStorage" ? graph::Dtype::kF64 : graph::Dtype::kF32;
      }
      by_own_name.erase(it);
    }
  }
  for (const auto& [unused, entry] : by_own_name) problems.push_back("unexpected " + *entry.first);
  if (!problems.empty()) {
    throw UserError("C020",
                    fmt::format("the checkpoint does not fit model {}: {}", graph.name,
                                fmt::join(problems, "; ")),
                    where, "give the model that was saved");
  }
  graph::verify(graph, where);
}

Loaded load_model(const std::optional<graph::Graph>& model, const fs::path& path, LoadType type) {
  Loaded loaded;
  if (type == LoadType::kMz) {
    loaded.graph = graph::read_mz(path);
    if (model) check_structure(*model, loaded.graph, path);
    return loaded;
  }
  if (type == LoadType::kHf) {
    if (!model)
      throw UserError("C002", "--load-type hf needs a model to put the tensors into", path.string(),
                      "name the model");
    loaded.graph = *model;
    apply_state_dict(loaded.graph, read_hugging_face(path), path.string());
    return loaded;
  }
  Checkpoint checkpoint = read_checkpoint(path);
  if (checkpoint.graph) {
    if (model) check_structure(*model, *checkpoint.graph, path);
    loaded.graph = std::move(*checkpoint.graph);
    if (type == LoadType::kPl) {
      loaded.training = std::move(checkpoint.training);
      loaded.best = std::move(checkpoint.best);
    }
  } else {
    if (!model) {
      throw UserError("C002", "the checkpoint holds weights without a structure", path.string(),
                      "name the model they belong to");
    }
    loaded.graph = *model;
    apply_state_dict(loaded.graph, checkpoint.tensors, path.string());
  }
  if (!checkpoint.skipped.empty()) {
    loaded.notes.push_back(fmt::format("not read from {}: objects of {}", path.string(),
                                       fmt::join(checkpoint.skipped, ", ")));
  }
  return loaded;
}

}  // namespace mase::train
