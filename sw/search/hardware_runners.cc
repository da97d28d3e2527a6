// SPDX-License-Identifier: Apache-2.0
// What a candidate is as hardware.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "gen/arch/metrics.h"
#include "gen/base/error.h"
#include "sw/search/synthesis.h"

namespace mase::search {

namespace {

using Knowledge = MetricInfo::Knowledge;

class AverageBitwidth final : public Runner {
 public:
  explicit AverageBitwidth(RunnerSettings& settings) : Runner(settings.name(), false) {
    compare_to_ = settings.real("compare_to", 0).value_or(32);
    metrics_ = {{"average_bitwidth", "bit", "formula", Knowledge::kConfiguration},
                {"memory_density", "", "formula", Knowledge::kConfiguration}};
  }
  std::vector<double> run(Candidate& candidate) const override {
    return {arch::average_bitwidth(candidate.graph()),
            arch::memory_density(candidate.graph(), compare_to_)};
  }

 private:
  double compare_to_;
};

/// One count over the graph.
class Count final : public Runner {
 public:
  using Function = int64_t (*)(const graph::Graph&);
  Count(const std::string& name, const std::string& metric, const std::string& unit,
        Function function)
      : Runner(name, false), function_(function) {
    metrics_ = {{metric, unit, "formula", Knowledge::kConfiguration}};
  }
  std::vector<double> run(Candidate& candidate) const override {
    return {static_cast<double>(function_(candidate.graph()))};
  }

 private:
  Function function_;
};

/// Seconds a sample that the network takes in software, on this machine: the fastest of several
/// passes, since whatever else runs can only make one slower.
class SoftwareLatency final : public Runner {
 public:
  SoftwareLatency(RunnerSettings& settings, const RunnerContext& context)
      : Runner(settings.name(), false), network_(context.network) {
    MASE_CHECK(context.dataset != nullptr, "{} without a dataset", settings.name());
    repeats_ = settings.integer("repeats", 1, 1000000).value_or(5);
    batch_ = settings.integer("batch_size", 1).value_or(512);
    rows_ = context.dataset->validation.head(settings.integer("num_samples", 1).value_or(512));
    metrics_ = {{"software_latency", "s", "measured in software", Knowledge::kRun}};
  }

  std::vector<double> run(Candidate& candidate) const override {
    const model::Network network(candidate.graph(), network_);
    network.outputs(rows_.matrix(), batch_);  // caches, allocator
    double best = std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < repeats_; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      network.outputs(rows_.matrix(), batch_);
      best = std::min(
          best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    return {best / static_cast<double>(rows_.rows)};
  }

 private:
  model::NetworkOptions network_;
  int64_t repeats_, batch_;
  data::Split rows_;
};

}  // namespace

std::unique_ptr<Runner> make_hardware_runner(RunnerSettings& settings,
                                             const RunnerContext& context) {
  const std::string& name = settings.name();
  if (name == "average_bitwidth") return std::make_unique<AverageBitwidth>(settings);
  if (name == "flops") return std::make_unique<Count>(name, "flops", "operations", arch::flops);
  if (name == "bitops")
    return std::make_unique<Count>(name, "bitops", "bit operations", arch::bitops);
  if (name == "model_size")
    return std::make_unique<Count>(name, "model_size_bits", "bit", arch::model_size_bits);
  if (name == "software_latency") return std::make_unique<SoftwareLatency>(settings, context);
  if (name == "latency") return make_latency_runner(settings, context);
  if (name == "resources") return make_resources_runner(settings, context);
  MASE_CHECK(false, "runner {}", name);
}

}  // namespace mase::search
