// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <functional>

#include "fpga/flow/build_folder.h"
#include "fpga/flow/core_bench.h"
#include "fpga/flow/device_flow.h"
#include "fpga/flow/ice40.h"
#include "fpga/flow/netlist_check.h"
#include "fpga/flow/vitis_report.h"
#include "fpga/flow/vivado_flow.h"
#include "gen/base/file.h"
#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

namespace fs = std::filesystem;

void merge_into_report(const fs::path& hardware, const std::string& hash,
                       const synth::Figures& figures) {
  const auto path = hardware / "report.json";
  const std::string earlier = fs::exists(path) ? read_file(path) : "";
  write_file(path, synth::merge_figures(earlier, hash, figures));
}

std::optional<double> wanted_mhz(const Configuration& config) {
  if (!config.given("freq")) return std::nullopt;
  return config.real("freq");
}

/// Options that mean nothing for a family are said so, not ignored.
void refuse(const Configuration& config, const char* key, const std::string& why) {
  if (!config.given(key)) return;
  const auto& setting = config.setting(key);
  throw UserError("K021", fmt::format("{}: {}", setting.option->flag(), why), setting.where);
}

ExitCode build_small(Run& run, const emit::EmittedFolder& design, const fs::path& folder) {
  const Configuration& config = run.config;
  const auto board = fpga::load_small_board(config.text("target"));
  for (const char* key : {"flow", "host", "slr", "synth_only", "report_only", "netlist_check"})
    refuse(config, key,
           fmt::format("{} goes through the open tools, which know none of it", board.target));
  fpga::Ice40Options options{.freq_mhz = wanted_mhz(config), .dry_run = config.flag("dry_run")};
  options.progress = [](const std::string& step) { spdlog::info("{}...", step); };
  const auto build = folder / "bitstream" / board.target;
  const auto result = run.profile.step(
      "bitstream", [&] { return fpga::build_ice40(design, board, build, options); });
  if (options.dry_run) {
    spdlog::info("--dry-run: {} is written and free of lint; nothing was synthesised",
                 build.string());
    return ExitCode::kGood;
  }
  merge_into_report(folder, design.hash, result.figures(board));
  const auto& s = result.simulation;
  const auto part = [](int64_t used, int64_t of) {
    return fmt::format("{} of {} ({:.1f} %)", used, of,
                       100.0 * static_cast<double>(used) / static_cast<double>(of));
  };
  report::Table table({"Result", "Value"});
  table.add_row({"logic cells", part(result.logic_cells, board.logic_cells)});
  table.add_row({"block RAMs", part(result.bram4k, board.bram4k)});
  table.add_row({"fmax", fmt::format("{:.1f} MHz, wanted {:g} MHz (nextpnr {}, routed)",
                                     result.fmax_mhz, result.wanted_mhz, result.nextpnr_version)});
  table.add_row({"mismatches", fmt::format("{} of {} outputs ({} samples through the pins of the "
                                           "bitstream's netlist)",
                                           s.mismatches, s.outputs, s.samples)});
  table.add_row({"bitstream", result.bitstream.string()});
  table.add_row({"report", (folder / "report.json").string()});
  fmt::print("{}", table.pipes());
  std::fflush(stdout);
  return ExitCode::kGood;
}

/// Of a VivadoResult or a VitisResult.
template <typename Result>
ExitCode print_vivado(const Result& result, const emit::EmittedFolder& design,
                      const fs::path& folder) {
  const auto figures = result.figures();
  merge_into_report(folder, design.hash, figures);
  report::Table table({"Result", "Value", "Source"});
  for (const auto& m : figures.metrics)
    table.add_row({m.name, fmt::format("{:g} {}", m.value, m.unit), m.source});
  table.add_row({"report", (folder / "report.json").string(), ""});
  fmt::print("{}", table.pipes());
  std::fflush(stdout);
  if (const auto failure = result.failure(); !failure.empty()) {
    spdlog::error("{}", failure);
    return ExitCode::kCheckFailed;
  }
  return ExitCode::kGood;
}

