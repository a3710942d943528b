// PostgreSQL: everything is a plain ALTER TABLE. Tables are found by the search path, as in all statements.
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "database/ddl_vendor.h"

namespace ashlar::database {
namespace {

// The name of a type as the catalogue writes it, of the names that the dialect writes.
std::string catalogue_type(std::string_view type) {
  static const std::map<std::string_view, std::string_view> names = {{"varchar", "character varying"},
                                                                     {"char", "character"},
                                                                     {"timestamptz", "timestamp with time zone"},
                                                                     {"timestamp", "timestamp without time zone"},
                                                                     {"timetz", "time with time zone"},
                                                                     {"time", "time without time zone"},
                                                                     {"float8", "double precision"},
                                                                     {"float4", "real"},
                                                                     {"decimal", "numeric"},
                                                                     {"int", "integer"},
                                                                     {"bool", "boolean"},
                                                                     {"serial", "integer"},
                                                                     {"bigserial", "bigint"}};
  const auto open = type.find('(');
  const auto base = to_lower(trim(type.substr(0, open)));
  const auto rest =
      open == std::string_view::npos ? std::string() : replace_all(std::string(type.substr(open)), " ", "");
  const auto found = names.find(base);
  return (found == names.end() ? base : std::string(found->second)) + rest;
}

class PostgresDdl : public VendorDdl {
 public:
  using VendorDdl::VendorDdl;

  std::size_t name_limit() const override { return 63; }

  std::string index_in_table(const std::string& name, const IndexSpec& index) const override {
    return index.is_unique ? "CONSTRAINT " + quoted(name) + " UNIQUE " + column_list(index.columns) : std::string();
  }

  bool has_table(std::string_view table) override {
    return !texts(
                "SELECT 1 FROM pg_class WHERE relname = $1 AND relkind IN ('r', 'p') AND "
                "relnamespace = current_schema()::regnamespace",
                {std::string(table)})
                .empty();
  }

  void drop_keys_to(std::string_view table) override {
    drop_constraints("con.confrelid = to_regclass($1)", {quoted(table)});
  }

  void add_column(std::string_view table, const ColumnSpec& column) override {
    alter(table, "ADD COLUMN " + column_sql(column) + (column.is_primary_key ? " PRIMARY KEY" : ""));
  }
  void alter_column(std::string_view table, const ColumnSpec& column) override;
  void drop_column(std::string_view table, std::string_view column) override {
    // CASCADE would take views along.
    drop_constraints("con.confrelid = to_regclass($1) AND " + key_mentions("con.confkey", "con.confrelid"),
                     {quoted(table), std::string(column)});
    alter(table, "DROP COLUMN " + quoted(column));
  }

  std::vector<FoundIndex> indexes(std::string_view table) override;
  void create_index(const std::string& name, std::string_view table, const IndexSpec& index,
                    bool concurrently) override;
  void drop_index(std::string_view table, const FoundIndex& index) override {
    if (index.is_constraint) {
      alter(table, "DROP CONSTRAINT " + quoted(index.name));
    } else {
      connection_.run("DROP INDEX " + beside(table, index.name));
    }
  }

  void add_foreign_key(const std::string& name, const ForeignKeySpec& key) override {
    alter(key.table, "ADD " + foreign_key_in_table(name, key));
  }
  void drop_foreign_keys(std::string_view table, std::string_view column) override {
    drop_constraints(own_key, {quoted(table), std::string(column)});
  }
  bool has_foreign_key(std::string_view table, std::string_view column) override {
    return !texts("SELECT con.conname FROM pg_constraint con WHERE con.contype = 'f' AND " + std::string(own_key),
                  {quoted(table), std::string(column)})
                .empty();
  }

 protected:
  std::string type_sql(const ColumnSpec& column) const override {
    if (!column.has_auto_increment) return dialect_.column_type(column);
    return column.type == Type::big_integer ? "bigserial" : "serial";
  }
  std::string literal(const ColumnSpec& column) const override {
    const auto& text = column.default_value.text;
    if (column.type == Type::boolean) return is_true(text) ? "true" : "false";
    return quoted_text(text);
  }
  std::string random_uuid_sql() const override { return "gen_random_uuid()"; }

 private:
  static constexpr std::string_view own_key =
      "con.conrelid = to_regclass($1) AND con.conkey = ARRAY(SELECT attnum FROM pg_attribute "
      "WHERE attrelid = con.conrelid AND attname = $2 AND NOT attisdropped)";

  static std::string key_mentions(std::string_view key, std::string_view table) {
    return fmt::format(
        "(SELECT attnum FROM pg_attribute WHERE attrelid = {} AND attname = $2 AND NOT attisdropped) = ANY({})", table,
        key);
  }

  void alter(std::string_view table, const std::string& change) {
    connection_.run("ALTER TABLE " + quoted(table) + " " + change);
  }

