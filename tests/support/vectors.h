// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::test {

/// Folder of golden vectors and real data that live outside the repository.
inline std::filesystem::path shared_dir() { return MASE_SHARED_DIR; }

inline nlohmann::json load_vectors(const std::string& name) {
  std::ifstream in(shared_dir() / "vectors" / (name + ".json"));
  return in ? nlohmann::json::parse(in) : nlohmann::json();
}

/// The array `key` of vectors/<name>.json, by value so that a range-for may run over the call.
/// Fails the test when it is empty.
inline nlohmann::json golden_cases(const std::string& name, const std::string& key) {
  nlohmann::json cases = load_vectors(name).value(key, nlohmann::json::array());
  EXPECT_FALSE(cases.empty()) << name << " has no " << key;
  return cases;
}

inline fixed::Format format_of(const nlohmann::json& j) {
  return {j.at("width").get<int>(), j.at("frac").get<int>(), j.at("signed").get<bool>()};
}

template <typename T>
std::vector<T> flat(const nlohmann::json& rows) {
  std::vector<T> values;
  for (const auto& row : rows) {
    for (const auto& v : row) values.push_back(v.get<T>());
  }
  return values;
}

inline std::vector<fixed::Wide> wide(const nlohmann::json& row) {
  std::vector<fixed::Wide> values;
  for (const auto& v : row) values.push_back(v.get<int64_t>());
  return values;
}

}  // namespace mase::test

/// Golden vectors are shared material outside the repository; without them the test says so and is
/// skipped.
#define MASE_NEED_SHARED(relative)                                               \
  if (!std::filesystem::exists(::mase::test::shared_dir() / (relative)))         \
  GTEST_SKIP() << "needs " << (::mase::test::shared_dir() / (relative)).string() \
               << " (set MASE_SHARED_DIR at configure time)"
