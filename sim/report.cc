// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/emit/design_json.h"
#include "gen/fixed/quantise.h"
#include "sim/simulate.h"

namespace mase::sim {

namespace {

using fixed::Wide;
using nlohmann::ordered_json;

ordered_json metric(const ordered_json& value, const char* unit, const char* source) {
  return {{"value", value}, {"unit", unit}, {"source", source}};
}

ordered_json cycles(double value) {
  return value == std::floor(value) ? ordered_json(static_cast<int64_t>(value))
                                    : ordered_json(value);
}

ordered_json mismatch_list(const SimulateResult& result) {
  ordered_json list = ordered_json::array();
  for (const auto& m : result.first_mismatches) {
    list.push_back({{"sample", m.sample},
                    {"element", m.element},
                    {"node", m.node},
                    {"expected", m.expected},
                    {"got", m.got},
                    {"cycle", m.cycle}});
  }
  return list;
}

void add_host_metrics(const SimulateResult& r, ordered_json& metrics) {
  const char* const source = "SystemC bench, DMA engines";
  const auto seconds = static_cast<double>(r.host->total_ps) * 1e-12;
  metrics["host_latency_ns"] =
      metric(static_cast<double>(r.host_first->total_ps) * 1e-3, "ns", source);
  metrics["host_throughput_sps"] =
      metric(static_cast<double>(r.samples) / seconds, "samples/s", source);
  metrics["host_starved_cycles"] = metric(r.host->starved_cycles, "cycles", source);
  metrics["host_blocked_cycles"] = metric(r.host->blocked_cycles, "cycles", source);
}

ordered_json host_json(const HostOptions& host) {
  return {{"design_clock_period_ps", host.design_period_ps},
          {"host_clock_period_ps", host.host_period_ps},
          {"dma_word_bits", host.dma_bits},
          {"burst_words", host.burst_words},
          {"outstanding_bursts", host.outstanding},
          {"memory_latency_host_cycles", {host.latency_min, host.latency_max}},
          {"fifo_words", host.fifo_words}};
}

/// The exact decimal text of q * 2^-frac; a power of two in the denominator always ends.
std::string exact_decimal(Wide q, int frac) {
  if (q == 0) return "0";
  while (frac > 0 && (q & 1) == 0) {
    q >>= 1;
    --frac;
  }
  const bool negative = q < 0;
  unsigned __int128 magnitude =
      negative ? -static_cast<unsigned __int128>(q) : static_cast<unsigned __int128>(q);
  // Decimal digits, least significant first; times two for a negative fraction width, halves for a
  // positive one.
  std::vector<int> digits;
  for (; magnitude != 0; magnitude /= 10) digits.push_back(static_cast<int>(magnitude % 10));
  for (int i = 0; i > frac; --i) {
    int carry = 0;
    for (int& d : digits) {
      const int v = 2 * d + carry;
      d = v % 10;
      carry = v / 10;
    }
    if (carry != 0) digits.push_back(carry);
  }
  for (int i = 0; i < frac; ++i) {  // q / 2 = 5 * q / 10
    int carry = 0;
    for (int& d : digits) {
      const int v = 5 * d + carry;
      d = v % 10;
      carry = v / 10;
    }
    for (; carry != 0; carry /= 10) digits.push_back(carry % 10);
  }
  const size_t decimals = frac > 0 ? static_cast<size_t>(frac) : 0;
  while (digits.size() <= decimals) digits.push_back(0);
  std::string text = negative ? "-" : "";
  for (size_t i = digits.size(); i-- > 0;) {
    text.push_back(static_cast<char>('0' + digits[i]));
    if (i == decimals && i != 0) text.push_back('.');
  }
  return text;
}

}  // namespace

std::string report_json(const emit::EmittedFolder& design, const SimulateResult& r) {
  const auto& h = design.hardware;
  const bool systemc = r.backend == Backend::kSystemC;
  ordered_json metrics;
  metrics["latency_cycles"] = metric(r.latency_cycles, "cycles", "verilator");
  metrics["ii_cycles"] = metric(cycles(r.ii_cycles), "cycles", "verilator");
  metrics["ii_cycles_predicted"] = metric(r.predicted_ii_cycles, "cycles", "model");
  metrics["samples"] = metric(r.samples, "samples", "verilator");
  metrics["outputs_compared"] = metric(r.outputs, "elements", "verilator");
  metrics["mismatches"] =
      metric(r.mismatches, "elements", "verilator against the integer reference");
  metrics["cycles"] = metric(r.cycles, "cycles", "verilator");
  if (r.accuracy) metrics["accuracy"] = metric(*r.accuracy, "fraction", "verilator");
  if (r.reference_accuracy)
    metrics["reference_accuracy"] = metric(*r.reference_accuracy, "fraction", "integer reference");
  if (r.host && r.host_first) add_host_metrics(r, metrics);
  ordered_json stages = ordered_json::array();
  for (const auto& s : r.stages) {
    stages.push_back({{"name", s.name},
                      {"module", s.module},
                      {"nodes", s.nodes},
                      {"busy_cycles", metric(s.busy_cycles, "cycles", "verilator")},
                      {"stall_cycles", metric(s.stall_cycles, "cycles", "verilator")},
                      {"cycles_per_sample", metric(s.cycles_per_sample, "cycles", "model")}});
  }
  ordered_json json{{"network", h.name},
                    {"design", design.hash},
                    {"top", design.top_name},
                    {"good", r.good()},
                    {"metrics", metrics},
                    {"stages", stages},
                    {"first_mismatches", mismatch_list(r)},
                    {"failures", r.failures},
                    {"stall", {{"pattern", to_string(r.stall)}, {"seed", r.seed}}},
                    {"simulation",
                     {{"model_from_cache", r.model_from_cache},
                      {"build", metric(r.build_seconds, "s", "wall clock")},
                      {"loop", metric(r.loop_seconds, "s", "wall clock")},
                      {"total", metric(r.total_seconds, "s", "wall clock")}}},
                    {"tools", {{"verilator", r.verilator_version}}}};
  if (!h.parts.empty()) json["partition"] = emit::partition_to_json(h);
  if (systemc) json["host"] = host_json(r.host_options);
  return json.dump(2) + "\n";
}

void write_outputs(const SimulateResult& r, const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  const auto columns = static_cast<size_t>(r.output_columns);
  if (extension == ".csv") {
    std::string text;
    for (size_t i = 0; i < r.raw_outputs.size(); ++i) {
      text += exact_decimal(r.raw_outputs[i], r.output_format.frac);
      text.push_back((i + 1) % columns == 0 ? '\n' : ',');
    }
    write_file(path, text);
    return;
  }
  if (extension != ".npy") {
    throw UserError("S023",
                    fmt::format("--outputs {}: unknown extension '{}'", path.string(), extension),
                    {}, "allowed: .csv, .npy");
  }
  Samples samples;
  samples.rows = static_cast<int64_t>(r.raw_outputs.size() / columns);
  samples.columns = r.output_columns;
  for (const Wide q : r.raw_outputs) {
    const double value = fixed::dequantise(q, r.output_format);
    if (static_cast<Wide>(std::ldexp(value, r.output_format.frac)) != q) {
      throw UserError("S022",
                      fmt::format("--outputs {}: {} has more bits than float64 holds",
                                  path.string(), fixed::to_string(q)),
                      {}, "write a .csv file, whose decimals are exact");
    }
    samples.values.push_back(value);
  }
  write_samples(path, samples);
}

}  // namespace mase::sim
