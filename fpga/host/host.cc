// SPDX-License-Identifier: Apache-2.0
// Runs a kernel of mase-gen on a card: sends a batch, compares every result with the reference, and
// prints latency and throughput.
//   host KERNEL.xclbin samples.bin expected.bin [device] [repetitions]
// Built with -DMASE_KERNEL=<name> -DMASE_KERNEL_HEADER='"<name>.h"' and XRT's headers, linked with
// -lxrt_coreutil. Exit status: 0 every result is right, 1 some are wrong, 2 bad arguments or files.
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
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

namespace {

namespace kernel = MASE_KERNEL;
using Clock = std::chrono::steady_clock;

template <typename T>
std::vector<T> read(const char* path, int64_t elements_a_sample) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  const size_t sample = sizeof(T) * static_cast<size_t>(elements_a_sample);
  if (!stream || bytes.empty() || bytes.size() % sample != 0)
    throw std::runtime_error(std::string(path) + ": missing, empty, or not whole samples");
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Samples in, results out, through the card.
class Card {
 public:
  Card(unsigned index, const std::string& xclbin, size_t bytes_in, size_t bytes_out)
      : device_(index),
        kernel_(device_, device_.load_xclbin(xclbin), kernel::kKernelName),
        in_(device_, bytes_in, kernel_.group_id(kernel::kSamplesInArgument)),
        out_(device_, bytes_out, kernel_.group_id(kernel::kSamplesOutArgument)) {}

  void write(const void* data) {
    in_.write(data);
    in_.sync(XCL_BO_SYNC_BO_TO_DEVICE);
  }
  void read(void* data) {
    out_.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    out_.read(data);
  }
  double run(uint32_t samples) {
    const auto start = Clock::now();
    auto started = kernel_(in_, out_, samples);
    started.wait();
    return seconds_since(start);
  }

 private:
  xrt::device device_;
  xrt::kernel kernel_;
  xrt::bo in_, out_;
};

int work(int count, char** arguments) {
  if (count < 4) {
    std::fprintf(stderr, "usage: %s KERNEL.xclbin samples.bin expected.bin [device] [runs]\n",
                 arguments[0]);
    return 2;
  }
  const auto samples = read<kernel::Input>(arguments[2], kernel::kInputElements);
  const auto expected = read<kernel::Output>(arguments[3], kernel::kOutputElements);
  const size_t number = samples.size() / static_cast<size_t>(kernel::kInputElements);
  if (expected.size() != number * static_cast<size_t>(kernel::kOutputElements))
    throw std::runtime_error("samples and expected results differ in number");
  const unsigned device = count > 4 ? static_cast<unsigned>(std::atoi(arguments[4])) : 0;
  const int runs = count > 5 ? std::atoi(arguments[5]) : 10;

  Card card(device, arguments[1], samples.size() * sizeof(kernel::Input),
            expected.size() * sizeof(kernel::Output));
  card.write(samples.data());
  const double one = card.run(1);
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const double seconds = card.run(static_cast<uint32_t>(number));
    if (seconds < best) best = seconds;
  }
  std::vector<kernel::Output> got(expected.size());
  card.read(got.data());

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
  std::printf("mismatches: %zu of %zu outputs (%zu samples)\n", wrong, got.size(), number);
  std::printf("latency:    %.1f us from host to host, one sample\n", one * 1e6);
  std::printf("throughput: %.4g samples/s, %zu samples a run, best of %d\n",
              static_cast<double>(number) / best, number, runs);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return work(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
