// SQLite: ALTER TABLE adds and drops plain columns, and no more. Other changes (types, nullability, defaults, keys) are
// changes of what a table is declared to be, not of how its rows are stored, so they are made in the text of the table
// in sqlite_schema, as SQLite's own documentation describes it ("Making Other Kinds Of Table Schema Changes"). Rows,
// indexes, triggers, views and sequences are not touched. Copying the rows into a new table instead would not do: its
// DROP TABLE counts as deletion while foreign keys are on, and they can't be switched off inside of a transaction, so
// rows of other tables would be deleted or cleared by their keys.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/text.h"
#include "database/ddl_vendor.h"
#include "database/sqlite/table_definition.h"

namespace ashlar::database {
namespace {

using sqlite::ColumnClause;
using sqlite::ColumnDefinition;
using sqlite::TableConstraint;
using sqlite::TableDefinition;

using KeyTest = std::function<bool(const TableConstraint&)>;

// How SQLite converts values that it stores in a column of this type (section 3.1 of its page on datatypes).
enum class Affinity { integer, text, blob, real, numeric };

Affinity affinity_of(std::string_view type) {
  const auto upper = to_upper(type);
  auto has = [&](std::string_view part) { return upper.find(part) != std::string::npos; };
  if (has("INT")) return Affinity::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return Affinity::text;
  if (has("BLOB") || upper.empty()) return Affinity::blob;
  if (has("REAL") || has("FLOA") || has("DOUB")) return Affinity::real;
  return Affinity::numeric;
}

bool same_name(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& other) { return same_name(other, name); });
}

// Removes the foreign keys that the test picks, those of columns and those of the table.
void remove_keys(TableDefinition& table, const KeyTest& test) {
  std::erase_if(table.definitions, [&](const sqlite::Definition& definition) {
    if (definition.is_column) return false;
    const auto constraint = definition.constraint();
    return constraint.kind == TableConstraint::Kind::foreign_key && test(constraint);
  });
  for (auto& definition : table.definitions) {
    if (!definition.is_column) continue;
    auto column = definition.column();
    const auto removed = std::erase_if(column.clauses, [&](const ColumnClause& clause) {
      return clause.kind == ColumnClause::Kind::references && test(sqlite::parse_references(clause, column.name));
    });
    if (removed > 0) definition.text = column.print();
  }
}

class SqliteDdl : public VendorDdl {
 public:
  using VendorDdl::VendorDdl;

  // SQLite has no limit; this is the shortest of the others', so that data can move there.
  std::size_t name_limit() const override { return 63; }

  std::string index_in_table(const std::string&, const IndexSpec&) const override { return {}; }

  // Without a name, as the reference makes them.
  std::string foreign_key_in_table(const std::string&, const ForeignKeySpec& key) const override {
    return "FOREIGN KEY (" + quoted(key.column) + ") " + references_sql(key);
  }

  bool has_table(std::string_view table) override {
    return !texts("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", {std::string(table)})
                .empty();
  }

  void drop_keys_to(std::string_view table) override {
    remove_keys_to(table, [](const TableConstraint&) { return true; });
  }

  void add_column(std::string_view table, const ColumnSpec& column) override;
  void alter_column(std::string_view table, const ColumnSpec& column) override;
  void drop_column(std::string_view table, std::string_view column) override;

  std::vector<FoundIndex> indexes(std::string_view table) override;
  void create_index(const std::string& name, std::string_view table, const IndexSpec& index, bool) override {
    connection_.run(fmt::format("CREATE {}INDEX {} ON {} {}", index.is_unique ? "UNIQUE " : "", quoted(name),
                                quoted(table), column_list(index.columns)));
  }
  void drop_index(std::string_view table, const FoundIndex& index) override {
    if (index.is_constraint) {
      drop_unique_constraint(table, index);
    } else {
      connection_.run("DROP INDEX " + quoted(index.name));
    }
  }

  void add_foreign_key(const std::string& name, const ForeignKeySpec& key) override;
  void drop_foreign_keys(std::string_view table, std::string_view column) override {
    edit(table, [&](TableDefinition& definition) {
      remove_keys(definition, [&](const TableConstraint& key) {
        return key.columns.size() == 1 && same_name(key.columns.front(), column);
      });
    });
  }
  bool has_foreign_key(std::string_view table, std::string_view column) override {
    return !texts("SELECT id FROM pragma_foreign_key_list(?) WHERE \"from\" = ? COLLATE NOCASE",
                  {std::string(table), std::string(column)})
                .empty();
  }

