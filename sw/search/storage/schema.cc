// SPDX-License-Identifier: Apache-2.0
#include "sw/search/storage/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "gen/base/error.h"

namespace mase::search {

namespace {

constexpr int kSchemaVersion = 12;
constexpr const char* kRevision = "v3.2.0.a";  ///< head of Optuna's migrations since 3.2

struct Table {
  const char* name;
  const char* columns;  ///< words in braces are types, see types_of
};

// The tables that Optuna's SQLAlchemy models give. Text in SQLite keeps the numbers of
// the models: VARCHAR(8) of a state is part of what other tools may compare.
constexpr Table kTables[] = {
    {"studies", "study_id {id} NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id)"},
    {"version_info",
     "version_info_id INTEGER NOT NULL, schema_version INTEGER, library_version VARCHAR(256), "
     "PRIMARY KEY (version_info_id), CHECK (version_info_id=1)"},
    {"study_directions",
     "study_direction_id {id} NOT NULL, direction {direction} NOT NULL, study_id INTEGER NOT NULL, "
     "objective INTEGER NOT NULL, PRIMARY KEY (study_direction_id), UNIQUE (study_id, objective), "
     "FOREIGN KEY(study_id) REFERENCES studies (study_id)"},
    {"study_user_attributes",
     "study_user_attribute_id {id} NOT NULL, study_id INTEGER, \"key\" VARCHAR(512), value_json "
     "TEXT, PRIMARY KEY (study_user_attribute_id), UNIQUE (study_id, \"key\"), FOREIGN "
     "KEY(study_id) REFERENCES studies (study_id)"},
    {"study_system_attributes",
     "study_system_attribute_id {id} NOT NULL, study_id INTEGER, \"key\" VARCHAR(512), value_json "
     "TEXT, PRIMARY KEY (study_system_attribute_id), UNIQUE (study_id, \"key\"), FOREIGN "
     "KEY(study_id) REFERENCES studies (study_id)"},
    {"trials",
     "trial_id {id} NOT NULL, number INTEGER, study_id INTEGER, state {state} NOT NULL, "
     "datetime_start {time}, datetime_complete {time}, PRIMARY KEY (trial_id), FOREIGN "
     "KEY(study_id) REFERENCES studies (study_id)"},
    {"trial_user_attributes",
     "trial_user_attribute_id {id} NOT NULL, trial_id INTEGER, \"key\" VARCHAR(512), value_json "
     "TEXT, PRIMARY KEY (trial_user_attribute_id), UNIQUE (trial_id, \"key\"), FOREIGN "
     "KEY(trial_id) REFERENCES trials (trial_id)"},
    {"trial_system_attributes",
     "trial_system_attribute_id {id} NOT NULL, trial_id INTEGER, \"key\" VARCHAR(512), value_json "
     "TEXT, PRIMARY KEY (trial_system_attribute_id), UNIQUE (trial_id, \"key\"), FOREIGN "
     "KEY(trial_id) REFERENCES trials (trial_id)"},
    {"trial_params",
     "param_id {id} NOT NULL, trial_id INTEGER, param_name VARCHAR(512), param_value {double}, "
     "distribution_json TEXT, PRIMARY KEY (param_id), UNIQUE (trial_id, param_name), FOREIGN "
     "KEY(trial_id) REFERENCES trials (trial_id)"},
    {"trial_values",
     "trial_value_id {id} NOT NULL, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL, value "
     "{double}, value_type {value_type} NOT NULL, PRIMARY KEY (trial_value_id), UNIQUE (trial_id, "
     "objective), FOREIGN KEY(trial_id) REFERENCES trials (trial_id)"},
    {"trial_intermediate_values",
     "trial_intermediate_value_id {id} NOT NULL, trial_id INTEGER NOT NULL, step INTEGER NOT NULL, "
     "intermediate_value {double}, intermediate_value_type {intermediate_type} NOT NULL, PRIMARY "
     "KEY (trial_intermediate_value_id), UNIQUE (trial_id, step), FOREIGN KEY(trial_id) REFERENCES "
     "trials (trial_id)"},
    {"trial_heartbeats",
     "trial_heartbeat_id {id} NOT NULL, trial_id INTEGER NOT NULL, heartbeat {time} NOT NULL, "
     "PRIMARY KEY (trial_heartbeat_id), UNIQUE (trial_id), FOREIGN KEY(trial_id) REFERENCES trials "
     "(trial_id)"},
    {"alembic_version",
     "version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"},
};

constexpr const char* kIndices[] = {
    "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
    "CREATE INDEX ix_trials_study_id ON trials (study_id)",
};

constexpr const char* kEnums[] = {
    "CREATE TYPE studydirection AS ENUM ('NOT_SET', 'MINIMIZE', 'MAXIMIZE')",
    "CREATE TYPE trialstate AS ENUM ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING')",
    "CREATE TYPE trialintermediatevaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG', 'NAN')",
    "CREATE TYPE trialvaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG')",
};

void create(Database& database, const Table& table) {
  const bool sqlite = database.is_sqlite();
  const std::string columns = fmt::format(
      fmt::runtime(table.columns), fmt::arg("id", sqlite ? "INTEGER" : "SERIAL"),
      fmt::arg("direction", sqlite ? "VARCHAR(8)" : "studydirection"),
      fmt::arg("state", sqlite ? "VARCHAR(8)" : "trialstate"),
      fmt::arg("value_type", sqlite ? "VARCHAR(7)" : "trialvaluetype"),
      fmt::arg("intermediate_type", sqlite ? "VARCHAR(7)" : "trialintermediatevaluetype"),
      fmt::arg("double", sqlite ? "FLOAT" : "FLOAT(53)"),
      fmt::arg("time", sqlite ? "DATETIME" : "TIMESTAMP WITHOUT TIME ZONE"));
  database.execute(fmt::format("CREATE TABLE {} ({})", table.name, columns));
}

void stamp(Database& database) {
  database.execute(fmt::format("INSERT INTO alembic_version VALUES ('{}')", kRevision));
}

void create_all(Database& database) {
  if (!database.is_sqlite()) {
    for (const char* statement : kEnums) database.execute(statement);
  }
  for (const auto& table : kTables) create(database, table);
  for (const char* statement : kIndices) database.execute(statement);
  database.execute(
      fmt::format("INSERT INTO version_info VALUES (1, {}, 'mase-gen')", kSchemaVersion));
  stamp(database);
}

/// The rows that say which version the tables have.
void check_version(Database& database, bool has_revision) {
  const std::string& where = database.location().shown;
  std::string library = "unknown";
  int schema = 0;
  soci::indicator no_library = soci::i_ok, no_schema = soci::i_ok;
  database.sql() << "SELECT schema_version, library_version FROM version_info",
      soci::into(schema, no_schema), soci::into(library, no_library);
  if (!database.sql().got_data() || no_schema != soci::i_ok)
    throw UserError("R005", fmt::format("{}: version_info has no row", where), {},
                    "another program is creating it, or died doing so: try again, or choose an "
                    "empty database");
  if (schema != kSchemaVersion)
    throw UserError(
        "R005",
        fmt::format("{}: its schema has version {} (made by {}), this program knows {}", where,
                    schema, no_library == soci::i_ok ? library : "unknown", kSchemaVersion),
        {}, "it was not made by Optuna 1.0 to 5: choose another database");
  if (!has_revision) return stamp(database);

  std::string revision;
  database.sql() << "SELECT version_num FROM alembic_version", soci::into(revision);
  if (!database.sql().got_data())
    throw UserError("R005", fmt::format("{}: alembic_version has no row", where), {},
                    "run `optuna storage upgrade --storage URL` with Optuna 3.2 or later");
  if (revision != kRevision)
    throw UserError(
        "R005",
        fmt::format("{}: its tables have revision {}, this program knows {}", where, revision,
                    kRevision),
        {},
        "of an older Optuna: run `optuna storage upgrade --storage URL` with Optuna 3.2 or later; "
        "of a newer one: choose another database");
}

}  // namespace

void prepare_schema(Database& database) {
  database.transact(Database::Access::kWrite, [&] {
    // Not a lock of a table: there may be none. The number is this program's own.
    if (!database.is_sqlite())
      database.execute("DO $$ BEGIN PERFORM pg_advisory_xact_lock(7305804385369743726); END $$");
    const auto there = database.tables();
    const auto has = [&](std::string_view name) {
      return std::find(there.begin(), there.end(), name) != there.end();
    };
    std::string missing;
    int found = 0;
    for (const auto& table : kTables) {
      if (has(table.name))
        ++found;
      else if (std::string_view(table.name) != "alembic_version")
        missing += (missing.empty() ? "" : ", ") + std::string(table.name);
    }
    const std::string& where = database.location().shown;
    if (found == 0) {
      if (database.is_sqlite() && !there.empty())
        throw UserError("R004",
                        fmt::format("{} is a database of something else: it has a table '{}' and "
                                    "none of Optuna's",
                                    where, there.front()),
                        {}, "choose another file");
      create_all(database);
      return 0;
    }
    if (!missing.empty())
      throw UserError("R005", fmt::format("{}: tables are missing: {}", where, missing), {},
                      "it was made by another version of Optuna, or is damaged: choose another "
                      "database, or run `optuna storage upgrade --storage URL`");
    if (!has("alembic_version")) create(database, kTables[std::size(kTables) - 1]);
    check_version(database, has("alembic_version"));
    return 0;
  });
}

}  // namespace mase::search
