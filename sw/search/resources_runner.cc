// SPDX-License-Identifier: Apache-2.0
// What a candidate takes of the device: by the cost model in every trial, by Yosys where a figure
// has to be measured, by Vivado where there is one.
#include <fmt/format.h>

#include <algorithm>

#include "gen/arch/cost.h"
#include "gen/arch/cost_memo.h"
#include "gen/base/error.h"
#include "sw/search/implementation.h"
#include "sw/search/synthesis.h"

namespace mase::search {

namespace {

using Knowledge = MetricInfo::Knowledge;

class Resources : public Runner {
 public:
  Resources(const std::string& name, synth::Target target, const std::string& source,
            Knowledge knowledge)
      : Runner(name, false), target_(std::move(target)) {
    metrics_ = {{"lut", "LUT", source, knowledge},
                {"ff", "FF", source, knowledge},
                {"dsp", "DSP48E2", source, knowledge},
                {"bram36", "RAMB36E2", source, knowledge},
                {"utilisation", "fraction", source, knowledge}};
  }
  bool needs_hardware() const override { return true; }

 protected:
  /// `utilisation`: of the resource that is scarcest, the share of the whole device.
  std::vector<double> figures(const arch::Resources& used) const {
    const arch::Resources& all = target_.device.resources;
    const auto share = [](auto number, auto of) {
      return static_cast<double>(number) / static_cast<double>(of);
    };
    return {static_cast<double>(used.lut), static_cast<double>(used.ff),
            static_cast<double>(used.dsp), used.bram36,
            std::max({share(used.lut, all.lut), share(used.ff, all.ff), share(used.dsp, all.dsp),
                      share(used.bram36, all.bram36)})};
  }

  synth::Target target_;
};

class YosysResources final : public Resources {
 public:
  YosysResources(const std::string& name, synth::SynthOptions options)
      : Resources(name, options.target, "yosys", Knowledge::kRun), options_(std::move(options)) {
    options_.timing = false;
  }
  std::vector<double> run(Candidate& candidate) const override {
    return figures(synth::synthesise(candidate.hardware(), options_).total);
  }

 private:
  synth::SynthOptions options_;
};

class VivadoResources final : public Resources {
 public:
  VivadoResources(const std::string& name, synth::Target target, Implementation how)
      : Resources(name, std::move(target),
                  how.options.synth_only ? "vivado-synth" : "vivado-routed", Knowledge::kRun),
        how_(std::move(how)) {}
  std::vector<double> run(Candidate& candidate) const override {
    const auto found = implement(candidate, how_).figures();
    const auto at = [&](const char* metric) {
      for (const auto& figure : found.metrics)
        if (figure.name == metric) return figure.value;
      MASE_CHECK(false, "Vivado's figures without {}", metric);
    };
    const auto count = [&](const char* metric) { return static_cast<int64_t>(at(metric)); };
    return figures(
        {.lut = count("lut"), .ff = count("ff"), .dsp = count("dsp"), .bram36 = at("bram36")});
  }

 private:
  Implementation how_;
};

class ModelledResources final : public Resources {
 public:
  ModelledResources(const std::string& name, synth::Target target)
      : Resources(name, std::move(target), "model", Knowledge::kHardware) {}
  std::vector<double> run(Candidate& candidate) const override {
    return figures(arch::estimate(candidate.hardware()));
  }
  std::vector<double> formula(Candidate& candidate) const override {
    return figures(memo_.estimate(candidate.hardware()));
  }
  std::unique_ptr<Runner> measured() const override {
    synth::yosys_version();  // says now that it is missing
    // One process: several trials are measured at once.
    return std::make_unique<YosysResources>(name_,
                                            synth::SynthOptions{.target = target_, .jobs = 1});
  }
  bool can_be_measured() const override { return true; }

 private:
  mutable arch::CostMemo memo_;
};

}  // namespace

synth::Target target_of(RunnerSettings& settings, const RunnerContext& context) {
  const auto given = settings.text("target");
  const std::string name = given                    ? *given
                           : context.target.empty() ? std::string("xcu250")
                                                    : context.target;
  try {
    return synth::load_target(name);
  } catch (const UserError& error) {
    throw error.at(given ? settings.find("target")->where : std::string());
  }
}

synth::SynthOptions synthesis_for(RunnerSettings& settings, const RunnerContext& context) {
  synth::SynthOptions options{.target = target_of(settings, context), .jobs = context.jobs};
  synth::yosys_version();
  return options;
}

std::unique_ptr<Runner> make_resources_runner(RunnerSettings& settings,
                                              const RunnerContext& context) {
  const std::string backend =
      settings.choice("backend", {"model", "yosys", "vivado"}).value_or("model");
  if (backend == "vivado") {
    const auto stage = settings.choice("stage", {"synth", "routed"}).value_or("synth");
    auto how = implementation_for(settings, context, "backend", stage == "synth");
    return std::make_unique<VivadoResources>(settings.name(), target_of(settings, context),
                                             std::move(how));
  }
  for (const char* key : {"stage", "freq_mhz", "time_limit_s"}) {
    if (const Setting* setting = settings.find(key))
      settings.fail(*setting, fmt::format("{} only where backend = \"vivado\"", key));
  }
  if (backend == "yosys")
    return std::make_unique<YosysResources>(settings.name(), synthesis_for(settings, context));
  return std::make_unique<ModelledResources>(settings.name(), target_of(settings, context));
}

}  // namespace mase::search