  // An index is in the schema of its table.
  std::string beside(std::string_view table, std::string_view index) {
    const auto schema = texts(
        "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)",
        {quoted(table)});
    return schema.empty() ? quoted(index) : quoted(schema.front()) + "." + quoted(index);
  }

  void drop_constraints(std::string_view which, const std::vector<Value>& parameters) {
    std::vector<std::string> drops;
    const auto rows =
        connection_.query(fmt::format("SELECT con.conrelid::regclass::text, con.conname FROM pg_constraint con "
                                      "WHERE con.contype = 'f' AND con.conparentid = 0 AND {}",
                                      which),
                          parameters);
    while (rows->next()) {
      // regclass quotes and qualifies the name where that is needed.
      drops.push_back("ALTER TABLE " + rows->cell(0).to_string() + " DROP CONSTRAINT " +
                      quoted(rows->cell(1).to_string()));
    }
    for (const auto& drop : drops) connection_.run(drop);
  }
};

void PostgresDdl::alter_column(std::string_view table, const ColumnSpec& column) {
  const auto found = texts(
      "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass($1) AND "
      "attname = $2 AND attnum > 0 AND NOT attisdropped",
      {quoted(table), column.name});
  if (found.empty()) {
    throw DatabaseError(DatabaseError::Kind::missing_table, fmt::format("there is no column \"{}\"", column.name));
  }
  const auto name = quoted(column.name);
  auto type_spec = column;
  type_spec.has_auto_increment = false;
  const auto type = column.keeps_type ? found.front() : dialect_.column_type(type_spec);
  std::vector<std::string> changes;
  // A type that stays is left alone: stating it again would fail where a view uses the column.
  const bool changes_type = !column.keeps_type && catalogue_type(type) != found.front();
  const bool changes_default = !column.keeps_default && !column.has_auto_increment;
  if (changes_default) changes.push_back("ALTER COLUMN " + name + " DROP DEFAULT");
  if (changes_type) {
    // A cast to varchar(n) would cut longer texts; assigning a text to it refuses them.
    const auto cast = column.type == Type::string || column.type == Type::hash ? "text" : type;
    changes.push_back(fmt::format("ALTER COLUMN {0} TYPE {1} USING ({0}::{2})", name, type, cast));
  }
  if (!column.is_primary_key) {
    changes.push_back("ALTER COLUMN " + name + (column.is_nullable ? " DROP NOT NULL" : " SET NOT NULL"));
  }
  if (const auto value = default_sql(column); value && changes_default) {
    changes.push_back("ALTER COLUMN " + name + " SET DEFAULT " + *value);
  }
  if (!changes.empty()) alter(table, join(changes, ", "));
}

std::vector<FoundIndex> PostgresDdl::indexes(std::string_view table) {
  std::vector<FoundIndex> found;
  const auto rows = connection_.query(
      "SELECT i.relname, x.indisunique, x.indisprimary, con.oid IS NOT NULL, a.attname "
      "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
      "LEFT JOIN pg_constraint con ON con.conindid = x.indexrelid AND con.conrelid = x.indrelid AND "
      "con.contype IN ('p', 'u', 'x') "
      "CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k(number, place) "
      "JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number "
      "WHERE x.indrelid = to_regclass($1) AND x.indpred IS NULL AND x.indexprs IS NULL AND k.place <= x.indnkeyatts "
      "ORDER BY i.relname, k.place",
      std::vector<Value>{quoted(table)});
  while (rows->next()) {
    if (found.empty() || found.back().name != rows->cell(0).text) {
      found.push_back({.name = rows->cell(0).to_string(),
                       .columns = {},
                       .is_unique = rows->cell(1).to_bool(),
                       .is_primary = rows->cell(2).to_bool(),
                       .is_constraint = rows->cell(3).to_bool()});
    }
    found.back().columns.push_back(rows->cell(4).to_string());
  }
  return found;
}

void PostgresDdl::create_index(const std::string& name, std::string_view table, const IndexSpec& index,
                               bool concurrently) {
  if (index.is_unique && !concurrently) {
    alter(table, "ADD CONSTRAINT " + quoted(name) + " UNIQUE " + column_list(index.columns));
    return;
  }
  try {
    connection_.run(fmt::format("CREATE {}INDEX {}{} ON {} {}", index.is_unique ? "UNIQUE " : "",
                                concurrently ? "CONCURRENTLY " : "", quoted(name), quoted(table),
                                column_list(index.columns)));
  } catch (const DatabaseError&) {
    // What failed half-way stays behind as an invalid index.
    if (concurrently) connection_.run("DROP INDEX IF EXISTS " + beside(table, name));
    throw;
  }
}

}  // namespace

std::unique_ptr<VendorDdl> make_postgres_ddl(Connection& connection, const Dialect& dialect) {
  return std::make_unique<PostgresDdl>(connection, dialect);
}

}  // namespace ashlar::database
