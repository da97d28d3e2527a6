// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "gen/emit/emit.h"
#include "sw/cli/action_session.h"

namespace mase::cli {

/// Writes the design into <project>/hardware and prints its cells. Gives that folder.
std::filesystem::path emit_design(Run& run, const graph::Graph& graph,
                                  const std::filesystem::path& project);

/// Simulates an emitted folder as the options say: builds, drives samples, compares, writes
/// <folder>/report.json and --outputs, prints the closing table. `dataset`: nullptr with --inputs.
/// Gives kCheckFailed when the run found a mismatch.
ExitCode simulate_design(Run& run, const std::filesystem::path& folder,
                         const data::Dataset* dataset);

/// True when --skip-build, --skip-test or, with --run-emit, --github-ci ends the work before
/// samples are driven.
bool stops_before_run(const Configuration& config);

/// emit_design, and then simulate_design unless --skip-build or --github-ci stops it.
ExitCode emit_and_simulate(Run& run, const graph::Graph& graph, const Session& session);

}  // namespace mase::cli
