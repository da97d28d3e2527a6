// SPDX-License-Identifier: Apache-2.0
// Cycles of the hardware: SystemC in every trial, Verilator where a figure has to be proven.
#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>

#include "gen/arch/latency.h"
#include "gen/base/error.h"
#include "gen/emit/emit.h"
#include "sim/cycle/cycle_model.h"
#include "sim/simulate.h"
#include "sim/toolchain.h"
#include "sw/search/runner_settings.h"

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

/// What both backends share: cycles become time with the clock.
class Latency : public Runner {
 public:
  Latency(const std::string& name, const std::string& source, std::optional<double> clock_mhz,
          Knowledge knowledge)
      : Runner(name, false), clock_mhz_(clock_mhz) {
    metrics_ = {{"latency_cycles", "cycles", source, knowledge},
                {"ii_cycles", "cycles", source, knowledge}};
    if (!clock_mhz) return;
    const std::string at = fmt::format("{}, requested clock {:g} MHz", source, *clock_mhz);
    metrics_.push_back({"latency_ns", "ns", at, knowledge});
    metrics_.push_back({"throughput_sps", "samples/s", at, knowledge});
  }

  bool needs_hardware() const override { return true; }

 protected:
  std::vector<double> figures(const Cycles& cycles) const {
    if (!clock_mhz_) return {cycles.latency, cycles.interval};
    return {cycles.latency, cycles.interval, cycles.latency * 1e3 / *clock_mhz_,
            *clock_mhz_ * 1e6 / cycles.interval};
  }

  std::optional<double> clock_mhz_;
};

class VerilatorLatency final : public Latency {
 public:
  VerilatorLatency(const std::string& name, std::optional<double> clock_mhz,
                   const RunnerContext& context)
      : Latency(name, "verilator", clock_mhz, Knowledge::kRun), work_(context.work) {
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
    return figures({static_cast<double>(result.latency_cycles), result.ii_cycles});
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
  SystemcLatency(const std::string& name, std::optional<double> clock_mhz,
                 const RunnerContext& context)
      : Latency(name, "systemc-model", clock_mhz, Knowledge::kHardware), context_(context) {
    sim::worker_program();  // says now that it is missing
  }

  std::vector<double> run(Candidate& candidate) const override {
    const auto result = sim::measure_cycles(candidate.hardware());
    return figures(
        {static_cast<double>(result.latency_cycles), static_cast<double>(result.ii_cycles)});
  }

  std::vector<double> formula(Candidate& candidate) const override {
    const arch::HardwareGraph& hardware = candidate.hardware();
    return figures({static_cast<double>(arch::latency_cycles(hardware)),
                    static_cast<double>(hardware.ii_cycles())});
  }

  std::unique_ptr<Runner> measured() const override {
    return std::make_unique<VerilatorLatency>(name_, clock_mhz_, context_);
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
  std::optional<double> clock_mhz = context.clock_mhz;
  if (const Setting* clock = settings.find("clock_mhz")) {
    if (std::holds_alternative<std::string>(clock->value))
      settings.fail(*clock, "a number above 0");
    clock_mhz = settings.real("clock_mhz", 0);
  }
  if (backend == "verilator")
    return std::make_unique<VerilatorLatency>(settings.name(), clock_mhz, context);
  return std::make_unique<SystemcLatency>(settings.name(), clock_mhz, context);
}

}  // namespace mase::search
