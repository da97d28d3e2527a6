// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"
#include "sw/cli/action.h"
#include "sw/data/dataset.h"
#include "sw/train/checkpoint.h"
#include "sw/train/regularizer.h"

namespace mase::cli {

/// What an action asks of its session.
enum Need : unsigned {
  kNothing = 0,
  kDataset = 1,  ///< the dataset is loaded and must fit the model
  kTrained = 2,  ///< fresh weights are suspicious and warned about
  kResume = 4    ///< --resume means something
};

/// What every action begins with: the model, the dataset and the project folder, announced in
/// MASE's words.
class Session {
 public:
  /// Loads the graph (--load, or the zoo's with fresh weights) and, when needed, the dataset.
  /// Errors: UserError K006 (no model or dataset is named), K008 (--resume from a file that
  /// has no training state), K009 (model and dataset do not fit), and those of the loaders.
  Session(Run& run, unsigned needs);

  const graph::Graph& graph() const { return loaded_.graph; }
  const train::Loaded& loaded() const { return loaded_; }
  const data::Dataset& dataset() const;  ///< InternalError unless it was needed
  bool has_dataset() const { return dataset_.has_value(); }
  const std::string& model_name() const { return model_name_; }
  const std::filesystem::path& project() const { return project_; }

  /// Writes <project>/config.toml.
  void write_config() const;

 private:
  void load_graph();
  void check_fit() const;
  [[noreturn]] void fail_no_model() const;

  Run& run_;
  unsigned needs_;
  std::string model_name_, dataset_name_;
  train::Loaded loaded_;
  std::optional<data::Dataset> dataset_;
  std::filesystem::path project_;
};

/// Gives LibTorch the threads of --num-workers, and tells how many they are.
int use_threads(const Configuration& config);

/// The dataset that the options name. Errors: UserError K006 when none is named, and those of
/// data::load_dataset.
data::Dataset load_named_dataset(Run& run);

/// [hardware] as the hardware graph wants it.
arch::HardwareOptions hardware_options(const Configuration& config);

/// [train.regularizer], of train and of the trainings of a search. Errors: UserError K020 for
/// settings of a regulariser that nobody chose.
train::RegularizerOptions regularizer_options(const Configuration& config);

}  // namespace mase::cli
