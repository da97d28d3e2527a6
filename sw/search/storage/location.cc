// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/location.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "gen/base/error.h"

namespace mase::search {

namespace {

constexpr const char* kForms =
    "give a file (search_ckpts/study.db), sqlite:///file, or "
    "postgresql://user:password@host:port/database";

/// `key='value'` as libpq reads it.
std::string pair(const std::string& key, const std::string& value) {
  std::string quoted = key + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "' ";
}

Location sqlite(const std::string& path) {
  if (path.empty() || path == ":memory:")
    throw UserError("R001", "a study needs a file: a database in memory cannot be resumed", {},
                    kForms);
  if (path.find('\0') != std::string::npos)
    throw UserError("R001", "the path of the study's file holds a NUL byte", {}, kForms);
  return {Location::Backend::kSqlite, path, {}, path, {}};
}

/// An '@' that belongs to the password cuts the URL elsewhere, and then parts of the password
/// would be shown as host or port.
void check_at_signs(const std::string& rest) {
  const size_t end = rest.find_first_of("/?");
  const size_t at = rest.find('@');
  const bool later = at != std::string::npos && rest.find('@', at + 1) != std::string::npos;
  const bool outside = at != std::string::npos && end != std::string::npos && at > end;
  if (later || outside)
    throw UserError("R001", "the PostgreSQL URL has an '@' where none belongs", {},
                    "write special characters of the password as percent codes: '@' is %40, '/' is "
                    "%2F, '?' is %3F, ':' is %3A, '%' is %25");
}

Location postgresql(const std::string& rest) {
  check_at_signs(rest);
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(("postgresql://" + rest).c_str(), &error), PQconninfoFree);
  if (error != nullptr) PQfreemem(error);  // may quote the password
  if (!options)
    throw UserError("R001", "the PostgreSQL URL is not well formed", {},
                    "its form is postgresql://user:password@host:port/database; special characters "
                    "of user and password are percent codes ('%' itself is %25)");

  std::map<std::string, std::string> given;
  for (const PQconninfoOption* o = options.get(); o->keyword != nullptr; ++o) {
    if (o->val != nullptr) given[o->keyword] = o->val;
  }
  const std::string port = given.contains("port") ? given["port"] : "";
  if (port.find_first_not_of("0123456789,") != std::string::npos)
    throw UserError("R001", "the port of the PostgreSQL URL is no number", {},
                    "its form is postgresql://user:password@host:port/database; special characters "
                    "of the password are percent codes");

  Location location;
  location.backend = Location::Backend::kPostgresql;
  for (const char* key : {"password", "sslpassword"}) {
    if (given.contains(key) && !given[key].empty()) location.secrets.push_back(given[key]);
  }
  const std::string user = given.contains("user") ? given["user"] + "@" : "";
  const std::string host = given.contains("host") ? given["host"] : "";
  location.shown = fmt::format("postgresql://{}{}{}{}/{}", user, host, port.empty() ? "" : ":",
                               port, given.contains("dbname") ? given["dbname"] : "");
  given.emplace("connect_timeout", "10");
  given.emplace("application_name", "mase-gen");
  given.emplace("keepalives_idle", "30");
  for (const auto& [key, value] : given) location.connection += pair(key, value);
  return location;
}

}  // namespace

std::string Location::redact(std::string text) const {
  for (const auto& secret : secrets) {
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
      text.replace(at, secret.size(), "***");
  }
  return text;
}

Location parse_location(const std::string& text) {
  const size_t colon = text.find("://");
  if (colon == std::string::npos) return sqlite(text);
  // "postgresql+psycopg2" is how Python's users name a driver.
  std::string scheme = text.substr(0, std::min(colon, text.find('+')));
  const std::string rest = text.substr(colon + 3);
  if (scheme == "postgresql" || scheme == "postgres") return postgresql(rest);
  if (scheme == "sqlite") {
    if (!rest.starts_with("/"))
      throw UserError("R001", fmt::format("'{}' names no file", text), {},
                      "three slashes begin a relative path (sqlite:///study.db), four an absolute "
                      "one (sqlite:////data/study.db)");
    return sqlite(rest.substr(1));
  }
  throw UserError("R001", fmt::format("studies cannot be stored in '{}://'", scheme), {}, kForms);
}

}  // namespace mase::search
