// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/program.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "sw/cli/log.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::clamp<size_t>(size.ws_col, 80, 140);
  }
  return 110;
}

}  // namespace

Profile::Timer::~Timer() {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  profile->steps_.emplace_back(std::move(name), seconds.count());
}

std::string Profile::table() const {
  report::Table table({"Step", "Seconds"});
  for (const auto& [name, seconds] : steps_) table.add_row({name, fmt::format("{:.3f}", seconds)});
  return table.pipes();
}

ExitCode run_program(const Program& program, const std::vector<std::string>& arguments) {
  CommandLine line = parse_command_line(arguments);
  if (line.help) {
    fmt::print("{}", help_text(terminal_columns()));
    return ExitCode::kGood;
  }
  if (line.version) {
    fmt::print("{}", program.version());
    return ExitCode::kGood;
  }
  if (line.info) {
    fmt::print("{}", program.info(*line.info));
    return ExitCode::kGood;
  }
  const Configuration config = Configuration::load(std::move(line));
  start_logging(config.flag("to_debug") ? "debug" : config.text("log_level"),
                !config.flag("no_warnings"));
  const auto action = program.actions.find(config.action());
  MASE_CHECK(action != program.actions.end(), "no action '{}'", config.action());

  fmt::print("{}", config.effective_table());
  std::fflush(stdout);  // the log goes to stderr; the table comes first in a common file too
  for (const auto& warning : config.warnings()) spdlog::warn("{}", warning);
  Run run{config, {}};
  const ExitCode code = action->second->run(run);
  if (config.flag("profile")) fmt::print("{}", run.profile.table());
  return code;
}

}  // namespace mase::cli
