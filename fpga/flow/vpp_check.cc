// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/vpp_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "fpga/flow/json_text.h"
#include "fpga/flow/report_text.h"
#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

/// An option of a program. Only what its versions of 2020.2 to 2025.2 have in common; not tried
/// under any of them.
struct Option {
  const char *program, *name;
  const char* value;  ///< pattern of the value that follows; nullptr: none follows
  const char* reference;
};

constexpr const char* kVpp = "UG1393, UG1702: v++ General Options";
constexpr const char* kVivado = "UG835, UG894: vivado -help";
constexpr const char* kXsim = "UG900: xvlog, xelab and xsim";
constexpr const char* kXclbinutil = "XRT: xclbinutil --help";
constexpr const char* kName = "[A-Za-z_][A-Za-z0-9_]*";
constexpr const char* kPath = "[^-].*";

const std::vector<Option>& options() {
  static const std::vector<Option> table = {
      {"v++", "--link", nullptr, kVpp},
      {"v++", "-l", nullptr, kVpp},
      {"v++", "--target", "sw_emu|hw_emu|hw", kVpp},
      {"v++", "-t", "sw_emu|hw_emu|hw", kVpp},
      {"v++", "--platform", kPath, kVpp},
      {"v++", "-f", kPath, kVpp},
      {"v++", "--kernel_frequency", "([0-9]+:)?[1-9][0-9]*", kVpp},
      {"v++", "--config", kPath, kVpp},
      {"v++", "--save-temps", nullptr, kVpp},
      {"v++", "-s", nullptr, kVpp},
      {"v++", "--temp_dir", kPath, kVpp},
      {"v++", "--log_dir", kPath, kVpp},
      {"v++", "--report_dir", kPath, kVpp},
      {"v++", "--report_level", "0|1|2|estimate", kVpp},
      {"v++", "--optimize", "0|1|2|3|s|quick", kVpp},
      {"v++", "--jobs", "[1-9][0-9]*", kVpp},
      {"v++", "--kernel", kName, kVpp},
      {"v++", "--vivado.prop", R"(run\.\w+\..+=.+)", "UG1393: --vivado Options"},
      {"v++", "--output", kPath, kVpp},
      {"v++", "-o", kPath, kVpp},
      {"vivado", "-mode", "batch|gui|tcl", kVivado},
      {"vivado", "-nojournal", nullptr, kVivado},
      {"vivado", "-nolog", nullptr, kVivado},
      {"vivado", "-notrace", nullptr, kVivado},
      {"vivado", "-log", kPath, kVivado},
      {"vivado", "-journal", kPath, kVivado},
      {"vivado", "-source", kPath, kVivado},
      {"xvlog", "-sv", nullptr, kXsim},
      {"xvlog", "-log", kPath, kXsim},
      {"xelab", "-L", kName, kXsim},
      {"xelab", "-log", kPath, kXsim},
      {"xelab", "-snapshot", kName, kXsim},
      {"xsim", "-runall", nullptr, kXsim},
      {"xsim", "-log", kPath, kXsim},
      {"xclbinutil", "--info", nullptr, kXclbinutil},
      {"xclbinutil", "--input", kPath, kXclbinutil},
  };
  return table;
}

/// A key of a section of a configuration file for linking.
struct Key {
  const char *section, *name, *value, *reference;
};

constexpr const char* kConnectivity = "UG1393, UG1702: --connectivity Options";
constexpr const char* kClock = "UG1393: --clock Options";

