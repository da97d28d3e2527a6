// SPDX-License-Identifier: Apache-2.0
// Options of hardware, language models, project and information.
#include "gen/fixed/format.h"
#include "sw/cli/option_groups.h"

namespace mase::cli {

namespace {

Value text(const char* value) { return std::string(value); }
Value number(int64_t value) { return value; }

}  // namespace

std::vector<Option> hardware_options() {
  constexpr unsigned kDesign = kTransform | kEmit | kSimulate | kSynth | kBitstream;
  return {
      {.flags = {"--target"},
       .key = "target",
       .type = Type::kText,
       .metavar = "STR",
       .standard = text("xcu250-figd2104-2L-e"),
       .help = "target FPGA: a name, a part, or a TOML file like configs/targets/xcu250.toml; its "
               "delays place the registers of [hardware] target_mhz.",
       .uses = kSearch | kDesign | kAdderGraph},
      {.flags = {"--num-targets"},
       .key = "num_targets",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(100),
       .help = "most SLRs of the target that a design is cut over, as few as hold it, with "
               "registered crossings; 1 never cuts it. More than the target has are all of them.",
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
       .help = "name of the design's top module; adder-graph: of the matrix's, else named like its "
               "file.",
       .uses = kDesign | kAdderGraph},
      {.flags = {"--design"},
       .key = "design",
       .type = Type::kPath,
       .metavar = "DIR",
       .help = "folder of an emitted design to simulate, synthesise or implement as it is. Without "
               "it and "
               "without --load "
               "the design in the project's hardware folder is meant; with --load its graph is "
               "emitted there first.",
       .uses = kSimulate | kSynth | kBitstream},
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

std::vector<Option> adder_graph_options() {
  return {
      {.flags = {"--matrix"},
       .key = "matrix",
       .type = Type::kPath,
       .metavar = "CSV",
       .help =
           "file of the matrix, or the first argument behind adder-graph: a row of integers for "
           "each output, a column for each input.",
       .uses = kAdderGraph},
      {.flags = {"--input-width"},
       .key = "input_width",
       .type = Type::kInteger,
       .metavar = "BITS",
       .standard = number(8),
       .help = "bits of each input, signed unless --unsigned-inputs.",
       .uses = kAdderGraph,
       .minimum = fixed::kMinWidth,
       .maximum = fixed::kMaxOperandWidth},
      {.flags = {"--unsigned-inputs"},
       .key = "unsigned_inputs",
       .type = Type::kFlag,
       .standard = false,
       .help = "inputs are never negative.",
       .uses = kAdderGraph},
      {.flags = {"--depth-limit"},
       .key = "depth_limit",
       .type = Type::kInteger,
       .metavar = "NUM",
       .help = "adder levels that no output may exceed; without it only LUTs count.",
       .uses = kAdderGraph,
       .minimum = 0,
       .maximum = 1000},
      {.flags = {"--seconds"},
       .key = "seconds",
       .type = Type::kReal,
       .metavar = "NUM",
       .help = "what the search may cost, in seconds of two nominal cores: steps are counted, so "
               "that equal options give equal files. Without it a quarter of a second to four, by "
               "the size of the matrix.",
       .uses = kAdderGraph,
       .minimum = 0.001,
       .maximum = 86400},
      {.flags = {"--adders-per-stage"},
       .key = "adders_per_stage",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(3),
       .help = "adder levels between two registers.",
       .uses = kAdderGraph,
       .minimum = 1,
       .maximum = 1000},
      {.flags = {"--target-mhz"},
       .key = "target_mhz",
       .type = Type::kReal,
       .metavar = "MHZ",
       .help = "place registers for this clock by the delays of --target, in place of "
               "--adders-per-stage.",
       .uses = kAdderGraph,
       .minimum = 0.001,
       .maximum = 10000},
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
       .help = "folder of all projects.",
       .uses = kAny},
      {.flags = {"--project"},
       .key = "project",
       .type = Type::kText,
       .metavar = "NAME",
       .help = "name of the project, a folder in --project-dir.",
       .uses = kAny,
       .standard_text = "{model}_{task}_{dataset}_{YYYY-MM-DD}, adder-graph: {module}_adder_graph"},
      {.flags = {"--profile"},
       .key = "profile",
       .type = Type::kFlag,
       .standard = false,
       .help = "print the seconds that each step of the action took.",
       .uses = kAny},
      {.flags = {"--no-warnings"},
       .key = "no_warnings",
       .type = Type::kFlag,
       .standard = false,
       .help = "do not log warnings.",
       .uses = kAny},
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
