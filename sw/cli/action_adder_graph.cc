// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>

#include "gen/arch/cell_cost.h"
#include "gen/arch/matrix_stage.h"
#include "gen/base/file.h"
#include "gen/emit/matrix_files.h"
#include "gen/emit/names.h"
#include "sim/synth/target.h"
#include "sw/cli/actions.h"
#include "sw/cli/matrix_csv.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

namespace fs = std::filesystem;

/// --top-name, else the file's name as far as a module may have it.
std::string module_of(const Configuration& config, const fs::path& matrix) {
  // A config.toml that an action wrote has the default, too.
  const Setting& top = config.setting("top_name");
  if (top.effective != top.option->standard || top.where == top.option->flag())
    return config.text("top_name");
  std::string name = matrix.stem().string();
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) name = "m_" + name;
  if (emit::is_keyword(name) || name.starts_with("mase_")) name = "m_" + name;
  return name;
}

/// The file's name for a comment: one line.
std::string title_of(const fs::path& matrix) {
  std::string name = matrix.filename().string();
  for (char& c : name) {
    if (std::iscntrl(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

arch::UnrollOptions options_of(const Configuration& config) {
  arch::UnrollOptions options;
  options.adders_per_stage = static_cast<int>(config.integer("adders_per_stage"));
  if (config.given("target_mhz")) {
    if (const Setting& levels = config.setting("adders_per_stage");
        levels.effective != levels.option->standard || levels.where == levels.option->flag()) {
      throw UserError("K021", "--target-mhz and --adders-per-stage exclude each other",
                      config.setting("target_mhz").where, "keep one: both say where registers go");
    }
    options.target_mhz = config.real("target_mhz");
    options.delays = std::make_shared<const arch::AdderDelays>(
        synth::adder_delays(synth::load_target(config.text("target"))));
  }
  if (config.given("depth_limit"))
    options.depth_limit = static_cast<int>(config.integer("depth_limit"));
  if (config.given("seconds")) options.seconds = config.real("seconds");
  options.seed = static_cast<uint64_t>(config.integer("seed"));
  options.threads = static_cast<int>(std::max<int64_t>(1, config.integer("num_workers")));
  return options;
}

std::string result_table(const arch::Stage& stage, const IntegerMatrix& matrix,
                         const fs::path& folder, const std::string& module) {
  const arch::Unrolled& u = *stage.unrolled;
  const arch::Resources r = arch::unrolled_cost(u);
  const auto [least, most] = std::minmax_element(matrix.cells.begin(), matrix.cells.end());
  report::Table table({"Result", "Value"});
  const auto row = [&](const char* name, const std::string& value) {
    table.add_row({name, value});
  };
  row("matrix", fmt::format("{} outputs x {} inputs, weights {} to {}", matrix.rows, matrix.columns,
                            *least, *most));
  row("inputs",
      fmt::format("{}-bit {}", stage.in.width, stage.in.is_signed ? "signed" : "unsigned"));
  row("outputs", fmt::format("exact, {}-bit {} lanes", stage.out.width,
                             stage.out.is_signed ? "signed" : "unsigned"));
  row("adders", std::to_string(u.graph.adders()));
  row("depth", fmt::format("{} adder levels", u.graph.depth()));
  row("adder LUTs", fmt::format("{} (estimate)", u.graph.lut_estimate()));
  row("module LUTs",
      fmt::format("{} (estimate, control included)", r.lut));
  row("module FFs", fmt::format("{} (estimate)", r.ff));
  row("latency", fmt::format("{} cycles, a product every cycle", u.registers));
  row("module", (folder / (module + ".sv")).string());
  row("test bench", (folder / (module + "_tb.sv")).string());
  row("graph", (folder / "graph.json").string());
  return table.pipes();
}

class AdderGraph final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Configuration& config = run.config;
    const auto file = config.optional_text("matrix");
    if (!file) {
      throw UserError("K006", "adder-graph needs a matrix, and none is named", {},
                      "give its file: mase-gen adder-graph matrix.csv --input-width 8");
    }
    const IntegerMatrix matrix =
        run.profile.step("read matrix", [&] { return read_integer_matrix(*file); });
    const std::string module = module_of(config, *file);
    emit::check_module_name(module);
    const fs::path folder = (fs::path(config.text("project_dir")) /
                             config.optional_text("project").value_or(module + "_adder_graph"))
                                .lexically_normal();
    spdlog::info("Searching an adder graph for {} x {} weights...", matrix.rows, matrix.columns);
    const arch::MatrixProduct product{.name = title_of(*file),
                                      .outputs = matrix.rows,
                                      .inputs = matrix.columns,
                                      .weight = matrix.cells,
                                      .input = {static_cast<int>(config.integer("input_width")), 0,
                                                !config.flag("unsigned_inputs")}};
    const arch::Stage stage =
        run.profile.step("search", [&] { return arch::matrix_stage(product, options_of(config)); });
    run.profile.step("write", [&] {
      for (const auto& [path, bytes] : emit::matrix_files(stage, module, MASE_VERSION))
        write_file(folder / path, bytes);
      write_file(folder / "config.toml", config.to_toml(folder.filename().string()));
    });
    fmt::print("{}", result_table(stage, matrix, folder, module));
    std::fflush(stdout);
    return ExitCode::kGood;
  }
};

}  // namespace

std::unique_ptr<Action> make_adder_graph() { return std::make_unique<AdderGraph>(); }

}  // namespace mase::cli