const std::vector<Key>& keys() {
  static const std::vector<Key> table = {
      // One compute unit: the sign between several names is not the same in all versions.
      {"connectivity", "nk", R"(\w+:1:\w+)", kConnectivity},
      {"connectivity", "slr", R"(\w+:SLR\d)", kConnectivity},
      {"connectivity", "sp", R"(\w+\.\w+:(DDR|HBM|PLRAM|HOST|bank\d)(\[\d+(:\d+)?\])?)",
       kConnectivity},
      {"connectivity", "stream_connect", R"(\w+\.\w+:\w+\.\w+(:\d+)?)", kConnectivity},
      {"clock", "freqHz", R"([1-9]\d*:\w+(\.\w+)?)", kClock},
      {"clock", "defaultFreqHz", R"([1-9]\d*)", kClock},
      {"vivado", "prop", R"((run|fileset|file|project)\..+=.+)", "UG1393: --vivado Options"},
      {"vivado", "param", R"(\S+=.+)", "UG1393: --vivado Options"},
      {"advanced", "param", R"(\w+\.\w+=.+)", "UG1393: --advanced Options"},
      {"advanced", "misc", R"(\w+=.+)", "UG1393: --advanced Options"},
      {"profile", "data", R"(\w+:\w+:\w+(:\w+)?)", "UG1393: --profile Options"},
  };
  return table;
}

[[noreturn]] void fail(const std::string& what, const std::string& file, int line) {
  throw UserError("V138", what, fmt::format("{}:{}", file, line),
                  "a folder that mase-gen wrote and nobody changed passes");
}

const Option* find_option(const std::string& program, const std::string& name) {
  for (const auto& option : options())
    if (option.program == program && option.name == name) return &option;
  return nullptr;
}

/// Words of a line of the shell, without their quotes; what is behind a pipe, a redirection, `||`,
/// `&&` or `;` is another command's.
std::vector<std::string> shell_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;  // a word has begun
  char quote = 0;
  const auto end = [&] {
    if (open) words.push_back(word);
    word.clear();
    open = false;
  };
  for (const char c : line) {
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        word.push_back(c);
    } else if (c == '"' || c == '\'') {
      quote = c;
      open = true;
    } else if (c == ' ' || c == '\t') {
      end();
    } else if (c == '|' || c == '&' || c == ';' || c == '>' || (c == '#' && !open)) {
      break;
    } else {
      word.push_back(c);
      open = true;
    }
  }
  end();
  return words;
}

void check_options(const ToolCall& call, const std::string& file) {
  const std::string& program = call.words[0];
  for (size_t i = 1; i < call.words.size(); ++i) {
    const std::string& word = call.words[i];
    if (!word.starts_with('-')) continue;
    const Option* option = find_option(program, word);
    if (!option) {
      std::vector<std::string> known;
      const char* reference = "";
      for (const auto& o : options()) {
        if (o.program != program) continue;
        known.emplace_back(o.name);
        reference = o.reference;
      }
      const auto near = nearest_name(word, known);
      fail(fmt::format("{} has no option '{}' in the common subset ({}){}", program, word,
                       reference, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)),
           file, call.line);
    }
    if (!option->value) continue;
    ++i;
    if (i == call.words.size())
      fail(fmt::format("{} {}: no value follows ({})", program, word, option->reference), file,
           call.line);
    if (!std::regex_match(call.words[i], std::regex(option->value)))
      fail(fmt::format("{} {} '{}': it takes {} ({})", program, word, call.words[i], option->value,
                       option->reference),
           file, call.line);
  }
}

/// link.cfg, line by line.
void check_config(const std::string& text, const std::string& file) {
  std::istringstream stream(text);
  std::string section;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      section = line.ends_with(']') ? line.substr(1, line.size() - 2) : line;
      if (std::none_of(keys().begin(), keys().end(),
                       [&](const Key& key) { return key.section == section; }))
        fail(fmt::format("v++ has no section '{}' for linking (UG1393: Vitis Compiler "
                         "Configuration File)",
                         line),
             file, number);
      continue;
    }
    const size_t equals = line.find('=');
    const std::string name = trimmed(line.substr(0, equals));
    const auto key = std::find_if(keys().begin(), keys().end(), [&](const Key& k) {
      return k.section == section && k.name == name;
    });
    if (equals == std::string::npos || key == keys().end())
      fail(fmt::format("'{}' is no key of [{}] in the common subset", line, section), file, number);
    const std::string value = trimmed(line.substr(equals + 1));
    if (!std::regex_match(value, std::regex(key->value)))
      fail(fmt::format("{}={} has not the form {} ({})", name, value, key->value, key->reference),
           file, number);
  }
}

}  // namespace

