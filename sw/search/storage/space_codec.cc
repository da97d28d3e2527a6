// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/space_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gen/base/error.h"
#include "sw/search/storage/python_json.h"

namespace mase::search {

using nlohmann::json;

namespace {

using Kind = Parameter::Kind;

const char* kind_name(Kind kind) {
  return kind == Kind::kOrdinal ? "ordinal" : kind == Kind::kNominal ? "nominal" : "real";
}

/// What Python may hold as a choice: null, a truth value, a number or a string.
json as_choice(const std::string& text) {
  auto value = parse_stored_json(text);
  if (!value) return text;
  if (value->is_array() || value->is_object()) return text;
  return *value;
}

json distribution_of(const Parameter& parameter, const json& choices) {
  switch (parameter.kind) {
    case Kind::kOrdinal:
      return {{"name", "IntDistribution"},
              {"attributes",
               {{"log", false}, {"step", 1}, {"low", 0}, {"high", parameter.choices - 1}}}};
    case Kind::kNominal:
      return {{"name", "CategoricalDistribution"}, {"attributes", {{"choices", choices}}}};
    case Kind::kReal: break;
  }
  return {{"name", "FloatDistribution"},
          {"attributes",
           {{"step", nullptr}, {"low", parameter.low}, {"high", parameter.high}, {"log", false}}}};
}

bool same_choices(const json& a, const json& b) {
  return a.is_array() && b.is_array() && a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), same_choice);
}

}  // namespace

SpaceCodec::SpaceCodec(const StudyHeader& header)
    : parameters_(header.parameters), constraint_names_(header.constraint_names) {
  known_.resize(parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto& [parameter, texts] = parameters_[i];
    if (parameter.name.empty() || parameter.name.size() > 512)
      throw UserError(
          "R013", fmt::format("parameter '{}' has a name of {} bytes; the schema holds 1 to 512",
                              parameter.name.substr(0, 40), parameter.name.size()));
    if (!index_.emplace(parameter.name, i).second)
      throw UserError("R013", fmt::format("parameter '{}' is there twice", parameter.name));
    json choices = json::array();
    for (const auto& text : texts) choices.push_back(as_choice(text));
    if (parameter.kind == Kind::kNominal || !choices.empty())
      MASE_CHECK(static_cast<int>(choices.size()) == parameter.choices,
                 "{}: {} choices, {} meanings", parameter.name, parameter.choices, choices.size());
    choices_.push_back(choices);
    distributions_.push_back(distribution_of(parameter, choices).dump());
  }
}

bool SpaceCodec::contains(size_t i, double value) const {
  const auto& p = parameters_[i].parameter;
  if (p.kind == Kind::kReal) return value >= p.low && value <= p.high;
  return value >= 0 && value < p.choices && value == std::floor(value);
}

bool SpaceCodec::fits(size_t i, const std::string& distribution) {
  const auto [found, fresh] = known_[i].try_emplace(distribution, false);
  if (fresh)
    found->second =
        distribution == distributions_[i] || !conflict(parameters_[i].parameter.name, distribution);
  return found->second;
}

SpaceCodec::Decoded SpaceCodec::decode(const std::vector<StoredParam>& rows) {
  Decoded decoded;
  decoded.point.resize(size());
  for (const auto& row : rows) {
    const auto found = index_.find(row.name);
    if (found == index_.end()) {
      decoded.others = true;
      continue;
    }
    const size_t i = found->second;
    if (fits(i, row.distribution) && contains(i, row.value))
      decoded.point[i] = row.value;
    else
      decoded.others = true;
  }
  // A constant says nothing: Python's users leave it out.
  for (size_t i = 0; i < size(); ++i) {
    const auto& p = parameters_[i].parameter;
    if (p.kind != Kind::kReal && p.choices == 1 && !decoded.point[i]) decoded.point[i] = 0.0;
  }
  return decoded;
}

bool SpaceCodec::Decoded::whole() const {
  return !others &&
         std::all_of(point.begin(), point.end(), [](const auto& v) { return v.has_value(); });
}

Point SpaceCodec::Decoded::get() const {
  Point values;
  if (!whole()) return values;
  for (const auto& value : point) values.push_back(*value);
  return values;
}

