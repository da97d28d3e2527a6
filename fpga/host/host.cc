// SPDX-License-Identifier: Apache-2.0
// Runs a kernel of mase-gen on a card: sends a batch, compares every result with the reference, and
// prints latency and throughput.
//   host KERNEL.xclbin samples.bin expected.bin [device] [repetitions]
// Built with -DMASE_KERNEL=<name> -DMASE_KERNEL_HEADER='"<name>.h"' and XRT's headers, linked with
// -lxrt_coreutil. Exit status: 0 every result is right, 1 some are wrong, 2 bad arguments or files,
// or a run that the card does not complete.
#include <host_batch.h>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

namespace {

namespace kernel = MASE_KERNEL;
using mase_host::Clock;

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
  void write_results(const void* data) {
    out_.write(data);
    out_.sync(XCL_BO_SYNC_BO_TO_DEVICE);
  }
  void read(void* data) {
    out_.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
    out_.read(data);
  }
  double run(uint32_t samples) {
    const auto start = Clock::now();
    auto started = kernel_(in_, out_, samples);
    const auto state = started.wait();
    const double seconds = mase_host::seconds_since(start);
    if (state != ERT_CMD_STATE_COMPLETED) {
      throw std::runtime_error("the kernel did not complete: state " +
                               std::to_string(static_cast<int>(state)) +
                               " (ert_cmd_state of XRT's ert.h; completed is " +
                               std::to_string(static_cast<int>(ERT_CMD_STATE_COMPLETED)) + ")");
    }
    return seconds;
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
  const mase_host::Batch batch(arguments[2], arguments[3]);
  const unsigned device = count > 4 ? static_cast<unsigned>(std::atoi(arguments[4])) : 0;
  const int runs = count > 5 ? std::atoi(arguments[5]) : 10;

  Card card(device, arguments[1], batch.bytes_in(), batch.bytes_out());
  // Results that are not written must not look right.
  std::vector<kernel::Output> got(batch.expected);
  for (auto& value : got) value = static_cast<kernel::Output>(~value);
  card.write_results(got.data());
  card.write(batch.samples.data());
  const double one = card.run(1);
  double best = 1e9;
  for (int i = 0; i < runs; ++i)
    best = std::min(best, card.run(static_cast<uint32_t>(batch.number())));
  card.read(got.data());
  const size_t wrong = batch.mismatches(got);
  batch.print_rate(one, best, runs);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  return mase_host::guarded([&] { return work(count, arguments); });
}
