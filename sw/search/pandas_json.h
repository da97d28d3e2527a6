// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace mase::search {

/// JSON text as pandas.DataFrame.to_json(orient="index", indent=4) prints it, which is what MASE's
/// log.json and best.json are: four columns of indentation, no space behind a colon, reals with at
/// most ten decimals and at least one ("8.0", "0.5530865192"), null for NaN and infinity, other
/// characters than ASCII as \uXXXX.
std::string pandas_json(const nlohmann::ordered_json& value);

/// A JSON text as Python's json.dumps writes it, which may hold the bare words NaN, Infinity and
/// -Infinity; those become null. Errors: nlohmann::json::exception for other faults.
nlohmann::ordered_json parse_python_json(const std::string& text);

}  // namespace mase::search
