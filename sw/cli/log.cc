// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/log.h"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

namespace mase::cli {

namespace {

/// Level names as Python's logging has them; spdlog's own are lower case.
class LevelFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    static constexpr std::array<const char*, 7> kNames = {"DEBUG", "DEBUG",    "INFO", "WARNING",
                                                          "ERROR", "CRITICAL", ""};
    fmt::format_to(std::back_inserter(out), "{:<8}", kNames.at(message.level));
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelFlag>();
  }
};

class Sink final : public spdlog::sinks::stderr_color_sink_mt {
 public:
  explicit Sink(bool warnings) : warnings_(warnings) {}
  void log(const spdlog::details::log_msg& message) override {
    if (message.level != spdlog::level::warn || warnings_)
      spdlog::sinks::stderr_color_sink_mt::log(message);
  }

 private:
  bool warnings_;
};

}  // namespace

void start_logging(const std::string& level, bool warnings) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelFlag>('*').set_pattern("%^%*%$ %v");
  auto logger = std::make_shared<spdlog::logger>("mase-gen", std::make_shared<Sink>(warnings));
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace mase::cli