fpga::NetlistCheck netlist_check(const Configuration& config) {
  const auto when = config.text("netlist_check");
  if (when == "always") return fpga::NetlistCheck::kAlways;
  return when == "never" ? fpga::NetlistCheck::kNever : fpga::NetlistCheck::kAuto;
}

/// What was found about the build folder, and the core's netlist after it.
void print_checks(Run& run, const emit::EmittedFolder& design, std::vector<fpga::Check> checks,
                  const fs::path& folder, const fs::path& build) {
  checks.push_back(run.profile.step("netlist", [&] {
    return fpga::check_netlist(design, folder / "synth", netlist_check(run.config));
  }));
  report::Table table({"Check", "Result"});
  for (const auto& check : checks) table.add_row({check.name, check.result});
  fmt::print("{}", table.pipes());
  std::fflush(stdout);
  spdlog::info("Wrote the build folder {}", build.string());
}

/// Where a cut design goes was settled when it was emitted.
void check_slrs(const Configuration& config, const arch::HardwareGraph& hardware) {
  warn_if_too_large(config, hardware);
  if (hardware.parts.empty() || !config.given("slr")) return;
  if (config.integer("slr") == hardware.parts.front().slr) return;
  refuse(config, "slr",
         fmt::format("the design is cut over SLRs from {} on; emit it again with --slr",
                     hardware.parts.front().slr));
}

/// What is read is as it was built: nothing of a new build means anything.
void refuse_with_reports(const Configuration& config) {
  for (const char* key : {"dry_run", "synth_only", "host", "freq", "slr", "netlist_check"})
    refuse(config, key, "--report-only reads a finished build, which has its own");
}

/// Whole or not at all; what a tool or the user has added there is kept beside it.
void write_folder(Run& run, const fs::path& build,
                  const std::function<void(const fs::path&)>& write) {
  const auto aside =
      run.profile.step("write", [&] { return fpga::write_build_folder(build, write); });
  if (aside)
    spdlog::warn("{} held a build or other files; they are in {} now (--report-only reads a build)",
                 build.string(), aside->string());
}

/// Progress of the vendor's tools, which take hours.
fpga::ToolRun told() {
  return {.say = [](const std::string& what) { spdlog::info("{}", what); }};
}

constexpr const char* kNoHost = "only the whole device of --flow vivado has a host of its own";

ExitCode build_vitis(Run& run, const emit::EmittedFolder& design, const fs::path& folder) {
  const Configuration& config = run.config;
  refuse(config, "synth_only", "only --flow ooc stops after synthesis");
  refuse(config, "host", kNoHost);
  const auto target = fpga::load_vitis_target(config.text("target"));
  const auto read = [&](const fs::path& finished) {
    const auto result = fpga::read_vitis_reports(finished);
    fpga::check_reports_of(result, design, target.vivado);
    return print_vivado(result, design, folder);
  };
  if (const auto finished = config.optional_text("report_only")) {
    refuse_with_reports(config);
    return read(*finished);
  }
  const fpga::VivadoOptions options{
      .freq_mhz = wanted_mhz(config).value_or(target.vivado.kernel_mhz), .slr = first_slr(config)};
  const auto build = folder / "bitstream" / (target.vivado.name + "_vitis");
  write_folder(run, build,
               [&](const fs::path& to) { fpga::write_vitis(design, target, to, options); });
  print_checks(
      run, design,
      run.profile.step("check", [&] { return fpga::check_vitis_folder(build, target, options); }),
      folder, build);
  if (config.flag("dry_run")) return ExitCode::kGood;
  run.profile.step("Vitis", [&] { fpga::run_vitis(build, told()); });
  return read(build);
}

