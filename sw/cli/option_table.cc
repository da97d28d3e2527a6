// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/option.h"

namespace mase::cli {

namespace {

Value text(const char* value) { return std::string(value); }
Value number(int64_t value) { return value; }

std::vector<Option> main_options() {
  return {
      {.flags = {"--model"}, .key = "model", .group = Group::kMain, .type = Type::kText, .metavar = "model",
       .help = "name of a supported model ('-' and '_' are alike). Required if no configuration names one."},
      {.flags = {"--dataset"}, .key = "dataset", .group = Group::kMain, .type = Type::kText,
       .metavar = "dataset",
       .help = "name of a supported dataset ('-' and '_' are alike). Required if no configuration names "
               "one."},
  };
}

std::vector<Option> general_options() {
  constexpr std::string_view kNotHere = "this release covers classification only";
  return {
      {.flags = {"--config"}, .key = "", .group = Group::kGeneral, .type = Type::kPath, .metavar = "PATH",
       .help = "configuration file in the TOML format; the command line has precedence over it, and it "
               "over the defaults."},
      {.flags = {"--task"}, .key = "task", .group = Group::kGeneral, .type = Type::kChoice,
       .metavar = "TASK", .standard = text("classification"), .help = "task to perform.",
       .choices = {"classification", "cls", "translation", "tran", "language_modeling", "lm"},
       .refusals = {{"translation", kNotHere}, {"tran", kNotHere}, {"language_modeling", kNotHere},
                    {"lm", kNotHere}}},
      {.flags = {"--load"}, .key = "load_name", .group = Group::kGeneral, .type = Type::kPath,
       .metavar = "PATH", .help = "file (hf: folder) to load the model from."},
      {.flags = {"--load-type"}, .key = "load_type", .group = Group::kGeneral, .type = Type::kChoice,
       .metavar = "TYPE", .standard = text("mz"),
       .help = "what --load names: pt a state dict, pl a training checkpoint, mz a graph with its weights, "
               "hf a Hugging Face folder; without --load it means nothing.",
       .choices = {"pt", "pl", "mz", "hf"}},
      {.flags = {"--resume"}, .key = "resume", .group = Group::kGeneral, .type = Type::kFlag,
       .standard = false,
       .help = "go on with the training that --load's checkpoint (pl), or else the project's last.ckpt, "
               "was saved from: weights, optimiser, schedule and epoch.",
       .uses = kTrain},
      {.flags = {"--batch-size"}, .key = "batch_size", .group = Group::kGeneral, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(128), .help = "batch size for training and evaluation.",
       .uses = kTrain | kTest | kSearch, .minimum = 1, .maximum = 1 << 24},
      {.flags = {"--dataset-path"}, .key = "dataset_path", .group = Group::kGeneral, .type = Type::kPath,
       .metavar = "PATH",
       .help = "file of the dataset, or the folder that holds it; without it the folder of the "
               "environment variable MASE_DATA is searched.",
       .uses = kAll & ~kEmit},
      {.flags = {"--debug"}, .key = "to_debug", .group = Group::kGeneral, .type = Type::kFlag,
       .standard = false, .help = "log everything, as --log-level debug does."},
      {.flags = {"--log-level"}, .key = "log_level", .group = Group::kGeneral, .type = Type::kChoice,
       .metavar = "LEVEL", .standard = text("info"),
       .help = "least severe messages that are logged; --debug overrides it.",
       .choices = {"debug", "info", "warning", "error", "critical"}},
      {.flags = {"--report-to"}, .key = "report_to", .group = Group::kGeneral, .type = Type::kChoice,
       .metavar = "TOOL", .standard = text("tensorboard"), .help = "where training metrics are logged.",
       .uses = kTrain | kTest | kSearch, .choices = {"wandb", "tensorboard"},
       .refusals = {{"wandb", "logging to Weights & Biases needs its online service, which mase-gen does "
                              "not speak; event files for TensorBoard are always written"}}},
      {.flags = {"--seed"}, .key = "seed", .group = Group::kGeneral, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(0),
       .help = "seed of the initial weights and of the order of the training data.",
       .minimum = 0, .maximum = 4294967295.0},
      {.flags = {"--quant-config"}, .key = "quant_config", .group = Group::kGeneral, .type = Type::kPath,
       .metavar = "TOML",
       .help = "TOML file whose [passes.quantize] takes the place of the configuration's.",
       .uses = kTransform | kSearch},
  };
}

std::vector<Option> trainer_options() {
  constexpr unsigned kUses = kTrain | kSearch;
  return {
      {.flags = {"--training-optimizer"}, .key = "training_optimizer", .group = Group::kTrainer,
       .type = Type::kChoice, .metavar = "TYPE", .standard = text("adam"),
       .help = "optimiser for training.", .uses = kUses, .choices = {"adam", "sgd", "adamw"}},
      {.flags = {"--trainer-precision"}, .key = "trainer_precision", .group = Group::kTrainer,
       .type = Type::kChoice, .metavar = "TYPE", .standard = text("32"),
       .help = "numeric precision for training.", .uses = kUses,
       .choices = {"16-mixed", "32", "64", "bf16"}},
      {.flags = {"--learning-rate"}, .key = "learning_rate", .group = Group::kTrainer, .type = Type::kReal,
       .metavar = "NUM", .standard = 1e-5, .help = "initial learning rate for training.", .uses = kUses,
       .minimum = 0},
      {.flags = {"--weight-decay"}, .key = "weight_decay", .group = Group::kTrainer, .type = Type::kReal,
       .metavar = "NUM", .standard = number(0), .help = "weight decay for training.", .uses = kUses,
       .minimum = 0},
      {.flags = {"--max-epochs"}, .key = "max_epochs", .group = Group::kTrainer, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(20), .help = "maximum number of epochs for training.",
       .uses = kUses, .minimum = 1, .maximum = 1e9},
      {.flags = {"--max-steps"}, .key = "max_steps", .group = Group::kTrainer, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(-1),
       .help = "maximum number of steps for training; a negative value means no limit.", .uses = kUses},
      {.flags = {"--accumulate-grad-batches"}, .key = "accumulate_grad_batches", .group = Group::kTrainer,
       .type = Type::kInteger, .metavar = "NUM", .standard = number(1),
       .help = "number of batches whose gradients are added up before a step.", .uses = kUses, .minimum = 1,
       .maximum = 1e6},
      {.flags = {"--log-every-n-steps"}, .key = "log_every_n_steps", .group = Group::kTrainer,
       .type = Type::kInteger, .metavar = "NUM", .standard = number(50),
       .help = "steps between two logged training metrics.", .uses = kUses, .minimum = 1, .maximum = 1e9},
  };
}

std::vector<Option> runtime_options() {
  return {
      {.flags = {"--cpu", "--num-workers"}, .key = "num_workers", .group = Group::kRuntime,
       .type = Type::kInteger, .metavar = "NUM", .standard = number(1),
       .help = "number of CPU threads that compute; 0 means one, as 1 does. Networks this small are slower on "
               "more.",
       .minimum = 0, .maximum = 4096},
      {.flags = {"--gpu", "--num-devices"}, .key = "num_devices", .group = Group::kRuntime,
       .type = Type::kInteger, .metavar = "NUM", .standard = number(1),
       .help = "number of GPU devices, with --accelerator gpu.", .minimum = 1, .maximum = 4096,
       .refusals = {{"*", "training runs on one device"}}},
      {.flags = {"--nodes"}, .key = "num_nodes", .group = Group::kRuntime, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(1), .help = "number of nodes.", .minimum = 1, .maximum = 65536,
       .refusals = {{"*", "training runs on one node"}}},
      {.flags = {"--accelerator"}, .key = "accelerator", .group = Group::kRuntime, .type = Type::kChoice,
       .metavar = "TYPE", .standard = text("auto"),
       .help = "accelerator for training and testing; auto is the CPU, which is fastest on networks this "
               "small; gpu needs a CUDA build of LibTorch; cuda is another name of gpu.",
       .choices = {"auto", "cpu", "gpu", "mps"}, .aliases = {{"cuda", "gpu"}},
       .refusals = {{"mps", "Metal is not a backend of LibTorch on Linux"}}},
      {.flags = {"--strategy"}, .key = "strategy", .group = Group::kRuntime, .type = Type::kChoice,
       .metavar = "TYPE", .standard = text("auto"), .help = "strategy for training.",
       .choices = {"auto", "ddp", "ddp_find_unused_parameters_true"},
       .refusals = {{"*", "training runs in one process, so there is nothing to distribute"}}},
      {.flags = {"--auto-requeue"}, .key = "is_to_auto_requeue", .group = Group::kRuntime,
       .type = Type::kFlag, .standard = false,
       .help = "resubmit the job on a cluster managed by SLURM.",
       .refusals = {{"True", "mase-gen does not talk to SLURM; an interrupted training goes on with "
                             "--resume"}}},
      {.flags = {"--github-ci"}, .key = "github_ci", .group = Group::kRuntime, .type = Type::kFlag,
       .standard = false,
       .help = "run as in a CI pipeline: no progress bars, and --run-emit does not simulate."},
      {.flags = {"--disable-dataset-cache"}, .key = "disable_dataset_cache", .group = Group::kRuntime,
       .type = Type::kFlag, .standard = false,
       .help = "read the dataset's original file even where a cached binary form exists.",
       .uses = kAll & ~kEmit},
  };
}

std::vector<Option> hardware_options() {
  constexpr unsigned kDesign = kTransform | kEmit | kSimulate;
  return {
      {.flags = {"--target"}, .key = "target", .group = Group::kHardware, .type = Type::kText,
       .metavar = "STR", .standard = text("xcu250-figd2104-2L-e"), .help = "target FPGA.", .uses = kAll,
       .refusals = {{"*", "the one target of this release is xcu250-figd2104-2L-e"}}},
      {.flags = {"--num-targets"}, .key = "num_targets", .group = Group::kHardware, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(100),
       .help = "number of FPGA devices that are at hand; a design takes one of them.", .uses = kAll,
       .minimum = 1, .maximum = 1e6},
      {.flags = {"--run-emit"}, .key = "run_emit", .group = Group::kHardware, .type = Type::kFlag,
       .standard = false,
       .help = "transform: go on with emit and simulate on the transformed graph; emit and simulate emit "
               "without it.",
       .uses = kDesign},
      {.flags = {"--skip-build"}, .key = "skip_build", .group = Group::kHardware, .type = Type::kFlag,
       .standard = false,
       .help = "simulate, --run-emit: stop after emission; nothing is compiled or run.",
       .uses = kTransform | kSimulate},
      {.flags = {"--skip-test"}, .key = "skip_test", .group = Group::kHardware, .type = Type::kFlag,
       .standard = false,
       .help = "simulate, --run-emit: compile the simulator and stop before the run.", .uses = kTransform | kSimulate},
      {.flags = {"--top-name"}, .key = "top_name", .group = Group::kHardware, .type = Type::kText,
       .metavar = "NAME", .standard = text("top"), .help = "name of the design's top module.",
       .uses = kDesign},
      {.flags = {"--design"}, .key = "design", .group = Group::kHardware, .type = Type::kPath,
       .metavar = "DIR",
       .help = "folder of an emitted design to simulate as it is. Without it and without --load the design in "
               "the project's hardware folder is meant; with --load its graph is emitted there first.",
       .uses = kSimulate},
      {.flags = {"--num-samples"}, .key = "num_samples", .group = Group::kHardware, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(1000),
       .help = "samples of the dataset's test part to simulate; fewer when it has fewer. With --inputs: "
               "rows of that file.",
       .uses = kTransform | kSimulate, .minimum = 1, .maximum = 1e9},
      {.flags = {"--inputs"}, .key = "inputs", .group = Group::kHardware, .type = Type::kPath,
       .metavar = "FILE",
       .help = "CSV or NPY file with one sample a row in natural units, simulated instead of the dataset.",
       .uses = kTransform | kSimulate},
      {.flags = {"--outputs"}, .key = "outputs", .group = Group::kHardware, .type = Type::kPath,
       .metavar = "FILE", .help = "CSV or NPY file that receives the exact outputs, one sample a row.",
       .uses = kTransform | kSimulate},
      {.flags = {"--stall"}, .key = "stall", .group = Group::kHardware, .type = Type::kChoice,
       .metavar = "MODE", .standard = text("none"),
       .help = "how source and sink of the simulation misbehave.", .uses = kTransform | kSimulate,
       .choices = {"none", "random", "worst"}},
      {.flags = {"--stall-seed"}, .key = "stall_seed", .group = Group::kHardware, .type = Type::kInteger,
       .metavar = "NUM", .standard = number(0), .help = "seed of --stall random.",
       .uses = kTransform | kSimulate, .minimum = 0},
      {.flags = {"--trace"}, .key = "trace", .group = Group::kHardware, .type = Type::kPath,
       .metavar = "FILE", .help = "FST file that receives the waveforms of the simulation.",
       .uses = kTransform | kSimulate},
  };
}

std::vector<Option> closing_options() {
  return {
      {.flags = {"--pretrained"}, .key = "is_pretrained", .group = Group::kLanguage, .type = Type::kFlag,
       .standard = false, .help = "start from a pretrained checkpoint.",
       .refusals = {{"True", "no model of this release has a pretrained checkpoint; give one with --load"}}},
      {.flags = {"--max-token-len"}, .key = "max_token_len", .group = Group::kLanguage,
       .type = Type::kInteger, .metavar = "NUM", .standard = number(512),
       .help = "maximum number of tokens; a negative value takes the tokeniser's.",
       .refusals = {{"*", "this release has no language models"}}},
      {.flags = {"--project-dir"}, .key = "project_dir", .group = Group::kProject, .type = Type::kPath,
       .metavar = "DIR", .standard = text("./mase_output"), .help = "folder of all projects."},
      {.flags = {"--project"}, .key = "project", .group = Group::kProject, .type = Type::kText,
       .metavar = "NAME", .help = "name of the project, a folder in --project-dir.",
       .standard_text = "{model}_{task}_{dataset}_{YYYY-MM-DD}"},
      {.flags = {"--profile"}, .key = "profile", .group = Group::kProject, .type = Type::kFlag,
       .standard = false, .help = "print the seconds that each step of the action took."},
      {.flags = {"--no-warnings"}, .key = "no_warnings", .group = Group::kProject, .type = Type::kFlag,
       .standard = false, .help = "do not log warnings."},
      {.flags = {"-h", "--help"}, .key = "", .group = Group::kInformation, .type = Type::kFlag,
       .help = "show this help and exit."},
      {.flags = {"-V", "--version"}, .key = "", .group = Group::kInformation, .type = Type::kFlag,
       .help = "show the versions of mase-gen and of the tools it uses and exit."},
      {.flags = {"--info"}, .key = "", .group = Group::kInformation, .type = Type::kChoice,
       .metavar = "[TYPE]", .help = "list the supported models or datasets and exit.",
       .choices = {"all", "model", "dataset"}, .standard_text = "all"},
  };
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> joined;
    for (auto&& part : {main_options(), general_options(), trainer_options(), runtime_options(),
                        hardware_options(), closing_options()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

}  // namespace mase::cli
