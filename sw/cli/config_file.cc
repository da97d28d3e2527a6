// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/config_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sw/cli/option_groups.h"
#include "sw/cli/search_table.h"
#include "sw/cli/toml_section.h"

namespace mase::cli {

namespace {

using Names = std::vector<std::string>;

toml::table parse_toml(const std::string& text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    throw UserError("K010", fmt::format("not valid TOML: {}", error.description()),
                    fmt::format("{}:{}", name, error.source().begin.line));
  }
}

/// An integer, or an array of them, one a channel.
graph::Bits bits_of(Section& config, const char* key, int least, int greatest, const char* wants) {
  const toml::node& node = *config.find(key);
  const auto one = [&](const toml::node& item) {
    const auto* value = item.as_integer();
    if (!value || value->get() < least || value->get() > greatest) config.fail(key, wants);
    return static_cast<int>(value->get());
  };
  const auto* array = node.as_array();
  if (!array) return one(node);
  std::vector<int> each;
  for (const auto& item : *array) each.push_back(one(item));
  if (each.empty()) config.fail(key, wants);
  return each;
}

/// "NA" stands for half of the width; the pass settles it.
std::optional<graph::Bits> frac_of(Section& config, const char* key) {
  const toml::node* node = config.find(key);
  if (!node || (node->is_string() && node->as_string()->get() == "NA")) return std::nullopt;
  return bits_of(config, key, -fixed::kMaxFrac, fixed::kMaxFrac,
                 "an integer from -256 to 256, an array of them (one a channel), or \"NA\" (half "
                 "of the width)");
}

std::optional<graph::Bits> width_of(Section& config, const char* key) {
  const toml::node* node = config.find(key);
  if (!node) return std::nullopt;
  return bits_of(config, key, node->is_array() ? 0 : fixed::kMinWidth, fixed::kMaxOperandWidth,
                 "an integer from 1 to 32, or an array of integers from 0 (the channel is dropped) "
                 "to 32");
}

graph::Quant read_quant(Section config) {
  graph::Quant quant;
  if (const auto name = config.choice("name", {"integer", "NA"})) quant.name = *name;
  quant.data_in_width = width_of(config, "data_in_width");
  quant.data_in_frac_width = frac_of(config, "data_in_frac_width");
  quant.weight_width = width_of(config, "weight_width");
  quant.weight_frac_width = frac_of(config, "weight_frac_width");
  quant.bias_width = width_of(config, "bias_width");
  quant.bias_frac_width = frac_of(config, "bias_frac_width");
  quant.data_out_width = width_of(config, "data_out_width");
  quant.data_out_frac_width = frac_of(config, "data_out_frac_width");
  if (const auto rounding = config.choice("rounding", {"half_even", "floor"})) {
    quant.rounding = *rounding == "floor" ? fixed::Rounding::kFloor : fixed::Rounding::kHalfEven;
  }
  quant.bypass = config.boolean("bypass").value_or(false);
  config.finish();
  return quant;
}

/// Operators that MASE's files may name; those without a counterpart here apply to nothing, which
/// is warned about.
const Names& operator_names() {
  static const Names names = {"linear",       "relu",       "batch_norm1d", "conv1d",   "conv2d",
                              "batch_norm2d", "add",        "sub",          "mul",      "matmul",
                              "bmm",          "layer_norm", "softmax",      "gelu",     "silu",
                              "selu",         "tanh",       "sigmoid",      "softplus", "softsign",
                              "hardswish",    "hardtanh",   "embedding"};
  return names;
}

void read_quantise(Section table, ConfigFile& config) {
  pass::QuantiseOptions options;
  const Names by = {"type", "name", "regex_name"};
  const auto given = table.choice("by", by);
  if (!given) {
    throw UserError("K012", fmt::format("{} lacks the key 'by'", table.path()), table.where(""),
                    "by = \"type\", \"name\" or \"regex_name\"");
  }
  options.by = *given == "type"   ? pass::QuantiseBy::kType
               : *given == "name" ? pass::QuantiseBy::kName
                                  : pass::QuantiseBy::kRegexName;
  config.quantise_report = table.boolean("report").value_or(true);
  for (const auto& key : table.keys_in_file_order()) {
    if (key == "by" || key == "report") continue;
    Names known = {"by", "report", "default"};
    const bool is_type =
        std::find(operator_names().begin(), operator_names().end(), key) != operator_names().end();
    if (!table.table().get(key)->is_table() || (*given == "type" && key != "default" && !is_type)) {
      known.insert(known.end(), operator_names().begin(), operator_names().end());
      table.fail_unknown(key, known);
    }
    auto entry = table.section(key);
    auto inner = entry->section("config");
    entry->finish();
    if (!inner) {
      throw UserError("K012", fmt::format("{} lacks the table 'config'", entry->path()),
                      table.where(key), fmt::format("write [{}.config]", entry->path()));
    }
    graph::Quant quant = read_quant(*inner);
    if (key == "default")
      options.default_config = quant;
    else
      options.configs.emplace_back(key, quant);
  }
  config.quantise = std::move(options);
  config.quantise_where = table.where("");
}

void read_passes(Section table, ConfigFile& config) {
  if (const auto quantise = table.section("quantize")) read_quantise(*quantise, config);
  if (auto fold = table.section("fold_batch_norm")) {
    config.fold_batch_norm = fold->boolean("enabled").value_or(true);
    fold->finish();
  }
  table.finish();
}

/// The keys that a node has and those that [hardware] sets for all nodes, except the parallelism.
graph::Hardware read_hardware_keys(Section& table) {
  graph::Hardware hardware;
  hardware.style = table.choice("style", {"folded", "unrolled"});
  hardware.weight_storage = table.choice("weight_storage", {"auto", "lut", "bram"});
  hardware.multiplier = table.choice("multiplier", {"auto", "dsp", "lut"});
  hardware.fuse = table.boolean("fuse");
  if (const auto levels = table.integer("adders_per_stage", 1, graph::kMostAdderLevels))
    hardware.adders_per_stage = static_cast<int>(*levels);
  if (const auto levels = table.integer("extra_adder_depth", 0, graph::kMostAdderLevels))
    hardware.extra_adder_depth = static_cast<int>(*levels);
  hardware.target_mhz = table.real("target_mhz", 0);
  return hardware;
}

/// A number above 0 and up to 1, or an array of them.
std::vector<double> shares_of(Section& table, const char* key) {
  const toml::node* node = table.find(key);
  std::vector<double> shares;
  const auto add = [&](const toml::node& item) {
    const auto share = item.value<double>();
    if (!share || !(*share > 0 && *share <= 1))
      table.fail(key, "a number above 0 and up to 1, or an array of them, one an SLR");
    shares.push_back(*share);
  };
  if (node == nullptr) return shares;
  const auto* array = node->as_array();
  if (!array || array->empty()) {
    add(*node);
  } else {
    for (const auto& item : *array) add(item);
  }
  return shares;
}

void read_hardware(Section table, HardwareTable& hardware) {
  hardware.clock_mhz = table.real("clock_mhz", 0);
  hardware.target_ii = table.integer("target_ii", 1, 1'000'000'000);
  hardware.adder_seconds = table.real("adder_seconds", 0);
  hardware.slr_budget = shares_of(table, "slr_budget");
  hardware.standard = read_hardware_keys(table);
  if (auto nodes = table.section("nodes")) {
    for (const auto& name : nodes->keys_in_file_order()) {
      auto node = nodes->section(name);
      graph::Hardware entry = read_hardware_keys(*node);
      if (const auto p = node->integer("parallelism_in", 1, 1 << 24))
        entry.parallelism_in = static_cast<int>(*p);
      if (const auto p = node->integer("parallelism_out", 1, 1 << 24))
        entry.parallelism_out = static_cast<int>(*p);
      node->finish();
      hardware.nodes.emplace(name, std::move(entry));
    }
  }
  table.finish();
}

MlpTable read_mlp(Section table) {
  MlpTable mlp;
  const toml::node* widths = table.find("widths");
  const char* const wants =
      "an array of two or more integers from 1 to 65536: input, layers, output";
  if (!widths || !widths->is_array() || widths->as_array()->size() < 2) table.fail("widths", wants);
  for (const auto& width : *widths->as_array()) {
    const auto* value = width.as_integer();
    if (!value || value->get() < 1 || value->get() > 65536) table.fail("widths", wants);
    mlp.widths.push_back(value->get());
  }
  mlp.batch_norm = table.boolean("batch_norm").value_or(true);
  mlp.activation = table.choice("activation", {"relu", "none"}).value_or("relu");
  table.finish();
  return mlp;
}

/// TOML value -> option value; numbers may stand for the text of a choice (trainer_precision = 32).
Value option_value(const Option& option, Section& file, const std::string& key) {
  const toml::node& node = *file.find(key);
  const std::string where = file.where(key);
  try {
    if (option.type == Type::kFlag) return *file.boolean(key);
    if (option.type == Type::kInteger) {
      if (!node.is_integer()) file.fail(key, "an integer");
      const Value value = node.as_integer()->get();
      check_range(option, value, key);
      return value;
    }
    if (option.type == Type::kReal) {
      if (!node.is_integer() && !node.is_floating_point()) file.fail(key, "a number");
      const Value value = node.is_integer() ? Value(node.as_integer()->get())
                                            : Value(node.as_floating_point()->get());
      check_range(option, value, key);
      return value;
    }
    if (option.type == Type::kChoice && node.is_integer())
      return parse_value(option, describe(node), key);
    return parse_value(option, *file.text(key), key);
  } catch (const UserError& error) {
    throw error.at(where);
  }
}

void read_option(const Option& option, Section& table, const std::string& key, ConfigFile& config) {
  const std::string name(option.key);
  if (config.options.contains(name)) {
    throw UserError(
        "K012", fmt::format("'{}' is given twice, here and at {}", key, config.options[name].where),
        table.where(key), fmt::format("keep one of them; they are two names of {}", option.flag()));
  }
  config.options[name] = {option_value(option, table, key), table.where(key)};
}

void read_options(Section& file, ConfigFile& config) {
  for (const auto& key : file.keys_in_file_order()) {
    if (const Option* option = find_option_by_key(key)) read_option(*option, file, key, config);
  }
}

/// MASE's place of n_trials and its like.
void read_setup_options(Section search, ConfigFile& config) {
  auto strategy = search.section("strategy");
  auto setup = strategy ? strategy->section("setup") : std::nullopt;
  if (!setup) return;
  for (const auto& key : search_setup_options()) {
    if (setup->table().contains(key)) read_option(option(key), *setup, key, config);
  }
}

/// [train.regularizer]: options of training under short names.
void read_train(Section train, ConfigFile& config) {
  if (auto table = train.section("regularizer")) {
    for (const auto& [key, name] : regularizer_keys()) {
      if (table->find(key)) read_option(option(name), *table, key, config);
    }
    table->finish();
  }
  train.finish();
}

/// Everything but the options, for the configuration that is written beside the outputs.
std::string sections_of(const toml::table& table) {
  toml::table tables;
  for (const auto& [key, node] : table) {
    if (node.is_table()) tables.insert(key, *node.as_table());
  }
  if (auto* setup = tables["search"]["strategy"]["setup"].as_table()) {
    for (const auto& key : search_setup_options()) setup->erase(key);
  }
  tables.erase("train");  // holds nothing but options
  return tables.empty() ? "" : toml_text(tables);
}

}  // namespace

ConfigFile parse_config(const std::string& text, const std::string& name) {
  const toml::table table = parse_toml(text, name);
  ConfigFile config{.path = name};
  Section file(table, name, "");
  read_options(file, config);
  if (const auto passes = file.section("passes")) read_passes(*passes, config);
  if (auto transform = file.section("transform")) {
    transform->choice("style", {"graph"});
    transform->finish();
  }
  if (const auto train = file.section("train")) read_train(*train, config);
  if (const auto hardware = file.section("hardware")) read_hardware(*hardware, config.hardware);
  if (const auto mlp = file.section("mlp")) config.mlp = read_mlp(*mlp);
  if (const auto search = file.section("search")) {
    config.search = read_search(*search);
    read_setup_options(*search, config);
  }
  for (const auto& option : options()) {
    for (const auto& key : option.keys())
      file.find(key);  // known, and thus candidates for "did you mean"
  }
  file.finish();
  config.sections = sections_of(table);
  return config;
}

ConfigFile read_config(const std::filesystem::path& path) {
  return parse_config(read_file(path), path.string());
}

void take_quantisation(ConfigFile& config, const std::filesystem::path& other) {
  const std::string name = other.string();
  const toml::table table = parse_toml(read_file(other), name);
  ConfigFile quantisation{.path = name};
  toml::table kept;
  if (table.contains("by")) {
    read_quantise(Section(table, name, ""), quantisation);
    kept = table;
  } else {
    quantisation = parse_config(read_file(other), name);
    if (quantisation.quantise) kept = *table["passes"]["quantize"].as_table();
  }
  if (!quantisation.quantise) {
    throw UserError("K012", "--quant-config: the file has no [passes.quantize]", name,
                    "write [passes.quantize] with its key 'by', or that table's keys at top level");
  }
  config.quantise = std::move(quantisation.quantise);
  config.quantise_report = quantisation.quantise_report;
  config.quantise_where = quantisation.quantise_where;
  toml::table merged = parse_toml(config.sections, config.path);
  if (!merged.contains("passes")) merged.insert("passes", toml::table{});
  merged["passes"].as_table()->insert_or_assign("quantize", std::move(kept));
  config.sections = sections_of(merged);
}

}  // namespace mase::cli
