// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "fpga/flow/vivado_implement.h"
#include "sw/search/runner_settings.h"

namespace mase::search {

/// How Vivado is run for the candidates of a runner.
struct Implementation {
  fpga::Vivado vivado;
  fpga::VivadoTarget target;
  fpga::VivadoOptions options;
  double limit_s = kTimeLimitSeconds;  ///< of a run of Vivado
  static constexpr double kTimeLimitSeconds = 4 * 3600;
};

/// For the runner whose `key` asks for Vivado: the device of its `target` (else the project's) and
/// the clock of its `freq_mhz` (else that of [hardware], else the target's), ended after its
/// `time_limit_s` (else four hours). Vivado is looked for here. Errors: UserError V130 (no Vivado;
/// exit 4, with the key), Q022, Y010, Y011, Y012, V131 (the target, with its place).
Implementation implementation_for(RunnerSettings& settings, const RunnerContext& context,
                                  const std::string& key, bool synth_only);

/// Vivado's figures of the candidate; cached by design and version. Errors: those of
/// fpga::implement; UserError Q027 where the design misses its clock or is not routed as a whole,
/// which is a fault of the design and no figure. After synthesis alone slack is an estimate and
/// decides nothing.
fpga::VivadoResult implement(const Candidate& candidate, const Implementation& how);

}  // namespace mase::search
