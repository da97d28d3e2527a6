// SPDX-License-Identifier: Apache-2.0
// Cycles of the hardware: SystemC in every trial, Verilator where a figure has to be proven.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "gen/arch/latency.h"
#include "gen/base/error.h"
#include "gen/emit/emit.h"
#include "sim/cycle/cycle_model.h"
#include "sim/simulate.h"
#include "sim/toolchain.h"
#include "sw/search/implementation.h"
#include "sw/search/synthesis.h"

namespace mase::search {

namespace {

namespace fs = std::filesystem;
using Knowledge = MetricInfo::Knowledge;

/// A folder that goes when it does.
class ScratchFolder {
 public:
  explicit ScratchFolder(const fs::path& parent) {
    const fs::path root = parent.empty() ? fs::temp_directory_path() : parent;
    std::error_code ignored;
    fs::create_directories(root, ignored);
    std::string name = (root / "mase-latency-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw UserError("B003", fmt::format("cannot make a folder in {}", root.string()), {},
                      "make it writable, or set TMPDIR to a folder that is");
    }
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Cycles {
  double latency = 0, interval = 0;
};

/// The clock that cycles become time with: one that is asked for, the one that the design's netlist
/// is estimated to reach, the one that it reaches when Vivado has routed it, or none.
struct Clock {
  std::optional<double> mhz;
  std::optional<synth::SynthOptions> estimate;
  std::optional<Implementation> routed;
  double most_mhz = 0;  ///< of a routed clock: what the device's clock buffers carry

  /// Found anew for every candidate.
  bool found() const { return estimate || routed; }
  double of(Candidate& candidate) const {
    if (routed) return std::min(most_mhz, implement(candidate, *routed).fmax_mhz());
    if (!estimate) return mhz.value_or(0);
    const auto report = synth::synthesise(candidate.hardware(), *estimate);
    MASE_CHECK(report.fmax, "a synthesis without an estimate of fmax");
    return report.fmax->mhz;
  }
};

/// What both backends share.
class Latency : public Runner {
 public:
  Latency(const std::string& name, const std::string& source, Clock clock, Knowledge knowledge)
      : Runner(name, false), clock_(std::move(clock)) {
    metrics_ = {{"latency_cycles", "cycles", source, knowledge},
                {"ii_cycles", "cycles", source, knowledge}};
    std::string at;
    if (clock_.found()) {
      at = source + (clock_.routed ? ", clock routed by vivado"
                                   : ", clock estimated by yosys before place and route");
      metrics_.push_back(
          {"fmax_mhz", "MHz",
           clock_.routed ? "vivado-routed" : "yosys, estimate before place and route"});
      knowledge = Knowledge::kRun;
    } else if (clock_.mhz) {
      at = fmt::format("{}, requested clock {:g} MHz", source, *clock_.mhz);
    } else {
      return;
    }
    metrics_.push_back({"latency_ns", "ns", at, knowledge});
    metrics_.push_back({"throughput_sps", "samples/s", at, knowledge});
  }

  bool needs_hardware() const override { return true; }

 protected:
  /// Every metric; the clock is found where that is asked for.
  std::vector<double> figures(const Cycles& cycles, Candidate& candidate) const {
    return figures(cycles, clock_.of(candidate));
  }
  std::vector<double> figures(const Cycles& cycles, double mhz) const {
    std::vector<double> values{cycles.latency, cycles.interval};
    if (clock_.found()) values.push_back(mhz);
    if (clock_.found() || clock_.mhz) {
      values.push_back(cycles.latency * 1e3 / mhz);
      values.push_back(mhz * 1e6 / cycles.interval);
    }
    return values;
  }

  Clock clock_;
};

class VerilatorLatency final : public Latency {
 public:
  VerilatorLatency(const std::string& name, Clock clock, const RunnerContext& context)
      : Latency(name, "verilator", std::move(clock), Knowledge::kRun), work_(context.work) {
    sim::find_toolchain();  // says now that it is missing
    if (context.dataset != nullptr) rows_ = context.dataset->validation.head(kSamples);
  }

