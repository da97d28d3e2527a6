// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sw/search/sampler/gp_block.h"
#include "sw/search/sampler/gp_encoding.h"
#include "sw/search/sampler/random_stream.h"

namespace mase::search {
namespace {

GpLayout plain_layout(int dimensions) {
  GpLayout layout;
  layout.dimensions = dimensions;
  for (int d = 0; d < dimensions; ++d) layout.dimension_of.push_back(d);
  return layout;
}

double matern(double r) {
  const double u = std::sqrt(5.0) * r;
  return (1.0 + u + u * u / 3.0) * std::exp(-u);
}

Eigen::VectorXd vec(std::initializer_list<double> values) {
  Eigen::VectorXd v(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v;
}

TEST(GpModel, PosteriorOfTwoPointsByHand) {
  GpModel model(plain_layout(1), GpPrior::for_dimensions(1));
  model.add(vec({0.0}), 1.0);
  model.add(vec({1.0}), 3.0);
  GpHyper hyper;
  hyper.log_length = vec({std::log(0.5)});
  hyper.log_variance = std::log(2.0);
  hyper.log_noise = std::log(0.1);
  model.set_hyper(hyper);
  // Standardised targets are -1 and 1 (mean 2, deviation 1). K = [[2.1, c], [c, 2.1]] with
  // c = 2 matern(2); at x = 0.25 the covariances are a = 2 matern(0.5), b = 2 matern(1.5).
  const double a = 2.0 * matern(0.5), b = 2.0 * matern(1.5), c = 2.0 * matern(2.0);
  EXPECT_NEAR(matern(1.0), 0.5239941088318203, 1e-12);
  const double determinant = 2.1 * 2.1 - c * c;
  Eigen::VectorXd mean, sd;
  model.predict(vec({0.25}), mean, sd);
  EXPECT_NEAR(mean[0], 2.0 + (b - a) * (2.1 + c) / determinant, 1e-12);
  EXPECT_NEAR(sd[0] * sd[0], 2.0 - (2.1 * (a * a + b * b) - 2.0 * a * b * c) / determinant, 1e-12);
}

struct Case {
  Eigen::MatrixXd features;
  std::vector<double> targets;
  GpHyper hyper;
};

Case random_case(int dimensions, int count, RandomStream& random) {
  Case c;
  c.features.resize(dimensions, count);
  for (int i = 0; i < count; ++i) {
    double sum = 0.0;
    for (int d = 0; d < dimensions; ++d) {
      c.features(d, i) = static_cast<double>(random.below(4)) / 3.0;
      sum += std::sin(2.0 * c.features(d, i) + d);
    }
    c.targets.push_back(5.0 + 3.0 * sum + 0.1 * random.normal());
  }
  c.hyper.log_length.resize(dimensions);
  for (int d = 0; d < dimensions; ++d) c.hyper.log_length[d] = random.normal() * 0.5;
  c.hyper.log_variance = 0.3;
  c.hyper.log_noise = -4.0;
  return c;
}

TEST(GpModel, GrowingAndBlocksMatchADenseReference) {
  RandomStream random(3, 0);
  for (const int count : {1, 2, 7, 8, 9, 70, 131}) {
    const int dimensions = 5;
    const Case c = random_case(dimensions, count, random);
    GpModel model(plain_layout(dimensions), GpPrior::for_dimensions(dimensions));
    model.set_hyper(c.hyper);
    for (int i = 0; i < count; ++i) model.add(c.features.col(i), c.targets[i]);
    // Three fantasies: the mean stays, the variance is that of count + 3 points.
    Case extra = random_case(dimensions, 3, random);
    for (int k = 0; k < 2; ++k) {  // dropping and adding again changes nothing
      model.drop_fantasies();
      for (int i = 0; i < 3; ++i) model.add_fantasy(extra.features.col(i));
    }
    const Case probe = random_case(dimensions, 13, random);
    Eigen::MatrixXd all(dimensions, count + 3);
    all << c.features, extra.features;
    const auto covariance = [&](const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
      Eigen::MatrixXd k(a.cols(), b.cols());
      for (int i = 0; i < a.cols(); ++i) {
        for (int j = 0; j < b.cols(); ++j) {
          double square = 0.0;
          for (int d = 0; d < dimensions; ++d) {
            const double gap = (a(d, i) - b(d, j)) / std::exp(c.hyper.log_length[d]);
            square += gap * gap;
          }
          k(i, j) = std::exp(c.hyper.log_variance) * matern(std::sqrt(square));
        }
      }
      return k;
    };
    const auto noisy = [&](Eigen::MatrixXd k) {
      k.diagonal().array() += std::exp(c.hyper.log_noise);
      return k;
    };
    Eigen::VectorXd y = Eigen::Map<const Eigen::VectorXd>(c.targets.data(), count);
    const double offset = y.mean();
    double unit = std::sqrt((y.array() - offset).square().mean());
    if (count == 1) unit = 1.0;
    const Eigen::VectorXd alpha =
        noisy(covariance(c.features, c.features)).ldlt().solve((y.array() - offset).matrix());
    const Eigen::MatrixXd cross = covariance(all, probe.features);
    const Eigen::MatrixXd solved = noisy(covariance(all, all)).ldlt().solve(cross);
    Eigen::VectorXd mean, sd;
    model.predict(probe.features, mean, sd);
    for (int i = 0; i < 13; ++i) {
      EXPECT_NEAR(mean[i], offset + cross.col(i).head(count).dot(alpha), 1e-8) << count;
      const double variance = std::exp(c.hyper.log_variance) - cross.col(i).dot(solved.col(i));
      EXPECT_NEAR(sd[i], unit * std::sqrt(std::max(variance, 0.0)), 1e-6) << count;
    }
  }
}

/// The same operations in the same order, one lane at a time and on no vector unit.
double plain_prediction(const GpArrays& gp, const double* candidates, int lane, double* explained) {
  std::vector<double> row;
  double total = 0.0;
  for (int i = 0; i < gp.used; ++i) {
    double sum = 0.0;
    for (int d = 0; d < gp.columns; ++d) {
      const double gap = candidates[d * kGpLanes + lane] - gp.points[i * gp.columns + d];
      sum += gap * gap;
    }
    const double u = std::sqrt(sum * 5.0);
    const double power = std::nearbyint(u * -1.44269504088896338700);
    const double rest =
        (-u - power * 6.93147180369123816490e-01) - power * 1.90821492927058770002e-10;
    double series = rest * (1.0 / 479001600.0) + (1.0 / 39916800.0);
    for (const double factorial : {3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0})
      series = series * rest + (1.0 / factorial);
    series = series * rest + 0.5;
    series = series * rest + 1.0;
    series = series * rest + 1.0;
    const double scale = std::ldexp(1.0, static_cast<int>(power));
    row.push_back(gp.variance * (1.0 + u + u * u * (1.0 / 3.0)) * (series * scale));
    total += row.back() * gp.alpha[i];
  }
  *explained = 0.0;
  for (int i = 0; i < gp.used; ++i) {
    double sum = 0.0;
    for (int j = 0; j <= i; ++j) sum += row[j] * gp.inverse[i * gp.stride + j];
    *explained += sum * sum;
  }
  return total;
}

TEST(GpBlock, GivesTheBitsOfPlainArithmetic) {
  RandomStream random(31, 0);
  for (const int used : {1, 5, 12}) {
    const int columns = 6;
    std::vector<double> points(used * columns), alpha(used), inverse(used * used, 0.0);
    for (double& value : points) value = random.uniform();
    for (double& value : alpha) value = random.normal();
    for (int i = 0; i < used; ++i) {
      for (int j = 0; j <= i; ++j) inverse[i * used + j] = random.normal();
    }
    const GpArrays gp{columns, used, used, points.data(), alpha.data(), inverse.data(), used, 1.3};
    std::vector<double> candidates(columns * kGpLanes), scratch(used * kGpLanes);
    for (double& value : candidates) value = random.uniform();
    double mean[kGpLanes], explained[kGpLanes];
    gp_predict_block(gp, candidates.data(), scratch.data(), mean, explained);
    for (int lane = 0; lane < kGpLanes; ++lane) {
      double plain = 0.0;
      EXPECT_EQ(mean[lane], plain_prediction(gp, candidates.data(), lane, &plain)) << "seed 31";
      EXPECT_EQ(explained[lane], plain) << "seed 31";
    }
  }
}

TEST(GpModel, MapGradientMatchesFiniteDifferences) {
  RandomStream random(4, 0);
  GpLayout layout;  // dimension 1 is nominal: two columns, one length scale
  layout.dimensions = 3;
  layout.dimension_of = {0, 1, 1, 2};
  const Case c = random_case(4, 25, random);
  GpHyper hyper = c.hyper;
  hyper.log_length.conservativeResize(3);
  const GpPrior prior = GpPrior::for_dimensions(3);
  const Eigen::VectorXd targets =
      (Eigen::Map<const Eigen::VectorXd>(c.targets.data(), 25).array() - 5.0) / 4.0;
  Eigen::VectorXd gradient;
  gp_map_objective(layout, c.features, targets, prior, hyper, &gradient);
  ASSERT_EQ(gradient.size(), 5);
  for (int i = 0; i < 5; ++i) {
    const auto value = [&](double step) {
      GpHyper moved = hyper;
      (i < 3 ? moved.log_length[i] : i == 3 ? moved.log_variance : moved.log_noise) += step;
      return gp_map_objective(layout, c.features, targets, prior, moved, nullptr);
    };
    const double slope = (value(1e-5) - value(-1e-5)) / 2e-5;
    EXPECT_NEAR(gradient[i], slope, 1e-5 * (1.0 + std::abs(slope))) << i;
  }
}

TEST(GpModel, FitImprovesThePosteriorAndFindsTheActiveDimension) {
  RandomStream random(6, 0);
  Eigen::MatrixXd features(3, 60);
  Eigen::VectorXd targets(60);
  GpModel model(plain_layout(3), GpPrior::for_dimensions(3));
  for (int i = 0; i < 60; ++i) {
    for (int d = 0; d < 3; ++d) features(d, i) = random.uniform();
    targets[i] = std::sin(6.0 * features(1, i));
    model.add(features.col(i), targets[i]);
  }
  const GpHyper before = model.hyper();
  model.refit(60, 1000);
  const GpHyper& after = model.hyper();
  EXPECT_LT(after.log_length[1], after.log_length[0]);
  EXPECT_LT(after.log_length[1], after.log_length[2]);
  const Eigen::VectorXd standard = (targets.array() - targets.mean()) /
                                   std::sqrt((targets.array() - targets.mean()).square().mean());
  const GpPrior prior = GpPrior::for_dimensions(3);
  const GpLayout layout = plain_layout(3);
  EXPECT_LT(gp_map_objective(layout, features, standard, prior, after, nullptr),
            gp_map_objective(layout, features, standard, prior, before, nullptr) - 10.0);
  Eigen::VectorXd mean, sd;
  model.predict(Eigen::Vector3d(0.3, 0.45, 0.8), mean, sd);
  EXPECT_NEAR(mean[0], std::sin(2.7), 0.1);
  model.refit(5, 20);  // a sample of the points
  model.predict(Eigen::Vector3d(0.3, 0.45, 0.8), mean, sd);
  EXPECT_NEAR(mean[0], std::sin(2.7), 0.2);
}

TEST(GpModel, TakesConstantAndRepeatedTargets) {
  GpModel model(plain_layout(1), GpPrior::for_dimensions(1));
  Eigen::VectorXd mean, sd;
  model.predict(vec({0.5}), mean, sd);
  EXPECT_TRUE(mean.allFinite() && sd.allFinite());
  for (int i = 0; i < 12; ++i) model.add(vec({(i % 3) / 2.0}), 0.25);  // also the same points
  model.refit(20, 100);
  model.predict(vec({0.5}), mean, sd);
  EXPECT_NEAR(mean[0], 0.25, 1e-9);
  EXPECT_TRUE(std::isfinite(sd[0]) && sd[0] > 0.0);
}

TEST(GpEncoding, DistancesAreThoseOfTheKinds) {
  Problem problem;
  problem.directions = {Direction::kMinimise};
  problem.parameters = {{"ordinal", Parameter::Kind::kOrdinal, 5},
                        {"constant", Parameter::Kind::kOrdinal, 1},
                        {"nominal", Parameter::Kind::kNominal, 3},
                        {"real", Parameter::Kind::kReal, 1, -1.0, 3.0}};
  const GpEncoding encoding(problem);
  EXPECT_EQ(encoding.layout().dimensions, 3);
  ASSERT_EQ(encoding.columns(), 5);
  Eigen::VectorXd a(5), b(5);
  encoding.encode({1.0, 0.0, 2.0, 0.0}, a);
  encoding.encode({3.0, 0.0, 0.0, 2.0}, b);
  EXPECT_NEAR(a[0], 0.25, 1e-15);
  EXPECT_NEAR(a[4], 0.25, 1e-15);
  EXPECT_NEAR((a - b).segment(1, 3).squaredNorm(), 1.0, 1e-15);
  EXPECT_NEAR((a - b).squaredNorm(), 0.25 + 1.0 + 0.25, 1e-15);
}

}  // namespace
}  // namespace mase::search
