// SPDX-License-Identifier: Apache-2.0
#include "sim/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <span>

#include "gen/base/error.h"
#include "gen/emit/top_module.h"
#include "gen/fixed/quantise.h"
#include "gen/pass/evaluate_batch.h"
#include "sim/beats.h"

namespace mase::sim {

namespace {

using arch::Cell;
using arch::HardwareGraph;
using fixed::Wide;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr size_t kShownMismatches = 10;

BeatLayout input_layout(const HardwareGraph& h) {
  return {h.input.width, h.lanes_in, h.features_in};
}
BeatLayout output_layout(const HardwareGraph& h) {
  return {h.output.width, h.lanes_out, h.features_out};
}

bool has_fire(Cell cell) { return cell != Cell::kSkidBuffer && cell != Cell::kSlrCrossing; }

/// Per stage a probe of its output's valid, then one of `fire` for each cell that has it.
ModelSource source_of(const emit::EmittedFolder& design, const SimulateOptions& options) {
  const HardwareGraph& h = design.hardware;
  ModelSource source;
  source.top = design.top_name;
  source.trace = !options.trace_file.empty();
  source.systemc = options.backend == Backend::kSystemC;
  source.channels = {{input_layout(h).beat_bits(), output_layout(h).beat_bits()}};
  source.include_dirs = {design.directory / "rtl"};
  if (!options.netlist.empty()) {
    source.files = options.netlist;
    return source;
  }
  source.files = design.sources;
  for (size_t i = 0; i < h.stages.size(); ++i) {
    const auto place = emit::valid_net(h, i, design.top_name);
    source.probes.push_back({place.module, place.instance, place.net});
  }
  for (size_t i = 0; i < h.stages.size(); ++i) {
    if (has_fire(h.stages[i].cell))
      source.probes.push_back({module_name(h.stages[i]), emit::instance_path(h, i), "fire"});
  }
  return source;
}

std::vector<int64_t> quantise_inputs(const emit::EmittedFolder& design, const Samples& inputs) {
  const HardwareGraph& h = design.hardware;
  if (inputs.rows == 0)
    throw UserError("S021", "the input file has no rows", {},
                    "give at least one sample, one row each");
  if (inputs.columns != h.features_in) {
    throw UserError("S020",
                    fmt::format("the inputs have {} columns, but network {} reads {} features",
                                inputs.columns, h.name, h.features_in),
                    {}, "one row a sample, one column a feature, natural units");
  }
  return pass::quantise_inputs(pass::lower(design.graph), inputs.values, "input");
}

void check_host(const HostOptions& host) {
  const auto check = [](const char* name, uint64_t value, uint64_t low, uint64_t high,
                        bool good = true) {
    if (value >= low && value <= high && good) return;
    throw UserError("S024", fmt::format("host: {} is {}", name, value), {},
                    fmt::format("allowed: {} to {}{}", low, high, good ? "" : ", a power of two"));
  };
  const auto power_of_two = [](uint64_t value) { return (value & (value - 1)) == 0; };
  check("period of the design's clock in ps", host.design_period_ps, 100, 1'000'000'000);
  check("period of the host's clock in ps", host.host_period_ps, 100, 1'000'000'000);
  check("DMA word in bits", host.dma_bits, 8, 4096, power_of_two(host.dma_bits));
  check("burst in words", host.burst_words, 1, 256);
  check("FIFO in words", host.fifo_words, 4, 65536);
  check("outstanding bursts", host.outstanding, 1, 64);
  check("memory latency in cycles", host.latency_min, 1,
        std::min<uint64_t>(host.latency_max, 1'000'000));
}

class Session {
 public:
  Session(const emit::EmittedFolder& design, const SimulateOptions& options)
      : design_(design), options_(options), source_(source_of(design, options)) {
    say("building the simulator");
    model_ = build_model(source_, options.cache);
  }

  const VerilatedModel& model() const { return model_; }

  /// Drives whole samples and waits for all their outputs.
  RunResult run(std::span<const int64_t> x, Stall stall, bool trace, bool host = false) const {
    const HardwareGraph& h = design_.hardware;
    const auto samples = static_cast<int64_t>(x.size()) / h.features_in;
    RunRequest request;
    ChannelInput channel;
    channel.words = pack_beats(x, input_layout(h), options_.seed ^ 0x5eed);
    channel.in_beats = samples * h.beats_in();
    channel.out_beats = samples * h.beats_out();
    request.channels.push_back(std::move(channel));
    request.stall = stall;
    request.seed = options_.seed;
    request.working_directory = design_.directory;
    if (trace) request.trace_file = options_.trace_file;
    if (host) request.host = options_.host;
    return run_model(model_, source_, request);
  }

  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }

 private:
  const emit::EmittedFolder& design_;
  const SimulateOptions& options_;
  ModelSource source_;
  VerilatedModel model_;
};

/// `count` samples, taken from the front of x and repeated when there are fewer: timing does not
/// depend on data.
std::vector<int64_t> repeated(std::span<const int64_t> x, int64_t features, int64_t count) {
  std::vector<int64_t> result(static_cast<size_t>(features * count));
  for (size_t i = 0; i < result.size(); ++i) result[i] = x[i % x.size()];
  return result;
}

void collect_failures(const RunResult& run, const char* what, int64_t wanted,
                      std::vector<std::string>& failures) {
  for (const auto& message : run.assertions)
    failures.push_back(fmt::format("{}: {}", what, message));
  if (run.timed_out) {
    failures.push_back(fmt::format("{}: gave up after {} cycles: {} of {} output beats arrived",
                                   what, run.cycles, run.channels[0].out_cycles.size(), wanted));
  }
}

struct Timing {
  int64_t latency_cycles = 0;
  double ii_cycles = 0;
  std::vector<std::string> failures;
};

Timing measure_timing(const Session& session, const HardwareGraph& h, std::span<const int64_t> x) {
  Timing result;
  const auto one = session.run(x.first(static_cast<size_t>(h.features_in)), Stall::kNone, false);
  collect_failures(one, "latency run", h.beats_out(), result.failures);
  if (!one.timed_out)
    result.latency_cycles = one.channels[0].out_cycles.back() - one.channels[0].in_cycles.front();

  // Every cell holds at most three samples, a crossing six beats; after that many the pipeline is
  // full and the interval is steady.
  const int64_t window = 8;
  const auto crossings = h.parts.empty() ? int64_t{0} : static_cast<int64_t>(h.parts.size()) - 1;
  const int64_t count = 3 * (static_cast<int64_t>(h.stages.size()) + crossings) + 2 * window;
  const auto many = session.run(repeated(x, h.features_in, count), Stall::kNone, false);
  collect_failures(many, "interval run", count * h.beats_out(), result.failures);
  if (many.timed_out) return result;
  const auto& cycles = many.channels[0].out_cycles;
  const size_t last = cycles.size() - 1;
  const size_t before = last - static_cast<size_t>(window * h.beats_out());
  result.ii_cycles =
      static_cast<double>(cycles[last] - cycles[before]) / static_cast<double>(window);
  return result;
}

std::string describe(Wide value, const fixed::Format& format) {
  return fmt::format("{} ({})", fixed::to_string(value), fixed::dequantise(value, format));
}

void compare(const HardwareGraph& h, const std::vector<Wide>& expected, const RunResult& run,
             SimulateResult& result, std::vector<Wide>& got) {
  got = unpack_beats(run.channels[0].words, output_layout(h), h.output.is_signed);
  const auto features = static_cast<size_t>(h.features_out);
  const auto beats = static_cast<size_t>(h.beats_out());
  std::string node = h.stages.back().name;
  for (const auto& stage : h.stages) {
    if (!stage.graph_nodes.empty()) node = stage.graph_nodes.back();
  }
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    ++result.mismatches;
    if (result.first_mismatches.size() >= kShownMismatches) continue;
    const size_t sample = i / features, element = i % features;
    const size_t beat = sample * beats + element / static_cast<size_t>(h.lanes_out);
    result.first_mismatches.push_back({static_cast<int64_t>(sample), static_cast<int64_t>(element),
                                       node, describe(expected[i], h.output),
                                       describe(got[i], h.output),
                                       run.channels[0].out_cycles[beat]});
  }
  result.outputs = static_cast<int64_t>(got.size());
}

double accuracy(const std::vector<Wide>& outputs, size_t features,
                const std::vector<int64_t>& labels) {
  const size_t samples = std::min(outputs.size() / features, labels.size());
  size_t right = 0;
  for (size_t s = 0; s < samples; ++s) {
    const auto begin = outputs.begin() + static_cast<ptrdiff_t>(s * features);
    right += std::max_element(begin, begin + static_cast<ptrdiff_t>(features)) - begin == labels[s];
  }
  return samples == 0 ? 0 : static_cast<double>(right) / static_cast<double>(samples);
}

std::vector<StageActivity> activity(const HardwareGraph& h, const RunResult& run, int64_t samples) {
  std::vector<StageActivity> stages;
  size_t fire = h.stages.size();
  for (size_t i = 0; i < h.stages.size(); ++i) {
    const auto& stage = h.stages[i];
    StageActivity a{stage.name, module_name(stage), stage.graph_nodes};
    // Every output beat was taken in one of the cycles in which it was valid; in the others it
    // waited.
    const int64_t moved = samples * stage.beats_out();
    a.stall_cycles = std::max<int64_t>(0, run.probe_counts[i] - moved);
    a.busy_cycles = has_fire(stage.cell) ? run.probe_counts[fire++] : moved;
    a.cycles_per_sample = stage.cycles();
    stages.push_back(std::move(a));
  }
  return stages;
}

}  // namespace

VerilatedModel build_simulator(const emit::EmittedFolder& design, const SimulateOptions& options) {
  return build_model(source_of(design, options), options.cache);
}

SimulateResult simulate(const emit::EmittedFolder& design, const Samples& inputs,
                        const SimulateOptions& options) {
  const auto start = Clock::now();
  const HardwareGraph& h = design.hardware;
  if (options.backend == Backend::kSystemC) check_host(options.host);
  const auto x = quantise_inputs(design, inputs);
  const Session session(design, options);
  SimulateResult result;
  result.samples = inputs.rows;
  result.predicted_ii_cycles = h.ii_cycles();
  result.model_from_cache = session.model().from_cache;
  result.build_seconds = session.model().build_seconds;
  result.verilator_version = session.model().verilator_version;
  result.backend = options.backend;
  result.host_options = options.host;
  result.stall = options.stall;
  result.seed = options.seed;

  // Timing runs and reference work on the other core while the model runs here.
  auto timing = std::async(std::launch::async, [&] { return measure_timing(session, h, x); });
  auto reference = std::async(std::launch::async,
                              [&] { return pass::evaluate_batch(pass::lower(design.graph), x); });
  session.say(fmt::format("simulating {} samples", inputs.rows));
  const bool host = options.backend == Backend::kSystemC;
  const auto run = session.run(x, options.stall, !options.trace_file.empty(), host);
  collect_failures(run, "checked run", inputs.rows * h.beats_out(), result.failures);
  result.cycles = run.cycles;
  result.loop_seconds = run.loop_seconds;

  result.host = run.host;
  if (host) {
    const auto first = session.run(std::span(x).first(static_cast<size_t>(h.features_in)),
                                   Stall::kNone, false, true);
    collect_failures(first, "host latency run", h.beats_out(), result.failures);
    result.host_first = first.host;
  }

  session.say("comparing with the integer reference");
  const Timing measured = timing.get();
  result.latency_cycles = measured.latency_cycles;
  result.ii_cycles = measured.ii_cycles;
  result.failures.insert(result.failures.begin(), measured.failures.begin(),
                         measured.failures.end());
  const auto expected = reference.get();
  std::vector<Wide> got;
  compare(h, expected, run, result, got);
  if (!run.probe_counts.empty()) result.stages = activity(h, run, inputs.rows);
  if (!options.labels.empty()) {
    const auto features = static_cast<size_t>(h.features_out);
    result.accuracy = accuracy(got, features, options.labels);
    result.reference_accuracy = accuracy(expected, features, options.labels);
  }
  result.raw_outputs = std::move(got);
  result.output_format = h.output;
  result.output_columns = h.features_out;
  result.total_seconds = seconds_since(start);
  return result;
}

std::string to_string(Stall stall) {
  return stall == Stall::kNone ? "none" : stall == Stall::kRandom ? "random" : "worst";
}

std::optional<Stall> parse_stall(const std::string& name) {
  for (const Stall stall : {Stall::kNone, Stall::kRandom, Stall::kWorst}) {
    if (name == to_string(stall)) return stall;
  }
  return std::nullopt;
}

}  // namespace mase::sim
