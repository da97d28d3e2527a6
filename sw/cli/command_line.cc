// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "gen/base/error.h"

namespace mase::cli {

namespace {

const char* const kSeeHelp = "mase-gen --help lists every option";

std::vector<std::string> all_flags() {
  std::vector<std::string> flags;
  for (const auto& option : options())
    flags.insert(flags.end(), option.flags.begin(), option.flags.end());
  return flags;
}

/// The option as CLI11 spells it: "-V,--version".
std::string joined_flags(const Option& option) {
  return fmt::format("{}", fmt::join(option.flags, ","));
}

[[noreturn]] void fail_surplus(const std::vector<std::string>& surplus) {
  for (const auto& word : surplus) {
    if (word.size() < 2 || word[0] != '-') continue;
    const std::string flag = word.substr(0, word.find('='));
    const std::string near = nearest_name(flag, all_flags());
    throw UserError("K001", fmt::format("unknown option '{}'", flag), {},
                    near.empty() ? kSeeHelp : fmt::format("did you mean '{}'? {}", near, kSeeHelp));
  }
  throw UserError("K001", fmt::format("surplus argument '{}'", surplus.front()), {},
                  "usage: mase-gen action [model] [dataset] [options], "
                  "or mase-gen adder-graph matrix.csv [options]");
}

/// A model or dataset may be given by its place or by its flag, but not differently by both.
void set_positional(CommandLine& line, const std::string& key, const std::string& value) {
  const auto found = line.overrides.find(key);
  if (found != line.overrides.end() && found->second != Value(value)) {
    throw UserError("K001", fmt::format("{} is given twice: '{}' and --{} {}", key, value, key,
                                        to_text(found->second)));
  }
  line.overrides[key] = value;
}

}  // namespace

const std::vector<std::string>& action_names() {
  // In the order of the bits of Use.
  static const std::vector<std::string> names = {"train",  "test",        "transform",
                                                 "search", "emit",        "simulate",
                                                 "synth",  "adder-graph", "bitstream"};
  return names;
}

unsigned use_of(const std::string& action) {
  const auto& names = action_names();
  const auto at = std::find(names.begin(), names.end(), action) - names.begin();
  MASE_CHECK(at < std::ssize(names), "no action '{}'", action);
  return 1u << at;
}

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  CLI::App app("mase-gen");
  app.set_help_flag();  // --help is an entry of the table like any other
  app.allow_extras();   // reported below, with the nearest known name
  std::string action, model, dataset;
  app.add_option("action", action);
  app.add_option("model", model);
  app.add_option("dataset", dataset);

  std::vector<std::pair<const Option*, CLI::Option*>> registered;
  std::vector<std::string> values(options().size());
  for (size_t i = 0; i < options().size(); ++i) {
    const Option& option = options()[i];
    CLI::Option* entry = option.type == Type::kFlag
                             ? app.add_flag(joined_flags(option), values[i])
                             : app.add_option(joined_flags(option), values[i]);
    if (option.metavar.starts_with('[')) entry->expected(0, 1);
    entry->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    registered.emplace_back(&option, entry);
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ArgumentMismatch& error) {
    throw UserError("K002", error.what(), {}, "give the value as '--flag value' or '--flag=value'");
  } catch (const CLI::ParseError& error) {
    throw UserError("K002", error.what(), {}, kSeeHelp);
  }
  if (const auto surplus = app.remaining(); !surplus.empty()) fail_surplus(surplus);

  CommandLine line;
  for (const auto& [option, entry] : registered) {
    if (entry->count() == 0) continue;
    const std::string text = entry->results().empty() ? "" : entry->results().back();
    const std::string name(option->flag());
    if (name == "--info") {
      line.info = text.empty() ? "all" : std::get<std::string>(parse_value(*option, text, name));
      continue;
    }
    Value value = parse_value(*option, text, name);
    if (name == "--help")
      line.help = std::get<bool>(value);
    else if (name == "--version")
      line.version = std::get<bool>(value);
    else if (name == "--config")
      line.config = std::get<std::string>(value);
    else
      line.overrides[std::string(option->key)] = std::move(value);
  }
  line.action = action;
  if (action == "adder-graph") {
    if (!model.empty()) set_positional(line, "matrix", model);
    if (!dataset.empty()) fail_surplus({dataset});
  } else {
    if (!model.empty()) set_positional(line, "model", model);
    if (!dataset.empty()) set_positional(line, "dataset", dataset);
  }
  if (line.help || line.version || line.info) return line;
  if (action.empty()) {
    throw UserError("K002", "no action is given", {},
                    fmt::format("one of {}; {}", fmt::join(action_names(), ", "), kSeeHelp));
  }
  if (std::find(action_names().begin(), action_names().end(), action) == action_names().end()) {
    throw UserError("K002", fmt::format("unknown action '{}'", action), {},
                    nearest_help(action, action_names()));
  }
  return line;
}

}  // namespace mase::cli
