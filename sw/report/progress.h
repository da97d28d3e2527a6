// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace mase::report {

/// Named figures shown behind a progress bar, in this order: {"train_acc_step", 0.73}, ...
using Figures = std::vector<std::pair<std::string, double>>;

/// One line that fills while a loop runs:
///   Epoch 9: 100%|##########| 3084/3084 [00:16<00:00, 183.06it/s, train_acc_step=0.730,
///   val_acc_epoch=0.700]
/// On a terminal the line is redrawn at most ten times a second; anywhere else (a file, a pipe, CI)
/// only the finished line is printed, so that logs stay short.
class Progress {
 public:
  enum class Mode { kTerminal, kLines, kSilent };
  using Clock = std::chrono::steady_clock;

  /// kTerminal when `stream` is one, else kLines.
  static Mode detect(std::FILE* stream);

  /// total: steps of the loop (0: unknown until finish). start: when the loop began, for a bar that
  /// is made later.
  Progress(std::string title, int64_t total, Mode mode, std::FILE* stream = stderr,
           Clock::time_point start = Clock::now());
  /// Ends the line of an unfinished bar, so that an error message starts on a line of its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` steps are finished. Cheap: draws only when a tenth of a second has passed. `note`:
  /// text behind the figures.
  void update(int64_t done, const Figures& figures = {}, const std::string& note = {});
  /// Draws the last state for good: all steps are done.
  void finish(const Figures& figures = {}, const std::string& note = {});
  /// Draws the last state for good where the loop ended before its last step.
  void stop(const Figures& figures = {}, const std::string& note = {});

  /// The line for `done` of `total` steps after `seconds`; `columns` limits its length (0: no
  /// limit).
  static std::string render(const std::string& title, int64_t done, int64_t total, double seconds,
                            const Figures& figures, int columns, const std::string& note = {});

 private:
  void draw(const Figures& figures, const std::string& note);

  std::string title_;
  int64_t total_ = 0, done_ = 0;
  Mode mode_;
  std::FILE* stream_;
  Clock::time_point start_, drawn_;
  bool on_line_ = false;  ///< a redrawn line is on the screen and not ended
};

}  // namespace mase::report
