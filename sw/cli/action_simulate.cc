// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gen/base/file.h"
#include "sim/samples.h"
#include "sim/simulate.h"
#include "sim/synth/synthesise.h"
#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/model/network.h"
#include "sw/model/zoo.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

/// Rows to drive, and their labels where the dataset has them.
struct Stimulus {
  sim::Samples samples;
  std::vector<int64_t> labels;
  std::string source;
};

Stimulus stimulus_of(const Configuration& config, const data::Dataset* dataset) {
  Stimulus stimulus;
  const int64_t limit = config.integer("num_samples");
  if (const auto inputs = config.optional_text("inputs")) {
    stimulus.samples = sim::read_samples(*inputs);
    stimulus.source = *inputs;
    auto& samples = stimulus.samples;
    if (config.given("num_samples") && samples.rows > limit) {
      samples.rows = limit;
      samples.values.resize(static_cast<size_t>(limit * samples.columns));
    }
    return stimulus;
  }
  MASE_CHECK(dataset, "neither --inputs nor a dataset");
  const data::Split split = dataset->test.head(limit);
  const auto matrix = split.matrix();
  stimulus.samples = {split.rows, split.columns, {matrix.begin(), matrix.end()}};
  stimulus.labels.assign(split.targets().begin(), split.targets().end());
  stimulus.source = fmt::format("{} ({})", dataset->name, split.name);
  return stimulus;
}

/// Accuracy in software of the network with its formats and without them.
struct SoftwareAccuracy {
  double quantised = 0, unquantised = 0;
};

std::optional<SoftwareAccuracy> software_accuracy(const graph::Graph& graph,
                                                  const Stimulus& stimulus) {
  if (stimulus.labels.empty()) return std::nullopt;
  graph::Graph plain = graph;
  for (auto& node : plain.nodes) node.quant.reset();
  const auto accuracy = [&](const graph::Graph& of) {
    return model::score(
               model::Network(of).outputs(std::span<const double>(stimulus.samples.values)),
               stimulus.labels)
        .accuracy;
  };
  return SoftwareAccuracy{accuracy(graph), accuracy(plain)};
}

/// What the simulator cannot know: software's accuracy, and time where a clock is requested.
std::string complete_report(const std::string& report, const sim::SimulateResult& result,
                            const std::optional<SoftwareAccuracy>& software,
                            std::optional<double> clock_mhz, const Stimulus& stimulus,
                            const std::optional<synth::SimulationNetlist>& netlist) {
  auto json = nlohmann::ordered_json::parse(report);
  auto& metrics = json["metrics"];
  const auto add = [&](const char* name, double value, const char* unit, const char* source) {
    metrics[name] = {{"value", value}, {"unit", unit}, {"source", source}};
  };
  if (software) {
    add("float_accuracy", software->unquantised, "fraction", "software, without quantisation");
    add("quantised_accuracy", software->quantised, "fraction", "software");
  }
  if (clock_mhz) {
    add("clock_mhz", *clock_mhz, "MHz", "requested");
    add("latency_ns", static_cast<double>(result.latency_cycles) * 1e3 / *clock_mhz, "ns",
        "verilator, requested clock");
    add("throughput_sps", *clock_mhz * 1e6 / result.ii_cycles, "samples/s",
        "verilator, requested clock");
  }
  json["backend"] = result.backend == sim::Backend::kSystemC ? "systemc" : "verilator";
  json["level"] = netlist ? "netlist" : "rtl";
  json["inputs"] = stimulus.source;
  json["tools"]["mase-gen"] = MASE_VERSION;
  if (netlist) json["tools"]["yosys"] = netlist->yosys_version;
  return json.dump(2) + "\n";
}

std::string percent(double fraction) { return fmt::format("{:.4f}", fraction); }

