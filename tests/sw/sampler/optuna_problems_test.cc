// SPDX-License-Identifier: Apache-2.0
#include "tests/support/optuna_problems.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "gen/base/file.h"

namespace mase::test {
namespace {

/// Values computed by the authors of the specification.
TEST(OptunaProblems, AgreesWithTheVectors) {
  const std::filesystem::path path = std::string(MASE_SHARED_DIR) + "/optuna/test_vectors.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const auto all = nlohmann::json::parse(read_file(path));
  for (const auto& name : bench_problem_names()) {
    SCOPED_TRACE(name);
    const BenchProblem bench = bench_problem(name);
    const auto& expected = all.at(name);
    ASSERT_EQ(bench.problem.directions.size(), expected.at("directions").size());
    for (size_t j = 0; j < bench.problem.directions.size(); ++j) {
      EXPECT_EQ(bench.problem.directions[j] == search::Direction::kMaximise,
                expected["directions"][j] == "maximize");
    }
    ASSERT_GE(expected.at("vectors").size(), 12u);
    for (const auto& vector : expected["vectors"]) {
      const auto x = vector.at("x").get<search::Point>();
      ASSERT_EQ(x.size(), bench.problem.parameters.size());
      const Evaluation evaluation = bench.evaluate(x);
      const auto compare = [](const std::vector<double>& got, const nlohmann::json& wanted) {
        ASSERT_EQ(got.size(), wanted.size());
        for (size_t j = 0; j < got.size(); ++j) {
          EXPECT_NEAR(got[j], wanted[j].get<double>(), 1e-9 * (1 + std::abs(got[j])));
        }
      };
      compare(evaluation.values, vector.at("values"));
      compare(evaluation.constraints, vector.at("constraints"));
    }
  }
}

TEST(OptunaProblems, GreyBoxIsExactPlusWeightsTimesMetrics) {
  for (const auto& name : {"MPS1", "MPS2", "MPS3", "MPS4"}) {
    const BenchProblem bench = bench_problem(name);
    search::Point x;
    for (const auto& parameter : bench.problem.parameters) x.push_back(parameter.choices - 1);
    const Evaluation evaluation = bench.evaluate(x);
    const auto exact = bench.grey_box->exact(x);
    ASSERT_TRUE(exact.has_value());
    for (size_t j = 0; j < evaluation.values.size(); ++j) {
      EXPECT_NEAR(
          evaluation.values[j],
          exact->objectives[j] + bench.grey_box->objective_weights[j][0] * evaluation.metrics[0],
          1e-12);
    }
    EXPECT_EQ(evaluation.constraints, exact->constraints);
  }
}

}  // namespace
}  // namespace mase::test