  std::vector<double> run(Candidate& candidate) const override {
    const ScratchFolder folder(work_);
    emit::write_design(emit::emit(candidate.graph(), candidate.hardware_options()), folder.path());
    const emit::EmittedFolder design = emit::read_design(folder.path());
    const auto result = sim::simulate(design, samples(design.hardware.features_in), {});
    if (!result.good()) {
      throw UserError("Q026",
                      fmt::format("the simulated hardware differs from the reference: {} of {} "
                                  "outputs, {} failures",
                                  result.mismatches, result.outputs, result.failures.size()),
                      {}, "this is a fault of mase-gen; run mase-gen simulate on this design",
                      ExitCode::kCheckFailed);
    }
    return figures({static_cast<double>(result.latency_cycles), result.ii_cycles}, candidate);
  }

 private:
  static constexpr int64_t kSamples = 16;  // the bits are checked on the way

  sim::Samples samples(int64_t columns) const {
    if (rows_.rows > 0 && rows_.columns == columns) {
      const auto matrix = rows_.matrix();
      return {rows_.rows, rows_.columns, {matrix.begin(), matrix.end()}};
    }
    return {1, columns, std::vector<double>(static_cast<size_t>(columns), 0.0)};
  }

  fs::path work_;
  data::Split rows_;
};

class SystemcLatency final : public Latency {
 public:
  SystemcLatency(const std::string& name, Clock clock, const RunnerContext& context)
      : Latency(name, "systemc-model", std::move(clock), Knowledge::kHardware), context_(context) {
    sim::worker_program();  // says now that it is missing
  }

  std::vector<double> run(Candidate& candidate) const override {
    const auto result = sim::measure_cycles(candidate.hardware());
    return figures(
        {static_cast<double>(result.latency_cycles), static_cast<double>(result.ii_cycles)},
        candidate);
  }

  /// A clock that is found is no formula: what depends on it is NaN here, and nobody asks for it.
  std::vector<double> formula(Candidate& candidate) const override {
    const arch::HardwareGraph& hardware = candidate.hardware();
    return figures({static_cast<double>(arch::latency_cycles(hardware)),
                    static_cast<double>(hardware.ii_cycles())},
                   clock_.mhz.value_or(std::numeric_limits<double>::quiet_NaN()));
  }

  std::unique_ptr<Runner> measured() const override {
    return std::make_unique<VerilatorLatency>(name_, clock_, context_);
  }
  bool can_be_measured() const override { return true; }

 private:
  RunnerContext context_;
};

}  // namespace

std::unique_ptr<Runner> make_latency_runner(RunnerSettings& settings,
                                            const RunnerContext& context) {
  const std::string backend =
      settings.choice("backend", {"systemc", "verilator"}).value_or("systemc");
  Clock clock{.mhz = context.clock_mhz};
  if (const Setting* given = settings.find("clock_mhz")) {
    const auto* text = std::get_if<std::string>(&given->value);
    if (text && *text != "estimate" && *text != "routed")
      settings.fail(*given, "a number above 0, \"estimate\", or \"routed\"");
    if (!text)
      clock.mhz = settings.real("clock_mhz", 0);
    else if (*text == "estimate")
      clock = {.estimate = synthesis_for(settings, context)};
    else
      clock = {.routed = implementation_for(settings, context, "clock_mhz", false),
               .most_mhz = target_of(settings, context).bufg_max_mhz};
  }
  if (!clock.found()) {
    if (const Setting* target = settings.find("target"))
      settings.fail(*target, "a target only where clock_mhz = \"estimate\" or \"routed\"");
  }
  if (!clock.routed) {
    for (const char* key : {"freq_mhz", "time_limit_s"}) {
      if (const Setting* given = settings.find(key))
        settings.fail(*given, fmt::format("{} only where clock_mhz = \"routed\"", key));
    }
  }
  if (backend == "verilator")
    return std::make_unique<VerilatorLatency>(settings.name(), std::move(clock), context);
  return std::make_unique<SystemcLatency>(settings.name(), std::move(clock), context);
}

}  // namespace mase::search
