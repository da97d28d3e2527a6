// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::fixed {

/// q = clamp(round_half_even(x * 2^frac), min, max). +-inf saturates.
/// Shapes: scalar. Units: natural -> raw integer. Errors: x must not be NaN (InternalError):
/// callers that may meet one use quantise_all. Source: IEEE 754 roundTiesToEven, as torch.round.
int64_t quantise(double x, const Format& format);

/// Element-wise quantise. Shapes: [n] -> [n].
/// Errors: UserError F003 naming `tensor` and the index of the first NaN.
std::vector<int64_t> quantise_all(std::span<const double> values, const Format& format,
                                  const std::string& tensor);

/// q * 2^-frac; exact in double while |q| < 2^53.
double dequantise(Wide q, const Format& format);

}  // namespace mase::fixed
