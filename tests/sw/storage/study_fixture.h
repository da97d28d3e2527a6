// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gen/base/process.h"
#include "sw/search/storage/storage.h"

namespace mase::search::test {

using std::chrono::milliseconds;

/// Two widths, a style, a real number; accuracy up, LUTs down, one constraint.
inline StudyHeader small_header(const std::string& name = "study") {
  StudyHeader header;
  header.name = name;
  header.directions = {Direction::kMaximise, Direction::kMinimise};
  header.metric_names = {"accuracy", "lut"};
  header.constraint_names = {"lut.upper"};
  header.parameters = {
      {{"fc1/data_in_width", Parameter::Kind::kOrdinal, 4}, {"2", "4", "6", "8"}},
      {{"fc1/weight_width", Parameter::Kind::kOrdinal, 3}, {"2", "4", "8"}},
      {{"style", Parameter::Kind::kNominal, 5}, {"\"dsp\"", "null", "true", "1.5", "\"NA\""}},
      {{"lr", Parameter::Kind::kReal, 1, 0.0, 2.0}, {}},
      {{"constant", Parameter::Kind::kOrdinal, 1}, {"7"}}};
  header.fixed_attributes = {{"mase:metrics", R"({"lut": {"scale": 2.0}})"}};
  header.attributes = {{"config", R"({"name": "toy"})"}};
  return header;
}

/// Waits no longer than a test should, and dies soon.
inline StorageOptions quick_options() {
  StorageOptions options;
  options.lock_timeout = milliseconds(10'000);
  options.heartbeat_interval = milliseconds(200);
  options.grace_period = milliseconds(2'500);
  return options;
}

inline std::unique_ptr<Storage> open_small(const std::string& location,
                                           StorageOptions options = quick_options(),
                                           OpenRule rule = OpenRule::kCreateOrResume) {
  auto storage = Storage::open(location, std::move(options));
  storage->open_study(small_header(), rule);
  return storage;
}

/// A point of small_header that is a function of the trial's number.
inline Point point_of(int number) {
  return {static_cast<double>(number % 4), static_cast<double>(number / 4 % 3),
          static_cast<double>(number / 12 % 5), 0.001 * number, 0.0};
}

inline std::optional<Proposal> propose(const TrialRequest& request) {
  Proposal proposal{point_of(request.number), {{"NSGAIISampler:generation", "0"}}};
  for (size_t i = 0; i < request.fixed.size(); ++i) {
    if (request.fixed[i]) proposal.point[i] = *request.fixed[i];
  }
  return proposal;
}

inline Storage::Result result_of(const Point& point) {
  Storage::Result result;
  result.values = {point[0] / 3, 100 * point[1] + point[3]};
  result.constraints = {point[1] - 1};
  result.user_attributes = {{"hardware_metrics", R"({"lut": 12})"}};
  return result;
}

/// Begins and ends one trial.
inline std::optional<TrialRecord> run_trial(Storage& storage) {
  const auto begun = storage.begin_trial(propose);
  if (!begun) return std::nullopt;
  return storage.finish_trial(*begun, result_of(begun->trial.point));
}

inline std::set<int> numbers_of(const std::vector<TrialRecord>& trials) {
  std::set<int> numbers;
  for (const auto& trial : trials) numbers.insert(trial.trial.number);
  return numbers;
}

/// True when the numbers are 0, 1, ... without a gap or a repetition.
inline bool dense(const std::vector<TrialRecord>& trials) {
  const auto numbers = numbers_of(trials);
  return numbers.size() == trials.size() &&
         (trials.empty() ||
          (*numbers.begin() == 0 && *numbers.rbegin() == static_cast<int>(trials.size()) - 1));
}

/// Runs `body` in a child process that ends with its result.
inline pid_t in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (const std::exception& error) {
      ::dprintf(2, "child: %s\n", error.what());
    }
    ::_exit(status);
  }
  return child;
}

/// Exit status of a child, or 128 + signal.
inline int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Waits until `done`; false after `seconds`.
inline bool eventually(const std::function<bool()>& done, int seconds = 30) {
  const auto start = std::chrono::steady_clock::now();
  while (!done()) {
    if (std::chrono::steady_clock::now() - start > std::chrono::seconds(seconds)) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

}  // namespace mase::search::test
