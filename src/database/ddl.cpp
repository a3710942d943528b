#include "database/ddl.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "database/ddl_vendor.h"

namespace ashlar::database {
namespace {

constexpr std::string_view foreign_key_index_kind = "foreign_idx";

std::unique_ptr<VendorDdl> make_vendor(Connection& connection, const Dialect& dialect) {
  switch (dialect.vendor()) {
    case Vendor::postgres:
      return make_postgres_ddl(connection, dialect);
    case Vendor::mysql:
      return make_mysql_ddl(connection, dialect);
    case Vendor::sqlite:
      break;
  }
  return make_sqlite_ddl(connection, dialect);
}

// FNV-1a: names have to differ, nobody attacks them.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

// Not longer than `limit`, and no UTF-8 sequence cut in two.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

// Runs the step, and lets its error say where.
template <typename Step>
void at(std::string_view table, std::string_view column, Step step) {
  try {
    step();
  } catch (DatabaseError& error) {
    error.table = table;
    if (!column.empty()) error.columns = {std::string(column)};
    throw;
  }
}

bool is_on(const FoundIndex& index, std::string_view column) {
  return index.columns.size() == 1 && index.columns.front() == column;
}

}  // namespace

bool is_foreign_key_index(std::string_view index_name) { return index_name.ends_with(foreign_key_index_kind); }

Ddl::Ddl(Connection& connection, const Dialect& dialect)
    : connection_(connection), dialect_(dialect), vendor_(make_vendor(connection, dialect)) {}

Ddl::~Ddl() = default;

std::string Ddl::constraint_name(std::string_view table, std::string_view column, std::string_view kind) const {
  auto clean = [](std::string text) { return replace_all(replace_all(to_lower(text), ".", "_"), "-", "_"); };
  const auto whole = clean(fmt::format("{}_{}_{}", table, column, kind));
  const auto limit = kind == "foreign" ? std::min<std::size_t>(vendor_->name_limit(), 60) : vendor_->name_limit();
  if (whole.size() <= limit) return whole;
  const auto end = fmt::format("_{:08x}_{}", hash_of(whole), kind);
  return std::string(cut(whole, limit - end.size())) + end;
}

bool Ddl::has_table(std::string_view table) { return vendor_->has_table(table); }

void Ddl::create_table(const TableSpec& table) {
  std::vector<std::string> parts, keys;
  for (const auto& column : table.columns) {
    parts.push_back(vendor_->column_sql(column));
    // SQLite names the self-filling key where the column is.
    const bool named = dialect_.vendor() == Vendor::sqlite && column.has_auto_increment;
    if (column.is_primary_key && !named) keys.push_back(dialect_.quoted(column.name));
  }
  if (!keys.empty()) parts.push_back("PRIMARY KEY (" + join(keys, ", ") + ")");
  std::vector<std::pair<std::string, const IndexSpec*>> later;
  for (const auto& index : table.indexes) {
    const auto name = constraint_name(table.name, join(index.columns, "_"), index.is_unique ? "unique" : "index");
    auto part = vendor_->index_in_table(name, index);
    if (part.empty()) {
      later.emplace_back(name, &index);
    } else {
      parts.push_back(std::move(part));
    }
  }
  for (const auto& key : table.foreign_keys) {
    parts.push_back(vendor_->foreign_key_in_table(constraint_name(table.name, key.column, "foreign"), key));
  }
  at(table.name, {}, [&] {
    connection_.run("CREATE TABLE " + dialect_.quoted(table.name) + " (" + join(parts, ", ") + ")");
    for (const auto& [name, index] : later) vendor_->create_index(name, table.name, *index, false);
    for (const auto& key : table.foreign_keys) index_foreign_key(table.name, key.column);
  });
}

void Ddl::drop_table(std::string_view table) {
  at(table, {}, [&] {
    vendor_->drop_keys_to(table);
    connection_.run("DROP TABLE " + dialect_.quoted(table));
  });
}

void Ddl::add_column(std::string_view table, const ColumnSpec& column) {
  at(table, column.name, [&] {
    const bool fills_itself =
        column.has_auto_increment || column.default_value.kind != ColumnDefault::Kind::none || column.is_nullable;
    // MySQL would put in zeros and empty texts.
    if (!fills_itself && has_rows(table)) {
      throw DatabaseError(DatabaseError::Kind::not_null, "the rows that are there have no value for the new column");
    }
    vendor_->add_column(table, column);
  });
}

void Ddl::alter_column(std::string_view table, const ColumnSpec& column) {
  at(table, column.name, [&] {
    if (!column.is_nullable) check_nulls(table, column.name);
    vendor_->alter_column(table, column);
  });
}

void Ddl::drop_column(std::string_view table, std::string_view column) {
  at(table, column, [&] { vendor_->drop_column(table, column); });
}

void Ddl::add_index(std::string_view table, std::string_view column, bool unique, bool concurrently) {
  at(table, column, [&] {
    const auto indexes = vendor_->indexes(table);
    const bool has_key = vendor_->has_foreign_key(table, column);
    for (const auto& index : indexes) {
      if (is_on(index, column) && index.is_unique == unique && !serves_key(table, column, index, has_key)) return;
    }
    vendor_->create_index(constraint_name(table, column, unique ? "unique" : "index"), table,
                          {.columns = {std::string(column)}, .is_unique = unique}, concurrently);
    // The new one serves the foreign key as well.
    for (const auto& index : indexes) {
      if (is_on(index, column) && is_foreign_key_index(index.name)) vendor_->drop_index(table, index);
    }
  });
}

void Ddl::drop_index(std::string_view table, std::string_view column, bool unique) {
  at(table, column, [&] {
    const bool has_key = vendor_->has_foreign_key(table, column);
    for (const auto& index : vendor_->indexes(table)) {
      if (!is_on(index, column) || index.is_unique != unique || index.is_primary) continue;
      if (serves_key(table, column, index, has_key)) continue;
      // MySQL would not let go of the last one.
      if (has_key && vendor_->indexes_foreign_keys()) index_foreign_key(table, column, index.name);
      vendor_->drop_index(table, index);
    }
    if (has_key) index_foreign_key(table, column);
  });
}

void Ddl::add_foreign_key(const ForeignKeySpec& key) {
  at(key.table, key.column, [&] {
    vendor_->add_foreign_key(constraint_name(key.table, key.column, "foreign"), key);
    index_foreign_key(key.table, key.column);
  });
}

bool Ddl::has_foreign_key(std::string_view table, std::string_view column) {
  return vendor_->has_foreign_key(table, column);
}

bool Ddl::is_signed(std::string_view table, std::string_view column) { return vendor_->is_signed(table, column); }

void Ddl::make_signed(std::string_view table, std::string_view column) {
  at(table, column, [&] { vendor_->make_signed(table, column); });
}

void Ddl::drop_foreign_key(std::string_view table, std::string_view column) {
  at(table, column, [&] {
    vendor_->drop_foreign_keys(table, column);
    const auto key_name = constraint_name(table, column, "foreign");
    for (const auto& index : vendor_->indexes(table)) {
      if (is_on(index, column) && !index.is_unique && (is_foreign_key_index(index.name) || index.name == key_name)) {
        vendor_->drop_index(table, index);
      }
    }
  });
}

// Whether an index is there for the foreign key of its column only: made by us, or by MySQL.
bool Ddl::serves_key(std::string_view table, std::string_view column, const FoundIndex& index, bool has_key) const {
  return is_foreign_key_index(index.name) || (has_key && index.name == constraint_name(table, column, "foreign"));
}

// Makes an index for the foreign key of the column, unless one other than `ignored` starts with the column.
void Ddl::index_foreign_key(std::string_view table, std::string_view column, std::string_view ignored) {
  if (vendor_->indexes_foreign_keys() && ignored.empty()) return;
  for (const auto& index : vendor_->indexes(table)) {
    if (index.columns.front() == column && index.name != ignored) return;
  }
  const auto name =
      constraint_name(table, column, vendor_->indexes_foreign_keys() ? "foreign" : foreign_key_index_kind);
  vendor_->create_index(name, table, {.columns = {std::string(column)}, .is_unique = false}, false);
}

bool Ddl::has_rows(std::string_view table) {
  return connection_.query("SELECT 1 FROM " + dialect_.quoted(table) + " LIMIT 1")->next();
}

void Ddl::check_nulls(std::string_view table, std::string_view column) {
  const auto sql =
      fmt::format("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1", dialect_.quoted(table), dialect_.quoted(column));
  if (connection_.query(sql)->next()) {
    throw DatabaseError(DatabaseError::Kind::not_null, fmt::format("column \"{}\" contains null values", column));
  }
}

// ---- what the vendors share

std::string VendorDdl::column_sql(const ColumnSpec& column) const {
  auto sql = quoted(column.name) + " " + type_sql(column) + null_sql(column);
  if (const auto value = default_sql(column)) sql += " DEFAULT " + *value;
  return sql;
}

std::optional<std::string> VendorDdl::default_sql(const ColumnSpec& column) const {
  switch (column.default_value.kind) {
    case ColumnDefault::Kind::literal:
      return literal(column);
    case ColumnDefault::Kind::current_timestamp:
      if (column.default_value.precision) return fmt::format("CURRENT_TIMESTAMP({})", *column.default_value.precision);
      return "CURRENT_TIMESTAMP";
    case ColumnDefault::Kind::random_uuid:
      return random_uuid_sql();
    case ColumnDefault::Kind::none:
      break;
  }
  return std::nullopt;
}

std::string VendorDdl::literal(const ColumnSpec& column) const {
  const auto& text = column.default_value.text;
  if (column.type == Type::boolean) return is_true(text) ? "'1'" : "'0'";
  return quoted_text(text);
}

std::string VendorDdl::foreign_key_in_table(const std::string& name, const ForeignKeySpec& key) const {
  return "CONSTRAINT " + quoted(name) + " FOREIGN KEY (" + quoted(key.column) + ") " + references_sql(key);
}

std::string VendorDdl::column_list(const std::vector<std::string>& columns) const {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(quoted(column));
  return "(" + join(names, ", ") + ")";
}

std::string VendorDdl::references_sql(const ForeignKeySpec& key) const {
  auto sql = "REFERENCES " + quoted(key.referenced_table) + " (" + quoted(key.referenced_column) + ")";
  // Of the few words that there are, since they can't be bound.
  constexpr std::array<std::string_view, 5> actions = {"NO ACTION", "SET NULL", "SET DEFAULT", "CASCADE", "RESTRICT"};
  auto append = [&](std::string_view event, const std::optional<std::string>& action) {
    if (!action) return;
    if (std::ranges::find(actions, *action) == actions.end()) {
      throw DatabaseError(DatabaseError::Kind::other, "unknown action of a foreign key: " + *action);
    }
    sql += fmt::format(" ON {} {}", event, *action);
  };
  append("DELETE", key.on_delete);
  append("UPDATE", key.on_update);
  return sql;
}

std::vector<std::string> VendorDdl::texts(std::string_view sql, const std::vector<Value>& parameters) {
  std::vector<std::string> found;
  const auto rows = connection_.query(sql, parameters);
  while (rows->next()) found.push_back(rows->cell(0).to_string());
  return found;
}

std::string quoted_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw DatabaseError(DatabaseError::Kind::invalid_value, "a default with a NUL byte");
  }
  return "'" + replace_all(std::string(text), "'", "''") + "'";
}

bool is_true(std::string_view text) {
  return equals_ignoring_case(text, "true") || equals_ignoring_case(text, "t") || text == "1";
}

}  // namespace ashlar::database
