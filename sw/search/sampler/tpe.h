// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "sw/search/sampler/sampler.h"

namespace mase::search {

/// What `tpe` can be told; the defaults are set by make_tpe from the problem.
struct TpeSettings {
  bool multivariate = false;        ///< one mixture of product kernels, not one mixture an axis
  bool hypervolume_weights = true;  ///< several objectives: of the kernels of the better trials
  int most_better = 25;             ///< cap of the better set
  int candidates = 24;              ///< drawn from the better set's density
  double better_share = 0.1;        ///< of the finished trials
  int relax = 2;                    ///< attempts after which the candidates are halved
};

std::unique_ptr<Sampler> make_tpe_with(const Problem& problem, const SamplerOptions& options,
                                       const TpeSettings& settings);

}  // namespace mase::search
