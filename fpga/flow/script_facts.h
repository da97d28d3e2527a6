// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "fpga/flow/vivado_flow.h"

namespace mase::fpga {

/// One thing that a file of a build folder says: "range of map:s_axi_control/reg0", "4096",
/// "package.tcl:59".
struct Fact {
  std::string key, value, where;
};

/// One thing that a file has to say, and who says so: "the register table", "--slr 2".
struct Wanted {
  std::string key, value, source;
};

/// What a recorded script says. "<property> of <object>" for set_property; "<command> <flags>
/// <arguments> <option>" for every option with a value; the same without an option where a command
/// has none; a fact for each file of read_verilog, read_mem and add_files. Commands that only look
/// something up say nothing: what they find is an argument elsewhere.
std::vector<Fact> facts_of(const std::vector<RecordedCall>& calls);

/// Strings and numbers of a JSON object, with their lines.
std::vector<Fact> json_facts(const std::string& text, const std::string& file);

/// The elements of a Tcl list.
std::vector<std::string> tcl_list(const std::string& text);

/// `file` says everything that is wanted, as often as it is wanted, and nothing else. Numbers are
/// compared as such: 0x1000 is 4096. Errors: UserError V138: file and line, what was found, what
/// was expected and why.
void compare_facts(const std::vector<Fact>& found, const std::vector<Wanted>& wanted,
                   const std::string& file);

}  // namespace mase::fpga
