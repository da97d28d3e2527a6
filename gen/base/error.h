// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mase {

/// How the process ends; the values are part of the command line's contract.
enum class ExitCode : int {
  kGood = 0,
  kCheckFailed = 1,  ///< ran, but a check failed: mismatch, missed constraint
  kBadInput = 2,     ///< a file, option, key or graph of the user is wrong
  kBug = 3,          ///< an invariant of ours is broken
  kToolMissing = 4,  ///< a needed external tool is absent
};

/// Bad input, told to the user in three parts:
///   error[G014]: conv1: out_bits 12 exceeds accumulator 10     <- code, what (node or key, got,
///   limit)
///     --> configs/mnist.toml:17                                <- where (may be empty)
///     help: set acc_bits >= 12                                 <- help (may be empty)
class UserError : public std::runtime_error {
 public:
  UserError(std::string code, std::string what, std::string where = {}, std::string help = {},
            ExitCode exit_code = ExitCode::kBadInput);

  const std::string& code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& where() const { return where_; }
  const std::string& help() const { return help_; }
  ExitCode exit_code() const { return exit_code_; }

  /// A copy that says where, if this one does not yet; used when a file name becomes known later.
  UserError at(std::string where) const;

 private:
  std::string code_, message_, where_, help_;
  ExitCode exit_code_;
};

/// A broken invariant of mase-gen itself. Only MASE_CHECK and MASE_BUG throw it.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_check(const char* file, int line, const char* condition,
                             const std::string& message);

/// " (did you mean 'x'?)"-style help: the nearest of `known` by edit distance, or the whole list
/// when nothing is near.
std::string nearest_help(std::string_view got, const std::vector<std::string>& known);

/// Nearest known name within a third of its length, or an empty string.
std::string nearest_name(std::string_view got, const std::vector<std::string>& known);

}  // namespace mase

/// Invariant of ours; a failure is a bug in mase-gen (exit 3), never the user's fault.
#define MASE_CHECK(condition, ...)                                                  \
  do {                                                                              \
    if (!(condition))                                                               \
      ::mase::fail_check(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
  } while (false)