std::optional<std::vector<std::optional<double>>> SpaceCodec::decode_fixed(
    const json& fixed) const {
  std::vector<std::optional<double>> point(size());
  if (!fixed.is_object()) return std::nullopt;
  for (const auto& [name, value] : fixed.items()) {
    const auto found = index_.find(name);
    if (found == index_.end()) continue;
    const size_t i = found->second;
    if (parameters_[i].parameter.kind == Kind::kNominal) {
      const auto at = std::find_if(choices_[i].begin(), choices_[i].end(),
                                   [&](const json& choice) { return same_choice(choice, value); });
      if (at == choices_[i].end()) return std::nullopt;
      point[i] = static_cast<double>(at - choices_[i].begin());
    } else {
      const auto number = stored_number(value);
      if (!number || !contains(i, *number)) return std::nullopt;
      point[i] = *number;
    }
  }
  return point;
}

std::string SpaceCodec::encode_fixed(const std::vector<std::optional<double>>& point) const {
  json fixed = json::object();
  for (size_t i = 0; i < size(); ++i) {
    if (!point[i]) continue;
    const auto& p = parameters_[i].parameter;
    if (p.kind == Kind::kReal)
      fixed[p.name] = *point[i];
    else if (p.kind == Kind::kOrdinal)
      fixed[p.name] = static_cast<int64_t>(*point[i]);
    else
      fixed[p.name] = choices_[i][static_cast<size_t>(*point[i])];
  }
  return fixed.dump();
}

json SpaceCodec::describe() const {
  json axes = json::array();
  for (size_t i = 0; i < size(); ++i) {
    const auto& p = parameters_[i].parameter;
    json axis = {{"name", p.name}, {"kind", kind_name(p.kind)}};
    if (p.kind == Kind::kReal) {
      axis["low"] = p.low;
      axis["high"] = p.high;
    } else if (choices_[i].empty()) {
      axis["choices"] = p.choices;
    } else {
      axis["choices"] = choices_[i];
    }
    axes.push_back(axis);
  }
  return {{"parameters", axes}, {"constraints", constraint_names_}};
}

std::vector<std::string> SpaceCodec::differences(const json& stored) const {
  std::vector<std::string> lines;
  const auto parts = [](const json& described) {
    std::map<std::string, json> axes;
    if (!described.is_object()) return axes;
    for (auto axis : described.value("parameters", json::array())) {
      if (!axis.is_object() || !axis.contains("name") || !axis["name"].is_string()) continue;
      const std::string name = axis["name"];
      axis.erase("name");
      axes[name] = axis;
    }
    return axes;
  };
  const auto ours = describe();
  const auto there = parts(stored), here = parts(ours);
  // Kind and choices: {"choices":[2,4],"kind":"ordinal"} is shown as "ordinal [2,4]".
  const auto shown = [](const json& axis) {
    json kind = axis.value("kind", json()), what = axis;
    what.erase("kind");
    return fmt::format("{} {}", kind.is_string() ? kind.get<std::string>() : "?",
                       what.contains("choices") ? what["choices"].dump() : what.dump());
  };
  for (const auto& [name, axis] : there) {
    const auto found = here.find(name);
    if (found == here.end())
      lines.push_back(fmt::format("{}: stored {}, absent here", name, shown(axis)));
    else if (found->second != axis)
      lines.push_back(
          fmt::format("{}: stored {}, here {}", name, shown(axis), shown(found->second)));
  }
  for (const auto& [name, axis] : here) {
    if (!there.contains(name))
      lines.push_back(fmt::format("{}: not stored, here {}", name, shown(axis)));
  }
  const json constraints = stored.is_object() ? stored.value("constraints", json()) : json();
  if (constraints != ours["constraints"])
    lines.push_back(fmt::format("constraints: stored {}, here {}", constraints.dump(),
                                ours["constraints"].dump()));
  return lines;
}

std::optional<std::string> SpaceCodec::conflict(const std::string& name,
                                                const std::string& distribution) const {
  const auto found = index_.find(name);
  if (found == index_.end()) return std::nullopt;
  const auto theirs = parse_stored_json(distribution);
  if (!theirs || !theirs->is_object())
    return fmt::format("{}: its stored distribution is not JSON", name);
  const auto ours = json::parse(distributions_[found->second]);
  const auto line = [&] {
    return fmt::format("{}: stored {}, here {}", name, distribution, ours.dump());
  };
  if (theirs->value("name", json()) != ours["name"]) return line();
  const json a = theirs->value("attributes", json::object()), &b = ours["attributes"];
  if (!a.is_object()) return line();
  if (b.contains("log") && a.value("log", json(false)) != b["log"]) return line();
  if (b.contains("choices") && !same_choices(a.value("choices", json()), b["choices"]))
    return line();
  return std::nullopt;
}

}  // namespace mase::search
