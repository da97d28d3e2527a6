// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gen/graph/graph.h"
#include "sw/train/learner.h"
#include "sw/train/pickle.h"
#include "sw/train/regularizer.h"

namespace mase::train {

enum class LoadType { kPt, kPl, kMz, kHf };
/// Errors: UserError C001 with the nearest name.
LoadType parse_load_type(const std::string& name);

/// Tensors by the names the file gives them.
using StateDict = std::map<std::string, TensorValue>;

/// Where training stands; with the parameters this is all that an uninterrupted run would have.
struct TrainingState {
  int64_t epoch = 0;        ///< in progress, from 0; equals max_epochs at the end
  int64_t batch = 0;        ///< next batch of that epoch
  int64_t global_step = 0;  ///< optimiser steps so far
  uint64_t seed = 0;        ///< with the epoch it gives the order of the rows
  std::string optimizer = "adam";
  double learning_rate = 0;  ///< initial one
  double weight_decay = 0;
  int64_t batch_size = 0, max_epochs = 0, accumulate_grad_batches = 1;
  double epoch_loss = 0;  ///< sum over the rows of the epoch in progress
  OptimizerState optimizer_state;
  double best_loss = 0;     ///< lowest validation loss
  int64_t best_epoch = -1;  ///< -1: no epoch was validated yet
  double train_loss = 0, validation_loss = 0,
         validation_accuracy = 0;  ///< of the last finished epoch
  RegularizerOptions regularizer;
  RegularizerState regularizer_state;
};

struct Checkpoint {
  StateDict tensors;
  std::optional<graph::Graph> graph;      ///< ours: structure, formats and parameters
  std::optional<graph::Graph> best;       ///< ours: the best so far
  std::optional<TrainingState> training;  ///< ours
  std::vector<std::string> skipped;       ///< classes of the file that were not read
};

/// One file of ours, Lightning's or torch.save's: it is a zip with a pickle, and Python's
/// torch.load reads ours (keys epoch, global_step, state_dict as Lightning names them). Errors:
/// UserError B00x, C010..C013 (no tensors in it, training state of ours damaged).
Checkpoint read_checkpoint(const std::filesystem::path& path);
void write_checkpoint(const graph::Graph& graph, const std::optional<graph::Graph>& best,
                      const TrainingState& state, const std::filesystem::path& path);

/// A state dict that torch.load and load_state_dict take: seq_blocks_2's weight is
/// "seq_blocks.2.weight".
void write_state_dict(const graph::Graph& graph, const std::filesystem::path& path);

/// Copies tensors into the nodes of `graph` they are named after; "model." and "module." in front
/// are ignored, num_batches_tracked is not needed. Errors: UserError C020 naming every missing,
/// unexpected and misshapen tensor.
void apply_state_dict(graph::Graph& graph, const StateDict& tensors, const std::string& where);

/// `config.json` and model.safetensors or pytorch_model.bin. Errors: UserError C030.. naming what
/// is missing or foreign.
StateDict read_hugging_face(const std::filesystem::path& directory);

struct Loaded {
  graph::Graph graph;
  std::optional<TrainingState> training;
  std::optional<graph::Graph> best;
  std::vector<std::string> notes;  ///< for the user: what was skipped
};
/// Any load type. mz: the file's graph as it is. Others: `model` with the file's parameters, and
/// with the formats of a checkpoint of ours. Errors: as above, and C021 when a .mz holds another
/// structure than `model` (when one is given).
Loaded load_model(const std::optional<graph::Graph>& model, const std::filesystem::path& path,
                  LoadType type);

}  // namespace mase::train
