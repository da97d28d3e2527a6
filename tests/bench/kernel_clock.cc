// SPDX-License-Identifier: Apache-2.0
// The clock of a kernel's shell, estimated from Yosys's netlist of the whole kernel before place
// and route: jet taggers with one layer, whose cores are faster than the shell around them.
//   bench_kernel_clock [--bits N ...]     words of the memory bus, default 512
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "fpga/kernel/kernel.h"
#include "gen/base/file.h"
#include "gen/emit/emit.h"
#include "sim/synth/netlist.h"
#include "sim/synth/timing.h"
#include "sim/synth/yosys.h"
#include "tests/support/jet_network.h"

using namespace mase;

namespace {

void measure(const test::JetOptions& network, int bits) {
  const auto hardware = arch::build_hardware(test::jet_network(network),
                                             {.adders_per_stage = 1, .adder_seconds = 0.02});
  const auto core = fpga::core_of(hardware, "top", "bench");
  const auto kernel = fpga::make_kernel(core, {.memory_bits = bits});
  std::map<std::string, std::string> files;
  for (const auto& [path, text] : emit::hardware_files(hardware, "top", "bench"))
    files[path] = text;
  for (const auto& [path, text] : kernel.files) files[path] = text;
  synth::SynthesisJob job{.top = kernel.name};
  for (const auto& [path, text] : files) {
    if (path.ends_with(".sv") || path.ends_with(".svh") || path.ends_with(".mem"))
      job.files.emplace_back(path, text);
  }
  const auto made = synth::run_yosys(synth::find_yosys(), job, cache_directory());
  const auto netlist = synth::read_netlist(read_file(made.folder / "netlist.json"), kernel.name);
  const auto fmax = synth::estimate_fmax(netlist, synth::load_target("xcu250"));
  const auto counts = netlist.count();
  const auto total = synth::resources_of(counts);
  fmt::print(
      "\n{} bits; {} -> {}, {} lanes in, {} out: {:.0f} MHz ({:.0f} to {:.0f}), limited by {}\n"
      "{} LUT, {} FF, {} block RAM\n",
      bits, core.in.elements, core.out.elements, core.in.lanes, core.out.lanes, fmax.mhz,
      fmax.low_mhz, fmax.high_mhz, fmax.limited_by, total.lut, total.ff, total.bram36);
  for (const auto& [type, count] : counts) fmt::print(" {}={}", type, count);
  fmt::print("\n");
  fmt::print("{}", synth::to_text(fmax.path));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<int> bits;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--bits") != 0) bits.push_back(std::atoi(argv[i]));
  }
  if (bits.empty()) bits = {512};
  for (const int b : bits) {
    measure({.layers = {16, 5}, .widths = {8}}, b);
    measure({.layers = {64, 8}, .widths = {8}, .pruned_percent = 90}, b);
  }
}
