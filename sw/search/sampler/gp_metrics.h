// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sw/search/sampler/acquisition.h"
#include "sw/search/sampler/gp_encoding.h"
#include "sw/search/sampler/gp_model.h"
#include "sw/search/sampler/grey_view.h"

namespace mase::search {

/// One Gaussian process per metric that something depends on. What it holds is a function of the
/// observations in the order they were added, so that a restart ends in the same state.
class GpMetrics {
 public:
  /// first_fit: observations of a metric at which its hyperparameters are estimated first.
  GpMetrics(const Problem& problem, const GreyView& view, int first_fit);

  /// metrics: [metrics], NaN where unknown. Infinite values are unknown too.
  void observe(const Point& point, const std::vector<double>& metrics);

  int models() const { return static_cast<int>(entries_.size()); }

  /// Every needed metric has enough observations to be modelled.
  bool ready() const;

  /// Running points: their values are taken to be the posterior means.
  void set_running(const std::vector<Point>& points);

  /// Beliefs about the metrics; 0 where a metric is not needed. Shapes: [b] -> [b][metrics].
  std::vector<std::vector<Belief>> beliefs(const std::vector<Point>& points) const;

 private:
  struct Entry {
    int metric;
    GpModel model;
    int next_fit;  ///< observations at which the hyperparameters are estimated next
    bool first;
  };
  GpEncoding encoding_;
  int metrics_;
  std::vector<Entry> entries_;
};

}  // namespace mase::search
