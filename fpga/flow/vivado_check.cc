// SPDX-License-Identifier: Apache-2.0
// What can be proved about a build folder without Vivado.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "embedded/vivado_tcl.h"
#include "fpga/flow/flow_file.h"
#include "fpga/flow/gate_check.h"
#include "fpga/flow/lint.h"
#include "fpga/flow/module_ports.h"
#include "fpga/flow/ooc_check.h"
#include "fpga/flow/slr_constraints.h"
#include "fpga/flow/vivado_flow.h"
#include "fpga/flow/vpp_check.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// A folder that is gone when the check is over.
class Sandbox {
 public:
  Sandbox() {
    std::string pattern = (fs::temp_directory_path() / "mase-recorder-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw UserError("B003", fmt::format("cannot make a folder like {}", pattern));
    path_ = pattern;
  }
  ~Sandbox() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Steps in their order; commands that are in none may stand anywhere.
int step_of(const std::string& command) {
  static const std::map<std::string, int> steps = {{"synth_design", 1},     {"opt_design", 2},
                                                   {"place_design", 3},     {"route_design", 4},
                                                   {"write_checkpoint", 6}, {"write_bitstream", 6}};
  if (command.starts_with("report_")) return 5;
  const auto it = steps.find(command);
  return it == steps.end() ? 0 : it->second;
}

constexpr const char* kSteps[] = {
    "", "synth_design", "opt_design", "place_design", "route_design", "report_*", "write_*"};

}  // namespace

Recording record(const fs::path& folder, const std::string& script,
                 const RecorderAnswers& answers) {
  const auto tclsh = find_program("tclsh");
  if (tclsh.empty()) {
    throw UserError("V110", "tclsh is not in PATH; it checks the scripts", {},
                    "install it, for example with `apt install tcl`", ExitCode::kToolMissing);
  }
  const Sandbox sandbox;
  for (const auto& file : embedded::vivado_tcl())
    write_file(sandbox.path() / std::string(file.name), file.content);
  const fs::path at = fs::absolute(folder);
  std::vector<std::string> command = {tclsh.string(),
                                      (sandbox / "recorder.tcl").string(),
                                      (sandbox / "vivado_commands.tcl").string(),
                                      (at / script).string(),
                                      at.string(),
                                      (sandbox / "calls.log").string(),
                                      fmt::format("ports={}", fmt::join(answers.ports, " ")),
                                      "slack=" + answers.slack,
                                      "hold=" + answers.hold,
                                      "unrouted=" + answers.unrouted};
  for (const auto& [key, value] : answers.more) command.push_back(key + "=" + value);
  const auto result = run_process(command, sandbox.path());
  if (result.exit_code != 0 && result.exit_code != 1) {
    throw UserError("V133", fmt::format("{} is wrong: {}", script, result.output), at.string(),
                    "a folder that mase-gen wrote and nobody changed passes; else it is a bug");
  }
  Recording recording;
  recording.exit_code = result.exit_code;
  recording.output = result.output;
  std::istringstream log(read_file(sandbox / "calls.log"));
  for (std::string line; std::getline(log, line);) {
    RecordedCall call;
    std::string number;
    std::istringstream fields(line);
    std::getline(fields, call.file, '\t');
    std::getline(fields, number, '\t');
    std::getline(fields, call.command, '\t');
    std::getline(fields, call.arguments);
    call.line = std::stoi(number);
    recording.calls.push_back(call);
  }
  if (fs::exists(sandbox / "reports/mase.json"))
    recording.summary = read_file(sandbox / "reports/mase.json");
  return recording;
}

void check_order(const std::vector<RecordedCall>& calls, bool synth_only) {
  const char* order = synth_only ? "order: synth, report"
                                 : "order: synth, opt, place, route, "
                                   "report, write";
  int reached = 0;
  bool seen[7] = {};
  for (const auto& call : calls) {
    const int step = step_of(call.command);
    if (step == 0) continue;
    if (step < reached) {
      throw UserError("V134", fmt::format("{} comes after {}", call.command, kSteps[reached]),
                      fmt::format("{}:{}", call.file, call.line), order);
    }
    if (synth_only && step != 1 && step != 5) {
      throw UserError("V134",
                      fmt::format("{} in a script that stops after synthesis", call.command),
                      fmt::format("{}:{}", call.file, call.line), order);
    }
    reached = step;
    seen[step] = true;
  }
  for (int step = 1; step <= 6; ++step) {
    const bool wanted = !synth_only || step == 1 || step == 5;
    if (wanted && !seen[step])
      throw UserError("V134", fmt::format("no {} in the script", kSteps[step]), {}, order);
  }
}

std::vector<Check> check_build_scripts(const fs::path& folder, const VivadoTarget& target,
                                       const VivadoOptions& asked) {
  const auto flow = read_flow_file(folder);
  const auto& top = flow.top;
  const std::string stage = asked.synth_only ? "synth" : "routed";
  const std::string of_target = "the target " + target.name;
  const std::string mhz = fmt::format("{:g} MHz were asked for", asked.freq_mhz);
  const bool spans = !flow.slrs.empty();
  // Where a cut design goes was settled when it was emitted.
  const auto& slr =
      spans ? flow.slrs.front().slr : target.slr_pblocks.at(static_cast<size_t>(asked.slr));
  check_flow_file(
      folder, flow,
      {{"flow", "ooc", "--flow"},
       {"target", target.name, of_target},
       {"part", target.part, of_target},
       {"freq_mhz", fmt::format("{:.17g}", asked.freq_mhz), mhz},
       {"slr", slr, spans ? "the first SLR of the cut" : fmt::format("--slr {}", asked.slr)},
       {"stage", stage, asked.synth_only ? "--synth-only" : "no --synth-only"}});
  const std::string source = top + ".sv";
  std::vector<Wanted> ports;
  std::vector<Fact> listed;
  for (const auto& port : module_ports(read_file(folder / source), top, source))
    ports.push_back({"port " + port.name, "", source});
  for (const auto& port : flow.ports) listed.push_back({"port " + port, "", "flow.json"});
  compare_facts(listed, ports, "flow.json");

  std::vector<Check> checks;
  RecorderAnswers answers{.ports = flow.ports};
  const auto good = record(folder, "build.tcl", answers);
  if (good.exit_code != 0)
    throw UserError("V135", "build.tcl fails although timing is met", folder.string());
  checks.push_back(
      {"commands", fmt::format("{} calls, all in the common subset of Vivado 2020.2 to "
                               "2025.2",
                               good.calls.size())});
  check_order(good.calls, asked.synth_only);
  check_run_script(folder);
  checks.push_back(
      {"order", asked.synth_only ? "synth, report" : "synth, opt, place, route, report, write"});

  const bool clocked = std::any_of(good.calls.begin(), good.calls.end(), [](const RecordedCall& c) {
    return c.command == "create_clock";
  });
  if (!clocked)
    throw UserError("V133", "no create_clock: everything would be unconstrained", folder.string());
  if (spans && !asked.synth_only) {
    std::vector<fs::path> sources;
    for (const auto& file : flow.sources) sources.push_back(folder / file);
    check_slrs(good.calls, flow.slrs, sources, top);
    check_presence(folder, "build.tcl", answers, flow.slrs);
    checks.push_back(
        {"SLRs", fmt::format("every part of the cut in its SLR, {} in all", flow.slrs.size())});
  }
  compare_facts(facts_of(good.calls), wanted_ooc(flow, target, asked), "build.tcl");
  checks.push_back({"values", fmt::format("{}, {}, {:g} MHz{}", top, target.part, asked.freq_mhz,
                                          asked.synth_only ? "" : ", in " + slr)});

  const auto summary = parse_vivado_summary(good.summary, "reports/mase.json of the recorder");
  if (summary.part != target.part || summary.top != top || summary.stage != stage ||
      summary.design != flow.design ||
      summary.period_ns != std::stod(wanted_period(asked.freq_mhz)))
    throw UserError("V135", "the script's summary does not say what its tool said",
                    folder.string());
  checks.push_back(check_gate(folder, answers, good));
  return checks;
}

std::vector<Check> check_build_folder(const fs::path& folder, const VivadoTarget& target,
                                      const VivadoOptions& asked) {
  const auto flow = read_flow_file(folder);
  LintJob job{.top = flow.top, .include_dirs = {folder / "rtl"}};
  for (const auto& source : flow.sources) job.files.push_back(folder / source);
  lint(job);
  std::vector<Check> checks = {
      {"lint", fmt::format("{} files of SystemVerilog, no warning", job.files.size())}};
  for (auto& check : check_build_scripts(folder, target, asked)) checks.push_back(std::move(check));
  return checks;
}

}  // namespace mase::fpga
