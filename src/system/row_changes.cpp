#include "system/row_changes.h"

#include <algorithm>

#include "database/row_statements.h"

namespace ashlar::system {

using database::SqlText;

std::int64_t RowChanges::insert(const std::string& table, const Columns& values, bool has_auto_id) {
  auto sql = database::insert_text(dialect_, table, values);
  std::int64_t key = 0;
  if (has_auto_id && dialect_.vendor() == database::Vendor::postgres) {
    (sql << " RETURNING ").name("id");
    const auto cursor = connection_.query(sql.text, sql.parameters);
    if (cursor->next()) key = cursor->cell(0).to_integer();
  } else {
    const auto done = connection_.execute(sql.text, sql.parameters);
    if (has_auto_id) key = done.last_insert_id;
  }
  undo_.add([this, table, where = has_auto_id ? Columns{{"id", key}} : values] { erase(table, where); });
  return key;
}

void RowChanges::update(const std::string& table, const Columns& values, const Columns& where) {
  if (values.empty()) return;
  keep_rows(table, where);
  const auto sql = database::update_text(dialect_, table, values, where);
  connection_.execute(sql.text, sql.parameters);
}

void RowChanges::erase(const std::string& table, const Columns& where) {
  keep_rows(table, where);
  erase_for_good(table, where);
}

void RowChanges::erase_for_good(const std::string& table, const Columns& where) {
  const auto sql = database::delete_text(dialect_, table, where);
  connection_.execute(sql.text, sql.parameters);
}

void RowChanges::run(const SqlText& sql) { connection_.execute(sql.text, sql.parameters); }

std::vector<Columns> RowChanges::read(const std::string& table, const std::vector<std::string>& columns,
                                      const Columns& where) {
  SqlText sql(dialect_);
  (sql << "SELECT ").names(columns);
  (sql << " FROM ").name(table);
  database::add_where(sql, where);
  std::vector<Columns> found;
  const auto cursor = connection_.query(sql.text, sql.parameters);
  while (cursor->next()) {
    auto& row = found.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      row.emplace_back(columns[i], cursor->cell(static_cast<int>(i)).to_value());
    }
  }
  return found;
}

std::vector<Columns> RowChanges::rows(const database::Table& table, const Columns& where) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return read(table.name, names, where);
}

void RowChanges::restore(const database::Table& table, const Columns& row) {
  const auto key = std::find_if(row.begin(), row.end(),
                                [&](const auto& column) { return column.first == table.primary_key.front(); });
  if (rows(table, {*key}).empty()) {
    insert(table.name, row, false);
  } else {
    update(table.name, row, {*key});
  }
}

void RowChanges::keep_rows(const std::string& table, const Columns& where) {
  const auto* known = schema_->catalog().table(table);
  if (!undo_.needed() || known == nullptr) return;
  undo_.add([this, known, kept = rows(*known, where)] {
    for (const auto& row : kept) restore(*known, row);
  });
}

}  // namespace ashlar::system