std::string closing_table(const sim::SimulateResult& result,
                          const std::optional<SoftwareAccuracy>& software,
                          std::optional<double> clock_mhz,
                          const std::optional<synth::SimulationNetlist>& netlist,
                          const emit::EmittedFolder& design, const std::filesystem::path& folder) {
  const auto time = [&](double cycles) {
    return clock_mhz
               ? fmt::format(" ({:.1f} ns at {:g} MHz)", cycles * 1e3 / *clock_mhz, *clock_mhz)
               : std::string();
  };
  report::Table table({"Result", "Value"});
  if (software) {
    table.add_row({"float accuracy", percent(software->unquantised)});
    table.add_row({"quantised accuracy", percent(software->quantised)});
  }
  if (result.accuracy) table.add_row({"accuracy of the hardware", percent(*result.accuracy)});
  if (netlist) {
    const auto& r = netlist->resources;
    table.add_row({"simulated", fmt::format("netlist of Yosys {}: {} LUT, {} FF, {} DSP48E2, {:g} "
                                            "BRAM36",
                                            netlist->yosys_version, r.lut, r.ff, r.dsp, r.bram36)});
  }
  table.add_row({"mismatches", fmt::format("{} of {} outputs ({} samples)", result.mismatches,
                                           result.outputs, result.samples)});
  table.add_row({"latency", fmt::format("{} cycles{}", result.latency_cycles,
                                        time(static_cast<double>(result.latency_cycles)))});
  table.add_row({"initiation interval",
                 fmt::format("{:g} cycles{}", result.ii_cycles, time(result.ii_cycles))});
  if (result.host && result.host_first) {
    const double seconds = static_cast<double>(result.host->total_ps) * 1e-12;
    const auto& host = result.host_options;
    const double design_mhz = 1e6 / static_cast<double>(host.design_period_ps);
    table.add_row({"host", fmt::format("DMA at {:.4g} MHz, words of {} bits, bursts of {} words",
                                       1e6 / static_cast<double>(host.host_period_ps),
                                       host.dma_bits, host.burst_words)});
    table.add_row(
        {"host to host, one sample",
         fmt::format("{:.0f} ns (design at {:.4g} MHz)",
                     static_cast<double>(result.host_first->total_ps) * 1e-3, design_mhz)});
    table.add_row(
        {"host to host, throughput",
         fmt::format("{:.4g} samples/s, design starved {} and blocked {} of {} cycles",
                     static_cast<double>(result.samples) / seconds, result.host->starved_cycles,
                     result.host->blocked_cycles, result.cycles)});
  }
  table.add_row({"design", (folder / (design.top_name + ".sv")).string()});
  table.add_row({"report", (folder / "report.json").string()});
  return table.pipes();
}

std::string activity_table(const sim::SimulateResult& result) {
  report::Table table({"Instance", "Module", "Busy cycles", "Stall cycles", "Cycles a sample"});
  for (const auto& stage : result.stages) {
    table.add_row({stage.name, stage.module, std::to_string(stage.busy_cycles),
                   std::to_string(stage.stall_cycles), std::to_string(stage.cycles_per_sample)});
  }
  return table.pipes();
}

void log_failures(const sim::SimulateResult& result) {
  for (const auto& m : result.first_mismatches) {
    spdlog::error("sample {}, {}[{}]: expected {}, got {} (cycle {})", m.sample, m.node, m.element,
                  m.expected, m.got, m.cycle);
  }
  if (result.mismatches > static_cast<int64_t>(result.first_mismatches.size())) {
    spdlog::error("... and {} more",
                  result.mismatches - static_cast<int64_t>(result.first_mismatches.size()));
  }
  for (const auto& failure : result.failures) spdlog::error("{}", failure);
}

uint64_t period_ps(double mhz) { return static_cast<uint64_t>(std::llround(1e6 / mhz)); }

