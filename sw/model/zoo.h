// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gen/graph/graph.h"

namespace mase::model {

/// The model `mlp`, described by its user.
struct MlpOptions {
  std::vector<int64_t> widths;      ///< features, hidden widths, classes: at least two numbers
  bool batch_norm = false;          ///< one before the first layer and one after every hidden layer
  std::string activation = "relu";  ///< "relu" or "none", after every hidden layer
};

/// What `--info` says about a model.
struct ModelInfo {
  std::string name;
  std::string summary;   ///< structure in one line
  int64_t features = 0;  ///< 0: given by the user
  int64_t classes = 0;
  int64_t parameters = 0;  ///< trainable; 0: depends on the user's widths
  std::string dataset;     ///< the dataset it was made for
};
const std::vector<ModelInfo>& model_infos();

/// Accepts - and _ alike. Errors: UserError N001 with the nearest name.
const ModelInfo& find_model(const std::string& name);

/// The float graph with PyTorch's default initialisation: bit for bit what torch.manual_seed(seed)
/// followed by building the same torch.nn.Sequential gives. Nodes are named as MASE names them: x,
/// seq_blocks_0, ..., output. Errors: UserError N001 (unknown), N002 (mlp without or with
/// impossible widths or activation), N003 (mlp options for another model).
graph::Graph build_model(const std::string& name, uint64_t seed,
                         const std::optional<MlpOptions>& mlp = std::nullopt);

}  // namespace mase::model
