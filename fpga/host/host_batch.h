// SPDX-License-Identifier: Apache-2.0
// What the host programs have in common: a batch from files, the comparison, the figures.
// Needs MASE_KERNEL and MASE_KERNEL_HEADER.
#pragma once
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cinttypes>
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

/// Words of the command line that mean nothing here.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// What the kernel's own registers complain of.
struct KernelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A whole number in decimal, nothing before or after it.
inline long whole_number(const std::string& what, const std::string& text, long low, long high) {
  char* end = nullptr;
  errno = 0;
  const long value = std::strtol(text.c_str(), &end, 10);
  const bool digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digit || *end != '\0' || errno != 0 || value < low || value > high)
    throw UsageError(what + " '" + text + "': wants a whole number from " + std::to_string(low) +
                     " to " + std::to_string(high));
  return value;
}

/// One run of the kernel: time as the host sees it, and the registers after it.
struct Run {
  double seconds = 0;
  bool has_registers = false;
  uint32_t status = 0, read_errors = 0, write_errors = 0;
  uint64_t cycles = 0;
};

/// The registers after (or, when a run does not end, during) a run; `read` takes an offset.
template <typename Read>
Run read_registers(Read read) {
  Run run;
  run.has_registers = true;
  run.status = read(kernel::kStatus);
  run.read_errors = read(kernel::kReadErrors);
  run.write_errors = read(kernel::kWriteErrors);
  run.cycles = read(kernel::kCycles) | static_cast<uint64_t>(read(kernel::kCycles + 4)) << 32;
  return run;
}

/// What the status says, in words, and what to look at; empty when all is well.
inline std::string complaint(const Run& run) {
  constexpr uint32_t kKnown =
      kernel::kStatusReadError | kernel::kStatusWriteError | kernel::kStatusMisaligned;
  std::string text;
  if (run.status & kernel::kStatusMisaligned)
    text += "\n  misaligned: the address of samples or results is no multiple of " +
            std::to_string(kernel::kMemoryWordBytes) +
            " bytes, so that the kernel did nothing: check where the buffers begin";
  if (run.status & kernel::kStatusReadError)
    text +=
        "\n  read_error: " + std::to_string(run.read_errors) +
        " words of samples were answered with SLVERR or DECERR: check that the buffer of samples "
        "lies in the memory that the kernel is connected to, and is as long as the run";
  if (run.status & kernel::kStatusWriteError)
    text += "\n  write_error: " + std::to_string(run.write_errors) +
            " bursts of results were answered with SLVERR or DECERR: check that the buffer of "
            "results lies in the memory that the kernel is connected to, and is as long as the run";
  if (run.status & ~kKnown)
    text +=
        "\n  bits that this kernel does not have: are these its registers, and is this header "
        "that of the loaded kernel?";
  if (text.empty()) return "";
  char number[16];
  std::snprintf(number, sizeof number, "0x%x", run.status);
  return std::string("status of the kernel ") + number + text;
}

/// Ends the program where the kernel complains, or where its registers cannot be what was read.
inline void check_run(const Run& run) {
  if (!run.has_registers) return;
  if (const std::string text = complaint(run); !text.empty()) throw KernelError(text);
  if (run.cycles == 0)
    throw KernelError(
        "register cycles is 0 after a run: what was read are not the kernel's "
        "registers, or the kernel was not started");
}

/// Of several runs the least time and the fewest cycles.
template <typename Once>
Run best_of(long runs, Once once) {
  Run best = once();
  for (long i = 1; i < runs; ++i) {
    const Run next = once();
    best.seconds = std::min(best.seconds, next.seconds);
    best.cycles = std::min(best.cycles, next.cycles);
  }
  return best;
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
  /// Best runs of one sample and of all. The difference of their cycles is the interval: what a
  /// run costs beside its samples is in both.
  void print_rate(const Run& one, const Run& all, long runs, double mhz) const {
    const auto count = static_cast<double>(number());
    std::printf("latency:    %.1f us from host to host, one sample\n", one.seconds * 1e6);
    std::printf(
        "throughput: %.4g samples/s, a batch of %zu in %.1f us from host to host, best of %ld\n",
        count / all.seconds, number(), all.seconds * 1e6, runs);
    if (!all.has_registers) {
      std::printf("kernel:     its registers were not read\n");
      return;
    }
    std::printf("kernel:     %" PRIu64 " cycles for one sample, %" PRIu64 " for the batch",
                one.cycles, all.cycles);
    if (mhz > 0)
      std::printf(": %.2f us and %.2f us at %g MHz", static_cast<double>(one.cycles) / mhz,
                  static_cast<double>(all.cycles) / mhz, mhz);
    std::printf("\n");
    if (number() > 1) {
      const auto more = static_cast<double>(all.cycles) - static_cast<double>(one.cycles);
      std::printf(
          "interval:   %.4g cycles a sample on the card, %g in the design (the larger one of core "
          "and memory bus)\n",
          more / (count - 1), kernel::kIiCycles);
    }
  }
};

/// main() of a host program: `work` gives the exit status.
template <typename Work>
int guarded(const char* program, const char* usage, Work work) {
  try {
    return work();
  } catch (const UsageError& error) {
    std::fprintf(stderr, "error: %s\nusage: %s %s\n", error.what(), program, usage);
    return 2;
  } catch (const KernelError& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}

}  // namespace mase_host