/// The host of the SystemC bench; the design runs at [hardware] clock_mhz where it says one.
sim::HostOptions host_options(const Configuration& config) {
  sim::HostOptions host;
  host.host_period_ps = period_ps(config.real("host_clock_mhz"));
  if (const auto mhz = config.file().hardware.clock_mhz) host.design_period_ps = period_ps(*mhz);
  host.dma_bits = static_cast<uint64_t>(config.integer("dma_width"));
  if (!std::has_single_bit(host.dma_bits)) {
    throw UserError("K003", fmt::format("--dma-width: {} is no power of two", host.dma_bits),
                    config.setting("dma_width").where, "allowed: 8, 16, 32, ..., 4096");
  }
  host.burst_words = static_cast<uint64_t>(config.integer("dma_burst"));
  return host;
}

sim::SimulateOptions simulate_options(const Configuration& config) {
  sim::SimulateOptions options;
  const auto stall = sim::parse_stall(config.text("stall"));
  MASE_CHECK(stall, "stall '{}' is in the option table but not in sim", config.text("stall"));
  options.stall = *stall;
  options.seed = static_cast<uint64_t>(config.integer("stall_seed"));
  options.trace_file = config.optional_text("trace").value_or("");
  if (!options.trace_file.empty() && options.trace_file.extension() != ".fst") {
    throw UserError("K017",
                    fmt::format("--trace {}: unknown extension '{}'", options.trace_file.string(),
                                options.trace_file.extension().string()),
                    config.setting("trace").where, "allowed: .fst (GTKWave and Surfer read it)");
  }
  options.progress = [](const std::string& step) { spdlog::debug("{}", step); };
  if (config.text("backend") == "systemc") {
    options.backend = sim::Backend::kSystemC;
    options.host = host_options(config);
  }
  return options;
}

/// `emit` and then `simulate` in one project: without --load and --design the design that is there
/// is meant.
std::optional<std::string> emitted_into_project(const Configuration& config) {
  const auto named = config.optional_text("model");
  if (!named) return std::nullopt;
  const auto& model = model::find_model(*named);
  const auto dataset = config.optional_text("dataset");
  const auto folder = config.project_folder(
                          model.name, dataset ? data::find_dataset(*dataset).name : model.dataset) /
                      "hardware";
  if (!std::filesystem::exists(folder / "design.json")) {
    throw UserError(
        "K013",
        fmt::format("no design in {}, and neither --load nor --design is given", folder.string()),
        {},
        "run mase-gen emit in this project first, or give --load FILE.mz (mase-gen transform "
        "writes one) or --design DIR");
  }
  spdlog::info("Taking the design in {} (--load FILE emits another graph first)", folder.string());
  return folder.string();
}

class Simulate final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Configuration& config = run.config;
    const bool from_file = config.optional_text("inputs").has_value();
    const bool models = config.text("backend") == "model";  // needs no samples
    const bool stops = stops_before_run(config) || models;
    if (!models) simulate_options(config);  // what is wrong with them: said now
    if (config.text("level") == "netlist" && !models) synth::yosys_version();  // missing: said now
    const auto design = named_design(config);
    if (!design) {
      const Session session(run, kTrained | (from_file || stops ? kNothing : kDataset));
      session.write_config();
      return emit_and_simulate(run, session.graph(), session);
    }
    const auto folder = std::filesystem::path(*design);
    use_threads(config);
    std::optional<data::Dataset> dataset;
    if (!from_file && !stops) dataset = load_named_dataset(run);
    return simulate_design(run, folder, dataset ? &*dataset : nullptr);
  }
};

}  // namespace

std::optional<std::string> named_design(const Configuration& config) {
  auto design = config.optional_text("design");
  if (!design && !config.given("load_name")) design = emitted_into_project(config);
  if (design && config.given("load_name")) {
    throw UserError("K014", "--design and --load are given together",
                    config.setting("design").where,
                    "--design takes an emitted folder as it is; --load emits a graph first");
  }
  return design;
}

