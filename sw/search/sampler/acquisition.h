// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace mase::search {

/// A normal belief about one number; sd 0: known exactly.
struct Belief {
  double mean = 0.0;
  double sd = 0.0;
};

/// Distribution function and density of the standard normal.
double normal_cdf(double z);
double normal_pdf(double z);

/// E[max(0, bound - Y)]: the expected shortfall of Y below `bound`; 0 for bound -infinity.
double expected_shortfall(double bound, const Belief& belief);

/// log E[max(0, best - Y)] (minimisation). Finite for every finite argument with sd > 0, also where
/// the expectation itself underflows, so that it can be climbed from anywhere.
/// Source: Ament et al., "Unexpected improvements to expected improvement", NeurIPS 2023, sec. 4.1.
double log_expected_improvement(double best, const Belief& belief);

/// log P(Y <= 0), finite for every finite argument. sd 0: 0 or a finite slope below zero.
double log_feasibility(const Belief& belief);

/// log E[max(0, best - max_j weight_j (Y_j - ideal_j))] of independent normals: the improvement of
/// a weighted Chebyshev scalarisation, by the distribution function of a maximum (a product) and
/// Gauss-Legendre quadrature. Shapes: all [objectives]; weights > 0.
double log_chebyshev_improvement(double best, const std::vector<Belief>& beliefs,
                                 const std::vector<double>& weights,
                                 const std::vector<double>& ideal);

}  // namespace mase::search
