// SPDX-License-Identifier: Apache-2.0
// Runs a device of mase-gen behind XDMA: sends a batch over PCIe, compares every result with the
// reference, and prints latency and throughput. Needs AMD's xdma driver and nothing else.
//   host_xdma samples.bin expected.bin [/dev/xdma0] [repetitions]
// The device files are <prefix>_h2c_0, <prefix>_c2h_0 and <prefix>_user. Built with
// -DMASE_KERNEL=<kernel> -DMASE_KERNEL_HEADER='"<kernel>.h"'
// -DMASE_DEVICE_HEADER='"<core>_device.h"'. Exit status: 0 every result is right, 1 some are wrong
// or the kernel reports an error, 2 bad arguments, files or device.
#include <host_batch.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include MASE_DEVICE_HEADER

namespace {

namespace kernel = MASE_KERNEL;
using mase_host::Clock;

constexpr double kPatienceSeconds = 10;

/// A device file, closed at the end.
class File {
 public:
  File(const std::string& path, int flags) : path_(path), handle_(::open(path.c_str(), flags)) {
    if (handle_ < 0) fail("cannot be opened");
  }
  ~File() { ::close(handle_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int handle() const { return handle_; }
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(path_ + ": " + what + ": " + std::strerror(errno));
  }

 private:
  std::string path_;
  int handle_;
};

/// Registers and memory of the device.
class Card {
 public:
  explicit Card(const std::string& prefix)
      : to_(prefix + "_h2c_0", O_WRONLY),
        from_(prefix + "_c2h_0", O_RDONLY),
        user_(prefix + "_user", O_RDWR | O_SYNC) {
    void* map = ::mmap(nullptr, kernel::kRegistersRangeBytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                       user_.handle(), kernel::kRegistersBase);
    if (map == MAP_FAILED) user_.fail("cannot be mapped");
    registers_ = static_cast<volatile uint32_t*>(map);
  }
  ~Card() { ::munmap(const_cast<uint32_t*>(registers_), kernel::kRegistersRangeBytes); }
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  void write(uint64_t address, const void* data, size_t bytes) {
    const auto* at = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t done = ::pwrite(to_.handle(), at, bytes, static_cast<off_t>(address));
      if (done <= 0) to_.fail("cannot be written");
      at += done, address += static_cast<uint64_t>(done), bytes -= static_cast<size_t>(done);
    }
  }
  void read(uint64_t address, void* data, size_t bytes) {
    auto* at = static_cast<char*>(data);
    while (bytes > 0) {
      const ssize_t done = ::pread(from_.handle(), at, bytes, static_cast<off_t>(address));
      if (done <= 0) from_.fail("cannot be read");
      at += done, address += static_cast<uint64_t>(done), bytes -= static_cast<size_t>(done);
    }
  }
  void set(uint32_t offset, uint32_t value) { registers_[offset / 4] = value; }
  void set64(uint32_t offset, uint64_t value) {
    set(offset, static_cast<uint32_t>(value));
    set(offset + 4, static_cast<uint32_t>(value >> 32));
  }
  uint32_t get(uint32_t offset) const { return registers_[offset / 4]; }

  /// Errors: KernelError when the kernel complains.
  mase_host::Run run(uint64_t in, uint64_t out, uint32_t samples) {
    set64(kernel::kSamplesIn, in);
    set64(kernel::kSamplesOut, out);
    set(kernel::kSampleCount, samples);
    const auto start = Clock::now();
    set(kernel::kCtrl, kernel::kCtrlApStart);
    while ((get(kernel::kCtrl) & kernel::kCtrlApDone) == 0) {  // reading clears it
      if (mase_host::seconds_since(start) > kPatienceSeconds)
        throw std::runtime_error("the kernel does not come to an end");
    }
    const double seconds = mase_host::seconds_since(start);
    auto run = mase_host::read_registers([this](uint32_t offset) { return get(offset); });
    run.seconds = seconds;
    mase_host::check_run(run);
    return run;
  }

 private:
  File to_, from_, user_;
  volatile uint32_t* registers_ = nullptr;
};

int work(int count, char** arguments) {
  if (count < 3 || count > 5) throw mase_host::UsageError("two to four arguments are wanted");
  const std::string prefix = count > 3 ? arguments[3] : "/dev/xdma0";
  const long runs = count > 4 ? mase_host::whole_number("runs", arguments[4], 1, 1000000) : 10;
  const mase_host::Batch batch(arguments[1], arguments[2]);

  const uint64_t in = kernel::kMemoryBase;
  const uint64_t word = kernel::kMemoryWordBytes;
  const uint64_t out = in + (batch.bytes_in() + word - 1) / word * word;
  if (out + batch.bytes_out() > kernel::kMemoryBase + kernel::kMemoryRangeBytes)
    throw std::runtime_error("the batch does not fit the memory on the chip");

  Card card(prefix);
  // Results that are not written must not look right.
  std::vector<kernel::Output> got(batch.expected);
  for (auto& value : got) value = static_cast<kernel::Output>(~value);
  card.write(out, got.data(), batch.bytes_out());
  card.write(in, batch.samples.data(), batch.bytes_in());
  const auto one = card.run(in, out, 1);
  const auto best = mase_host::best_of(
      runs, [&] { return card.run(in, out, static_cast<uint32_t>(batch.number())); });
  card.read(out, got.data(), batch.bytes_out());
  const size_t wrong = batch.mismatches(got);
  batch.print_rate(one, best, runs, kernel::kCoreMhz);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  return mase_host::guarded(arguments[0], "samples.bin expected.bin [/dev/xdma0] [runs]",
                            [&] { return work(count, arguments); });
}