ExitCode build_device(Run& run, const emit::EmittedFolder& design, const fs::path& folder) {
  const Configuration& config = run.config;
  refuse(config, "synth_only", "only --flow ooc stops after synthesis");
  const auto board = fpga::load_device_board(config.text("target"));
  const auto read = [&](const fs::path& build) {
    const auto result = fpga::read_vivado_reports(build);
    fpga::check_reports_of(result, design, board.vivado, fpga::device_top_name(design));
    return print_vivado(result, design, folder);
  };
  if (const auto finished = config.optional_text("report_only")) {
    refuse_with_reports(config);
    return read(*finished);
  }
  const fpga::VivadoOptions options{
      .freq_mhz = wanted_mhz(config).value_or(board.vivado.kernel_mhz), .slr = first_slr(config)};
  const auto host = fpga::device_host(config.text("host"));
  if (host == fpga::DeviceHost::kXdma && design.hardware.parts.empty() &&
      options.slr != board.pcie_slr)
    spdlog::warn(
        "--slr {}: the card's PCIe block is in SLR{}, and the bus between them crosses "
        "the seam without registers; timing will be hard to meet",
        options.slr, board.pcie_slr);
  const auto build = folder / "bitstream" / (board.vivado.name + "_vivado");
  write_folder(run, build,
               [&](const fs::path& to) { fpga::write_device(design, board, to, options, host); });
  print_checks(run, design,
               run.profile.step("check", [&] { return fpga::check_device_folder(build, board); }),
               folder, build);
  if (config.flag("dry_run")) return ExitCode::kGood;
  run.profile.step("Vivado", [&] { fpga::run_device(build, told()); });
  return read(build);
}

ExitCode build_ooc(Run& run, const emit::EmittedFolder& design, const fs::path& folder) {
  const Configuration& config = run.config;
  refuse(config, "host", kNoHost);
  const auto target = fpga::load_vivado_target(config.text("target"));
  if (const auto finished = config.optional_text("report_only")) {
    refuse_with_reports(config);
    const auto result = fpga::read_vivado_reports(*finished);
    fpga::check_reports_of(result, design, target);
    return print_vivado(result, design, folder);
  }
  fpga::VivadoOptions options{.freq_mhz = wanted_mhz(config).value_or(target.kernel_mhz),
                              .slr = first_slr(config),
                              .synth_only = config.flag("synth_only")};
  const auto build = folder / "bitstream" / (target.name + "_" + config.text("flow"));
  write_folder(run, build, [&](const fs::path& to) {
    fpga::write_ooc(design, target, to, options);
    fpga::write_core_bench(design, to);
  });
  const auto checks =
      run.profile.step("check", [&] { return fpga::check_build_folder(build, target, options); });
  print_checks(run, design, checks, folder, build);
  if (config.flag("dry_run")) return ExitCode::kGood;
  run.profile.step("Vivado", [&] { fpga::run_vivado(build, told()); });
  const auto verdict = print_vivado(fpga::read_vivado_reports(build), design, folder);
  if (netlist_check(config) == fpga::NetlistCheck::kNever) return verdict;
  const auto check = run.profile.step("xsim", [&] { return fpga::verify_netlist(build, told()); });
  spdlog::info("{}: {}", check.name, check.result);
  return verdict;
}

class Bitstream final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Configuration& config = run.config;
    const auto family =
        fpga::target_family(config.text("target"));  // unknown: said before any work
    fs::path folder;
    if (const auto design = named_design(config)) {
      folder = *design;
    } else {
      const Session session(run, kTrained);
      session.write_config();
      folder = emit_design(run, session.graph(), session.project());
    }
    const auto design = run.profile.step("read design", [&] { return emit::read_design(folder); });
    if (family == "ice40") return build_small(run, design, folder);
    check_slrs(config, design.hardware);
    const auto flow = config.text("flow");
    if (flow == "vitis") return build_vitis(run, design, folder);
    if (flow == "vivado") return build_device(run, design, folder);
    return build_ooc(run, design, folder);
  }
};

}  // namespace

std::unique_ptr<Action> make_bitstream() { return std::make_unique<Bitstream>(); }

}  // namespace mase::cli
