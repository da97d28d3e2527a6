// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "gen/base/error.h"
#include "sw/report/table.h"

namespace mase::cli {

namespace {

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

template <typename T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

[[noreturn]] void fail_type(std::string_view named, const std::string& text,
                            std::string_view wants) {
  throw UserError("K003", fmt::format("{}: '{}' is not {}", named, text, wants));
}

}  // namespace

std::string to_text(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool flag) const { return flag ? "True" : "False"; }
    std::string operator()(int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return report::python_repr(number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Visitor{}, value);
}

std::string_view group_title(Group group) {
  switch (group) {
    case Group::kMain: return "main arguments";
    case Group::kGeneral: return "general options";
    case Group::kTrainer: return "trainer options";
    case Group::kRuntime: return "runtime environment options";
    case Group::kHardware: return "hardware generation options";
    case Group::kBitstream: return "bitstream options";
    case Group::kAdderGraph: return "adder graph options";
    case Group::kSearch: return "search options";
    case Group::kLanguage: return "language model options";
    case Group::kProject: return "project options";
    case Group::kInformation: return "information";
  }
  return {};
}

std::vector<std::string> Option::keys() const {
  std::vector<std::string> all;
  if (key.empty()) return all;
  all.emplace_back(key);
  for (const auto name : flags) {
    if (!name.starts_with("--")) continue;
    std::string snake(name.substr(2));
    std::replace(snake.begin(), snake.end(), '-', '_');
    if (std::find(all.begin(), all.end(), snake) == all.end()) all.push_back(std::move(snake));
  }
  return all;
}

const Option* find_option_by_key(std::string_view key) {
  for (const auto& option : options()) {
    for (const auto& known : option.keys()) {
      if (known == key) return &option;
    }
  }
  return nullptr;
}

const Option& option(std::string_view key) {
  const Option* found = find_option_by_key(key);
  MASE_CHECK(found, "no option has the key '{}'", key);
  return *found;
}

Value parse_value(const Option& option, const std::string& text, std::string_view named) {
  switch (option.type) {
    case Type::kFlag:
      if (text == "true" || text == "True" || text == "1") return true;
      if (text == "false" || text == "False" || text == "0") return false;
      fail_type(named, text, "true or false");
    case Type::kInteger: {
      const auto number = parse_number<int64_t>(text);
      if (!number) fail_type(named, text, "an integer");
      check_range(option, *number, named);
      return *number;
    }
    case Type::kReal: {
      const auto number = parse_number<double>(text);
      if (!number || !std::isfinite(*number)) fail_type(named, text, "a number");
      check_range(option, *number, named);
      return *number;
    }
    case Type::kText:
    case Type::kPath:
      if (text.empty()) throw UserError("K003", fmt::format("{}: the value is empty", named));
      return text;
    case Type::kChoice: {
      for (const auto& [spelling, choice] : option.aliases) {
        if (text == spelling) return std::string(choice);
      }
      const auto known = strings(option.choices);
      if (std::find(known.begin(), known.end(), text) == known.end()) {
        throw UserError("K004", fmt::format("{}: unknown value '{}'", named, text), {},
                        nearest_help(text, known));
      }
      return text;
    }
  }
  return {};
}

void check_range(const Option& option, const Value& value, std::string_view named) {
  double number = 0;
  if (const auto* integer = std::get_if<int64_t>(&value))
    number = static_cast<double>(*integer);
  else if (const auto* real = std::get_if<double>(&value))
    number = *real;
  else
    return;
  if (option.minimum && number < *option.minimum) {
    throw UserError("K003", fmt::format("{}: {} is below the least allowed value {}", named,
                                        to_text(value), *option.minimum));
  }
  if (option.maximum && number > *option.maximum) {
    throw UserError("K003", fmt::format("{}: {} is above the greatest allowed value {}", named,
                                        to_text(value), *option.maximum));
  }
}

void check_supported(const Option& option, const Value& value, std::string_view where) {
  for (const auto& refusal : option.refusals) {
    const bool hit =
        refusal.value == "*" ? value != option.standard : to_text(value) == refusal.value;
    if (hit) {
      throw UserError(
          "K005", fmt::format("{} {}: {}", option.flag(), to_text(value), refusal.reason),
          std::string(where), "leave the option at its default, or choose another value");
    }
  }
}

}  // namespace mase::cli
