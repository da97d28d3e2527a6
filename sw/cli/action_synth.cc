// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>

#include "gen/base/file.h"
#include "sim/synth/synthesise.h"
#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/report/progress.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

using arch::Resources;

std::string blocks(double bram36) { return fmt::format("{:g}", bram36); }

std::string node_table(const synth::SynthReport& report) {
  report::Table table({"Instance", "Module", "LUT", "FF", "DSP", "BRAM36", "CARRY8", "LUT share"});
  table.align_right_from(2);
  const auto share = [&](int64_t lut) {
    const int64_t all = report.sum ? report.sum->lut : report.total.lut;
    return all == 0 ? std::string("-")
                    : fmt::format("{:.1f} %",
                                  100.0 * static_cast<double>(lut) / static_cast<double>(all));
  };
  const auto row = [&](const std::string& name, const std::string& module, const Resources& r,
                       const std::string& carry8, const std::string& of_luts) {
    table.add_row({name, module, std::to_string(r.lut), std::to_string(r.ff), std::to_string(r.dsp),
                   blocks(r.bram36), carry8, of_luts});
  };
  int64_t carry8 = 0;
  for (const auto& s : report.stages) {
    row(s.name, s.module, s.resources, std::to_string(s.carry8), share(s.resources.lut));
    carry8 += s.carry8;
  }
  if (report.sum) row("sum", "", *report.sum, std::to_string(carry8), "100.0 %");
  if (report.flat) row("whole design", "", report.total, std::to_string(report.carry8), "");
  if (report.flat && report.sum) {
    const auto more = [](double sum, double whole) {
      return whole == 0 ? std::string(sum == 0 ? "0" : "-")
                        : fmt::format("{:+.1f} %", 100 * (sum - whole) / whole);
    };
    const auto &sum = *report.sum, &whole = report.total;
    table.add_row({"sum against whole", "",
                   more(static_cast<double>(sum.lut), static_cast<double>(whole.lut)),
                   more(static_cast<double>(sum.ff), static_cast<double>(whole.ff)),
                   more(static_cast<double>(sum.dsp), static_cast<double>(whole.dsp)),
                   more(sum.bram36, whole.bram36),
                   more(static_cast<double>(carry8), static_cast<double>(report.carry8)), ""});
  }
  return table.pipes();
}

std::string percent_of(double used, double of) { return fmt::format("{:.3f} %", 100 * used / of); }

std::string closing_table(const synth::SynthReport& report, const synth::Target& target,
                          const std::filesystem::path& folder) {
  report::Table table({"Result", "Value"});
  const auto row = [&](const char* name, double used, double device, double slr) {
    table.add_row(
        {name, fmt::format("{:g} ({} of {}, {} of one SLR)", used, percent_of(used, device),
                           target.name, percent_of(used, slr))});
  };
  const Resources &r = report.total, &d = target.device.resources, &s = target.slr.resources;
  row("LUT", static_cast<double>(r.lut), static_cast<double>(d.lut), static_cast<double>(s.lut));
  row("FF", static_cast<double>(r.ff), static_cast<double>(d.ff), static_cast<double>(s.ff));
  row("DSP48E2", static_cast<double>(r.dsp), static_cast<double>(d.dsp),
      static_cast<double>(s.dsp));
  row("BRAM36", r.bram36, d.bram36, s.bram36);
  row("CARRY8", static_cast<double>(report.carry8), static_cast<double>(target.device.carry8),
      static_cast<double>(target.slr.carry8));
  const auto& fmax = *report.fmax;
  table.add_row({"fmax", fmt::format("{:.0f} MHz, band {:.0f} to {:.0f} MHz (estimate before place "
                                     "and route)",
                                     fmax.mhz, fmax.low_mhz, fmax.high_mhz)});
  table.add_row(
      {"limited by", fmax.limited_by == "path"
                         ? fmt::format("a path of {:.3f} ns into {}", fmax.path.delay_ps / 1e3,
                                       fmax.path.steps.back().name)
                         : fmax.limited_by});
  table.add_row({"critical path", (folder / "synth/critical_path.txt").string()});
  table.add_row({"report", (folder / "synth/report.json").string()});
  return table.pipes();
}

