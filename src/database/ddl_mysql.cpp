// MySQL and MariaDB. MODIFY COLUMN takes a whole definition, so what a column has besides (collation, comment, ON
// UPDATE, checks, auto increment) is read first and said again.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "base/text.h"
#include "database/ddl_vendor.h"

namespace ashlar::database {
namespace {

// What the catalogue says of a column that ColumnSpec does not.
struct ColumnDetails {
  std::string type;           // in lower case, e.g. int(10) unsigned
  std::string declared_type;  // as it is spelled: values of enum and set have their case
  std::optional<std::string> collation;
  std::string extra;
  std::string comment;
  bool is_nullable = true;
  std::optional<std::string> default_value;
};

bool is_text_type(std::string_view type) {
  constexpr std::array<std::string_view, 6> starts = {"char", "varchar", "text", "tinytext", "mediumtext", "longtext"};
  for (const auto start : starts) {
    if (type.starts_with(start)) return true;
  }
  return false;
}

class MysqlDdl : public VendorDdl {
 public:
  using VendorDdl::VendorDdl;

  std::size_t name_limit() const override { return 64; }
  bool indexes_foreign_keys() const override { return true; }

  std::string index_in_table(const std::string& name, const IndexSpec& index) const override {
    return (index.is_unique ? "UNIQUE KEY " : "KEY ") + quoted(name) + " " + column_list(index.columns);
  }

  bool has_table(std::string_view table) override {
    return !texts(
                "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND "
                "table_type = 'BASE TABLE'",
                {std::string(table)})
                .empty();
  }

  void drop_keys_to(std::string_view table) override {
    drop_constraints("k.referenced_table_name = ?", {std::string(table)});
  }

  void add_column(std::string_view table, const ColumnSpec& column) override {
    alter(table, "ADD COLUMN " + column_sql(column) + (column.is_primary_key ? " PRIMARY KEY" : ""));
  }
  void alter_column(std::string_view table, const ColumnSpec& column) override;
  void drop_column(std::string_view table, std::string_view column) override;

  std::vector<FoundIndex> indexes(std::string_view table) override;
  void create_index(const std::string& name, std::string_view table, const IndexSpec& index,
                    bool concurrently) override;
  void drop_index(std::string_view table, const FoundIndex& index) override {
    alter(table, "DROP INDEX " + quoted(index.name));
  }

  void add_foreign_key(const std::string& name, const ForeignKeySpec& key) override;
  bool is_signed(std::string_view table, std::string_view column) override;
  void make_signed(std::string_view table, std::string_view column) override;
  void drop_foreign_keys(std::string_view table, std::string_view column) override {
    drop_constraints(
        "k.table_name = ? AND k.column_name = ? AND NOT EXISTS (SELECT 1 FROM information_schema.key_column_usage o "
        "WHERE o.constraint_schema = k.constraint_schema AND o.constraint_name = k.constraint_name AND "
        "o.table_name = k.table_name AND o.ordinal_position > 1)",
        {std::string(table), std::string(column)});
  }
  bool has_foreign_key(std::string_view table, std::string_view column) override {
    return !texts(
                "SELECT constraint_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND "
                "table_name = ? AND column_name = ? AND referenced_table_name IS NOT NULL",
                {std::string(table), std::string(column)})
                .empty();
  }

 protected:
  std::string type_sql(const ColumnSpec& column) const override {
    if (!column.has_auto_increment) return dialect_.column_type(column);
    return column.type == Type::big_integer ? "bigint unsigned AUTO_INCREMENT" : "int unsigned AUTO_INCREMENT";
  }
  // Said always: a timestamp that says nothing is NOT NULL on some servers.
  std::string null_sql(const ColumnSpec& column) const override { return column.is_nullable ? " NULL" : " NOT NULL"; }
  std::optional<std::string> default_sql(const ColumnSpec& column) const override {
    using Kind = ColumnDefault::Kind;
    const auto kind = column.default_value.kind;
    // These types take no default that all servers understand.
    if (column.type == Type::text || column.type == Type::csv || column.type == Type::binary ||
        is_geometry(column.type)) {
      return std::nullopt;
    }
    if (column.type == Type::json && kind == Kind::literal) return "(" + literal(column) + ")";
    return VendorDdl::default_sql(column);
  }
  std::string literal(const ColumnSpec& column) const override {
    if (column.type == Type::boolean) return VendorDdl::literal(column);
    return quoted_text(replace_all(column.default_value.text, "\\", "\\\\"));
  }
  std::string random_uuid_sql() const override { return "(uuid())"; }

