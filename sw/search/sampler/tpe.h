// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "sw/search/sampler/sampler.h"

namespace mase::search {

/// What differs between problems; tpe_settings chooses.
struct TpeSettings {
  int joint_every = 4;   ///< every n-th trial is drawn from one mixture of product kernels, which
                         ///< knows combinations; the others axis by axis. 0: none
  int candidates = 24;   ///< drawn from the better set's density
  int most_better = 25;  ///< cap of the better set
  double better_share = 0.1;        ///< of the finished trials
  bool hypervolume_weights = true;  ///< several objectives: of the better set's kernels
};

/// Several objectives: a larger better set. One objective on fine or real axes: always joint, with
/// more candidates; on axes of few choices, where a kernel covers most of its axis anyway, joint
/// draws hardly leave the incumbent's neighbourhood.
TpeSettings tpe_settings(const Problem& problem, const SamplerOptions& options);

std::unique_ptr<Sampler> make_tpe_with(const Problem& problem, const SamplerOptions& options,
                                       const TpeSettings& settings);

}  // namespace mase::search
