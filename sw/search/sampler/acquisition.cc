// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/acquisition.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace mase::search {
namespace {

constexpr double kInverseSqrt2 = 0.70710678118654752440;
constexpr double kInverseSqrt2Pi = 0.39894228040143267794;
constexpr double kLogSqrt2Pi = 0.91893853320467274178;
/// Below this a tail is written as an asymptotic series: erfc is about to underflow.
constexpr double kTail = -25.0;

/// log of h(z) = pdf(z) + z cdf(z).
double log_h(double z) {
  if (z > -1.0) return std::log(normal_pdf(z) + z * normal_cdf(z));
  const double t2 = z * z;
  const double log_pdf = -0.5 * t2 - kLogSqrt2Pi;
  if (z < kTail) {
    // 1 - t * Mills(t), expanded in 1 / t^2.
    const double u = 1.0 / t2;
    return log_pdf + std::log(u) + std::log1p(-3.0 * u + 15.0 * u * u);
  }
  const double mills = normal_cdf(z) / normal_pdf(z);
  return log_pdf + std::log(std::max(1.0 + z * mills, 1e-300));
}

double log_cdf(double z) {
  if (z > kTail) return std::log(normal_cdf(z));
  return -0.5 * z * z - kLogSqrt2Pi - std::log(-z) + std::log1p(-1.0 / (z * z));
}

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z * kInverseSqrt2); }

double normal_pdf(double z) { return kInverseSqrt2Pi * std::exp(-0.5 * z * z); }

double expected_shortfall(double bound, const Belief& belief) {
  const double gap = bound - belief.mean;
  // Eight standard deviations away the normal adds less than 1e-16 of the gap.
  if (!(std::abs(gap) < 8.0 * belief.sd)) {
    return gap > 0.0 ? gap : 0.0;
  }
  const double z = gap / belief.sd;
  return gap * normal_cdf(z) + belief.sd * normal_pdf(z);
}

double log_expected_improvement(double best, const Belief& belief) {
  if (belief.sd <= 0.0) {
    const double gap = best - belief.mean;
    return gap > 0.0 ? std::log(gap) : -std::numeric_limits<double>::infinity();
  }
  return std::log(belief.sd) + log_h((best - belief.mean) / belief.sd);
}

double log_feasibility(const Belief& belief) {
  if (belief.sd <= 0.0) return belief.mean <= 0.0 ? 0.0 : -1e6 - belief.mean;
  return log_cdf(-belief.mean / belief.sd);
}

double log_chebyshev_improvement(double best, const std::vector<Belief>& beliefs,
                                 const std::vector<double>& weights,
                                 const std::vector<double>& ideal) {
  // Nodes and weights of 16-point Gauss-Legendre quadrature on [-1, 1], positive half.
  static constexpr std::array<double, 8> kNode = {
      0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863, 0.6178762444026437484,
      0.7554044083550030339, 0.8656312023878317439, 0.9445750230732325761, 0.9894009349916499326};
  static constexpr std::array<double, 8> kWeight = {
      0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382, 0.1495959888165767321,
      0.1246289712555338721, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949};
  constexpr double kReach = 6.0;
  const size_t objectives = beliefs.size();
  // The maximum lies above `low`, but for a probability of 1e-9; `worst` is its largest mean.
  double low = -std::numeric_limits<double>::infinity(), high = low, sd = 0.0, worst = low;
  for (size_t j = 0; j < objectives; ++j) {
    const double mean = weights[j] * (beliefs[j].mean - ideal[j]);
    const double spread = weights[j] * beliefs[j].sd;
    low = std::max(low, mean - kReach * spread);
    high = std::max(high, mean + kReach * spread);
    if (mean >= worst) {
      worst = mean;
      sd = spread;
    }
  }
  if (low >= best) {
    // Out of reach: the tail of the objective that is furthest away, always below what is in reach.
    return log_expected_improvement(best, {worst, std::max(sd, 1e-9)}) - 20.0;
  }
  const double top = std::min(best, high);
  const double half = 0.5 * (top - low), middle = 0.5 * (top + low);
  const auto probability = [&](double t) {
    double product = 1.0;
    for (size_t j = 0; j < objectives; ++j) {
      const double gap = t - weights[j] * (beliefs[j].mean - ideal[j]);
      const double spread = weights[j] * beliefs[j].sd;
      if (spread <= 0.0) {
        if (gap < 0.0) return 0.0;
      } else {
        product *= normal_cdf(gap / spread);
      }
    }
    return product;
  };
  double sum = best - top;  // above `high` the probability is one
  for (size_t i = 0; i < kNode.size(); ++i) {
    sum += half * kWeight[i] *
           (probability(middle - half * kNode[i]) + probability(middle + half * kNode[i]));
  }
  return std::log(std::max(sum, 1e-300));
}

}  // namespace mase::search
