// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "gen/emit/emit.h"
#include "sw/cli/action_session.h"

namespace mase::cli {

/// Writes the design into <project>/hardware and prints its cells. Gives that folder. `hardware`:
/// in place of the configuration's.
std::filesystem::path emit_design(Run& run, const graph::Graph& graph,
                                  const std::filesystem::path& project,
                                  const std::optional<arch::HardwareOptions>& hardware = {});

/// --slr; without it 0, or where the card's PCIe block is for a whole device with that host.
int first_slr(const Configuration& config);

/// `options` with the SLRs of --target that a design may take: --num-targets of them, from --slr
/// on, [hardware] slr_budget of each. As they are where there is one. Errors: UserError Y013.
arch::HardwareOptions over_slrs(const Configuration& config, arch::HardwareOptions options);

/// The SLRs of a cut design, what they hold and how full they are.
std::string partition_table(const arch::HardwareGraph& hardware);

/// Warns of a design that is not cut and, by the cost model, too large for the SLR it starts in.
void warn_if_too_large(const Configuration& config, const arch::HardwareGraph& hardware);

/// The emitted folder that the options name: --design, or without it and without --load the one in
/// the project. Nothing: a graph is to be emitted first. Errors: UserError K013 (nothing there),
/// K014 (--design and --load together).
std::optional<std::string> named_design(const Configuration& config);

/// Simulates an emitted folder as the options say: builds, drives samples, compares, writes
/// <folder>/report.json and --outputs, prints the closing table. `dataset`: nullptr with --inputs.
/// Gives kCheckFailed when the run found a mismatch.
ExitCode simulate_design(Run& run, const std::filesystem::path& folder,
                         const data::Dataset* dataset);

/// Puts a simulation's report into <folder>/report.json; what an earlier synthesis of the same
/// design left there stays.
void write_report(const std::filesystem::path& folder, const std::string& report);

/// simulate_design for --backend model: latency, interval and cycles a cell in report.json, without
/// data. Errors: UserError K018 (an option that asks for data), and those of sim::measure_cycles.
ExitCode simulate_design_model(Run& run, const std::filesystem::path& folder);

/// True when --skip-build, --skip-test or, with --run-emit, --github-ci ends the work before
/// samples are driven.
bool stops_before_run(const Configuration& config);

/// emit_design, and then simulate_design unless --skip-build or --github-ci stops it.
ExitCode emit_and_simulate(Run& run, const graph::Graph& graph, const Session& session);

}  // namespace mase::cli
