// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace mase::search {

/// What becomes of the bare words NaN, Infinity and -Infinity, which Python writes and JSON lacks.
enum class PythonWords { kText, kNull };
/// The text with each of them, outside its strings, as a text of the same spelling or as null.
std::string replace_python_words(const std::string& text, PythonWords by);

/// A JSON text as Python's json.dumps writes it. The bare words NaN, Infinity and -Infinity, which
/// JSON does not have, become strings of the same spelling. nullopt: not JSON.
std::optional<nlohmann::json> parse_stored_json(const std::string& text);

/// The number of a value of parse_stored_json; nullopt when it is none.
std::optional<double> stored_number(const nlohmann::json& value);

/// JSON text of a list of numbers, as Python writes and reads it.
std::string stored_list(const std::vector<double>& values);

/// Equal as Optuna compares choices, but that true and 1 are two things.
bool same_choice(const nlohmann::json& a, const nlohmann::json& b);

}  // namespace mase::search