std::string ToolCall::value(const std::string& option) const {
  for (size_t i = 1; i + 1 < words.size(); ++i)
    if (words[i] == option) return words[i + 1];
  return "";
}

std::vector<std::string> ToolCall::positional() const {
  std::vector<std::string> rest;
  for (size_t i = 1; i < words.size(); ++i) {
    const Option* option = find_option(words[0], words[i]);
    if (!option) rest.push_back(words[i]);
    if (option && option->value) ++i;
  }
  return rest;
}

std::vector<ToolCall> tool_calls(const std::string& script, const std::string& file) {
  std::vector<ToolCall> calls;
  std::istringstream stream(script);
  std::string whole;
  int number = 0, begin = 1;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (whole.empty()) begin = number;
    whole += line;
    if (whole.ends_with('\\')) {
      whole.back() = ' ';
      continue;
    }
    ToolCall call{begin, shell_words(whole)};
    whole.clear();
    if (!call.words.empty() && call.words[0] == "exec") call.words.erase(call.words.begin());
    if (call.words.empty()) continue;
    const auto is_it = [&](const Option& option) { return option.program == call.words[0]; };
    if (std::none_of(options().begin(), options().end(), is_it)) continue;
    check_options(call, file);
    calls.push_back(std::move(call));
  }
  return calls;
}

std::vector<ToolCall> check_run_script(const fs::path& folder) {
  auto calls = tool_calls(read_file(folder / "run.sh"), "run.sh");
  for (const auto& call : calls) {
    if (call.words[0] != "vivado") continue;
    if (call.value("-mode") != "batch") fail("vivado without -mode batch", "run.sh", call.line);
    if (!call.positional().empty())
      fail(fmt::format("vivado is given '{}'", call.positional()[0]), "run.sh", call.line);
    const auto script = call.value("-source");
    if (script.empty() || !fs::is_regular_file(folder / script))
      fail(fmt::format("vivado is to run '{}', which is not in the folder", script), "run.sh",
           call.line);
  }
  if (calls.empty()) fail("no program of the vendor is called", "run.sh", 1);
  return calls;
}

void check_vpp(const fs::path& folder) {
  const auto flow = read_flow(folder);
  const auto kernel = flow.at("top").get<std::string>();
  const auto calls = check_run_script(folder);
  std::string order;
  for (const auto& call : calls) order += call.words[0] + " ";
  if (order != "vivado v++ xclbinutil ")
    fail(fmt::format("it calls {}; wanted are vivado, v++, xclbinutil", order), "run.sh",
         calls[0].line);
  const ToolCall& link = calls[1];
  const auto want = [&](const char* option, const std::string& value) {
    const auto& words = link.words;
    if (std::count(words.begin(), words.end(), option) != 1)
      fail(fmt::format("v++ has to have {} once", option), "run.sh", link.line);
    if (!value.empty() && link.value(option) != value)
      fail(fmt::format("v++ {} is '{}', wanted is '{}'", option, link.value(option), value),
           "run.sh", link.line);
  };
  want("--link", "");
  want("--save-temps", "");  // its reports lie there
  want("--target", "hw");
  want("--platform", flow.at("platform").get<std::string>());
  want("--kernel_frequency", fmt::format("{:g}", flow.at("freq_mhz").get<double>()));
  want("--config", "link.cfg");
  want("--temp_dir", "build/link");
  want("-o", fmt::format("build/{}.xclbin", kernel));  // half of one must not look like a result
  if (link.positional() != std::vector<std::string>{kernel + ".xo"})
    fail(fmt::format("v++ has to link {}.xo and nothing else", kernel), "run.sh", link.line);
  if (calls[2].value("--input") != kernel + ".xclbin")
    fail(fmt::format("xclbinutil has to read {}.xclbin", kernel), "run.sh", calls[2].line);
  check_config(read_file(folder / "link.cfg"), "link.cfg");
}

}  // namespace mase::fpga
