// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::arch {

/// One element-wise step: requantise to `to`. A ReLU is the cast to the unsigned format of the same
/// fraction.
struct CastStep {
  fixed::Format to;
  fixed::Rounding rounding = fixed::Rounding::kHalfEven;
  std::string node;           ///< graph node that asks for it
  bool stands_alone = false;  ///< told not to fuse: neither merged nor moved into another cell
  std::vector<fixed::Format> channels = {};  ///< empty: all have `to`; else `to` holds them all
};

/// True when every value of `from` is a value of `to`.
bool lossless(const fixed::Format& from, const fixed::Format& to);

/// The shortest chain that gives the same bits for every value of `from`: lossless steps go,
/// neighbours of one fraction become one step with the intersection of their ranges, and a clamp (a
/// ReLU) before a step that rounds becomes one with it where a format has the bounds that are left.
/// Steps that stand alone stay. The result may end in a narrower format than the last step's; it
/// then holds the same values. `from_channels`: formats that the channels of `from` have, if they
/// differ.
std::vector<CastStep> simplify_casts(const fixed::Format& from, const std::vector<CastStep>& steps,
                                     const std::vector<fixed::Format>& from_channels = {});

}  // namespace mase::arch
