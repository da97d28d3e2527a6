// SPDX-License-Identifier: Apache-2.0
// What run.sh and link.cfg say to the vendor's programs, against a table of what these understand.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mase::fpga {

/// A call of a vendor's program in a shell script: its words without quotes, up to where the shell
/// does something else with it.
struct ToolCall {
  int line = 0;
  std::vector<std::string> words;
  /// The value that follows an option; empty: it is not there.
  std::string value(const std::string& option) const;
  /// What is no option and no option's value.
  std::vector<std::string> positional() const;
};

/// The calls of vivado, v++, xclbinutil, xvlog, xelab and xsim in a script. Errors: UserError V138
/// with the line (an option that is not in the table, one without its value or with another than it
/// takes).
std::vector<ToolCall> tool_calls(const std::string& script, const std::string& file);

/// tool_calls of run.sh, and every script that vivado is given is in the folder. Errors: V138,
/// B001.
std::vector<ToolCall> check_run_script(const std::filesystem::path& folder);

/// run.sh of the Vitis flow: packs, links once for hardware what was packed, for the platform and
/// at the clock of flow.json, under a name that is no result's, and asks only then for its clock;
/// link.cfg: sections, keys and the forms of their values. Errors: V138, V160, B001.
void check_vpp(const std::filesystem::path& folder);

}  // namespace mase::fpga
