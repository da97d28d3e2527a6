// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gen/arch/adder_timing.h"
#include "gen/arch/resources.h"

namespace mase::synth {

/// Capacity of a device or of one of its SLRs.
struct Capacity {
  arch::Resources resources;
  int64_t carry8 = 0, uram = 0;
};

/// Delays of one part, in ps; names and sources as in configs/targets/*.toml.
struct Delays {
  std::array<double, 6> lut{};  ///< A1 to A6
  double ff_clock_to_q = 0, ff_setup_d = 0, ff_setup_ce = 0, ff_setup_r = 0, mux = 0;
  std::array<std::array<double, 5>, 4> carry_s{}, carry_di{};  ///< [S or DI][O0..O3, CO3]
  std::array<double, 5> carry_ci{};
  double carry_chain = 0, carry_cascade = 0;
  double lutram_clock_to_o = 0, lutram_setup_address = 0, lutram_setup_data = 0,
         lutram_setup_enable = 0;
  double bram_clock_to_o = 0, bram_setup_address = 0, bram_setup_enable = 0;
  double dsp_a_to_p = 0, dsp_b_to_p = 0;
  double uncertainty = 0;

  std::vector<int64_t> fanout;              ///< upper ends of the classes of nets
  std::vector<double> net_median, net_p90;  ///< one more than `fanout`
  double optimistic_factor = 0;
  double lut_to_ff = 0, lut_to_carry = 0, lut_to_mux = 0, carry_to_ff = 0, mux_to_ff = 0;
};

/// A device that designs are measured against.
struct Target {
  std::string name, part, yosys_family;
  int slrs = 1;
  Capacity device, slr;
  int64_t super_long_lines = 0;  ///< between two neighbouring SLRs; 0 where there is one
  double board_mhz = 0, bufg_max_mhz = 0, bram_max_mhz = 0, dsp_max_mhz = 0;
  Delays delays;
};

/// A target by name ("xcu250"), part ("xcu250-figd2104-2L-e") or file (anything that ends in
/// .toml). Named ones travel inside the program. Errors: UserError Y010 (no target of that name),
/// Y011 (not valid TOML), Y012 (key missing, unknown or out of range; with file and line), B001.
Target load_target(const std::string& name_or_file);

/// The delays by which gen/arch places registers for a clock: nets at their median, as fmax takes
/// them.
arch::AdderDelays adder_delays(const Target& target);

/// The text of a target and the place that messages name. Errors: UserError Y010, B001.
struct TargetFile {
  std::string text, place;
};
TargetFile find_target(const std::string& name_or_file);

/// Names that find_target knows.
std::vector<std::string> target_names();

/// `text` as the content of `file`; for load_target and tests.
Target parse_target(const std::string& text, const std::string& file);

}  // namespace mase::synth
