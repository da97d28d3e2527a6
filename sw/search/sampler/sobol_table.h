// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

namespace mase::search {

/// Primitive polynomials over GF(2), one a dimension, the constant term in bit 0; the first entry
/// stands for the van der Corput sequence.
const uint16_t* sobol_polynomials();

/// The odd initial numbers m_1 .. m_degree of dimensions 1, 2, ... one after the other.
const uint16_t* sobol_initial_numbers();

}  // namespace mase::search