 private:
  void alter(std::string_view table, const std::string& change) {
    connection_.run("ALTER TABLE " + quoted(table) + " " + change);
  }
  ColumnDetails details(std::string_view table, std::string_view column);
  std::optional<std::string> old_default_sql(const ColumnDetails& old);
  bool is_mariadb();
  void drop_constraints(std::string_view which, const std::vector<Value>& parameters);
  std::vector<std::string> column_checks(std::string_view table, std::string_view column);
  void drop_checks_of(std::string_view table, std::string_view column);
  std::string sign_sql(std::string_view column, const ColumnDetails& old, bool is_signed);
};

ColumnDetails MysqlDdl::details(std::string_view table, std::string_view column) {
  const auto rows = connection_.query(
      "SELECT column_type, collation_name, extra, column_comment, is_nullable, column_default "
      "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?",
      std::vector<Value>{std::string(table), std::string(column)});
  if (!rows->next()) {
    throw DatabaseError(DatabaseError::Kind::missing_table, fmt::format("there is no column \"{}\"", column));
  }
  ColumnDetails found;
  found.declared_type = rows->cell(0).to_string();
  found.type = to_lower(found.declared_type);
  if (!rows->cell(1).is_null()) found.collation = rows->cell(1).to_string();
  found.extra = to_lower(rows->cell(2).to_string());
  found.comment = rows->cell(3).to_string();
  found.is_nullable = rows->cell(4).text == "YES";
  if (!rows->cell(5).is_null()) found.default_value = rows->cell(5).to_string();
  while (rows->next()) continue;
  return found;
}

void MysqlDdl::alter_column(std::string_view table, const ColumnSpec& column) {
  const auto old = details(table, column.name);
  if (old.extra.find("generated") != std::string::npos && old.extra.find("default_generated") == std::string::npos) {
    throw DatabaseError(DatabaseError::Kind::other, "a generated column can't be altered");
  }
  auto spec = column;
  if (column.type == Type::integer && old.type.find("unsigned") != std::string::npos) {
    spec.refers_to_auto_increment = true;
  }
  auto type = column.keeps_type ? old.declared_type : type_sql(spec);
  if (column.keeps_type && column.has_auto_increment) type += " AUTO_INCREMENT";
  auto sql = quoted(column.name) + " " + type;
  const bool keeps_collation = column.keeps_type || (is_text_type(type) && column.type != Type::json);
  if (old.collation && keeps_collation) sql += " COLLATE " + quoted(*old.collation);
  sql += null_sql(spec);
  const auto value = column.keeps_default ? old_default_sql(old) : default_sql(spec);
  if (value && !column.has_auto_increment) sql += " DEFAULT " + *value;
  const auto on_update = old.extra.find("on update ");
  const bool is_time = old.type.starts_with("timestamp") || old.type.starts_with("datetime");
  const bool stays_time =
      column.keeps_type ? is_time : column.type == Type::timestamp || column.type == Type::date_time;
  if (on_update != std::string::npos && stays_time) sql += " ON UPDATE CURRENT_TIMESTAMP";
  if (!old.comment.empty()) sql += " COMMENT " + quoted_text(replace_all(old.comment, "\\", "\\\\"));
  for (const auto& check : column_checks(table, column.name)) {
    // That of MariaDB's JSON comes and goes with the type.
    if (column.keeps_type || !check.starts_with("json_valid(")) sql += " CHECK (" + check + ")";
  }
  alter(table, "MODIFY COLUMN " + sql);
}

// The default of a column as it is. MariaDB tells it as SQL; MySQL tells values bare, and marks expressions.
std::optional<std::string> MysqlDdl::old_default_sql(const ColumnDetails& old) {
  if (!old.default_value) return std::nullopt;
  if (is_mariadb()) return equals_ignoring_case(*old.default_value, "NULL") ? std::nullopt : old.default_value;
  const auto lower = to_lower(*old.default_value);
  if (lower.starts_with("current_timestamp") || lower.starts_with("b'")) return old.default_value;
  if (old.extra.find("default_generated") != std::string::npos) return "(" + *old.default_value + ")";
  return quoted_text(replace_all(*old.default_value, "\\", "\\\\"));
}

bool MysqlDdl::is_mariadb() { return texts("SELECT VERSION()", {}).front().find("MariaDB") != std::string::npos; }

// MariaDB has checks as part of a column, which MODIFY loses; MySQL makes them checks of the table.
std::vector<std::string> MysqlDdl::column_checks(std::string_view table, std::string_view column) {
  if (!is_mariadb()) return {};
  return texts(
      "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() AND "
      "table_name = ? AND constraint_name = ? AND level = 'Column'",
      {std::string(table), std::string(column)});
}

void MysqlDdl::drop_column(std::string_view table, std::string_view column) {
  drop_constraints("k.referenced_table_name = ? AND k.referenced_column_name = ?",
                   {std::string(table), std::string(column)});
  drop_constraints("k.table_name = ? AND k.column_name = ?", {std::string(table), std::string(column)});
  for (const auto& index : indexes(table)) {
    if (index.is_primary) continue;
    // Those of one column go with it. Unique ones of several would become stricter, or stop the change.
    for (const auto& part : index.columns) {
      if (index.columns.size() > 1 && index.is_unique && equals_ignoring_case(part, column)) drop_index(table, index);
    }
  }
  drop_checks_of(table, column);
  alter(table, "DROP COLUMN " + quoted(column));
}

// Checks of the table that mention the column; those of a column itself go with it.
void MysqlDdl::drop_checks_of(std::string_view table, std::string_view column) {
  const auto names = texts(
      "SELECT t.constraint_name FROM information_schema.table_constraints t JOIN information_schema.check_constraints "
      "c "
      "ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name "
      "WHERE t.table_schema = DATABASE() AND t.table_name = ? AND t.constraint_type = 'CHECK' AND "
      "t.constraint_name <> ? AND LOCATE(?, c.check_clause) > 0",
      {std::string(table), std::string(column), quoted(column)});
  for (const auto& name : names) alter(table, "DROP CONSTRAINT " + quoted(name));
}

std::vector<FoundIndex> MysqlDdl::indexes(std::string_view table) {
  std::vector<FoundIndex> found;
  std::vector<std::string> partial;
  const auto rows = connection_.query(
      "SELECT index_name, non_unique, column_name, sub_part FROM information_schema.statistics "
      "WHERE table_schema = DATABASE() AND table_name = ? ORDER BY index_name, seq_in_index",
      std::vector<Value>{std::string(table)});
  while (rows->next()) {
    if (found.empty() || found.back().name != rows->cell(0).text) {
      const bool is_primary = rows->cell(0).text == "PRIMARY";
      found.push_back({.name = rows->cell(0).to_string(),
                       .columns = {},
                       .is_unique = !rows->cell(1).to_bool(),
                       .is_primary = is_primary,
                       .is_constraint = false});
    }
    if (rows->cell(2).is_null() || !rows->cell(3).is_null()) partial.push_back(found.back().name);
    found.back().columns.push_back(rows->cell(2).to_string());
  }
  std::erase_if(found, [&](const FoundIndex& index) {
    for (const auto& name : partial) {
      if (name == index.name) return true;
    }
    return false;
  });
  return found;
}

void MysqlDdl::create_index(const std::string& name, std::string_view table, const IndexSpec& index,
                            bool concurrently) {
  const auto add = "ADD " + index_in_table(name, index);
  if (concurrently) {
    try {
      alter(table, add + ", ALGORITHM=INPLACE, LOCK=NONE");
      return;
    } catch (const DatabaseError& error) {
      // Not every table and column can be indexed in place; doubles stay doubles.
      if (error.kind != DatabaseError::Kind::other) throw;
    }
  }
  alter(table, add);
}

// MODIFY COLUMN for a column of whole numbers that is to have a sign, or none.
std::string MysqlDdl::sign_sql(std::string_view column, const ColumnDetails& old, bool is_signed) {
  auto sql = "MODIFY COLUMN " + quoted(column) + (is_signed ? " int" : " int unsigned") +
             (old.is_nullable ? " NULL" : " NOT NULL");
  if (old.default_value && !equals_ignoring_case(*old.default_value, "NULL")) {
    // MariaDB gives defaults as SQL, MySQL gives the bare value; of an integer both are the number.
    const auto digits = replace_all(*old.default_value, "'", "");
    if (parse_integer(digits)) sql += " DEFAULT " + digits;
  }
  if (!old.comment.empty()) sql += " COMMENT " + quoted_text(replace_all(old.comment, "\\", "\\\\"));
  return sql;
}

bool MysqlDdl::is_signed(std::string_view table, std::string_view column) {
  const auto type = details(table, column).type;
  return type.starts_with("int") && type.find("unsigned") == std::string::npos;
}

void MysqlDdl::make_signed(std::string_view table, std::string_view column) {
  alter(table, sign_sql(column, details(table, column), true));
}

// A key has to have the sign of what it refers to. Both are one statement: it is done, or not.
void MysqlDdl::add_foreign_key(const std::string& name, const ForeignKeySpec& key) {
  const auto own = details(key.table, key.column);
  const auto other = details(key.referenced_table, key.referenced_column);
  const bool loses_sign = own.type.starts_with("int") && own.type.find("unsigned") == std::string::npos &&
                          other.type.starts_with("int") && other.type.find("unsigned") != std::string::npos;
  alter(key.table,
        (loses_sign ? sign_sql(key.column, own, false) + ", " : "") + "ADD " + foreign_key_in_table(name, key));
}

void MysqlDdl::drop_constraints(std::string_view which, const std::vector<Value>& parameters) {
  std::vector<std::pair<std::string, std::string>> keys;
  {
    const auto rows = connection_.query(
        fmt::format("SELECT DISTINCT k.table_name, k.constraint_name FROM information_schema.key_column_usage k "
                    "WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL AND {}",
                    which),
        parameters);
    while (rows->next()) keys.emplace_back(rows->cell(0).to_string(), rows->cell(1).to_string());
  }
  for (const auto& [table, name] : keys) alter(table, "DROP FOREIGN KEY " + quoted(name));
}

}  // namespace

std::unique_ptr<VendorDdl> make_mysql_ddl(Connection& connection, const Dialect& dialect) {
  return std::make_unique<MysqlDdl>(connection, dialect);
}

}  // namespace ashlar::database