 protected:
  std::string type_sql(const ColumnSpec& column) const override {
    return column.has_auto_increment ? "integer PRIMARY KEY AUTOINCREMENT" : dialect_.column_type(column);
  }
  std::optional<std::string> default_sql(const ColumnSpec& column) const override {
    if (column.default_value.kind == ColumnDefault::Kind::current_timestamp) return "CURRENT_TIMESTAMP";
    return VendorDdl::default_sql(column);
  }
  std::string random_uuid_sql() const override {
    return "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || "
           "substr('89AB', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || "
           "hex(randomblob(6))))";
  }

 private:
  std::string table_sql(std::string_view table);
  void edit(std::string_view table, const std::function<void(TableDefinition&)>& change);
  void change_schema(const std::function<void()>& change);
  void set_table_sql(std::string_view table, const std::string& sql);

  std::vector<std::string> tables_with_keys_to(std::string_view table);
  void remove_keys_to(std::string_view table, const KeyTest& test);
  void drop_unique_constraint(std::string_view table, const FoundIndex& index);
  void rewrite_values(std::string_view table, std::string_view column, const std::string& expression);
  void store_anew(std::string_view table, std::string_view column);
};

std::string SqliteDdl::table_sql(std::string_view table) {
  const auto found =
      texts("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", {std::string(table)});
  if (found.empty()) {
    throw DatabaseError(DatabaseError::Kind::missing_table, fmt::format("there is no table \"{}\"", table));
  }
  return found.front();
}

// Runs changes of sqlite_schema, and makes this and all other connections read it anew.
void SqliteDdl::change_schema(const std::function<void()>& change) {
  Transaction transaction(connection_);
  connection_.run("PRAGMA writable_schema = ON");
  try {
    change();
  } catch (...) {
    connection_.run("PRAGMA writable_schema = RESET");
    throw;
  }
  connection_.run("PRAGMA writable_schema = RESET");
  // Reads the changed schema, which must be well-formed. After RESET, so that SQLite knows that a rollback has to
  // forget it again.
  const auto version = connection_.query("PRAGMA schema_version");
  version->next();
  const auto next = version->cell(0).to_integer() + 1;
  while (version->next()) continue;
  connection_.run(fmt::format("PRAGMA schema_version = {}", next));
  transaction.commit();
}

void SqliteDdl::set_table_sql(std::string_view table, const std::string& sql) {
  change_schema([&] {
    connection_.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ? COLLATE NOCASE",
                        std::vector<Value>{sql, std::string(table)});
  });
}

void SqliteDdl::edit(std::string_view table, const std::function<void(TableDefinition&)>& change) {
  const auto before = table_sql(table);
  auto definition = sqlite::parse_table(before);
  const auto unchanged = definition.print();
  change(definition);
  auto after = definition.print();
  if (after != unchanged) set_table_sql(table, after);
}

std::vector<std::string> SqliteDdl::tables_with_keys_to(std::string_view table) {
  return texts(
      "SELECT DISTINCT s.name FROM sqlite_schema s, pragma_foreign_key_list(s.name) k "
      "WHERE s.type = 'table' AND k.\"table\" = ? COLLATE NOCASE",
      {std::string(table)});
}

void SqliteDdl::remove_keys_to(std::string_view table, const KeyTest& test) {
  for (const auto& other : tables_with_keys_to(table)) {
    edit(other, [&](TableDefinition& definition) {
      remove_keys(definition,
                  [&](const TableConstraint& key) { return same_name(key.referenced_table, table) && test(key); });
    });
  }
}

void SqliteDdl::add_column(std::string_view table, const ColumnSpec& column) {
  if (column.is_primary_key || column.has_auto_increment) {
    throw DatabaseError(DatabaseError::Kind::other, "SQLite can't add a primary key to a table");
  }
  Transaction transaction(connection_);
  const auto kind = column.default_value.kind;
  const bool is_computed = kind == ColumnDefault::Kind::current_timestamp || kind == ColumnDefault::Kind::random_uuid;
  if (is_computed && !texts("SELECT 1 FROM " + quoted(table) + " LIMIT 1", {}).empty()) {
    // ADD COLUMN takes constant defaults only: existing rows are filled first.
    connection_.run(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", quoted(table), quoted(column.name),
                                dialect_.column_type(column)));
    rewrite_values(table, column.name, *default_sql(column));
    alter_column(table, column);
  } else {
    connection_.run(fmt::format("ALTER TABLE {} ADD COLUMN {}", quoted(table), column_sql(column)));
  }
  transaction.commit();
}

