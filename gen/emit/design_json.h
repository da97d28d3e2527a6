// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "gen/arch/hardware_graph.h"

namespace mase::emit {

nlohmann::ordered_json to_json(const fixed::Format& format);
nlohmann::ordered_json to_json(const std::vector<fixed::Format>& channels);
/// The cells with formats, lanes and predicted cycles; what a reader of design.json may rely on.
nlohmann::ordered_json stages_to_json(const arch::HardwareGraph& hardware);
/// The SLRs of a cut design: cells, nodes, modelled resources, budget; and its crossings.
nlohmann::ordered_json partition_to_json(const arch::HardwareGraph& hardware);
nlohmann::ordered_json options_to_json(const arch::HardwareOptions& options);
/// `where` names the file in messages.
arch::HardwareOptions options_from_json(const nlohmann::ordered_json& json,
                                        const std::string& where);

}  // namespace mase::emit
