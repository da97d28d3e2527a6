// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sw/cli/actions.h"
#include "sw/data/dataset.h"
#include "sw/model/zoo.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

std::string known_or(int64_t value, const char* otherwise) {
  return value > 0 ? std::to_string(value) : otherwise;
}

std::string model_table() {
  report::Table table({"Model", "Dataset", "Features", "Classes", "Parameters", "Structure"});
  for (const auto& info : model::model_infos()) {
    table.add_row({info.name, info.dataset, known_or(info.features, "[mlp]"),
                   known_or(info.classes, "[mlp]"), known_or(info.parameters, "[mlp]"),
                   info.summary});
  }
  return "Models\n" + table.pipes();
}

std::string dataset_table() {
  report::Table table({"Dataset", "Features", "Classes", "Summary"});
  for (const auto& info : data::dataset_infos()) {
    table.add_row(
        {info.name, std::to_string(info.features), std::to_string(info.classes), info.summary});
  }
  std::string text = "Datasets\n" + table.pipes();
  for (const auto& info : data::dataset_infos())
    text += fmt::format("\n{}: {}\n", info.name, info.details);
  return text;
}

}  // namespace

std::string info_text(const std::string& topic) {
  if (topic == "model") return model_table();
  if (topic == "dataset") return dataset_table();
  return model_table() + "\n" + dataset_table();
}

Program make_program() {
  Program program;
  program.actions["train"] = make_train();
  program.actions["test"] = make_test();
  program.actions["transform"] = make_transform();
  program.actions["search"] = make_search();
  program.actions["emit"] = make_emit();
  program.actions["simulate"] = make_simulate();
  program.actions["synth"] = make_synth();
  program.actions["bitstream"] = make_bitstream();
  program.actions["adder-graph"] = make_adder_graph();
  program.info = info_text;
  program.version = version_text;
  return program;
}

}  // namespace mase::cli
