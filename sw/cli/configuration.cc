// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>

#include "gen/base/error.h"
#include "sw/cli/toml_section.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &local);
  return text;
}

/// Main arguments come last in the table, as MASE has them.
std::vector<const Setting*> in_table_order(const std::vector<Setting>& settings) {
  std::vector<const Setting*> order;
  for (const bool main : {false, true}) {
    for (const auto& setting : settings) {
      if ((setting.option->group == Group::kMain) == main) order.push_back(&setting);
    }
  }
  return order;
}

/// --storage takes both.
bool is_url(const std::string& path) { return path.find("://") != std::string::npos; }

/// What belongs to another kind of action is no setting of this run: those on a model have MASE's
/// table, adder-graph the few that it reads.
bool concerns(const Option& option, unsigned use) {
  const unsigned on_matrix = Use::kAdderGraph;
  return use == on_matrix ? (option.uses & on_matrix) != 0 : option.uses != on_matrix;
}

std::string blank_or_text(const Value& value) {
  return std::holds_alternative<std::monostate>(value) ? "" : to_text(value);
}

}  // namespace

Configuration Configuration::load(CommandLine line) {
  ConfigFile file;
  if (!line.config.empty()) {
    try {
      file = read_config(line.config);
    } catch (const UserError& error) {
      throw error.at("--config");
    }
  }
  std::string quantisation;
  if (const auto found = file.options.find("quant_config"); found != file.options.end()) {
    quantisation = to_text(found->second.value);
  }
  if (const auto found = line.overrides.find("quant_config"); found != line.overrides.end()) {
    quantisation = to_text(found->second);
  }
  if (!quantisation.empty()) take_quantisation(file, quantisation);
  return Configuration(std::move(line), std::move(file));
}

Configuration::Configuration(CommandLine line, ConfigFile file)
    : action_(std::move(line.action)), file_(std::move(file)) {
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    Setting setting{.option = &option, .effective = option.standard};
    const std::string key(option.key);
    if (const auto found = file_.options.find(key); found != file_.options.end()) {
      setting.file = setting.effective = found->second.value;
      setting.where = found->second.where;
    }
    if (const auto found = line.overrides.find(key); found != line.overrides.end()) {
      setting.manual = setting.effective = found->second;
      setting.where = option.flag();
    }
    check_supported(option, setting.effective, setting.where == option.flag() ? "" : setting.where);
    settings_.push_back(std::move(setting));
  }
}

const Setting& Configuration::setting(std::string_view key) const {
  for (const auto& setting : settings_) {
    if (setting.option->key == key) return setting;
  }
  MASE_CHECK(false, "no option has the key '{}'", key);
  return settings_.front();
}

int64_t Configuration::integer(std::string_view key) const {
  const auto* value = std::get_if<int64_t>(&setting(key).effective);
  MASE_CHECK(value, "option '{}' is no integer", key);
  return *value;
}

double Configuration::real(std::string_view key) const {
  const Value& value = setting(key).effective;
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&value);
  MASE_CHECK(real, "option '{}' is no number", key);
  return *real;
}

bool Configuration::flag(std::string_view key) const {
  const auto* value = std::get_if<bool>(&setting(key).effective);
  MASE_CHECK(value, "option '{}' is no flag", key);
  return *value;
}

const std::string& Configuration::text(std::string_view key) const {
  const auto* value = std::get_if<std::string>(&setting(key).effective);
  MASE_CHECK(value, "option '{}' is no text", key);
  return *value;
}

std::optional<std::string> Configuration::optional_text(std::string_view key) const {
  if (std::holds_alternative<std::monostate>(setting(key).effective)) return std::nullopt;
  return text(key);
}

std::string Configuration::effective_table() const {
  report::Table table({"Name", "Default", "Config. File", "Manual Override", "Effective"});
  for (const Setting* setting : in_table_order(settings_)) {
    if (!concerns(*setting->option, use_of(action_))) continue;
    table.add_row({std::string(setting->option->key), to_text(setting->option->standard),
                   blank_or_text(setting->file), blank_or_text(setting->manual),
                   to_text(setting->effective)});
  }
  return table.grid();
}

std::vector<std::string> Configuration::warnings() const {
  std::vector<std::string> found;
  const unsigned use = use_of(action_);
  for (const auto& setting : settings_) {
    const bool manual = !std::holds_alternative<std::monostate>(setting.manual);
    if (!manual || (setting.option->uses & use)) continue;
    std::vector<std::string> users;
    for (const auto& name : action_names()) {
      if (setting.option->uses & use_of(name)) users.push_back(name);
    }
    found.push_back(fmt::format("{} means nothing for '{}'; it belongs to {}",
                                setting.option->flag(), action_, fmt::join(users, ", ")));
  }
  if (given("load_type") && !given("load_name")) {
    found.push_back("--load-type means nothing without --load");
  }
  for (const char* key : {"host_clock_mhz", "dma_width", "dma_burst"}) {
    const bool manual = !std::holds_alternative<std::monostate>(setting(key).manual);
    if (manual && action_ == "simulate" && text("backend") != "systemc") {
      found.push_back(
          fmt::format("{} means nothing without --backend systemc", setting(key).option->flag()));
    }
  }
  return found;
}

std::filesystem::path Configuration::project_folder(const std::string& model,
                                                    const std::string& dataset) const {
  const std::string task = text("task") == "cls" ? "classification" : text("task");
  const auto name =
      optional_text("project").value_or(fmt::format("{}_{}_{}_{}", model, task, dataset, today()));
  return (std::filesystem::path(text("project_dir")) / name).lexically_normal();
}

std::string Configuration::to_toml(const std::string& project) const {
  toml::table table;
  for (const auto& setting : settings_) {
    if (!concerns(*setting.option, use_of(action_))) continue;
    const std::string key(setting.option->key);
    Value value = setting.effective;
    if (key == "project") value = project;
    if (setting.option->type == Type::kPath && std::holds_alternative<std::string>(value) &&
        !is_url(std::get<std::string>(value))) {
      value = std::filesystem::absolute(std::get<std::string>(value)).lexically_normal().string();
    }
    if (key == "quant_config") continue;  // its content is in [passes.quantize] below
    if (const auto* flag = std::get_if<bool>(&value))
      table.insert(key, *flag);
    else if (const auto* whole = std::get_if<int64_t>(&value))
      table.insert(key, *whole);
    else if (const auto* real = std::get_if<double>(&value))
      table.insert(key, *real);
    else if (const auto* words = std::get_if<std::string>(&value))
      table.insert(key, *words);
  }
  std::string text = fmt::format(
      "# Effective configuration; run it again with: mase-gen {} --config config.toml\n{}", action_,
      toml_text(table));
  if (!file_.sections.empty()) text += "\n" + file_.sections;
  return text;
}

}  // namespace mase::cli
