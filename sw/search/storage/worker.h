// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

namespace mase::search {

/// System attribute of a trial that says who runs it.
constexpr const char* kWorkerAttribute = "mase:worker";

/// This process as a JSON text: host, boot, process id and its start, and a word that no other
/// object has. So a process of this machine is known to be gone long before its heartbeat is old.
std::string describe_worker();

/// True when `description` certainly is a process that no longer exists. Of other machines, and of
/// texts that are none, nothing is known: false.
bool is_gone(const std::string& description);

}  // namespace mase::search
