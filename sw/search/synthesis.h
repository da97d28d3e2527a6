// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sim/synth/synthesise.h"
#include "sw/search/runner_settings.h"

namespace mase::search {

/// How Yosys is run for the candidates of a runner: cell by cell, so that a search pays once for a
/// cell that it has seen, for the device of the runner's `target` (else the project's). Yosys is
/// looked for here. Errors: UserError Y001 (no Yosys; exit 4), Y010, Y011, Y012 (the target, with
/// its place).
synth::SynthOptions synthesis_for(RunnerSettings& settings, const RunnerContext& context);

/// The device of `target`, without looking for Yosys. Errors: Y010, Y011, Y012.
synth::Target target_of(RunnerSettings& settings, const RunnerContext& context);

std::unique_ptr<Runner> make_resources_runner(RunnerSettings& settings,
                                              const RunnerContext& context);

}  // namespace mase::search
