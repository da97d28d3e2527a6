// SPDX-License-Identifier: Apache-2.0
// A design over several SLRs of the target: what it may use, what is told of its cut.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "fpga/flow/device_flow.h"
#include "fpga/flow/small_board.h"
#include "gen/arch/cost.h"
#include "gen/arch/partition.h"
#include "sim/synth/slr_budgets.h"
#include "sw/cli/action_design.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

std::vector<arch::SlrBudget> budgets(const Configuration& config, const synth::Target& target) {
  return synth::slr_budgets(target, first_slr(config), config.integer("num_targets"),
                            config.file().hardware.slr_budget);
}

bool has_slrs(const Configuration& config) {
  return fpga::target_family(config.text("target")) == "xcup";
}

std::string of_most(double used, double most) { return fmt::format("{:g} of {:g}", used, most); }

}  // namespace

int first_slr(const Configuration& config) {
  if (config.given("slr")) return static_cast<int>(config.integer("slr"));
  if (!has_slrs(config) || config.text("flow") != "vivado") return 0;
  return fpga::default_slr(fpga::load_device_board(config.text("target")),
                           fpga::device_host(config.text("host")));
}

arch::HardwareOptions over_slrs(const Configuration& config, arch::HardwareOptions options) {
  if (!has_slrs(config)) return options;
  const auto target = synth::load_target(config.text("target"));
  auto slrs = budgets(config, target);
  if (slrs.size() < 2) return options;  // nothing to be cut over
  options.slrs = std::move(slrs);
  options.super_long_lines = target.super_long_lines;
  return options;
}

std::string partition_table(const arch::HardwareGraph& hardware) {
  report::Table table(
      {"SLR", "Cells", "LUT", "FF", "DSP", "BRAM36", "Fullest", "Bits to the next"});
  for (const auto& part : hardware.parts) {
    std::vector<std::string> cells;
    for (size_t i = part.first; i < part.end; ++i) cells.push_back(hardware.stages[i].name);
    const auto& used = part.used;
    const auto& most = part.most;
    const bool last = part.end == hardware.stages.size();
    const arch::Stage& end = hardware.stages[part.end - 1];
    table.add_row(
        {std::to_string(part.slr), fmt::format("{}", fmt::join(cells, ", ")),
         of_most(static_cast<double>(used.lut), static_cast<double>(most.lut)),
         of_most(static_cast<double>(used.ff), static_cast<double>(most.ff)),
         of_most(static_cast<double>(used.dsp), static_cast<double>(most.dsp)),
         of_most(used.bram36, most.bram36), fmt::format("{:.1f} %", 100 * fill(used, most)),
         last ? "" : std::to_string(arch::seam_bits(int64_t{end.lanes_out} * end.out.width))});
  }
  return table.pipes();
}

void warn_if_too_large(const Configuration& config, const arch::HardwareGraph& hardware) {
  if (!hardware.parts.empty() || !has_slrs(config)) return;
  const auto target = synth::load_target(config.text("target"));
  const auto slr =
      synth::slr_budgets(target, first_slr(config), 1, config.file().hardware.slr_budget).front();
  const arch::Resources used = arch::estimate(hardware);
  if (arch::fits(used, slr.most)) return;
  spdlog::warn(
      "The design takes {} LUTs, {} registers, {} DSPs and {:g} block RAMs by the cost model; "
      "{}, {}, {} and {:g} may be used of SLR{} ([hardware] slr_budget). mase-gen emit "
      "--num-targets {} cuts it over several SLRs",
      used.lut, used.ff, used.dsp, used.bram36, slr.most.lut, slr.most.ff, slr.most.dsp,
      slr.most.bram36, slr.slr, target.slrs);
}

}  // namespace mase::cli
