// SPDX-License-Identifier: Apache-2.0
// JSON that tools and scripts leave, read so that an error names the line.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace mase::fpga {

/// A file of JSON. Errors: UserError with the code that was given; where: "file:line" of the key,
/// or of the object that lacks it (the last line, where that is the whole file).
class JsonText {
 public:
  /// Keys from the outside in; elements of an array by their number from 0.
  using Path = std::vector<std::string>;

  /// Errors: the text is no JSON, or its outside is no object.
  JsonText(std::string text, std::string file, const char* code, std::string help);

  const nlohmann::json& root() const { return root_; }
  bool has(const Path& path) const;
  /// Errors: a key that is missing.
  const nlohmann::json& at(const Path& path) const;
  // Errors: those of at(), and a value of another kind.
  std::string text(const Path& path) const;
  double number(const Path& path) const;
  int64_t integer(const Path& path) const;
  std::vector<std::string> texts(const Path& path) const;
  /// Keys of an object, in the order of their names.
  std::vector<std::string> keys(const Path& path) const;

  std::string place(const Path& path) const;
  [[noreturn]] void fail(const Path& path, const std::string& what) const;
  [[noreturn]] void fail(const Path& path, const std::string& what, const std::string& help) const;

 private:
  [[noreturn]] void wants(const Path& path, const char* kind) const;

  std::string text_, file_, help_;
  const char* code_;
  nlohmann::json root_;
};

/// flow.json of a build folder with every key that its flow has, each of its kind. Errors:
/// UserError V160 with the line, B001.
nlohmann::json read_flow(const std::filesystem::path& folder);

}  // namespace mase::fpga
