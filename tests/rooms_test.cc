// SPDX-License-Identifier: Apache-2.0
// The layout that the project promises: who may include whom, where LibTorch stays, what each room
// documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "gen/base/file.h"

namespace mase {
namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;  ///< from the root, with '/'
  std::string text;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Every file under the rooms with one of these extensions.
std::vector<SourceFile> files_with(const std::set<std::string>& extensions,
                                   const std::vector<std::string>& rooms = {"rtl", "gen", "fpga",
                                                                            "sim", "sw", "tests"}) {
  std::vector<SourceFile> files;
  const fs::path root = MASE_SOURCE_DIR;
  for (const auto& room : rooms) {
    if (!fs::exists(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      if (!entry.is_regular_file() || !extensions.contains(entry.path().extension().string()))
        continue;
      files.push_back({fs::relative(entry.path(), root).generic_string(), read_file(entry.path())});
    }
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

std::vector<SourceFile> cpp_files() { return files_with({".h", ".cc"}); }

/// What a folder may include from the project, itself apart.
const std::map<std::string, std::vector<std::string>>& allowed_rooms() {
  static const std::map<std::string, std::vector<std::string>> allowed = {
      {"gen/base", {}},
      {"gen/fixed", {"gen/base"}},
      {"gen/graph", {"gen/base", "gen/fixed"}},
      {"gen/pass", {"gen/base", "gen/fixed", "gen/graph"}},
      {"gen/arch", {"gen/base", "gen/fixed", "gen/graph", "gen/pass"}},
      {"gen/emit", {"gen/base", "gen/fixed", "gen/graph", "gen/pass", "gen/arch"}},
      {"fpga", {"gen"}},
      {"fpga/flow", {"gen", "fpga", "sim"}},
      {"sim", {"gen"}},
      {"sim/cycle", {"gen", "sim"}},
      {"sim/synth", {"gen", "sim"}},
      {"sw/report", {"gen"}},
      {"sw/data", {"gen"}},
      {"sw/model", {"gen", "sw/data"}},
      {"sw/train", {"gen", "sw/report", "sw/data", "sw/model"}},
      {"sw/search/sampler", {"gen"}},
      {"sw/search/storage", {"gen", "sw/search/sampler"}},
      {"sw/search", {"gen", "sim", "fpga/flow", "sw/report", "sw/data", "sw/model", "sw/train"}},
      {"sw/cli", {"gen", "fpga", "sim", "sw"}},
      {"tests", {"gen", "fpga", "sim", "sw"}},
  };
  return allowed;
}

bool is_within(const std::string& path, const std::string& room) {
  return path.starts_with(room + "/");
}

/// The innermost room that holds the file.
std::string room_of(const std::string& path) {
  std::string innermost;
  for (const auto& [room, allowed] : allowed_rooms()) {
    if (is_within(path, room) && room.size() > innermost.size()) innermost = room;
  }
  return innermost;
}

/// Headers that exist only beside a verilated model: sim's harness, and the text of the
/// configuration it is compiled with.
bool is_beside_model(const std::string& path, const std::string& target) {
  const bool bare = target.find('/') == std::string::npos;
  return bare && (is_within(path, "sim/harness") ||
                  (is_within(path, "sim") && target.starts_with("Vmodel")));
}

TEST(Rooms, EveryFileBelongsToARoom) {
  for (const auto& file : cpp_files()) EXPECT_NE(room_of(file.path), "") << file.path;
}

TEST(Rooms, IncludesAreRootRelativeAndOfAllowedRooms) {
  const std::regex include(R"(^\s*#\s*include\s*"([^"]+)\")");
  int seen = 0;
  for (const auto& file : cpp_files()) {
    const std::string room = room_of(file.path);
    ASSERT_NE(room, "") << file.path;
    for (const auto& line : lines_of(file.text)) {
      std::smatch match;
      if (!std::regex_search(line, match, include)) continue;
      const std::string target = match[1];
      ++seen;
      // Made by the build: files put into the program, and what is compiled beside a verilated
      // model.
      if (is_within(target, "embedded") || is_beside_model(file.path, target)) continue;
      EXPECT_TRUE(fs::exists(fs::path(MASE_SOURCE_DIR) / target))
          << file.path << ": \"" << target << "\" is no path from the root";
      const auto& allowed = allowed_rooms().at(room);
      const bool good = is_within(target, room) ||
                        std::any_of(allowed.begin(), allowed.end(),
                                    [&](const auto& a) { return is_within(target, a); });
      EXPECT_TRUE(good) << file.path << " (" << room << ") must not include " << target;
    }
  }
  EXPECT_GT(seen, 100);
}

TEST(Rooms, LibTorchStaysInSourcesOfSw) {
  const std::regex torch(R"(^\s*#\s*include\s*[<"](torch|ATen|c10)/)");
  int seen = 0;
  for (const auto& file : cpp_files()) {
    const auto lines = lines_of(file.text);
    const bool uses = std::any_of(lines.begin(), lines.end(),
                                  [&](const auto& l) { return std::regex_search(l, torch); });
    if (!uses) continue;
    ++seen;
    const bool place = (is_within(file.path, "sw") || is_within(file.path, "tests/sw")) &&
                       file.path.ends_with(".cc");
    EXPECT_TRUE(place) << file.path << " includes LibTorch; only .cc files under sw may";
  }
  EXPECT_GT(seen, 0);
}

TEST(Rooms, VerilatedHeadersStayInSim) {
  const std::regex verilated(R"(^\s*#\s*include\s*[<"](V[a-z_0-9]*|verilated[a-z_]*)\.h)");
  for (const auto& file : cpp_files()) {
    for (const auto& line : lines_of(file.text)) {
      if (is_within(file.path, "sim") || !std::regex_search(line, verilated)) continue;
      ADD_FAILURE() << file.path << ": " << line;
    }
  }
}

TEST(Rooms, EveryRoomSaysWhatItIs) {
  for (const char* room : {"rtl", "gen", "fpga", "sim", "sw", "configs", "tests"}) {
    const fs::path readme = fs::path(MASE_SOURCE_DIR) / room / "README.md";
    ASSERT_TRUE(fs::exists(readme)) << readme;
  }
  for (const auto& [room, allowed] : allowed_rooms()) {
    if (room.find('/') == std::string::npos) continue;
    const fs::path folder = fs::path(MASE_SOURCE_DIR) / room;
    const std::string parent = read_file(folder.parent_path() / "README.md");
    const std::string name = "`" + folder.filename().string() + "`";
    EXPECT_TRUE(fs::exists(folder / "README.md") || parent.find(name) != std::string::npos)
        << room << " has neither a README.md nor a line with " << name << " in the one above";
  }
}

TEST(Rooms, CatalogueOfCellsIsComplete) {
  const std::string catalogue = read_file(fs::path(MASE_SOURCE_DIR) / "rtl/README.md");
  std::set<std::string> cells;
  for (const auto& file : files_with({".sv"}, {"rtl"})) {
    const std::string cell = fs::path(file.path).stem().string();
    cells.insert(cell);
    EXPECT_TRUE(std::regex_search(catalogue, std::regex("\\b" + cell + "\\b")))
        << cell << " is not in rtl/README.md";
    const bool is_module =
        std::regex_search(file.text, std::regex("(^|\\n)(module|package)\\s+" + cell + "\\b"));
    EXPECT_TRUE(is_module) << file.path << " does not declare a module of its name";
  }
  EXPECT_GT(cells.size(), 10u);
  const std::regex name(R"(\bmase_[a-z0-9_]+\b)");
  for (std::sregex_iterator at(catalogue.begin(), catalogue.end(), name), end; at != end; ++at) {
    const std::string mentioned = at->str();
    const bool known = cells.contains(mentioned) ||
                       fs::exists(fs::path(MASE_SOURCE_DIR) / "rtl" / (mentioned + ".svh")) ||
                       fs::exists(fs::path(MASE_SOURCE_DIR) / "rtl" / (mentioned + ".vlt"));
    EXPECT_TRUE(known) << "rtl/README.md names " << mentioned << ", which is not there";
  }
}

TEST(Rooms, FilesStayShort) {
  for (const auto& file : files_with({".h", ".cc", ".sv"})) {
    const bool cell = is_within(file.path, "rtl") || is_within(file.path, "fpga/rtl");
    const size_t limit = file.path.ends_with(".sv") && cell ? 150 : 400;
    EXPECT_LE(lines_of(file.text).size(), limit) << file.path;
  }
}

TEST(Rooms, SourcesCarryTheirLicence) {
  for (const auto& file : files_with({".h", ".cc", ".sv", ".svh"})) {
    const auto lines = lines_of(file.text);
    ASSERT_FALSE(lines.empty()) << file.path;
    EXPECT_EQ(lines.front(), "// SPDX-License-Identifier: Apache-2.0") << file.path;
  }
}

TEST(Rooms, ErrorCodesOfOneRoomAreNotUsedByAnother) {
  const std::regex code(R"(UserError\(\s*"([A-Z][0-9]{3})\")");
  std::map<std::string, std::set<std::string>> rooms_of_code;
  for (const auto& file : cpp_files()) {
    if (is_within(file.path, "tests")) continue;
    // B (files) and F (numbers) are base's and fixed's; who meets the same fault elsewhere says it
    // with the same code.
    for (std::sregex_iterator at(file.text.begin(), file.text.end(), code), end; at != end; ++at) {
      const std::string name = (*at)[1];
      if (name[0] != 'B' && name[0] != 'F') rooms_of_code[name].insert(room_of(file.path));
    }
  }
  EXPECT_GT(rooms_of_code.size(), 20u);
  for (const auto& [name, rooms] : rooms_of_code) {
    EXPECT_EQ(rooms.size(), 1u) << name << " is raised in " << *rooms.begin() << " and "
                                << *rooms.rbegin();
  }
}

}  // namespace
}  // namespace mase
