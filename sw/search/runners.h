// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/hardware_graph.h"
#include "gen/graph/graph.h"
#include "sw/data/dataset.h"
#include "sw/model/network.h"
#include "sw/search/options.h"
#include "sw/train/regularizer.h"

namespace mase::search {

/// What runners need beside their own settings.
struct RunnerContext {
  const data::Dataset* dataset = nullptr;  ///< outlives the runners
  model::NetworkOptions network;
  uint64_t seed = 0;
  int64_t batch_size = 128;               ///< of basic_train, where its table says nothing
  train::RegularizerOptions regularizer;  ///< [train.regularizer]: of basic_train
  std::optional<double> clock_mhz;        ///< [hardware] clock_mhz: default of the latency runner
  std::string target;                     ///< --target: default of the resources runner
  std::filesystem::path work;  ///< folder for what Verilator and Yosys need; may be absent
  int jobs = 0;                ///< Yosys processes of one trial at once; 0: as many as processors
  const std::atomic<bool>* stop = nullptr;
};

/// One figure that a runner gives.
struct MetricInfo {
  std::string name;
  std::string unit;
  std::string
      source;  ///< "software", "formula", "systemc-model", "verilator", "model", "yosys", ..
  /// kConfiguration: a formula over the sampled configuration; kHardware: one over the hardware
  /// graph, whose accumulators depend on the weights as well. Grey-box samplers compute both before
  /// anything runs, the second unless the weights are trained in the trial. kRun: it must run.
  enum class Knowledge { kConfiguration, kHardware, kRun } knowledge = Knowledge::kRun;
};

/// One trial on its way through the runners. Software runners come first, in file order;
/// basic_train replaces the graph's parameters, and whoever follows measures the trained network.
/// Made and used by one thread.
class Candidate {
 public:
  /// `cache`: graph and hardware are known to be legal, and their parameters to be the cache's.
  /// `memory` outlives this.
  Candidate(graph::Graph graph, arch::HardwareOptions hardware, pass::LowerCache* cache = nullptr,
            arch::BuildMemory* memory = nullptr);

  const graph::Graph& graph() const { return graph_; }
  void replace_graph(graph::Graph graph);
  const arch::HardwareOptions& hardware_options() const { return options_; }
  /// Legalised on first use. Errors: as arch::build_hardware.
  const arch::HardwareGraph& hardware();
  /// Gives graph and options back; the candidate is empty then.
  std::pair<graph::Graph, arch::HardwareOptions> release();

 private:
  graph::Graph graph_;
  arch::HardwareOptions options_;
  pass::LowerCache* cache_;
  arch::BuildMemory* memory_;
  std::optional<arch::HardwareGraph> hardware_;
};

/// Measures candidates. Immutable after construction and thread-safe.
class Runner {
 public:
  virtual ~Runner() = default;
  const std::string& name() const { return name_; }
  bool software() const { return software_; }
  const std::vector<MetricInfo>& metrics() const { return metrics_; }

  /// One value for each of metrics(), in their order.
  virtual std::vector<double> run(Candidate& candidate) const = 0;

  /// As run(), by formulas alone: what grey-box samplers ask of a runner whose metrics are known
  /// without running. Equal to run() to the bit.
  virtual std::vector<double> formula(Candidate& candidate) const { return run(candidate); }

  /// True when run() replaces the graph's parameters: what depends on them is then unknown before
  /// the trial.
  virtual bool changes_parameters() const { return false; }

  /// True when run() looks at the hardware graph.
  virtual bool needs_hardware() const { return false; }

  /// The runner that measures what this one models (systemc -> verilator, model -> yosys); nullptr
  /// where there is nothing to add. Errors: UserError S001, Y001 (tool missing, exit 4).
  virtual std::unique_ptr<Runner> measured() const { return nullptr; }
  /// measured() has something to give.
  virtual bool can_be_measured() const { return false; }

 protected:
  Runner(std::string name, bool software) : name_(std::move(name)), software_(software) {}
  std::string name_;
  bool software_;
  std::vector<MetricInfo> metrics_;
};

/// "basic_evaluation", "basic_train"; "average_bitwidth", "latency", "resources", ...
const std::vector<std::string>& software_runner_names();
const std::vector<std::string>& hardware_runner_names();

/// Software runners, then hardware runners, each in file order; where basic_train and
/// basic_evaluation are both there, the training comes first. A tool that a backend needs is looked
/// for here, before the first trial. Errors: UserError Q020 (unknown runner, with the nearest),
/// Q021 (unknown key), Q022 (value of wrong type or out of range), Y010 (unknown target), S001 and
/// Y001 (Verilator or Yosys is missing; exit 4).
std::vector<std::shared_ptr<const Runner>> make_runners(const StrategyOptions& options,
                                                        const RunnerContext& context);

}  // namespace mase::search
