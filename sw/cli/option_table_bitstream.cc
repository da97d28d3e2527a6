// SPDX-License-Identifier: Apache-2.0
// Options of mase-gen bitstream.
#include "sw/cli/option_groups.h"

namespace mase::cli {

std::vector<Option> bitstream_options() {
  return {
      {.flags = {"--flow"},
       .key = "flow",
       .type = Type::kChoice,
       .metavar = "NAME",
       .standard = std::string("ooc"),
       .help =
           "bitstream for a Vivado target: ooc places and routes the design by itself, for its "
           "area and frequency; vitis makes it a kernel for the card's shell with a host program; "
           "vivado makes the whole device, with a memory on the chip and a host of --host. "
           "Targets of the open tools have one flow and need no name.",
       .uses = kBitstream,
       .choices = {"ooc", "vitis", "vivado"}},
      {.flags = {"--host"},
       .key = "host",
       .type = Type::kChoice,
       .metavar = "NAME",
       .standard = std::string("jtag"),
       .help = "who talks to the whole device of --flow vivado: jtag is a cable, xdma is PCIe with "
               "AMD's DMA.",
       .uses = kBitstream,
       .choices = {"jtag", "xdma"}},
      {.flags = {"--freq"},
       .key = "freq",
       .type = Type::kReal,
       .metavar = "MHZ",
       .help = "clock that the implementation has to reach; a Vivado target's is 300 MHz, a small "
               "board's that of its oscillator.",
       .uses = kBitstream,
       .minimum = 0.001,
       .maximum = 10000,
       .standard_text = "the target's"},
      {.flags = {"--slr"},
       .key = "slr",
       .type = Type::kInteger,
       .metavar = "NUM",
       .help = "super logic region of the device that the design is placed in, or begins in where "
               "it is cut over several when it is emitted.",
       .uses = kTransform | kSearch | kEmit | kSimulate | kSynth | kBitstream,
       .minimum = 0,
       .maximum = 15,
       .standard_text = "0; with --flow vivado --host xdma that of the card's PCIe block"},
      {.flags = {"--synth-only"},
       .key = "synth_only",
       .type = Type::kFlag,
       .standard = false,
       .help = "--flow ooc: stop after Vivado's synthesis, with its reports (source vivado-synth).",
       .uses = kBitstream},
      {.flags = {"--dry-run"},
       .key = "dry_run",
       .type = Type::kFlag,
       .standard = false,
       .help = "write the build folder, run every check that needs no vendor's tool, and stop.",
       .uses = kBitstream},
      {.flags = {"--netlist-check"},
       .key = "netlist_check",
       .type = Type::kChoice,
       .metavar = "WHEN",
       .standard = std::string("auto"),
       .help = "simulate the core's netlist among the checks of a U250 flow: auto does for up to "
               "3000 LUTs by the cost model, where Yosys and Verilator are.",
       .uses = kBitstream,
       .choices = {"auto", "always", "never"}},
      {.flags = {"--report-only"},
       .key = "report_only",
       .type = Type::kPath,
       .metavar = "DIR",
       .help = "finished build folder, or its copy from another machine, whose reports are read "
               "into the design's report.json; nothing is built.",
       .uses = kBitstream},
  };
}

}  // namespace mase::cli
