// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

std::string cell_table(const arch::HardwareGraph& hardware) {
  report::Table table(
      {"Instance", "Module", "In", "Out", "Lanes in", "Lanes out", "Cycles a sample"});
  for (const auto& stage : hardware.stages) {
    table.add_row({stage.name, arch::module_name(stage),
                   fmt::format("{} [{}]", fixed::to_string(stage.in), stage.elements_in),
                   fmt::format("{} [{}]", fixed::to_string(stage.out), stage.elements_out),
                   std::to_string(stage.lanes_in), std::to_string(stage.lanes_out),
                   std::to_string(stage.cycles())});
  }
  return table.pipes();
}

class Emit final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Session session(run, kTrained);
    session.write_config();
    emit_design(run, session.graph(), session.project());
    return ExitCode::kGood;
  }
};

}  // namespace

std::filesystem::path emit_design(Run& run, const graph::Graph& graph,
                                  const std::filesystem::path& project,
                                  const std::optional<arch::HardwareOptions>& hardware) {
  spdlog::info("Emitting model '{}'...", graph.name);
  const auto folder = project / "hardware";
  run.profile.step("emit", [&] {
    const emit::EmitOptions options{.top_name = run.config.text("top_name"),
                                    .tool_version = MASE_VERSION};
    const emit::Design design = emit::emit(
        graph, over_slrs(run.config, hardware ? *hardware : hardware_options(run.config)), options);
    emit::write_design(design, folder);
    fmt::print("{}", cell_table(design.hardware));
    if (!design.hardware.parts.empty()) fmt::print("\n{}", partition_table(design.hardware));
    std::fflush(stdout);
    warn_if_too_large(run.config, design.hardware);
    spdlog::info("Predicted initiation interval: {} cycles, set by {}", design.hardware.ii_cycles(),
                 design.hardware.bottleneck().name);
  });
  spdlog::info("Emitted design {} to {}", run.config.text("top_name"), folder.string());
  return folder;
}

std::unique_ptr<Action> make_emit() { return std::make_unique<Emit>(); }

}  // namespace mase::cli
