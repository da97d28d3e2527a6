// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/location.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace mase::search {
namespace {

using mase::test::expect_user_error;

TEST(Location, FilesArePathsOrUrls) {
  EXPECT_EQ(parse_location("search ckpts/a=b.db").file, "search ckpts/a=b.db");
  EXPECT_EQ(parse_location("/abs/study.db").shown, "/abs/study.db");
  EXPECT_EQ(parse_location("sqlite:///rel/study.db").file, "rel/study.db");
  EXPECT_EQ(parse_location("sqlite:////abs/study.db").file, "/abs/study.db");
  for (const char* bad : {"", ":memory:", "sqlite://study.db", "sqlite:///", "mysql://u@h/d"})
    expect_user_error([&] { parse_location(bad); }, "R001", {"help"});
}

TEST(Location, PostgresqlUrlsAreDecoded) {
  const auto location =
      parse_location("postgresql+psycopg2://us%40er:p%40ss%2Fw'%5C%20%25@db.example:6543/my%20db");
  EXPECT_EQ(location.backend, Location::Backend::kPostgresql);
  EXPECT_EQ(location.shown, "postgresql://us@er@db.example:6543/my db");
  for (const char* part : {"user='us@er'", R"(password='p@ss/w\'\\ %')", "host='db.example'",
                           "port='6543'", "dbname='my db'", "connect_timeout='10'"})
    EXPECT_NE(location.connection.find(part), std::string::npos) << location.connection;
  EXPECT_EQ(location.redact(R"(bad p@ss/w'\ % or p@ss/w'\ %)"), "bad *** or ***");

  const auto options = parse_location("postgres://[::1]/d?connect_timeout=3&sslmode=disable");
  EXPECT_NE(options.connection.find("host='::1'"), std::string::npos);
  EXPECT_NE(options.connection.find("connect_timeout='3'"), std::string::npos);
  EXPECT_NE(options.connection.find("sslmode='disable'"), std::string::npos);
}

TEST(Location, ErrorsShowNoPassword) {
  for (const std::string bad :
       {"postgresql://u:sec@ret@h/d", "postgresql://u:sec/ret@h/d", "postgresql://u:sec?ret@h/d",
        "postgresql://u:%zzsecret@h/d", "postgresql://u:x@h:secret/d",
        "postgresql://u:secret@h/d?ret=1", "postgresql://u:sec:ret@h:5/d@"}) {
    try {
      parse_location(bad);
      ADD_FAILURE() << bad;
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "R001");
      const std::string text = error.what();
      EXPECT_EQ(text.find("sec"), std::string::npos) << text;
      EXPECT_EQ(text.find("ret@"), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace mase::search
