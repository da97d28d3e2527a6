// SPDX-License-Identifier: Apache-2.0
// Runs a kernel of mase-gen on a card: sends a batch, compares every result with the reference, and
// prints latency, throughput and what the kernel's own counters say.
//   host KERNEL.xclbin samples.bin expected.bin [--device 0] [--runs 10] [--timeout 30] [--mhz F]
//        [--no-registers]
// --device: number of the card, or its address on PCIe (0000:65:00.1). --timeout: seconds of one
// run. --mhz: clock of the kernel, for times beside cycles. --no-registers: for an XRT that lets
// nobody read the registers of a kernel that it manages; errors of the memory then go unnamed.
// Built with -DMASE_KERNEL=<name> -DMASE_KERNEL_HEADER='"<name>.h"' and XRT's headers (2021.1 or
// later), linked with -lxrt_coreutil. Exit status: 0 every result is right, 1 some are wrong or the
// kernel reports an error, 2 bad arguments, files or card, or a run that does not complete.
#include <host_batch.h>

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include <cctype>

namespace {

namespace kernel = MASE_KERNEL;
using mase_host::Clock;
using mase_host::UsageError;

constexpr char kUsage[] =
    "KERNEL.xclbin samples.bin expected.bin [--device N | --device DDDD:BB:DD.F] [--runs N] "
    "[--timeout SECONDS] [--mhz F] [--no-registers]";

struct Options {
  const char *xclbin = nullptr, *samples = nullptr, *expected = nullptr;
  std::string device = "0";
  long runs = 10;
  long timeout_s = 30;
  double mhz = 0;  ///< 0: not known
  bool registers = true;
};

/// 65:00.1 or 0000:65:00.1, as lspci and xbutil write it.
bool is_pcie_address(const std::string& text) {
  std::string shape;
  for (const char c : text) shape += std::isxdigit(static_cast<unsigned char>(c)) ? 'x' : c;
  return shape == "xx:xx.x" || shape == "xxxx:xx:xx.x";
}

double frequency(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(value > 0) || !(value < 10000))
    throw UsageError("--mhz '" + text + "': wants a frequency in MHz");
  return value;
}

Options parse(int count, char** arguments) {
  Options o;
  const char** files[] = {&o.xclbin, &o.samples, &o.expected};
  size_t given = 0;
  for (int i = 1; i < count; ++i) {
    const std::string word = arguments[i];
    const auto value = [&] {
      if (i + 1 >= count) throw UsageError(word + ": no value follows");
      return std::string(arguments[++i]);
    };
    if (word == "--device") {
      o.device = value();
      if (!is_pcie_address(o.device)) mase_host::whole_number(word, o.device, 0, 255);
    } else if (word == "--runs") {
      o.runs = mase_host::whole_number(word, value(), 1, 1000000);
    } else if (word == "--timeout") {
      o.timeout_s = mase_host::whole_number(word, value(), 1, 86400);
    } else if (word == "--mhz") {
      o.mhz = frequency(value());
    } else if (word == "--no-registers") {
      o.registers = false;
    } else if (word.compare(0, 1, "-") == 0 || given == 3) {
      throw UsageError("'" + word + "' is no argument");
    } else {
      *files[given++] = arguments[i];
    }
  }
  if (given < 3) throw UsageError("three files are wanted");
  return o;
}

xrt::device open_device(const std::string& name) {
  if (is_pcie_address(name)) return xrt::device(name);
  return xrt::device(static_cast<unsigned>(std::stoul(name)));
}

std::string to_string(ert_cmd_state state) {
  const char* name = "a state that this program does not know";
  switch (static_cast<int>(state)) {
    case 1: name = "ERT_CMD_STATE_NEW"; break;
    case 2: name = "ERT_CMD_STATE_QUEUED"; break;
    case 3: name = "ERT_CMD_STATE_RUNNING"; break;
    case 4: name = "ERT_CMD_STATE_COMPLETED"; break;
    case 5: name = "ERT_CMD_STATE_ERROR"; break;
    case 6: name = "ERT_CMD_STATE_ABORT"; break;
    case 7: name = "ERT_CMD_STATE_SUBMITTED"; break;
    case 8: name = "ERT_CMD_STATE_TIMEOUT"; break;
    case 9: name = "ERT_CMD_STATE_NORESPONSE"; break;
    default: break;
  }
  return std::string(name) + " (" + std::to_string(static_cast<int>(state)) + ")";
}

/// Samples in, results out, through the card.
class Card {
 public:
  Card(const Options& options, size_t bytes_in, size_t bytes_out)
      : options_(options),
        device_(open_device(options.device)),
        // Registers are for him who has the compute unit to himself.
        kernel_(device_, device_.load_xclbin(options.xclbin), kernel::kKernelName,
                options.registers ? xrt::kernel::cu_access_mode::exclusive
                                  : xrt::kernel::cu_access_mode::shared),
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
  /// Errors: runtime_error when the run does not complete, KernelError when the kernel complains.
  mase_host::Run run(uint32_t samples) {
    const auto start = Clock::now();
    auto started = kernel_(in_, out_, samples);
    const auto state = started.wait(std::chrono::milliseconds(options_.timeout_s * 1000));
    const double seconds = mase_host::seconds_since(start);
    if (state != ERT_CMD_STATE_COMPLETED) {
      std::string text = "the kernel did not complete a run of " + std::to_string(samples) +
                         " samples: " + to_string(state);
      if (state == ERT_CMD_STATE_TIMEOUT || seconds >= static_cast<double>(options_.timeout_s))
        text += " after " + std::to_string(options_.timeout_s) +
                " s (--timeout); `xbutil reset` frees a card that hangs";
      if (options_.registers) {
        const std::string more = mase_host::complaint(registers());
        if (!more.empty()) text += "\n" + more;
      }
      throw std::runtime_error(text);
    }
    mase_host::Run run;
    if (options_.registers) run = registers();
    run.seconds = seconds;
    mase_host::check_run(run);
    return run;
  }

 private:
  mase_host::Run registers() const {
    // XRT would rather see them read through xrt::ip, which cannot start runs as it does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    const auto read = [this](uint32_t offset) { return kernel_.read_register(offset); };
#pragma GCC diagnostic pop
    try {
      return mase_host::read_registers(read);
    } catch (const std::exception& error) {
      throw std::runtime_error(std::string("the kernel's registers cannot be read: ") +
                               error.what() + " (--no-registers does without them)");
    }
  }

  const Options& options_;
  xrt::device device_;
  xrt::kernel kernel_;
  xrt::bo in_, out_;
};

int work(int count, char** arguments) {
  const Options options = parse(count, arguments);
  const mase_host::Batch batch(options.samples, options.expected);
  Card card(options, batch.bytes_in(), batch.bytes_out());
  // Results that are not written must not look right.
  std::vector<kernel::Output> got(batch.expected);
  for (auto& value : got) value = static_cast<kernel::Output>(~value);
  card.write_results(got.data());
  card.write(batch.samples.data());
  const auto one = card.run(1);
  const auto best = mase_host::best_of(
      options.runs, [&] { return card.run(static_cast<uint32_t>(batch.number())); });
  card.read(got.data());
  const size_t wrong = batch.mismatches(got);
  batch.print_rate(one, best, options.runs, options.mhz);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  return mase_host::guarded(arguments[0], kUsage, [&] { return work(count, arguments); });
}
