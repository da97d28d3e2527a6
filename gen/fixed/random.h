// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::fixed {

/// `count` integers over the whole range of `format` (at most 63 bits), the same for a seed on
/// every machine.
std::vector<int64_t> random_raw(const Format& format, int64_t count, uint64_t seed);

}  // namespace mase::fixed
