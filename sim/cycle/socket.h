// SPDX-License-Identifier: Apache-2.0
// Whole messages over a socket: a count and that many words. Compiled into mase-gen and the worker.
#pragma once
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "sim/cycle/cell_spec.h"

namespace mase::sim {

/// False when the other side is gone. Never raises SIGPIPE.
inline bool send_bytes(int socket, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = ::send(socket, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

/// False when the other side is gone, or after the socket's time limit.
inline bool receive_bytes(int socket, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = ::recv(socket, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

inline bool send_words(int socket, Words words) {
  words.insert(words.begin(), static_cast<int64_t>(words.size()));
  return send_bytes(socket, words.data(), words.size() * sizeof(int64_t));
}

inline bool receive_words(int socket, Words& words) {
  constexpr int64_t kMost = int64_t{1} << 32;
  int64_t count = 0;
  if (!receive_bytes(socket, &count, sizeof count) || count < 0 || count > kMost) return false;
  words.resize(static_cast<size_t>(count));
  return receive_bytes(socket, words.data(), words.size() * sizeof(int64_t));
}

}  // namespace mase::sim
