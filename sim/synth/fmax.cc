// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "sim/synth/timing.h"

namespace mase::synth {

Fmax estimate_fmax(const Netlist& netlist, const Target& target) {
  Fmax fmax;
  std::vector<std::pair<double, std::string>> limits = {{target.bufg_max_mhz, "clock buffer"}};
  const auto cells = netlist.count();
  if (cells.contains("RAMB36E2") || cells.contains("RAMB18E2"))
    limits.emplace_back(target.bram_max_mhz, "block RAM");
  if (cells.contains("DSP48E2")) limits.emplace_back(target.dsp_max_mhz, "DSP48E2");
  const auto lowest = *std::min_element(limits.begin(), limits.end());
  const auto mhz = [&](const Path& path) {
    return path.delay_ps > 0 ? std::min(1e6 / path.delay_ps, lowest.first) : lowest.first;
  };
  fmax.path = critical_path(netlist, target.delays, Corner::kMedian);
  fmax.mhz = mhz(fmax.path);
  fmax.low_mhz = mhz(critical_path(netlist, target.delays, Corner::kPessimistic));
  fmax.high_mhz = mhz(critical_path(netlist, target.delays, Corner::kOptimistic));
  fmax.limited_by = fmax.mhz < lowest.first ? "path" : lowest.second;
  return fmax;
}

std::string to_text(const Path& path) {
  std::string text;
  double at = 0;
  for (const auto& step : path.steps) {
    at += step.logic_ps;
    text += fmt::format("{:8.3f} ns  {:>6.3f}  {:<11} {}\n", at / 1e3, step.logic_ps / 1e3,
                        step.cell_type, step.name.empty() ? "-" : step.name);
    if (step.fanout == 0) continue;
    at += step.net_ps;
    text += fmt::format("{:8.3f} ns  {:>6.3f}  net, fanout {}\n", at / 1e3, step.net_ps / 1e3,
                        step.fanout);
  }
  return text;
}

}  // namespace mase::synth
