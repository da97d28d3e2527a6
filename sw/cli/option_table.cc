// SPDX-License-Identifier: Apache-2.0
// Options of the model, training and the machine; and the table of all.
#include "sw/cli/option_groups.h"

namespace mase::cli {

namespace {

Value text(const char* value) { return std::string(value); }
Value number(int64_t value) { return value; }

}  // namespace

std::vector<Option> main_options() {
  return {
      {.flags = {"--model"},
       .key = "model",
       .type = Type::kText,
       .metavar = "model",
       .help = "name of a supported model ('-' and '_' are alike). Required if no configuration "
               "names one."},
      {.flags = {"--dataset"},
       .key = "dataset",
       .type = Type::kText,
       .metavar = "dataset",
       .help = "name of a supported dataset ('-' and '_' are alike). Required if no configuration "
               "names one."},
  };
}

std::vector<Option> general_options() {
  constexpr std::string_view kNotHere = "this release covers classification only";
  return {
      {.flags = {"--config"},
       .key = "",
       .type = Type::kPath,
       .metavar = "PATH",
       .help = "configuration file in the TOML format; the command line has precedence over it, "
               "and it over the defaults."},
      {.flags = {"--task"},
       .key = "task",
       .type = Type::kChoice,
       .metavar = "TASK",
       .standard = text("classification"),
       .help = "task to perform.",
       .choices = {"classification", "cls", "translation", "tran", "language_modeling", "lm"},
       .refusals = {{"translation", kNotHere},
                    {"tran", kNotHere},
                    {"language_modeling", kNotHere},
                    {"lm", kNotHere}}},
      {.flags = {"--load"},
       .key = "load_name",
       .type = Type::kPath,
       .metavar = "PATH",
       .help = "file (hf: folder) to load the model from."},
      {.flags = {"--load-type"},
       .key = "load_type",
       .type = Type::kChoice,
       .metavar = "TYPE",
       .standard = text("mz"),
       .help = "what --load names: pt a state dict, pl a training checkpoint, mz a graph with its "
               "weights, hf a Hugging Face folder; without --load it means nothing.",
       .choices = {"pt", "pl", "mz", "hf"}},
      {.flags = {"--resume"},
       .key = "resume",
       .type = Type::kFlag,
       .standard = false,
       .help = "go on with the training that --load's checkpoint (pl), or else the project's "
               "last.ckpt, was saved from: weights, optimiser, schedule and epoch.",
       .uses = kTrain},
      {.flags = {"--batch-size"},
       .key = "batch_size",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(128),
       .help = "batch size for training and evaluation.",
       .uses = kTrain | kTest | kSearch,
       .minimum = 1,
       .maximum = 1 << 24},
      {.flags = {"--dataset-path"},
       .key = "dataset_path",
       .type = Type::kPath,
       .metavar = "PATH",
       .help = "file of the dataset, or the folder that holds it; without it the folder of the "
               "environment variable MASE_DATA is searched.",
       .uses = kAll & ~kEmit},
      {.flags = {"--debug"},
       .key = "to_debug",
       .type = Type::kFlag,
       .standard = false,
       .help = "log everything, as --log-level debug does.",
       .uses = kAny},
      {.flags = {"--log-level"},
       .key = "log_level",
       .type = Type::kChoice,
       .metavar = "LEVEL",
       .standard = text("info"),
       .help = "least severe messages that are logged; --debug overrides it.",
       .uses = kAny,
       .choices = {"debug", "info", "warning", "error", "critical"}},
      {.flags = {"--report-to"},
       .key = "report_to",
       .type = Type::kChoice,
       .metavar = "TOOL",
       .standard = text("tensorboard"),
       .help = "where training metrics are logged.",
       .uses = kTrain | kTest | kSearch,
       .choices = {"wandb", "tensorboard"},
       .refusals = {{"wandb",
                     "logging to Weights & Biases needs its online service, which mase-gen does "
                     "not speak; event files for TensorBoard are always written"}}},
      {.flags = {"--seed"},
       .key = "seed",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(0),
       .help = "seed of the initial weights and of the order of the training data; adder-graph: of "
               "the search.",
       .uses = kAny,
       .minimum = 0,
       .maximum = 4294967295.0},
      {.flags = {"--quant-config"},
       .key = "quant_config",
       .type = Type::kPath,
       .metavar = "TOML",
       .help = "TOML file whose [passes.quantize] takes the place of the configuration's.",
       .uses = kTransform | kSearch},
  };
}

std::vector<Option> trainer_options() {
  constexpr unsigned kUses = kTrain | kSearch;
  return {
      {.flags = {"--training-optimizer"},
       .key = "training_optimizer",
       .type = Type::kChoice,
       .metavar = "TYPE",
       .standard = text("adam"),
       .help = "optimiser for training.",
       .uses = kUses,
       .choices = {"adam", "sgd", "adamw"}},
      {.flags = {"--trainer-precision"},
       .key = "trainer_precision",
       .type = Type::kChoice,
       .metavar = "TYPE",
       .standard = text("32"),
       .help = "numeric precision for training.",
       .uses = kUses,
       .choices = {"16-mixed", "32", "64", "bf16"}},
      {.flags = {"--learning-rate"},
       .key = "learning_rate",
       .type = Type::kReal,
       .metavar = "NUM",
       .standard = 1e-5,
       .help = "initial learning rate for training.",
       .uses = kUses,
       .minimum = 0},
      {.flags = {"--weight-decay"},
       .key = "weight_decay",
       .type = Type::kReal,
       .metavar = "NUM",
       .standard = number(0),
       .help = "weight decay for training.",
       .uses = kUses,
       .minimum = 0},
      {.flags = {"--max-epochs"},
       .key = "max_epochs",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(20),
       .help = "maximum number of epochs for training.",
       .uses = kUses,
       .minimum = 1,
       .maximum = 1e9},
      {.flags = {"--max-steps"},
       .key = "max_steps",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(-1),
       .help = "maximum number of steps for training; a negative value means no limit.",
       .uses = kUses},
      {.flags = {"--accumulate-grad-batches"},
       .key = "accumulate_grad_batches",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(1),
       .help = "number of batches whose gradients are added up before a step.",
       .uses = kUses,
       .minimum = 1,
       .maximum = 1e6},
      {.flags = {"--log-every-n-steps"},
       .key = "log_every_n_steps",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(50),
       .help = "steps between two logged training metrics.",
       .uses = kUses,
       .minimum = 1,
       .maximum = 1e9},
      {.flags = {"--regularizer"},
       .key = "regularizer",
       .type = Type::kChoice,
       .metavar = "NAME",
       .standard = text("none"),
       .help = "make a quantised network cheap in unrolled hardware while it is trained: bitops "
               "charges the bits of every weight, lut its signed digits too.",
       .uses = kUses,
       .choices = {"none", "bitops", "lut"}},
      {.flags = {"--regularizer-strength"},
       .key = "regularizer_strength",
       .type = Type::kReal,
       .metavar = "NUM",
       .standard = 0.1,
       .help = "loss for every mean charge of a weight, a bit or a digit; 0 leaves the pruning "
               "schedule alone.",
       .uses = kUses,
       .minimum = 0},
      {.flags = {"--regularizer-warmup"},
       .key = "regularizer_warmup",
       .type = Type::kInteger,
       .metavar = "EPOCHS",
       .standard = number(0),
       .help = "epochs without the regulariser's loss.",
       .uses = kUses,
       .minimum = 0,
       .maximum = 1e9},
      {.flags = {"--regularizer-ramp"},
       .key = "regularizer_ramp",
       .type = Type::kInteger,
       .metavar = "EPOCHS",
       .standard = number(0),
       .help = "epochs after these in which its strength grows to the whole.",
       .uses = kUses,
       .minimum = 0,
       .maximum = 1e9},
      {.flags = {"--final-sparsity"},
       .key = "final_sparsity",
       .type = Type::kReal,
       .metavar = "NUM",
       .standard = number(0),
       .help = "share that the pruning schedule takes away: of the weights (bitops), or of the "
               "adder bits of all signed digits (lut); 0 means no schedule.",
       .uses = kUses,
       .minimum = 0,
       .maximum = 0.999},
      {.flags = {"--prune-begin-epoch"},
       .key = "prune_begin_epoch",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(0),
       .help = "first epoch at whose end the schedule prunes.",
       .uses = kUses,
       .minimum = 0,
       .maximum = 1e9},
      {.flags = {"--prune-end-epoch"},
       .key = "prune_end_epoch",
       .type = Type::kInteger,
       .metavar = "NUM",
       .help = "epochs after which the schedule has reached its final sparsity.",
       .uses = kUses,
       .minimum = 1,
       .maximum = 1e9,
       .standard_text = "three quarters of --max-epochs"},
  };
}

const std::vector<std::pair<std::string, std::string>>& regularizer_keys() {
  static const std::vector<std::pair<std::string, std::string>> keys = {
      {"name", "regularizer"},
      {"strength", "regularizer_strength"},
      {"warmup_epochs", "regularizer_warmup"},
      {"ramp_epochs", "regularizer_ramp"},
      {"final_sparsity", "final_sparsity"},
      {"prune_begin_epoch", "prune_begin_epoch"},
      {"prune_end_epoch", "prune_end_epoch"}};
  return keys;
}

std::vector<Option> runtime_options() {
  return {
      {.flags = {"--cpu", "--num-workers"},
       .key = "num_workers",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(1),
       .help = "number of CPU threads that compute; 0 means one, as 1 does. Networks this small "
               "are slower on more; adder graphs are the same on any number.",
       .uses = kAny,
       .minimum = 0,
       .maximum = 4096},
      {.flags = {"--gpu", "--num-devices"},
       .key = "num_devices",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(1),
       .help = "number of GPU devices, with --accelerator gpu.",
       .minimum = 1,
       .maximum = 4096,
       .refusals = {{"*", "training runs on one device"}}},
      {.flags = {"--nodes"},
       .key = "num_nodes",
       .type = Type::kInteger,
       .metavar = "NUM",
       .standard = number(1),
       .help = "number of nodes.",
       .minimum = 1,
       .maximum = 65536,
       .refusals = {{"*", "training runs on one node"}}},
      {.flags = {"--accelerator"},
       .key = "accelerator",
       .type = Type::kChoice,
       .metavar = "TYPE",
       .standard = text("auto"),
       .help = "accelerator for training and testing; auto is the CPU, which is fastest on "
               "networks this small; gpu needs a CUDA build of LibTorch; cuda is another name of "
               "gpu.",
       .choices = {"auto", "cpu", "gpu", "mps"},
       .aliases = {{"cuda", "gpu"}},
       .refusals = {{"mps", "Metal is not a backend of LibTorch on Linux"}}},
      {.flags = {"--strategy"},
       .key = "strategy",
       .type = Type::kChoice,
       .metavar = "TYPE",
       .standard = text("auto"),
       .help = "strategy for training.",
       .choices = {"auto", "ddp", "ddp_find_unused_parameters_true"},
       .refusals = {{"*", "training runs in one process, so there is nothing to distribute"}}},
      {.flags = {"--auto-requeue"},
       .key = "is_to_auto_requeue",
       .type = Type::kFlag,
       .standard = false,
       .help = "resubmit the job on a cluster managed by SLURM.",
       .refusals = {{"True",
                     "mase-gen does not talk to SLURM; an interrupted training goes on with "
                     "--resume"}}},
      {.flags = {"--github-ci"},
       .key = "github_ci",
       .type = Type::kFlag,
       .standard = false,
       .help = "run as in a CI pipeline: no progress bars, and --run-emit does not simulate."},
      {.flags = {"--disable-dataset-cache"},
       .key = "disable_dataset_cache",
       .type = Type::kFlag,
       .standard = false,
       .help = "read the dataset's original file even where a cached binary form exists.",
       .uses = kAll & ~kEmit},
  };
}

const std::vector<Option>& options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> joined;
    const auto add = [&](Group group, std::vector<Option> part) {
      for (auto& option : part) {
        option.group = group;
        joined.push_back(std::move(option));
      }
    };
    add(Group::kMain, main_options());
    add(Group::kGeneral, general_options());
    add(Group::kTrainer, trainer_options());
    add(Group::kRuntime, runtime_options());
    add(Group::kHardware, hardware_options());
    add(Group::kBitstream, bitstream_options());
    add(Group::kAdderGraph, adder_graph_options());
    add(Group::kSearch, search_options());
    add(Group::kLanguage, language_options());
    add(Group::kProject, project_options());
    add(Group::kInformation, information_options());
    return joined;
  }();
  return all;
}

}  // namespace mase::cli
