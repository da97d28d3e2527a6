// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/run_tool.h"

#include <fmt/format.h>

#include <algorithm>

#include "gen/base/error.h"
#include "gen/base/process_group.h"

namespace mase::fpga {

namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min", whole / 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

ProcessResult run_script(const std::filesystem::path& folder, const std::string& tool,
                         const ToolRun& how) {
  const auto say = [&](const std::string& what) {
    if (how.say) how.say(what);
  };
  const auto log = (folder / (how.word.empty() ? "run.out" : "run_" + how.word + ".out")).string();
  std::vector<std::string> command = {"sh", "run.sh"};
  if (!how.word.empty()) command.push_back(how.word);
  say(fmt::format("{} runs; what it prints is in {}, Ctrl-C ends it", tool, log));
  const auto result = run_process_group(
      command,
      {.working_directory = folder,
       .log = log,
       .limit_s = how.limit_s,
       .tell =
           [&](double seconds, const std::string& last) {
             say(fmt::format("{} has been running for {}: {}", tool, duration(seconds), last));
           },
       .tell_every_s = how.say_every_s,
       .interrupted =
           [&] {
             say(
                 fmt::format("Interrupted: {} and all that it started have ended; {} holds no "
                             "result of this run, and sh run.sh{} in it begins anew",
                             tool, folder.string(), how.word.empty() ? "" : " " + how.word));
           }});
  if (result.timed_out) {
    throw UserError("V159",
                    fmt::format("{} was ended after {:g} s, its time limit; it had come to:\n{}",
                                tool, how.limit_s, last_of(result.process.output)),
                    log, "a larger limit, a smaller design, or a lower clock",
                    ExitCode::kCheckFailed);
  }
  return result.process;
}

std::string last_of(const std::string& output) {
  return output.substr(output.size() - std::min<size_t>(output.size(), 3000));
}

}  // namespace mase::fpga
