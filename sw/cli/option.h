// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mase::cli {

/// What an option holds; monostate is "not set" (`None` in the table).
using Value = std::variant<std::monostate, bool, int64_t, double, std::string>;

/// As the effective table prints it: None, True, False, 1e-05, text.
std::string to_text(const Value& value);

enum class Group {
  kMain,
  kGeneral,
  kTrainer,
  kRuntime,
  kHardware,
  kBitstream,
  kAdderGraph,
  kSearch,
  kLanguage,
  kProject,
  kInformation
};
std::string_view group_title(Group group);

enum class Type {
  kFlag,  ///< present or not; `--flag=false` switches off what a configuration file switches on
  kInteger,
  kReal,
  kText,
  kPath,   ///< text; a relative one starts at the current directory, wherever it was written
  kChoice  ///< one of `choices`
};

/// Which actions an option means something for; the others warn when it is given on their command
/// line.
enum Use : unsigned {
  kTrain = 1,
  kTest = 2,
  kTransform = 4,
  kSearch = 8,
  kEmit = 16,
  kSimulate = 32,
  kSynth = 64,
  kAdderGraph = 128,
  kSoftware = kTrain | kTest,
  kBitstream = 256,
  kAll = 127 | kBitstream,  ///< every action on a model
  kAny = kAll | kAdderGraph
};

/// A value that is legal in the interface of MASE but that this release cannot honour.
struct Refusal {
  std::string_view value;   ///< as to_text prints it; "*" = every value but the default
  std::string_view reason;  ///< what is missing and what to do instead
};

/// One option: the single source of the parser, `--help`, the TOML keys, the effective table and
/// the checks.
struct Option {
  /// "-V", "--version"; the last long one is the name that messages use.
  std::vector<std::string_view> flags;
  /// MASE's key in TOML and in the effective table; empty: command line only.
  std::string_view key;
  Type type;
  std::string_view metavar;  ///< "NUM"; empty for flags
  Value standard;            ///< default
  std::string_view help;     ///< what it does
  unsigned uses = kAll;      ///< actions it means something for
  std::vector<std::string_view> choices = {};
  /// Other accepted spelling -> choice.
  std::vector<std::pair<std::string_view, std::string_view>> aliases = {};
  std::optional<double> minimum = {};
  std::optional<double> maximum = {};
  std::vector<Refusal> refusals = {};
  /// Default as the help prints it, where it depends on the run.
  std::string_view standard_text = {};
  Group group = Group::kMain;  ///< set where the groups are joined

  /// "--num-workers": the flag that error messages name.
  std::string_view flag() const { return flags.back(); }
  /// Every key that TOML accepts for this option: `key` and the snake_case of each long flag.
  std::vector<std::string> keys() const;
};

/// All options, in the order of the help and of the effective table.
const std::vector<Option>& options();

/// nullptr when there is none. `key`: any of Option::keys().
const Option* find_option_by_key(std::string_view key);
/// InternalError for a key that is not in the table.
const Option& option(std::string_view key);

/// Text of the command line or of a TOML string -> value of the option's type.
/// Errors: UserError K003 (not a number, out of range) or K004 (not one of the choices), naming
/// `named` (flag or key).
Value parse_value(const Option& option, const std::string& text, std::string_view named);

/// Checks ranges. Errors: UserError K003.
void check_range(const Option& option, const Value& value, std::string_view named);

/// Errors: UserError K005 naming the option and the reason when this release cannot honour `value`.
void check_supported(const Option& option, const Value& value, std::string_view where = {});

}  // namespace mase::cli
