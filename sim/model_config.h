// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "sim/verilated_model.h"

namespace mase::sim {

/// Verilator's name of an identifier inside the generated C++: "u_a__b" -> "u_a___05Fb", "gen[1]"
/// -> "gen__BRA__1__KET__", "a.b" -> "a__DOT__b".
std::string verilated_name(const std::string& identifier);

/// A Verilator configuration file that keeps the probed signals readable.
std::string probe_config(const ModelSource& source);

/// The generated header between harness and model. `root_header` is the text of Vmodel___024root.h.
/// Errors: InternalError naming a probe that is not a 1-bit signal of the model.
std::string model_config(const ModelSource& source, const std::string& root_header);

/// What Verilator lists in V<prefix>_classes.mk: generated files by how often they run, and the
/// stems of the runtime's sources that this model needs.
struct GeneratedUnits {
  std::vector<std::string> fast, slow, runtime;
};
GeneratedUnits generated_units(const std::string& classes_mk);

}  // namespace mase::sim
