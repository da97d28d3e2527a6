// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/script_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "embedded/vivado_tcl.h"
#include "gen/base/error.h"

namespace mase::fpga {

namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// Options that a value follows, of each command of the recorder's table.
const std::map<std::string, std::set<std::string>>& valued_options() {
  static const auto table = [] {
    std::map<std::string, std::set<std::string>> options;
    const std::regex row(R"(recorder::command\s+(\S+)\s+\{([^}]*)\})");
    for (const auto& file : embedded::vivado_tcl()) {
      if (file.name != "vivado_commands.tcl") continue;
      const std::string text(file.content);
      for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
        for (const auto& option : tcl_list((*it)[2])) {
          if (option.ends_with('=')) options[(*it)[1]].insert(option.substr(0, option.size() - 1));
        }
      }
    }
    return options;
  }();
  return table;
}

/// A call taken apart.
struct Words {
  std::vector<std::string> flags, arguments;
  std::vector<std::pair<std::string, std::string>> options;
};

Words words_of(const RecordedCall& call) {
  Words words;
  const auto& table = valued_options();
  const auto row = table.find(call.command);
  const auto list = tcl_list(call.arguments);
  for (size_t i = 0; i < list.size(); ++i) {
    const bool option = list[i].size() > 1 && list[i][0] == '-' &&
                        std::isalpha(static_cast<unsigned char>(list[i][1]));
    if (option && row != table.end() && row->second.contains(list[i]) && i + 1 < list.size()) {
      words.options.emplace_back(list[i], list[i + 1]);
      ++i;
    } else {
      (option ? words.flags : words.arguments).push_back(list[i]);
    }
  }
  return words;
}

/// Numbers in one spelling, everything else as it is.
std::string canonical(const std::string& text) {
  uint64_t whole = 0;
  const bool hex = text.starts_with("0x");
  const char* begin = text.data() + (hex ? 2 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, whole, hex ? 16 : 10);
  if (error == std::errc() && stop == end && (hex || text == "0" || text[0] != '0'))
    return fmt::format("{}", whole);
  if (text.find('.') == std::string::npos ||
      text.find_first_not_of("0123456789.") != std::string::npos)
    return text;
  char* tail = nullptr;
  const double real = std::strtod(text.c_str(), &tail);
  return *tail == '\0' ? fmt::format("{:.12g}", real) : text;
}

template <typename Said>
std::string said(const Said& what) {
  return what.value.empty() ? fmt::format("'{}'", what.key)
                            : fmt::format("'{}' = '{}'", what.key, what.value);
}

std::string first_word(const std::string& key) { return key.substr(0, key.find(' ')); }

[[noreturn]] void fail(const std::string& what, const std::string& where) {
  throw UserError("V138", what, where, "a folder that mase-gen wrote and nobody changed passes");
}

}  // namespace

std::vector<std::string> tcl_list(const std::string& text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (true) {
    while (at < text.size() && blank(text[at])) ++at;
    if (at == text.size()) return words;
    std::string word;
    if (text[at] == '{') {
      int depth = 1;
      for (++at; at < text.size(); ++at) {
        depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
        if (depth == 0) break;
        word += text[at];
      }
      if (at < text.size()) ++at;
    } else {
      for (; at < text.size() && !blank(text[at]); ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        word += text[at];
      }
    }
    words.push_back(word);
  }
}

