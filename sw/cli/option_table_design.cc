// SPDX-License-Identifier: Apache-2.0
// Options of hardware, language models, project and information.
#include "sw/cli/option_groups.h"

namespace mase::cli {

namespace {

Value text(const char* value) { return std::string(value); }
Value number(int64_t value) { return value; }

}  // namespace

std::vector<Option> hardware_options() {
  constexpr unsigned kDesign = kTransform | kEmit | kSimulate | kSynth;
  return {
      {.flags = {"--target"},
       .key = "target",
       .type = Type::kText,
       .metavar = "STR",
       .standard = text("xcu250-figd2104-2L-e"),
       .help = "target FPGA: a name, a part, or a TOML file like configs/targets/xcu250.toml.",
       .uses = kSearch | kSynth},
      {.flags = {"--num-targets"},
       .key = "num_targets",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(100),
       .help = "number of FPGA devices that are at hand; a design takes one of them.",
       .uses = kAll,
       .minimum = 1,
       .maximum = 1e6},
      {.flags = {"--run-emit"},
       .key = "run_emit",
       .type = Type::kFlag,
       .standard = false,
       .help = "transform: go on with emit and simulate on the transformed graph; emit and "
               "simulate emit without it.",
       .uses = kDesign},
      {.flags = {"--skip-build"},
       .key = "skip_build",
       .type = Type::kFlag,
       .standard = false,
       .help = "simulate, --run-emit: stop after emission; nothing is compiled or run.",
       .uses = kTransform | kSimulate},
      {.flags = {"--skip-test"},
       .key = "skip_test",
       .type = Type::kFlag,
       .standard = false,
       .help = "simulate, --run-emit: compile the simulator and stop before the run.",
       .uses = kTransform | kSimulate},
      {.flags = {"--top-name"},
       .key = "top_name",
       .type = Type::kText,
       .metavar = "NAME",
       .standard = text("top"),
       .help = "name of the design's top module.",
       .uses = kDesign},
      {.flags = {"--design"},
       .key = "design",
       .type = Type::kPath,
       .metavar = "DIR",
       .help = "folder of an emitted design to simulate or synthesise as it is. Without it and "
               "without --load "
               "the design in the project's hardware folder is meant; with --load its graph is "
               "emitted there first.",
       .uses = kSimulate | kSynth},
      {.flags = {"--num-samples"},
       .key = "num_samples",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(1000),
       .help = "samples of the dataset's test part to simulate; fewer when it has fewer. With "
               "--inputs: rows of that file.",
       .uses = kTransform | kSimulate,
       .minimum = 1,
       .maximum = 1e9},
      {.flags = {"--inputs"},
       .key = "inputs",
       .type = Type::kPath,
       .metavar = "FILE",
       .help = "CSV or NPY file with one sample a row in natural units, simulated instead of the "
               "dataset.",
       .uses = kTransform | kSimulate},
      {.flags = {"--outputs"},
       .key = "outputs",
       .type = Type::kPath,
       .metavar = "FILE",
       .help = "CSV or NPY file that receives the exact outputs, one sample a row.",
       .uses = kTransform | kSimulate},
      {.flags = {"--level"},
       .key = "level",
       .type = Type::kChoice,
       .metavar = "LEVEL",
       .standard = text("rtl"),
       .help =
           "what is simulated: the emitted SystemVerilog, or the netlist that Yosys makes of it "
           "for the xcup family.",
       .uses = kTransform | kSimulate,
       .choices = {"rtl", "netlist"}},
      {.flags = {"--synth-scope"},
       .key = "synth_scope",
       .type = Type::kChoice,
       .metavar = "SCOPE",
       .standard = text("both"),
       .help = "what Yosys is given: each cell by itself (cached, total is their sum), the whole "
               "design, or both.",
       .uses = kSynth,
       .choices = {"nodes", "design", "both"}},
      {.flags = {"--backend"},
       .key = "backend",
       .type = Type::kChoice,
       .metavar = "NAME",
       .standard = text("verilator"),
       .help = "what simulates: verilator compiles the design and compares every output; systemc "
               "puts the same design between DMA engines of a host; model is the SystemC cycle "
               "model of its cells, which compiles nothing, knows no data and gives the same "
               "cycles.",
       .uses = kTransform | kSimulate,
       .choices = {"model", "systemc", "verilator"}},
      {.flags = {"--host-clock-mhz"},
       .key = "host_clock_mhz",
       .type = Type::kReal,
       .metavar = "MHZ",
       .standard = 250.0,
       .help = "clock of the DMA engines of --backend systemc.",
       .uses = kTransform | kSimulate,
       .minimum = 0.001,
       .maximum = 10000},
      {.flags = {"--dma-width"},
       .key = "dma_width",
       .type = Type::kInteger,
       .metavar = "BITS",
       .standard = number(512),
       .help = "bits of one DMA word of --backend systemc, a power of two.",
       .uses = kTransform | kSimulate,
       .minimum = 8,
       .maximum = 4096},
      {.flags = {"--dma-burst"},
       .key = "dma_burst",
       .type = Type::kInteger,
       .metavar = "WORDS",
       .standard = number(16),
       .help = "words of one DMA burst of --backend systemc.",
       .uses = kTransform | kSimulate,
       .minimum = 1,
       .maximum = 256},
      {.flags = {"--stall"},
       .key = "stall",
       .type = Type::kChoice,
       .metavar = "MODE",
       .standard = text("none"),
       .help = "how source and sink of the simulation misbehave.",
       .uses = kTransform | kSimulate,
       .choices = {"none", "random", "worst"}},
      {.flags = {"--stall-seed"},
       .key = "stall_seed",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(0),
       .help = "seed of --stall random.",
       .uses = kTransform | kSimulate,
       .minimum = 0},
      {.flags = {"--trace"},
       .key = "trace",
       .type = Type::kPath,
       .metavar = "FILE",
       .help = "FST file that receives the waveforms of the simulation.",
       .uses = kTransform | kSimulate},
  };
}

std::vector<Option> language_options() {
  return {
      {.flags = {"--pretrained"},
       .key = "is_pretrained",
       .type = Type::kFlag,
       .standard = false,
       .help = "start from a pretrained checkpoint.",
       .refusals =
           {{"True",
             "no model of this release has a pretrained checkpoint; give one with --load"}}},
      {.flags = {"--max-token-len"},
       .key = "max_token_len",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(512),
       .help = "maximum number of tokens; a negative value takes the tokeniser's.",
       .refusals = {{"*", "this release has no language models"}}},
  };
}

std::vector<Option> project_options() {
  return {
      {.flags = {"--project-dir"},
       .key = "project_dir",
       .type = Type::kPath,
       .metavar = "DIR",
       .standard = text("./mase_output"),
       .help = "folder of all projects."},
      {.flags = {"--project"},
       .key = "project",
       .type = Type::kText,
       .metavar = "NAME",
       .help = "name of the project, a folder in --project-dir.",
       .standard_text = "{model}_{task}_{dataset}_{YYYY-MM-DD}"},
      {.flags = {"--profile"},
       .key = "profile",
       .type = Type::kFlag,
       .standard = false,
       .help = "print the seconds that each step of the action took."},
      {.flags = {"--no-warnings"},
       .key = "no_warnings",
       .type = Type::kFlag,
       .standard = false,
       .help = "do not log warnings."},
  };
}

std::vector<Option> information_options() {
  return {
      {.flags = {"-h", "--help"},
       .key = "",
       .type = Type::kFlag,
       .help = "show this help and exit."},
      {.flags = {"-V", "--version"},
       .key = "",
       .type = Type::kFlag,
       .help = "show the versions of mase-gen and of the tools it uses and exit."},
      {.flags = {"--info"},
       .key = "",
       .type = Type::kChoice,
       .metavar = "[TYPE]",
       .help = "list the supported models or datasets and exit.",
       .choices = {"all", "model", "dataset"},
       .standard_text = "all"},
  };
}

}  // namespace mase::cli
