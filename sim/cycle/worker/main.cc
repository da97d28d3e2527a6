// SPDX-License-Identifier: Apache-2.0
// mase-cycle-worker STOCK: answers requests on its standard input, a socket, until that closes.
// SystemC elaborates once a process: the cells are made once and connected anew for every design.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>

#include "sim/cycle/socket.h"
#include "sim/cycle/worker/bench.h"

using namespace mase::sim;

namespace {

constexpr int kSocket = 0;

Words answer(Bench& bench, const Words& request) {
  ChainSpec chain;
  JobSpec job;
  if (!get_request(request, chain, job)) return error_words("the request cannot be read");
  return result_words(bench.run(chain, job));
}

}  // namespace

int sc_main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C is for mase-gen, which may still want answers
  Bench bench(std::strtoul(argv[1], nullptr, 10));
  Words request;
  while (receive_words(kSocket, request)) {
    Words words;
    bool good = true;
    try {
      words = answer(bench, request);
    } catch (const std::exception& error) {
      words = error_words(error.what());
      good = false;
    }
    // After an error the simulation is in the middle of something: another worker goes on.
    if (!send_words(kSocket, words) || !good) break;
  }
  std::_Exit(0);
}