void SqliteDdl::alter_column(std::string_view table, const ColumnSpec& column) {
  using Kind = ColumnClause::Kind;
  // The key that fills itself is so only as `integer PRIMARY KEY`, and has no default.
  if (column.has_auto_increment) return;
  auto definition = sqlite::parse_table(table_sql(table));
  const auto before = definition.print();
  auto* found = definition.column(column.name);
  if (found == nullptr) {
    throw DatabaseError(DatabaseError::Kind::missing_table, fmt::format("there is no column \"{}\"", column.name));
  }
  auto altered = found->column();
  const auto* type = altered.clause(Kind::type);
  const auto old_type = type == nullptr ? std::string() : type->text;
  const auto new_type = column.keeps_type ? old_type : dialect_.column_type(column);
  const auto* value = altered.clause(Kind::default_value);
  const auto old_default = value == nullptr ? std::string() : value->text;
  const auto new_value = default_sql(column);
  const auto new_default = column.keeps_default ? old_default : new_value ? "DEFAULT " + *new_value : std::string();
  const bool keeps_not_null = !column.is_nullable && altered.clause(Kind::not_null) != nullptr;

  altered.remove(Kind::type);
  altered.remove(Kind::null);
  if (!keeps_not_null) altered.remove(Kind::not_null);
  altered.remove(Kind::default_value);
  std::vector<ColumnClause> clauses;
  if (!new_type.empty()) clauses.push_back({Kind::type, same_name(old_type, new_type) ? old_type : new_type});
  if (!column.is_nullable && !keeps_not_null) clauses.push_back({Kind::not_null, "NOT NULL"});
  if (!new_default.empty()) clauses.push_back({Kind::default_value, new_default});
  altered.clauses.insert(altered.clauses.begin(), clauses.begin(), clauses.end());
  found->text = altered.print();
  if (definition.print() == before) return;

  Transaction transaction(connection_);
  // Rows that are older than the column do not hold it: they read the default, and would read the new one.
  if (old_default != new_default) rewrite_values(table, column.name, quoted(column.name));
  set_table_sql(table, definition.print());
  if (affinity_of(old_type) != affinity_of(new_type)) store_anew(table, column.name);
  transaction.commit();
}

// Sets all values of a column, as the change of its table that it is: without triggers.
void SqliteDdl::rewrite_values(std::string_view table, std::string_view column, const std::string& expression) {
  std::vector<std::pair<std::string, std::string>> triggers;
  {
    const auto rows =
        connection_.query("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE",
                          std::vector<Value>{std::string(table)});
    while (rows->next()) triggers.emplace_back(rows->cell(0).to_string(), rows->cell(1).to_string());
  }
  for (const auto& [name, sql] : triggers) connection_.run("DROP TRIGGER " + quoted(name));
  connection_.run(fmt::format("UPDATE {} SET {} = {}", quoted(table), quoted(column), expression));
  for (const auto& [name, sql] : triggers) connection_.run(sql);
}

// Stores all values of a column again after its type changed, so that they get the form of the new type.
void SqliteDdl::store_anew(std::string_view table, std::string_view column) {
  // Keys of other tables must not act on it: for them, the text '1' and the number 1 are different.
  std::vector<std::pair<std::string, std::string>> others;
  for (const auto& other : tables_with_keys_to(table)) others.emplace_back(other, table_sql(other));
  if (!others.empty()) drop_keys_to(table);
  // Under the new type, before anything changes: an index has to agree with the row that it is about to lose.
  connection_.run("REINDEX " + quoted(table));
  rewrite_values(table, column, quoted(column));
  for (const auto& [other, sql] : others) set_table_sql(other, sql);
}

void SqliteDdl::drop_column(std::string_view table, std::string_view column) {
  Transaction transaction(connection_);
  for (const auto& index : indexes(table)) {
    if (!contains(index.columns, column)) continue;
    if (index.is_primary) throw DatabaseError(DatabaseError::Kind::other, "the primary key can't be dropped");
    if (index.is_constraint) drop_unique_constraint(table, index);
  }
  {
    // Those with expressions and conditions too.
    std::vector<std::string> doomed;
    const auto rows = connection_.query(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL",
        std::vector<Value>{std::string(table)});
    while (rows->next()) {
      if (sqlite::mentions(sqlite::index_terms(rows->cell(1).text), column))
        doomed.push_back(rows->cell(0).to_string());
    }
    for (const auto& name : doomed) connection_.run("DROP INDEX " + quoted(name));
  }
  remove_keys_to(table, [&](const TableConstraint& key) { return contains(key.referenced_columns, column); });
  edit(table, [&](TableDefinition& definition) {
    remove_keys(definition, [&](const TableConstraint& key) { return contains(key.columns, column); });
    std::erase_if(definition.definitions, [&](const sqlite::Definition& part) {
      return !part.is_column && part.constraint().kind == TableConstraint::Kind::check &&
             sqlite::mentions(part.text, column);
    });
    for (auto& part : definition.definitions) {
      if (!part.is_column) continue;
      auto other = part.column();
      if (same_name(other.name, column)) continue;
      const auto removed = std::erase_if(other.clauses, [&](const ColumnClause& clause) {
        return clause.kind == ColumnClause::Kind::check && sqlite::mentions(clause.text, column);
      });
      if (removed > 0) part.text = other.print();
    }
  });
  connection_.run(fmt::format("ALTER TABLE {} DROP COLUMN {}", quoted(table), quoted(column)));
  transaction.commit();
}

