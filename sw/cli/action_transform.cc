// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "gen/base/file.h"
#include "gen/graph/mz.h"
#include "gen/pass/fold_batch_norm.h"
#include "gen/pass/quantise.h"
#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/cli/node_meta.h"
#include "sw/report/table.h"
#include "sw/train/checkpoint.h"

namespace mase::cli {

namespace {

graph::Graph fold(const graph::Graph& graph) {
  auto folded = pass::fold_batch_norm(graph);
  if (folded.folded.empty()) {
    spdlog::info("Folded no batch norm: none is beside a linear");
  } else {
    spdlog::info("Folded {} batch norms: {}", folded.folded.size(), fmt::join(folded.folded, ", "));
  }
  if (!folded.kept.empty()) {
    spdlog::warn("no linear beside these batch norms, which stay: {}",
                 fmt::join(folded.kept, ", "));
  }
  return std::move(folded.graph);
}

std::string by_text(pass::QuantiseBy by) {
  return by == pass::QuantiseBy::kType   ? "type"
         : by == pass::QuantiseBy::kName ? "name"
                                         : "regex_name";
}

graph::Graph quantise(const graph::Graph& graph, const ConfigFile& file) {
  auto quantised = pass::quantise(graph, *file.quantise);
  for (const auto& entry : quantised.never_applied) {
    spdlog::warn(
        "passes.quantize.{} ({}) applies to no node: by = \"{}\" finds nothing of that name", entry,
        file.quantise_where, by_text(file.quantise->by));
  }
  if (file.quantise_report) {
    report::Table table({"Original type", "OP", "Total", "Changed", "Unchanged"});
    for (const auto& row : quantised.rows) {
      table.add_row({row.original_type, row.op, std::to_string(row.total),
                     std::to_string(row.changed), std::to_string(row.total - row.changed)});
    }
    spdlog::info("Quantized graph histogram:");
    fmt::print("{}", table.pipes());
    std::fflush(stdout);
  }
  return std::move(quantised.graph);
}

class Transform final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const ConfigFile& file = run.config.file();
    const bool simulates = run.config.flag("run_emit") && !stops_before_run(run.config);
    const bool needs_data = simulates && !run.config.optional_text("inputs");
    if (!file.quantise && !file.fold_batch_norm) {
      throw UserError("K015", "transform has no pass to run", file.path,
                      "give a --config with [passes.quantize] or [passes.fold_batch_norm], or a "
                      "--quant-config");
    }
    const Session session(run, kTrained | (needs_data ? kDataset : kNothing));
    session.write_config();
    spdlog::info("Transforming model '{}'...", session.model_name());
    graph::Graph graph = run.profile.step("passes", [&] {
      graph::Graph changed = file.fold_batch_norm ? fold(session.graph()) : session.graph();
      return file.quantise ? quantise(changed, file) : changed;
    });
    const auto folder = session.project() / "software/transform/transformed_ckpt";
    run.profile.step("save", [&] {
      graph::write_mz(graph, folder / "graph_module.mz");
      train::write_state_dict(graph, folder / "state_dict.pt");
      write_file(folder / "node_meta_param.toml", node_meta_toml(graph));
    });
    spdlog::info("Saved mase graph to {}", folder.string());
    spdlog::info("Transformation is completed");
    if (!run.config.flag("run_emit")) return ExitCode::kGood;
    return emit_and_simulate(run, graph, session);
  }
};

}  // namespace

std::unique_ptr<Action> make_transform() { return std::make_unique<Transform>(); }

}  // namespace mase::cli