void write_report(const std::filesystem::path& folder, const std::string& report) {
  const auto path = folder / "report.json";
  const std::string earlier = std::filesystem::exists(path) ? read_file(path) : "";
  write_file(path, synth::keep_synthesis(report, earlier));
}

ExitCode simulate_design(Run& run, const std::filesystem::path& folder,
                         const data::Dataset* dataset) {
  const Configuration& config = run.config;
  if (config.text("backend") == "model" && !config.flag("skip_build") && !config.flag("skip_test"))
    return simulate_design_model(run, folder);
  const emit::EmittedFolder design =
      run.profile.step("read design", [&] { return emit::read_design(folder); });
  sim::SimulateOptions options = simulate_options(config);
  if (config.flag("skip_build")) {
    spdlog::info("--skip-build: the design is complete, nothing is compiled");
    return ExitCode::kGood;
  }
  if (config.flag("skip_test") && config.text("backend") == "model") {
    spdlog::info("--skip-test: the cycle model compiles nothing");
    return ExitCode::kGood;
  }
  std::optional<synth::SimulationNetlist> netlist;
  if (config.text("level") == "netlist") {
    spdlog::info("Synthesising the design...");
    netlist = run.profile.step("synthesise", [&] {
      return synth::simulation_netlist(design.hardware, design.top_name, folder / "synth");
    });
    options.netlist = netlist->files;
    spdlog::info("Netlist {} ({})", netlist->files[1].string(),
                 netlist->from_cache ? "from the cache" : "made");
  }
  if (config.flag("skip_test")) {
    const auto model =
        run.profile.step("build", [&] { return sim::build_simulator(design, options); });
    spdlog::info("--skip-test: simulator {} ({})", model.executable.string(),
                 model.from_cache ? "from the cache" : "built");
    return ExitCode::kGood;
  }
  Stimulus stimulus = run.profile.step("samples", [&] { return stimulus_of(config, dataset); });
  options.labels = stimulus.labels;
  spdlog::info("Simulating {} samples of {}, stall {}, seed {}...", stimulus.samples.rows,
               stimulus.source, config.text("stall"), options.seed);
  const auto result = run.profile.step(
      "simulate", [&] { return sim::simulate(design, stimulus.samples, options); });
  const auto software =
      run.profile.step("software", [&] { return software_accuracy(design.graph, stimulus); });
  if (const auto outputs = config.optional_text("outputs")) {
    sim::write_outputs(result, *outputs);
    spdlog::info("Wrote outputs to {}", *outputs);
  }
  const auto clock_mhz = config.file().hardware.clock_mhz;
  write_report(folder, complete_report(sim::report_json(design, result), result, software,
                                       clock_mhz, stimulus, netlist));
  spdlog::info("{} ({:.2f} s), simulated {} cycles ({:.2f} s)",
               result.model_from_cache ? "Took the compiled simulator from the cache"
                                       : "Compiled the simulator",
               result.build_seconds, result.cycles, result.loop_seconds);
  if (!result.stages.empty()) fmt::print("{}\n", activity_table(result));
  fmt::print("{}", closing_table(result, software, clock_mhz, netlist, design, folder));
  std::fflush(stdout);
  log_failures(result);
  return result.good() ? ExitCode::kGood : ExitCode::kCheckFailed;
}

bool stops_before_run(const Configuration& config) {
  return config.flag("skip_build") || config.flag("skip_test") ||
         (config.flag("github_ci") && config.flag("run_emit"));
}

ExitCode emit_and_simulate(Run& run, const graph::Graph& graph, const Session& session) {
  const auto folder = emit_design(run, graph, session.project());
  if (run.config.flag("skip_build") ||
      (run.config.flag("github_ci") && run.config.flag("run_emit")))
    return ExitCode::kGood;
  return simulate_design(run, folder, session.has_dataset() ? &session.dataset() : nullptr);
}

std::unique_ptr<Action> make_simulate() { return std::make_unique<Simulate>(); }

}  // namespace mase::cli
