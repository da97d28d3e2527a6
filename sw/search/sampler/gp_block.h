// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mase::search {

/// Candidates that are predicted together, one a lane.
inline constexpr int kGpLanes = 8;

/// A Gaussian process as arrays. Rows are contiguous.
struct GpArrays {
  int columns = 0;        ///< features
  int used = 0;           ///< points
  int observed = 0;       ///< those with a value; the others are fantasies
  const double* points;   ///< [used][columns] features divided by their lengths
  const double* alpha;    ///< [observed] K^-1 y
  const double* inverse;  ///< [used][stride] inverse of the Cholesky factor, zeros above
  long stride = 0;
  double variance = 1.0;  ///< of the Matern-5/2 kernel
};

/// Predicts kGpLanes candidates: the arithmetic of every lane is the same on every machine, because
/// lanes are never added up and nothing is contracted, whatever vector unit is there.
/// Shapes: candidates [columns][lanes] (scaled), scratch [used][lanes] ->
/// mean [lanes] and explained [lanes] (the variance that the points take away); explained may be
/// null. Standardised units.
void gp_predict_block(const GpArrays& gp, const double* candidates, double* scratch, double* mean,
                      double* explained);

}  // namespace mase::search