std::vector<Fact> facts_of(const std::vector<RecordedCall>& calls) {
  static const std::set<std::string> looks = {"get_ports",
                                              "get_pblocks",
                                              "get_cells",
                                              "get_timing_paths",
                                              "check_timing",
                                              "get_drc_violations",
                                              "get_property",
                                              "get_files",
                                              "get_clocks",
                                              "get_pins",
                                              "get_ips",
                                              "version",
                                              "current_fileset",
                                              "current_design",
                                              "ipx::current_core",
                                              "ipx::get_file_groups",
                                              "ipx::get_files",
                                              "ipx::get_bus_interfaces",
                                              "ipx::get_user_parameters"};
  static const std::set<std::string> lists = {"read_verilog", "read_mem", "add_files"};
  std::vector<Fact> facts;
  for (const auto& call : calls) {
    // Reports are the gate's, which has a check of its own (flow/gate_check.h).
    if (looks.contains(call.command) || call.command.starts_with("report_")) continue;
    const std::string where = fmt::format("{}:{}", call.file, call.line);
    Words words = words_of(call);
    if (call.command == "set_property") {
      const std::string object = words.arguments.empty() ? "" : words.arguments.back();
      auto pairs = words.options.empty() ? words.arguments : tcl_list(words.options[0].second);
      for (size_t i = 0; i + 1 < pairs.size() && (i == 0 || !words.options.empty()); i += 2)
        facts.push_back({fmt::format("{} of {}", pairs[i], object), pairs[i + 1], where});
      continue;
    }
    std::string label = call.command;
    for (const auto& flag : words.flags) label += " " + flag;
    // Options that say what the call is about.
    std::erase_if(words.options, [&](const auto& option) {
      const bool names =
          option.first == "-busif" || option.first == "-fileset" || option.first == "-id";
      if (names) label += fmt::format(" {} {}", option.first, option.second);
      return names;
    });
    if (lists.contains(call.command)) {
      for (const auto& argument : words.arguments) {
        for (const auto& file : tcl_list(argument))
          facts.push_back({label + " " + file, "", where});
      }
    } else {
      for (const auto& argument : words.arguments) label += " " + argument;
      if (words.options.empty()) facts.push_back({label, "", where});
    }
    for (const auto& [option, value] : words.options)
      facts.push_back({label + " " + option, value, where});
  }
  return facts;
}

std::vector<Fact> json_facts(const std::string& text, const std::string& file) {
  std::vector<Fact> facts;
  const auto json = nlohmann::json::parse(text);
  for (const auto& [key, value] : json.items()) {
    if (value.is_structured()) continue;
    const size_t at = text.find(fmt::format("\"{}\":", key));
    const auto line = std::count(text.begin(), text.begin() + static_cast<int64_t>(at), '\n') + 1;
    facts.push_back({key, value.is_string() ? value.get<std::string>() : value.dump(),
                     fmt::format("{}:{}", file, line)});
  }
  return facts;
}

void compare_facts(const std::vector<Fact>& found, const std::vector<Wanted>& wanted,
                   const std::string& file) {
  std::vector<bool> met(wanted.size());
  for (const auto& fact : found) {
    bool known = false, done = false;
    for (size_t i = 0; i < wanted.size() && !done; ++i) {
      if (wanted[i].key != fact.key) continue;
      known = true;
      if (met[i]) continue;
      if (canonical(wanted[i].value) != canonical(fact.value))
        fail(fmt::format("{}, expected '{}' ({})", said(fact), wanted[i].value, wanted[i].source),
             fact.where);
      met[i] = done = true;
    }
    if (done) continue;
    if (known) fail(fmt::format("{} is said once too often", said(fact)), fact.where);
    // What stands here instead of what should: the first of its kind that is missing.
    for (size_t i = 0; i < wanted.size(); ++i) {
      const bool alike = !met[i] && first_word(wanted[i].key) == first_word(fact.key) &&
                         std::none_of(found.begin(), found.end(), [&](const Fact& other) {
                           return other.key == wanted[i].key;
                         });
      if (alike)
        fail(fmt::format("{}, expected {} ({})", said(fact), said(wanted[i]), wanted[i].source),
             fact.where);
    }
    fail(fmt::format("{}, expected nothing of the kind", said(fact)), fact.where);
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!met[i]) fail(fmt::format("nothing says {} ({})", said(wanted[i]), wanted[i].source), file);
  }
}

}  // namespace mase::fpga
