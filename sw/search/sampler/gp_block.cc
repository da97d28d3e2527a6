// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_block.h"

#include <cmath>
#include <cstdint>
#include <cstring>

// One body, compiled for several vector units and picked when the program starts. The sanitizers
// come too late for that.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define MASE_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define MASE_VECTOR_CLONES
#endif

namespace mase::search {
namespace {

typedef double Lanes __attribute__((vector_size(kGpLanes * sizeof(double))));
typedef int64_t Bits __attribute__((vector_size(kGpLanes * sizeof(int64_t))));

}  // namespace

MASE_VECTOR_CLONES void gp_predict_block(const GpArrays& gp, const double* candidates,
                                         double* scratch, double* mean, double* explained) {
  // memcpy: the arrays need no alignment.
  const auto load = [](const double* from) __attribute__((always_inline)) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
  };
  // 5 r^2, then its root (a plain loop: the compiler has the instruction, the language no name).
  for (int i = 0; i < gp.used; ++i) {
    const double* point = gp.points + static_cast<long>(i) * gp.columns;
    Lanes sum = {};
    for (int d = 0; d < gp.columns; ++d) {
      const Lanes gap = load(candidates + d * kGpLanes) - point[d];
      sum += gap * gap;
    }
    sum *= 5.0;
    std::memcpy(scratch + static_cast<long>(i) * kGpLanes, &sum, sizeof sum);
  }
  const long count = static_cast<long>(gp.used) * kGpLanes;
  for (long i = 0; i < count; ++i) scratch[i] = std::sqrt(scratch[i]);
  // Covariances. exp(-u) = 2^k exp(rest), |rest| <= log(2) / 2, by its series to 1e-15.
  Lanes total = {};
  for (int i = 0; i < gp.used; ++i) {
    double* row = scratch + static_cast<long>(i) * kGpLanes;
    const Lanes u = load(row);
    constexpr double kShift = 0x1.8p52;  // rounds to an integer, which its low bits hold
    const Lanes bounded = u < 700.0 ? u : u * 0.0 + 700.0;
    const Lanes shifted = bounded * -1.44269504088896338700 + kShift;
    const Lanes power = shifted - kShift;
    const Lanes rest =
        (-bounded - power * 6.93147180369123816490e-01) - power * 1.90821492927058770002e-10;
    Lanes series = rest * (1.0 / 479001600.0) + (1.0 / 39916800.0);
    series = series * rest + (1.0 / 3628800.0);
    series = series * rest + (1.0 / 362880.0);
    series = series * rest + (1.0 / 40320.0);
    series = series * rest + (1.0 / 5040.0);
    series = series * rest + (1.0 / 720.0);
    series = series * rest + (1.0 / 120.0);
    series = series * rest + (1.0 / 24.0);
    series = series * rest + (1.0 / 6.0);
    series = series * rest + 0.5;
    series = series * rest + 1.0;
    series = series * rest + 1.0;
    Bits bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    Lanes scale;
    std::memcpy(&scale, &bits, sizeof scale);
    const Lanes covariance = gp.variance * (1.0 + u + u * u * (1.0 / 3.0)) * (series * scale);
    std::memcpy(row, &covariance, sizeof covariance);
    if (i < gp.observed) total += covariance * gp.alpha[i];
  }
  std::memcpy(mean, &total, sizeof total);
  if (explained == nullptr) return;
  // Squared norm of inverse * covariance, four rows at a time (rows past the end are skipped by
  // the one-row loop).
  Lanes squares = {};
  int i = 0;
  for (; i + 4 <= gp.used; i += 4) {
    const double* a = gp.inverse + i * gp.stride;
    const double* b = a + gp.stride;
    const double* c = b + gp.stride;
    const double* d = c + gp.stride;
    Lanes sa = {}, sb = {}, sc = {}, sd = {};
    for (int j = 0; j < i + 4; ++j) {  // the triangle's corner holds zeros
      const Lanes k = load(scratch + static_cast<long>(j) * kGpLanes);
      sa += k * a[j];
      sb += k * b[j];
      sc += k * c[j];
      sd += k * d[j];
    }
    squares += sa * sa;
    squares += sb * sb;
    squares += sc * sc;
    squares += sd * sd;
  }
  for (; i < gp.used; ++i) {
    const double* a = gp.inverse + i * gp.stride;
    Lanes sum = {};
    for (int j = 0; j <= i; ++j) sum += load(scratch + static_cast<long>(j) * kGpLanes) * a[j];
    squares += sum * sum;
  }
  std::memcpy(explained, &squares, sizeof squares);
}

}  // namespace mase::search
