// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/memory_guard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <set>

namespace mase::fpga {

namespace fs = std::filesystem;

namespace {

struct Message {
  const char* id;
  const char* words;  ///< that a line has, too, where the id is used for other things
};

// "could not open $readmem data file .. ignoring"; "ignoring malformed $readmem task". The second
// id is also that of assertions, which the vendor's IP has.
constexpr Message kMessages[] = {{"Synth 8-4445", ""}, {"Synth 8-2898", "$readmem"}};

}  // namespace

std::string memory_guard_tcl() {
  std::string text = "# A ROM whose words are not found is an error: Vivado would make it empty.\n";
  for (const auto& message : kMessages)
    text += fmt::format("set_msg_config -id {{{}}} -new_severity ERROR\n", message.id);
  return text;
}

std::string memory_guard_sh(const std::vector<std::string>& files) {
  std::string patterns;
  for (const auto& message : kMessages) {
    std::string words = message.words;
    if (words.starts_with('$')) words.insert(0, "\\");
    patterns += fmt::format(" -e '\\[{}\\].*{}'", message.id, words);
  }
  return fmt::format(
      "# A ROM whose words are not found is no error of v++'s: it would be empty.\n"
      "lost=$(find . -type f -name '*.log' -exec grep -h{} {{}} + || true)\n"
      "if [ -n \"$lost\" ]; then\n"
      "  rm -f \"{}\"\n"
      "  printf '%s\\n' \"$lost\" | LC_ALL=C sort -u | head -n 20 >&2\n"
      "  echo \"ERROR: ROMs without their words (*.log below build/): this is no result\" >&2\n"
      "  exit 1\n"
      "fi\n",
      patterns, fmt::join(files, "\" \""));
}

std::vector<std::string> lost_memories(const fs::path& folder) {
  std::set<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".log") continue;
    std::ifstream log(entry.path());
    for (std::string line; std::getline(log, line);) {
      for (const auto& message : kMessages) {
        const size_t at = line.find(fmt::format("[{}]", message.id));
        if (at != std::string::npos && line.find(message.words, at) != std::string::npos)
          lines.insert(line);
      }
    }
  }
  return {lines.begin(), lines.end()};
}

}  // namespace mase::fpga