std::vector<FoundIndex> SqliteDdl::indexes(std::string_view table) {
  std::vector<FoundIndex> found;
  std::set<std::string> with_expressions;
  const auto rows = connection_.query(
      "SELECT i.name, i.\"unique\", i.origin, c.name FROM pragma_index_list(?) i, pragma_index_info(i.name) c "
      "WHERE i.partial = 0 ORDER BY i.seq, c.seqno",
      std::vector<Value>{std::string(table)});
  while (rows->next()) {
    const auto name = rows->cell(0).to_string();
    if (found.empty() || found.back().name != name) {
      found.push_back({.name = name,
                       .columns = {},
                       .is_unique = rows->cell(1).to_bool(),
                       .is_primary = rows->cell(2).text == "pk",
                       .is_constraint = rows->cell(2).text != "c"});
    }
    if (rows->cell(3).is_null()) with_expressions.insert(name);
    found.back().columns.push_back(rows->cell(3).to_string());
  }
  std::erase_if(found, [&](const FoundIndex& index) { return with_expressions.contains(index.name); });
  return found;
}

// A unique constraint is the text in the table and an index without a text of its own, sqlite_autoindex_TABLE_n. The
// text goes away, and the index becomes an ordinary one, which then can be dropped. SQLite finds the others by their
// number, which is their place in the table, so they move up.
void SqliteDdl::drop_unique_constraint(std::string_view table, const FoundIndex& index) {
  auto definition = sqlite::parse_table(table_sql(table));
  std::erase_if(definition.definitions, [&](const sqlite::Definition& part) {
    if (part.is_column) return false;
    const auto constraint = part.constraint();
    return constraint.kind == TableConstraint::Kind::unique &&
           std::ranges::equal(constraint.columns, index.columns, same_name);
  });
  if (index.columns.size() == 1) {
    if (auto* part = definition.column(index.columns.front())) {
      auto column = part->column();
      column.remove(ColumnClause::Kind::unique);
      part->text = column.print();
    }
  }

  const auto prefix = index.name.substr(0, index.name.rfind('_') + 1);
  const auto number = parse_integer(std::string_view(index.name).substr(prefix.size()));
  if (!number) throw DatabaseError(DatabaseError::Kind::other, "unknown kind of index: " + index.name);
  const auto loose = "ashlar_dropped_" + index.name;
  const auto loose_sql =
      fmt::format("CREATE UNIQUE INDEX {} ON {} {}", quoted(loose), quoted(table), column_list(index.columns));
  Transaction transaction(connection_);
  change_schema([&] {
    connection_.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ? COLLATE NOCASE",
                        std::vector<Value>{definition.print(), std::string(table)});
    connection_.execute("UPDATE sqlite_schema SET name = ?, sql = ? WHERE type = 'index' AND name = ?",
                        std::vector<Value>{loose, loose_sql, index.name});
    for (auto next = *number + 1;; ++next) {
      const auto moved = connection_.execute(
          "UPDATE sqlite_schema SET name = ? WHERE type = 'index' AND name = ? AND sql IS NULL",
          std::vector<Value>{fmt::format("{}{}", prefix, next - 1), fmt::format("{}{}", prefix, next)});
      if (moved.rows == 0) break;
    }
  });
  connection_.run("DROP INDEX " + quoted(loose));
  transaction.commit();
}

void SqliteDdl::add_foreign_key(const std::string& name, const ForeignKeySpec& key) {
  const auto orphans = texts(
      fmt::format("SELECT child.{0} FROM {1} AS child WHERE child.{0} IS NOT NULL AND NOT EXISTS "
                  "(SELECT 1 FROM {2} AS parent WHERE parent.{3} = child.{0}) LIMIT 1",
                  quoted(key.column), quoted(key.table), quoted(key.referenced_table), quoted(key.referenced_column)),
      {});
  if (!orphans.empty()) {
    DatabaseError error(DatabaseError::Kind::foreign_key, "a value has no counterpart: " + orphans.front());
    error.value = orphans.front();
    throw error;
  }
  edit(key.table, [&](TableDefinition& definition) {
    definition.definitions.push_back({.text = VendorDdl::foreign_key_in_table(name, key), .is_column = false});
  });
}

}  // namespace

std::unique_ptr<VendorDdl> make_sqlite_ddl(Connection& connection, const Dialect& dialect) {
  return std::make_unique<SqliteDdl>(connection, dialect);
}

}  // namespace ashlar::database
