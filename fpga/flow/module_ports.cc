// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/module_ports.h"

#include <fmt/format.h>

#include <regex>
#include <sstream>

#include "gen/base/error.h"

namespace mase::fpga {

std::vector<ModulePort> module_ports(const std::string& text, const std::string& module,
                                     const std::string& file) {
  static const std::regex port(
      R"(\s*(input|output)\s+(?:logic|wire)\s+(?:\[(\d+):0\]\s*)?(\w+)\s*,?\s*(//.*)?)"),
      nothing(R"(\s*(//.*)?)");
  std::vector<ModulePort> ports;
  std::istringstream stream(text);
  int number = 0;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (!inside) {
      inside = line == fmt::format("module {} (", module);
      continue;
    }
    if (line == ");") return ports;
    std::smatch match;
    if (std::regex_match(line, match, port)) {
      const int width = match[2].matched ? std::stoi(match[2]) + 1 : 1;
      ports.push_back({match[3], width, match[1] == "input", number});
    } else if (!std::regex_match(line, nothing)) {
      throw UserError("V138", fmt::format("'{}' is no port", line),
                      fmt::format("{}:{}", file, number));
    }
  }
  throw UserError("V138", fmt::format("there is no module {}", module), file,
                  "a folder that mase-gen wrote and nobody changed passes");
}

}  // namespace mase::fpga
