// SPDX-License-Identifier: Apache-2.0
// What the host programs have in common: a batch from files, the comparison, the figures.
// Needs MASE_KERNEL and MASE_KERNEL_HEADER.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include MASE_KERNEL_HEADER

namespace mase_host {

namespace kernel = MASE_KERNEL;
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename T>
std::vector<T> read_file(const char* path, int64_t elements_a_sample) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  const size_t sample = sizeof(T) * static_cast<size_t>(elements_a_sample);
  if (!stream || bytes.empty() || bytes.size() % sample != 0)
    throw std::runtime_error(std::string(path) + ": missing, empty, or not whole samples");
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

/// Samples and the reference's results.
struct Batch {
  std::vector<kernel::Input> samples;
  std::vector<kernel::Output> expected;

  Batch(const char* samples_path, const char* expected_path)
      : samples(read_file<kernel::Input>(samples_path, kernel::kInputElements)),
        expected(read_file<kernel::Output>(expected_path, kernel::kOutputElements)) {
    if (expected.size() != number() * static_cast<size_t>(kernel::kOutputElements))
      throw std::runtime_error("samples and expected results differ in number");
  }
  size_t number() const { return samples.size() / static_cast<size_t>(kernel::kInputElements); }
  size_t bytes_in() const { return samples.size() * sizeof(kernel::Input); }
  size_t bytes_out() const { return expected.size() * sizeof(kernel::Output); }

  /// Prints the first differences and the number of all of them.
  size_t mismatches(const std::vector<kernel::Output>& got) const {
    size_t wrong = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      if (got[i] == expected[i]) continue;
      if (wrong++ < 10) {
        std::fprintf(stderr, "sample %zu, element %zu: expected %lld, got %lld\n",
                     i / static_cast<size_t>(kernel::kOutputElements),
                     i % static_cast<size_t>(kernel::kOutputElements),
                     static_cast<long long>(expected[i]), static_cast<long long>(got[i]));
      }
    }
    std::printf("mismatches: %zu of %zu outputs (%zu samples)\n", wrong, got.size(), number());
    return wrong;
  }
  void print_rate(double one, double all, int runs) const {
    std::printf("latency:    %.1f us from host to host, one sample\n", one * 1e6);
    std::printf("throughput: %.4g samples/s, %zu samples a run, best of %d\n",
                static_cast<double>(number()) / all, number(), runs);
  }
};

/// main() of a host program: `work` gives the exit status.
template <typename Work>
int guarded(Work work) {
  try {
    return work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}

}  // namespace mase_host
