// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sw/cli/command_line.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

constexpr size_t kIndent = 24;

void add_entry(std::string& text, const std::string& left, const std::string& right,
               size_t columns) {
  text += "  " + left;
  size_t at = left.size() + 2;
  for (const auto& line : report::wrap_words(right, columns - kIndent)) {
    if (at + 1 > kIndent) {
      text += '\n';
      at = 0;
    }
    text += std::string(kIndent - at, ' ') + line + '\n';
    at = 0;
  }
}

void add_prose(std::string& text, std::string_view words, size_t columns) {
  text += '\n';
  for (const auto& line : report::wrap_words(words, columns)) text += line + '\n';
}

std::string left_of(const Option& option) {
  std::vector<std::string> spellings;
  for (const auto flag : option.flags) {
    spellings.push_back(option.metavar.empty() ? std::string(flag)
                                               : fmt::format("{} {}", flag, option.metavar));
  }
  return fmt::format("{}", fmt::join(spellings, ", "));
}

std::string right_of(const Option& option) {
  std::string text(option.help);
  if (!option.choices.empty()) text += fmt::format(" One of ({}).", fmt::join(option.choices, "|"));
  for (const auto& refusal : option.refusals) {
    if (refusal.value == "*") {
      text += fmt::format(" Any other value than the default is an error: {}.", refusal.reason);
    }
  }
  if (option.key.empty() && option.standard_text.empty()) return text;
  return text + fmt::format(" (default: {})", option.standard_text.empty()
                                                  ? to_text(option.standard)
                                                  : option.standard_text);
}

std::string usage(size_t columns) {
  std::string words;
  for (const auto& option : options()) {
    if (option.group == Group::kMain) continue;
    const auto flag = option.flags.front();
    words += option.metavar.empty() ? fmt::format("[{}] ", flag)
                                    : fmt::format("[{}\u00a0{}] ", flag, option.metavar);
  }
  words += "action [model] [dataset], or adder-graph matrix.csv";
  std::string text = "usage: mase-gen ";
  bool first = true;
  for (std::string line : report::wrap_words(words, columns - 16)) {
    // A flag and its value stay on one line: they are joined by a no-break space until here.
    for (size_t at; (at = line.find("\u00a0")) != std::string::npos;) line.replace(at, 2, " ");
    text += (first ? "" : std::string(16, ' ')) + line + '\n';
    first = false;
  }
  return text;
}

}  // namespace

std::string help_text(size_t columns) {
  std::string text = usage(columns);
  add_prose(
      text,
      "mase-gen trains a small network, quantises it, searches formats and parallelism by what the "
      "hardware costs, emits SystemVerilog, simulates it cycle by cycle, synthesises it and takes "
      "it to a bitstream. By "
      "itself, mase-gen adder-graph turns a matrix of integers into shifts and adders.",
      columns);
  for (const Group group : {Group::kMain, Group::kGeneral, Group::kTrainer, Group::kRuntime,
                            Group::kHardware, Group::kBitstream, Group::kAdderGraph, Group::kSearch,
                            Group::kLanguage, Group::kProject, Group::kInformation}) {
    text += fmt::format("\n{}:\n", group_title(group));
    if (group == Group::kMain) {
      add_entry(text, "action",
                fmt::format("action to perform. One of ({}).", fmt::join(action_names(), "|")),
                columns);
    }
    for (const auto& option : options()) {
      if (option.group != group) continue;
      const bool positional = group == Group::kMain;
      add_entry(
          text,
          positional ? fmt::format("{}, {} NAME", option.key, option.flag()) : left_of(option),
          positional ? std::string(option.help) : right_of(option), columns);
    }
  }
  add_prose(text,
            "In TOML an option is written as its long flag in snake_case (learning_rate = 1e-3); "
            "MASE's own keys "
            "(load_name, to_debug, num_nodes, ...) are understood too. What is given on the "
            "command line wins "
            "over the configuration file, and that over the default.",
            columns);
  add_prose(text,
            "Exit codes: 0 good; 1 ran, but a check failed; 2 bad input; 3 a bug of mase-gen; 4 a "
            "needed tool "
            "is absent.",
            columns);
  return text;
}

}  // namespace mase::cli