/// What the device or one of its SLRs has too little of.
void warn_where_full(const synth::SynthReport& report, const synth::Target& target) {
  const auto lacking = [&](const synth::Capacity& of) {
    const Resources &used = report.total, &has = of.resources;
    std::vector<std::string> names;
    if (used.lut > has.lut) names.emplace_back("LUT");
    if (used.ff > has.ff) names.emplace_back("FF");
    if (used.dsp > has.dsp) names.emplace_back("DSP48E2");
    if (used.bram36 > has.bram36) names.emplace_back("BRAM36");
    if (report.carry8 > of.carry8) names.emplace_back("CARRY8");
    return fmt::format("{}", fmt::join(names, ", "));
  };
  if (const auto names = lacking(target.device); !names.empty()) {
    spdlog::warn("the design does not fit {}: too few {}", target.name, names);
  } else if (const auto of_slr = lacking(target.slr); !of_slr.empty()) {
    spdlog::warn("the design takes more {} than one SLR of {} has; fmax knows no crossing of SLRs",
                 of_slr, target.name);
  }
}

std::string critical_path_text(const synth::Fmax& fmax) {
  return fmt::format(
      "{:.0f} MHz, band {:.0f} to {:.0f} MHz, limited by {}: estimate before place and route.\n"
      "Arrival, delay, cell and the net or register that it drives:\n{}",
      fmax.mhz, fmax.low_mhz, fmax.high_mhz, fmax.limited_by, synth::to_text(fmax.path));
}

/// A bar on a terminal; the number of syntheses is known with the first of them.
class Bar {
 public:
  explicit Bar(bool silent) : silent_(silent) {}
  void tell(int64_t done, int64_t total, const std::string& what) {
    spdlog::debug("synthesised {}", what);
    if (!bar_) {
      const auto mode =
          silent_ ? report::Progress::Mode::kSilent : report::Progress::detect(stderr);
      bar_ = std::make_unique<report::Progress>("Synthesis", total, mode, stderr, start_);
    }
    bar_->update(done);
    if (done == total) bar_->finish();
  }

 private:
  bool silent_;
  report::Progress::Clock::time_point start_ = report::Progress::Clock::now();
  std::unique_ptr<report::Progress> bar_;
};

class Synth final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Configuration& config = run.config;
    const std::string yosys = synth::yosys_version();  // missing: said before any work
    synth::SynthOptions options;
    options.target = synth::load_target(config.text("target"));
    options.per_node = config.text("synth_scope") != "design";
    options.flat = config.text("synth_scope") != "nodes";
    Bar bar(config.flag("github_ci"));
    options.progress = [&](int64_t done, int64_t total, const std::string& what) {
      bar.tell(done, total, what);
    };

    std::filesystem::path folder;
    if (const auto design = named_design(config)) {
      folder = *design;
    } else {
      const Session session(run, kTrained);
      session.write_config();
      folder = emit_design(run, session.graph(), session.project());
    }
    const auto design = run.profile.step("read design", [&] { return emit::read_design(folder); });
    spdlog::info("Synthesising {} cells for {} with Yosys {}...", design.hardware.stages.size(),
                 options.target.part, yosys);
    const auto report =
        run.profile.step("synthesise", [&] { return synth::synthesise(design.hardware, options); });
    spdlog::info("{} syntheses, {} of them from the cache ({:.2f} s)", report.runs,
                 report.from_cache, report.seconds);
    write_file(folder / "synth/report.json", synth::report_json(report, options));
    write_file(folder / "synth/critical_path.txt", critical_path_text(*report.fmax));
    const auto whole = folder / "report.json";
    write_file(whole, synth::merge_report(std::filesystem::exists(whole) ? read_file(whole) : "",
                                          design.hash, report, options));
    fmt::print("{}\n{}", node_table(report), closing_table(report, options.target, folder));
    std::fflush(stdout);
    warn_where_full(report, options.target);
    return ExitCode::kGood;
  }
};

}  // namespace

std::unique_ptr<Action> make_synth() { return std::make_unique<Synth>(); }

}  // namespace mase::cli
