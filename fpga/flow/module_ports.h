// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace mase::fpga {

struct ModulePort {
  std::string name;
  int width = 1;
  bool input = true;
  int line = 0;
};

/// Ports of a module as our writers put them, one a line. Errors: UserError V138 where `text` has
/// no such module, or a line in its list is no port.
std::vector<ModulePort> module_ports(const std::string& text, const std::string& module,
                                     const std::string& file);

}  // namespace mase::fpga
