// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fpga/flow/run_tool.h"
#include "fpga/flow/vivado_report.h"
#include "gen/emit/emit.h"

namespace mase::fpga {

/// What the Vivado flows take from a target file, next to what synth::Target has.
struct VivadoTarget {
  std::string name, part;
  double kernel_mhz = 0;                 ///< default clock
  double most_mhz = 0;                   ///< what its clock buffers carry
  std::vector<std::string> slr_pblocks;  ///< [SLRs] what resize_pblock takes
  std::string ooc_clock_site;            ///< where the clock of an out-of-context design comes from
};

/// Errors: UserError Y010, Y011, Y012, V131 (the target has no [vivado] table, or not a name for
/// each SLR).
VivadoTarget load_vivado_target(const std::string& name_or_file);

/// A word of a target's file that goes into scripts and paths: letters, digits and _ . - [ ] only.
/// Errors: UserError V131, naming key and file.
void check_word(const std::string& word, const std::string& key, const std::string& file);

/// Errors: UserError V156 where the target's clock buffers do not carry it.
void check_frequency(const VivadoTarget& target, double mhz);

struct VivadoOptions {
  double freq_mhz = 300;
  int slr = 0;              ///< of a design that is not cut; a cut one has its own
  bool synth_only = false;  ///< write_ooc: stop after synthesis, with its reports
};

/// The build folder of the out-of-context flow, complete by itself: the design's files, build.tcl,
/// clocks.xdc, flow.json, run.sh; relative path and bytes. Errors: UserError V132 (no such SLR).
std::vector<std::pair<std::string, std::string>> ooc_files(const emit::EmittedFolder& design,
                                                           const VivadoTarget& target,
                                                           const VivadoOptions& options);

/// Writes them. What an earlier build left in <folder>/reports and
/// <folder>/checkpoints is removed. Errors: V132, B003.
void write_ooc(const emit::EmittedFolder& design, const VivadoTarget& target,
               const std::filesystem::path& folder, const VivadoOptions& options);

/// One check that needs no Vivado, and what it found.
struct Check {
  std::string name, result;
};

/// All of them over a build folder: lint of the SystemVerilog, every script under the recorder
/// (commands, options, files, ports), the order of the steps, every value in them against the
/// target, flow.json, the top's ports and `asked` (the options that the folder was written with),
/// the gate on timing in both ways, and the summary that the script writes. Errors: UserError V110,
/// exit 4 (tclsh or Verilator is missing), V116 (lint), V133 (a script is wrong; file and line),
/// V134 (order of the steps), V135 (the gate), V138 (a value; file, line, what was found and what
/// was expected), V139, V123.
std::vector<Check> check_build_folder(const std::filesystem::path& folder,
                                      const VivadoTarget& target, const VivadoOptions& asked);
/// The same without the linter.
std::vector<Check> check_build_scripts(const std::filesystem::path& folder,
                                       const VivadoTarget& target, const VivadoOptions& asked);

/// Vivado as it was found.
struct Vivado {
  std::filesystem::path program;
  std::string version;  ///< "2022.2"
};

/// Asked for before work starts. Errors: UserError V130, exit 4 (none in PATH, or none that runs).
Vivado find_vivado();

/// Runs Vivado in the folder. Errors: UserError V130, exit 4 (not built: no vivado in PATH; the
/// command to run elsewhere), V136 (Vivado fails before it has written its summary, or its exit
/// status contradicts its reports), V159 (the time limit), those of read_vivado_reports.
void run_vivado(const std::filesystem::path& folder, const ToolRun& how = {});

/// Errors: UserError V137 when the reports are of another part or top than these. `top`: when it is
/// not the design itself.
void check_reports_of(const VivadoResult& result, const emit::EmittedFolder& design,
                      const VivadoTarget& target, const std::string& top = "");

/// A command of a script as the recorder saw it.
struct RecordedCall {
  std::string file;
  int line = 0;
  std::string command, arguments;
};

/// How the recorder's Vivado answers.
struct RecorderAnswers {
  std::vector<std::string> ports;  ///< of the top
  std::string slack = "0.123", hold = "0.021";
  std::string unrouted = "0";  ///< nets
  /// Further keys of recorder.tcl and recorder_reports.tcl, with their values.
  std::vector<std::pair<std::string, std::string>> more = {};
};

/// Runs `script` (below `folder`) under the recorder in a temporary folder. `summary` gets the
/// mase.json that it wrote, if any. `exit_code` is the script's. Errors: UserError V110, V133.
struct Recording {
  std::vector<RecordedCall> calls;
  std::string summary;
  std::string output;  ///< what the script printed
  int exit_code = 0;
};
Recording record(const std::filesystem::path& folder, const std::string& script,
                 const RecorderAnswers& answers);

/// synth < opt < place < route < report < write, each there; synth < report and nothing else where
/// the script is to stop after synthesis. Errors: UserError V134.
void check_order(const std::vector<RecordedCall>& calls, bool synth_only = false);

}  // namespace mase::fpga
