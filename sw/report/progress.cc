// SPDX-License-Identifier: Apache-2.0
#include "sw/report/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "sw/report/table.h"

namespace mase::report {

namespace {

std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{:02}:{:02}", whole / 60, whole % 60);
}

int columns_of(std::FILE* stream) {
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

}  // namespace

Progress::Mode Progress::detect(std::FILE* stream) {
  return ::isatty(::fileno(stream)) ? Mode::kTerminal : Mode::kLines;
}

Progress::Progress(std::string title, int64_t total, Mode mode, std::FILE* stream,
                   Clock::time_point start)
    : title_(std::move(title)),
      total_(total),
      mode_(mode),
      stream_(stream),
      start_(start),
      drawn_(start) {}

Progress::~Progress() {
  if (on_line_) std::fputc('\n', stream_);
}

void Progress::update(int64_t done, const Figures& figures, const std::string& note) {
  done_ = done;
  if (mode_ != Mode::kTerminal) return;
  const auto now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  draw(figures, note);
}

void Progress::finish(const Figures& figures, const std::string& note) {
  if (total_ == 0) total_ = done_;
  done_ = total_;
  stop(figures, note);
}

void Progress::stop(const Figures& figures, const std::string& note) {
  if (mode_ == Mode::kSilent) return;
  draw(figures, note);
  std::fputc('\n', stream_);
  std::fflush(stream_);
  on_line_ = false;
}

void Progress::draw(const Figures& figures, const std::string& note) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const bool terminal = mode_ == Mode::kTerminal;
  const std::string line =
      render(title_, done_, total_, seconds, figures, terminal ? columns_of(stream_) : 0, note);
  fmt::print(stream_, "{}{}", terminal ? "\r\033[K" : "", line);
  std::fflush(stream_);
  on_line_ = true;
}

std::string Progress::render(const std::string& title, int64_t done, int64_t total, double seconds,
                             const Figures& figures, int columns, const std::string& note) {
  const double fraction = total > 0 ? std::min(1.0, double(done) / double(total)) : 0.0;
  const double rate = seconds > 0 ? double(done) / seconds : 0.0;
  std::string tail = fmt::format("| {}/{} [{}<{}, {:.2f}it/s", done, total, clock_text(seconds),
                                 rate > 0 ? clock_text(double(total - done) / rate) : "?", rate);
  for (const auto& [name, value] : figures) tail += fmt::format(", {}={:.3f}", name, value);
  if (!note.empty()) tail += ", " + note;
  tail += "]";
  const std::string head = fmt::format("{}: {:3.0f}%|", title, fraction * 100);
  const int used = static_cast<int>(display_width(head) + display_width(tail));
  const int width = columns > 0 ? std::clamp(columns - used - 1, 4, 40) : 20;
  const int filled = static_cast<int>(fraction * width);
  std::string line = head + std::string(filled, '#') + std::string(width - filled, ' ') + tail;
  if (columns > 0 && static_cast<int>(line.size()) >= columns) line.resize(columns - 1);
  return line;
}

}  // namespace mase::report
