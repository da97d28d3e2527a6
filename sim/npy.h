// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "sim/samples.h"

namespace mase::sim {

/// NumPy's array file, as far as samples need it: see read_samples. `name` is for messages.
/// Source: the NPY format description of NumPy (numpy.lib.format).
Samples parse_npy(std::string_view bytes, const std::string& name);

/// The samples as a version 1.0 file of little-endian float64 in C order.
std::string format_npy(const Samples& samples);

}  // namespace mase::sim
