// SPDX-License-Identifier: Apache-2.0
// A worker of the tests of shared studies:
//   storage_worker LOCATION UNTIL [PAUSE_MS]   begins and ends trials until the study has UNTIL
//                                              trials; pauses inside each
//   storage_worker LOCATION UNTIL hang         begins one trial and waits for ever
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "gen/base/error.h"
#include "tests/sw/storage/study_fixture.h"

namespace {

using namespace mase::search;
using namespace mase::search::test;

int work(const std::string& location, int until, const std::string& pause) {
  const auto storage = open_small(location);
  for (;;) {
    const auto begun = storage->begin_trial([&](const TrialRequest& request) {
      // An enqueued trial has a number already.
      if (!request.enqueued && request.number >= until) return std::optional<Proposal>();
      return propose(request);
    });
    if (!begun) return 0;
    if (pause == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
    std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(pause.c_str())));
    if (!storage->finish_trial(*begun, result_of(begun->trial.point))) return 3;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    return work(argv[1], std::atoi(argv[2]), argc > 3 ? argv[3] : "0");
  } catch (const mase::UserError& error) {
    std::fprintf(stderr, "%s: %s\n", error.code().c_str(), error.message().c_str());
    return 2;
  }
}
