// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/json_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace {

using Json = nlohmann::json;

/// Walks through the characters of valid JSON.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  /// From the value here to the one of `step` in it. Returns where its key (its value, in an
  /// array) begins; npos: the value here has no such.
  size_t enter(const std::string& step) {
    blank();
    const char open = text_[at_++];
    if (open != '{' && open != '[') return std::string::npos;
    for (size_t index = 0;; ++index) {
      blank();
      if (text_[at_] == ',') ++at_;
      blank();
      if (text_[at_] == '}' || text_[at_] == ']') return std::string::npos;
      const size_t begin = at_;
      std::string name = std::to_string(index);
      if (open == '{') {
        skip_text();
        name = Json::parse(text_.substr(begin, at_ - begin)).get<std::string>();
        blank();
        ++at_;  // the colon
      }
      if (name == step) return begin;
      skip();
    }
  }

 private:
  void blank() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size() - 1); }
  void skip_text() {
    for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\';
    ++at_;
  }
  void skip() {
    blank();
    if (text_[at_] == '"') return skip_text();
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        skip_text();
        --at_;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
        return;
      } else if (c == '}' || c == ']') {
        if (--depth == 0) {
          ++at_;
          return;
        }
      }
    }
  }

  const std::string& text_;
  size_t at_ = 0;
};

/// The line of a character; of the last line that is not blank, where the text ends before it.
size_t line_of(const std::string& text, size_t at) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  at = std::min(at, last == std::string::npos ? 0 : last);
  return 1 + static_cast<size_t>(
                 std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
}

const Json* child_of(const Json& value, const std::string& step) {
  if (value.is_object()) {
    const auto it = value.find(step);
    return it == value.end() ? nullptr : &*it;
  }
  size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool good = error == std::errc{} && end == step.data() + step.size();
  return value.is_array() && good && index < value.size() ? &value[index] : nullptr;
}

const Json* find(const Json& root, const JsonText::Path& path) {
  const Json* value = &root;
  for (const auto& step : path) {
    value = child_of(*value, step);
    if (!value) return nullptr;
  }
  return value;
}

std::string named(const JsonText::Path& path) { return fmt::format("{}", fmt::join(path, ".")); }

}  // namespace

JsonText::JsonText(std::string text, std::string file, const char* code, std::string help)
    : text_(std::move(text)), file_(std::move(file)), help_(std::move(help)), code_(code) {
  const auto refuse = [&](const std::string& what, size_t at) {
    throw UserError(code_, what, fmt::format("{}:{}", file_, line_of(text_, at)), help_);
  };
  try {
    root_ = Json::parse(text_);
  } catch (const Json::parse_error& error) {
    refuse("not JSON: cut off or edited", std::max<size_t>(error.byte, 1) - 1);
  } catch (const Json::exception& error) {
    // A number beyond any double, which the message quotes.
    const std::string told = error.what();
    const size_t end = told.rfind('\''), begin = end ? told.rfind('\'', end - 1) : end;
    const bool quoted = begin != std::string::npos && end != std::string::npos;
    refuse("not JSON: " + told,
           quoted ? text_.find(told.substr(begin + 1, end - begin - 1)) : text_.size());
  }
  if (!root_.is_object()) refuse(fmt::format("a JSON {}, wants an object", root_.type_name()), 0);
}

bool JsonText::has(const Path& path) const { return find(root_, path) != nullptr; }

const Json& JsonText::at(const Path& path) const {
  const Json* value = &root_;
  Path here;
  for (const auto& step : path) {
    const Json* next = child_of(*value, step);
    if (!next && !value->is_object() && !value->is_array()) wants(here, "an object");
    if (!next)
      throw UserError(code_,
                      here.empty() ? fmt::format("the key '{}' is missing", step)
                                   : fmt::format("'{}' has no key '{}'", named(here), step),
                      place(here), help_);
    here.push_back(step);
    value = next;
  }
  return *value;
}

std::string JsonText::text(const Path& path) const {
  if (!at(path).is_string()) wants(path, "a text");
  return at(path).get<std::string>();
}

double JsonText::number(const Path& path) const {
  if (!at(path).is_number()) wants(path, "a number");
  return at(path).get<double>();
}

int64_t JsonText::integer(const Path& path) const {
  if (!at(path).is_number_integer()) wants(path, "an integer");
  return at(path).get<int64_t>();
}

std::vector<std::string> JsonText::texts(const Path& path) const {
  const Json& value = at(path);
  const auto is_text = [](const Json& item) { return item.is_string(); };
  if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_text))
    wants(path, "a list of texts");
  return value.get<std::vector<std::string>>();
}

std::vector<std::string> JsonText::keys(const Path& path) const {
  if (!at(path).is_object()) wants(path, "an object");
  std::vector<std::string> keys;
  for (const auto& [key, value] : at(path).items()) keys.push_back(key);
  return keys;
}

std::string JsonText::place(const Path& path) const {
  Scanner scanner(text_);
  size_t at = text_.size();  // of what is the whole file: its end
  for (const auto& step : path) {
    at = scanner.enter(step);
    if (at == std::string::npos) break;
  }
  return fmt::format("{}:{}", file_, line_of(text_, at));
}

void JsonText::fail(const Path& path, const std::string& what) const { fail(path, what, help_); }

void JsonText::fail(const Path& path, const std::string& what, const std::string& help) const {
  throw UserError(code_, what, place(path), help);
}

void JsonText::wants(const Path& path, const char* kind) const {
  fail(path, fmt::format("'{}' is {}, wants {}", named(path), at(path).dump(), kind));
}

nlohmann::json read_flow(const std::filesystem::path& folder) {
  const JsonText flow(read_file(folder / "flow.json"), (folder / "flow.json").string(), "V160",
                      "a folder that mase-gen wrote and nobody changed passes");
  if (flow.text({"format"}) != "mase-flow")
    flow.fail({"format"}, "\"format\" is not \"mase-flow\"");
  const auto name = flow.text({"flow"});
  if (name != "ooc" && name != "vitis" && name != "vivado")
    flow.fail({"flow"}, fmt::format("there is no flow '{}'", name));
  for (const char* key : {"target", "top", "design"}) flow.text({key});
  flow.number({"freq_mhz"});
  for (const char* key : {"sources", "memories"})
    if (name != "vitis" || flow.has({key})) flow.texts({key});
  if (name == "vitis") flow.text({"platform"});
  if (name == "ooc") {
    flow.text({"stage"});
    flow.texts({"ports"});
  }
  if (name == "vivado") {
    for (const char* key : {"host", "kernel", "bitstream"}) flow.text({key});
    if (!(flow.number({"core_mhz"}) > 0)) flow.fail({"core_mhz"}, "a clock has to be above 0");
  }
  if (flow.has({"slrs"})) {
    if (!flow.at({"slrs"}).is_array()) flow.fail({"slrs"}, "'slrs' wants a list");
    for (size_t i = 0; i < flow.at({"slrs"}).size(); ++i) {
      flow.text({"slrs", std::to_string(i), "slr"});
      flow.texts({"slrs", std::to_string(i), "cells"});
    }
  }
  return flow.root();
}

}  // namespace mase::fpga
