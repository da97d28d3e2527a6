// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gen/arch/resources.h"
#include "gen/arch/unrolled.h"
#include "gen/fixed/affine.h"
#include "gen/fixed/format.h"
#include "gen/graph/graph.h"
#include "gen/pass/lower.h"

namespace mase::arch {

/// What a design may take of a super logic region (SLR) of the device.
struct SlrBudget {
  int slr = 0;  ///< its number
  Resources most;

  friend bool operator==(const SlrBudget&, const SlrBudget&) = default;
};

/// The `[hardware]` table of a configuration. Per-node entries win over the graph's own `hardware`,
/// both win over the global values, and what nobody says is chosen to balance the pipeline.
struct HardwareOptions {
  std::optional<int64_t> target_ii;  ///< cycles a sample that the chosen parallelisms must reach;
                                     ///< default: the widest input
  std::string weight_storage = "auto";  ///< "auto", "lut", "bram"
  std::string multiplier = "auto";      ///< "auto", "dsp", "lut"
  bool fuse = true;              ///< element-wise nodes go into their producer's output stage
  std::string style = "folded";  ///< "folded", "unrolled"
  std::optional<int> adders_per_stage;   ///< unrolled: adder levels between two registers
  std::optional<int> extra_adder_depth;  ///< unrolled: adder levels beyond the least possible
  std::optional<double> target_mhz;      ///< unrolled: in place of adders_per_stage
  /// Of the target, for whoever says target_mhz (a node, the graph's own table, or this one).
  std::shared_ptr<const AdderDelays> delays;
  std::optional<double> adder_seconds;  ///< unrolled: as AdderGraphOptions::seconds
  std::map<std::string, graph::Hardware> nodes;
  /// Neighbouring SLRs that the design may be cut over, the first one first; empty: never cut.
  std::vector<SlrBudget> slrs;
  int64_t super_long_lines = 0;  ///< wires between two of them
};

enum class Cell {
  kLinear,
  kBatchNorm1d,
  kCast,
  kRelu,
  kWidthAdapter,
  kSkidBuffer,
  kUnrolled,
  kSlrCrossing
};

/// "mase_linear", ...: the module under rtl/. An unrolled cell has a module of its own instead.
std::string module_name(Cell cell);

/// One cell instance of the design with everything that its parameters need.
struct Stage {
  std::string name;  ///< of the instance, without "u_"
  Cell cell;
  std::vector<std::string> graph_nodes;  ///< the nodes it realises; empty for adapters and buffers
  int64_t elements_in = 0, elements_out = 0;  ///< of one sample
  int lanes_in = 1, lanes_out = 1;
  fixed::Format in, out;  ///< of the streams

  // cast (kCast, kRelu) and output cast of linear and batch norm
  fixed::Format cast_from;  ///< what the final cast reads: acc, or `in` for kCast
  fixed::Rounding rounding = fixed::Rounding::kHalfEven;
  /// Unrolled: what each output is cast to where they differ (fixed/channels.h); `out` holds all.
  std::vector<fixed::Format> out_channels;

  // linear and batch norm
  fixed::Format weight_format;
  std::optional<fixed::Format> bias_format;
  fixed::Alignment alignment;
  fixed::Constants weight, bias;  ///< as in pass::IntegerNode
  int running_width = 0;          ///< of the running sum
  bool block_ram = false;
  std::string multiplier = "auto";
  int replay_samples = 1;  ///< linear: samples its input store holds

  // unrolled: a linear or batch norm with all its weights wired in, or a cast to formats for each
  // channel, which is a batch norm of ones
  bool diagonal = false;  ///< weight is the diagonal
  UnrollOptions unroll;
  std::shared_ptr<const Unrolled> unrolled;  ///< never null in a finished graph

  int64_t beats_in() const { return (elements_in + lanes_in - 1) / lanes_in; }
  int64_t beats_out() const { return (elements_out + lanes_out - 1) / lanes_out; }
  /// Cycles that one sample occupies the cell when nothing stalls it: linear ceil(I/P)*ceil(O/Q).
  int64_t cycles() const;
  int64_t rom_depth() const;  ///< words of the weight (or scale) memory
  int64_t rom_width() const;  ///< bits of one word
};

/// The module that the stage is an instance of.
std::string module_name(const Stage& stage);

/// The stages of a cut design that one SLR holds. Between two parts stands a crossing, half of it
/// in each.
struct SlrPart {
  int slr = 0;
  size_t first = 0, end = 0;  ///< stages [first, end); stages[end] is the crossing to the next part
  Resources used, most;       ///< modelled, the halves of crossings included; the budget
};

/// A chain of cells: what the emitter prints and the simulators walk.
struct HardwareGraph {
  std::string name;  ///< of the network
  fixed::Format input, output;
  /// Of the features in, where they differ: the source gives no other values, so that what a
  /// channel's format lacks is not built.
  std::vector<fixed::Format> input_channels;
  int64_t features_in = 0, features_out = 0;
  int lanes_in = 1, lanes_out = 1;
  std::vector<Stage> stages;   ///< never empty
  std::vector<SlrPart> parts;  ///< empty: the design is not cut

  int64_t beats_in() const { return (features_in + lanes_in - 1) / lanes_in; }
  int64_t beats_out() const { return (features_out + lanes_out - 1) / lanes_out; }
  /// Initiation interval in cycles: the largest cycles() of its nodes, the source's beats included.
  int64_t ii_cycles() const;
  /// The stage that sets it.
  const Stage& bottleneck() const;
};

/// Legalises a quantised graph into cells: merges and fuses casts and ReLUs, settles parallelism,
/// storage and multipliers, inserts width adapters and the buffers that keep the initiation
/// interval at its bound. Errors: UserError P001 (unquantised node), A001 (an entry of
/// options.nodes names no node), A002 (value out of range), A003 (target_ii < 1 or not reachable),
/// A012 and A014 (constants of an unrolled node are too wide), A016 (target_mhz is not reachable),
/// A017 (target_mhz without delays), A018 and A019 (partition.h).
HardwareGraph build_hardware(const graph::Graph& graph, const HardwareOptions& options = {});

/// What a search keeps from one design to the next: room, and nothing that a result depends on. Of
/// one thread at a time.
struct BuildMemory {
  std::vector<pass::IntegerNode> nodes;
  std::vector<Stage> stages;  ///< to be handed in again by whoever is done with a design
};

/// The same for a caller that has verified graph and options (a search, whose space was checked as
/// a whole) and lowers the same parameters many times: several times quicker.
HardwareGraph build_hardware(const graph::Graph& graph, const HardwareOptions& options,
                             pass::LowerCache& cache, BuildMemory* memory = nullptr);

/// Smallest multiplier count P * Q with ceil(I/P) * ceil(O/Q) <= target_ii; among equals the one
/// whose P equals `preferred_in`, then the one with the fewest padded lanes, then the narrowest
/// input.
struct Parallelism {
  int in = 1, out = 1;
};
Parallelism choose_parallelism(int64_t inputs, int64_t outputs, int64_t target_ii,
                               int preferred_in);

}  // namespace mase::arch
