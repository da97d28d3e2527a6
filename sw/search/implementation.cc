// SPDX-License-Identifier: Apache-2.0
#include "sw/search/implementation.h"

#include <fmt/format.h>

#include "gen/base/error.h"
#include "gen/emit/emit.h"

namespace mase::search {

Implementation implementation_for(RunnerSettings& settings, const RunnerContext& context,
                                  const std::string& key, bool synth_only) {
  const Setting& asking = *settings.find(key);
  const auto given = settings.text("target");
  const std::string name = given                    ? *given
                           : context.target.empty() ? std::string("xcu250")
                                                    : context.target;
  Implementation how;
  try {
    how.target = fpga::load_vivado_target(name);
  } catch (const UserError& error) {
    throw error.at(given ? settings.find("target")->where : std::string());
  }
  how.options = {
      .freq_mhz =
          settings.real("freq_mhz", 0).value_or(context.clock_mhz.value_or(how.target.kernel_mhz)),
      .synth_only = synth_only};
  how.limit_s = settings.real("time_limit_s", 0).value_or(Implementation::kTimeLimitSeconds);
  try {
    how.vivado = fpga::find_vivado();
  } catch (const UserError& error) {
    throw UserError(error.code(),
                    fmt::format("{}.{} = '{}': {}", settings.path(), key, to_string(asking.value),
                                error.message()),
                    asking.where,
                    error.help() +
                        "; without Vivado backend = \"yosys\" counts cells and "
                        "clock_mhz = \"estimate\" estimates a clock",
                    error.exit_code());
  }
  return how;
}

fpga::VivadoResult implement(const Candidate& candidate, const Implementation& how) {
  const auto design = emit::emit(candidate.graph(), candidate.hardware_options());
  auto result =
      fpga::implement(design, how.target, how.options, how.vivado, {}, {.limit_s = how.limit_s});
  const std::string failure = result.failure();
  const bool counts = !result.routed() && result.timing.wns_ns;
  if (!failure.empty() && !counts) {
    throw UserError("Q027",
                    fmt::format("Vivado {} gives no result for {} at {:g} MHz: {}",
                                how.vivado.version, how.target.part, how.options.freq_mhz, failure),
                    {}, "a lower freq_mhz of the runner may be reached", ExitCode::kCheckFailed);
  }
  return result;
}

}  // namespace mase::search
