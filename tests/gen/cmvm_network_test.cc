// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/cmvm_network.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "gen/arch/adder_graph.h"
#include "gen/arch/cmvm_moves.h"

namespace mase::test {
namespace {

using arch::AdderGraph;
using arch::AdderProblem;
using arch::cmvm::Moves;
using arch::cmvm::Network;
using arch::cmvm::Pair;

AdderProblem random_problem(int outputs, int inputs, uint64_t seed) {
  std::mt19937_64 random(seed);
  AdderProblem problem;
  problem.outputs = outputs;
  problem.inputs = inputs;
  problem.input.resize(static_cast<size_t>(inputs));
  for (int k = 0; k < outputs * inputs; ++k)
    problem.weight.push_back(static_cast<int64_t>(random() % 256) - 128);
  for (int o = 0; o < outputs; ++o) problem.bias.push_back(static_cast<int64_t>(random() % 99));
  return problem;
}

/// A graph with much left to share.
AdderGraph first_graph(const AdderProblem& problem, std::optional<int> limit) {
  arch::AdderGraphOptions options;
  options.seconds = 0;
  options.depth_limit = limit;
  return arch::optimise_adders(problem, options);
}

/// How often pairs occur, counted anew; and that the network's own counts are these.
std::map<uint64_t, int> recount(Network& network) {
  std::map<uint64_t, int> counts;
  for (int r = 0; r < network.rows(); ++r) {
    const auto& row = network.row(r);
    for (size_t i = 0; i < row.size(); ++i) {
      for (size_t j = 0; j < i; ++j) ++counts[arch::cmvm::pair_of(row[i], row[j]).key];
    }
  }
  for (const auto& [key, count] : counts) EXPECT_EQ(network.count(Pair{key}), count);
  return counts;
}

TEST(CmvmNetwork, TakesChangesBack) {
  const AdderProblem problem = random_problem(12, 10, 5);
  for (const std::optional<int> limit :
       {std::optional<int>{}, std::optional<int>{arch::minimum_depth(problem) + 1}}) {
    const AdderGraph graph = first_graph(problem, limit);
    Network network(problem, graph, limit, true);
    const int64_t cost = network.cost();
    const auto counts = recount(network);
    std::mt19937_64 random(7);
    int dissolved = 0;
    for (int round = 0; round < 50; ++round) {
      for (int k = 0; k < 5; ++k) {
        const int v = static_cast<int>(random() % static_cast<uint64_t>(network.variables()));
        if (!network.is_wire(v) || !network.alive(v)) continue;
        network.dissolve(v);
        network.tidy();
        ++dissolved;
      }
      network.settle();
      network.undo();
      ASSERT_EQ(network.cost(), cost);
      ASSERT_EQ(recount(network), counts);
    }
    EXPECT_GT(dissolved, 50);
    arch::check_exact(network.graph(), problem);
  }
}

TEST(CmvmNetwork, KeepsItsCountsAndTheProductOverManyMoves) {
  const AdderProblem problem = random_problem(10, 12, 11);
  for (const std::optional<int> limit :
       {std::optional<int>{}, std::optional<int>{arch::minimum_depth(problem)}}) {
    const AdderGraph graph = first_graph(problem, limit);
    Network network(problem, graph, limit, false);
    const int64_t cost = network.cost();
    Moves moves(network, 3);
    for (int round = 0; round < 10; ++round) {
      moves.run(20'000, round < 5 ? 20.0 : 0.0);
      recount(network);
      const AdderGraph better = network.graph();
      arch::check_exact(better, problem);
      if (limit) EXPECT_LE(better.depth(), *limit);
    }
    EXPECT_LT(network.cost(), cost);
    EXPECT_LT(network.graph().adders(), graph.adders());
  }
}

TEST(CmvmNetwork, KnowsValuesUpToTheirSign) {
  AdderProblem problem;
  problem.outputs = 2;
  problem.inputs = 2;
  problem.weight = {5, 7, 5, 7};
  problem.input.resize(2);
  Network network(problem, first_graph(problem, {}), {}, false);
  ASSERT_GT(network.variables(), network.leaves());
  for (int v = network.leaves(); v < network.variables(); ++v) {
    if (!network.alive(v)) continue;
    EXPECT_EQ(network.wire_with(network.value(v)), v);
    EXPECT_EQ(network.wire_with(0 - network.value(v)), v);
  }
  EXPECT_EQ(network.wire_with(network.value(0) * 1234567), -1);
}

}  // namespace
}  // namespace mase::test
