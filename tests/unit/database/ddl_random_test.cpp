// Random changes of a table with rows, compared after each step with a model of what a table is.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

#include "database/ddl.h"
#include "databases.h"

namespace ashlar::database {
namespace {

using Kind = DatabaseError::Kind;

struct ModelColumn {
  ColumnSpec spec;
  bool is_unique = false, is_indexed = false, has_key = false;
};

// Values are kept as texts of digits: all the types that are used here can hold them, and be cast to each other.
using Row = std::map<std::string, std::optional<std::string>>;

class DdlRandomTest : public OnDatabase {
 protected:
  std::mt19937 random;
  std::vector<ModelColumn> columns;
  std::map<int, Row> table_rows;
  int next_id = 1, next_name = 1, next_value = 1000;
  std::string history;

  int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }

  void start(unsigned seed) {
    random.seed(seed);
    const std::string key =
        by_vendor("integer PRIMARY KEY AUTOINCREMENT", "serial PRIMARY KEY", "int unsigned AUTO_INCREMENT PRIMARY KEY");
    const std::string reference = by_vendor("integer", "integer", "int unsigned");
    if (is_sqlite()) run("PRAGMA synchronous = OFF");
    run("CREATE TABLE parents (id " + key + ")");
    run("CREATE TABLE t (id " + key + ", -- the key\n first varchar(30) DEFAULT '5', CHECK (" +
        by_vendor("id > 0", "id > 0", "first <> '999'") + "))");
    run("CREATE TABLE children (id " + key + ", t " + reference +
        ", FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE)");
    run("CREATE TABLE log (id " + reference + ")");
    run(by_vendor("CREATE TRIGGER logs AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id); END",
                  "CREATE FUNCTION logs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                  "INSERT INTO log VALUES (new.id); RETURN new; END $$",
                  "CREATE TRIGGER logs AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (new.id)"));
    if (is_postgres()) run("CREATE TRIGGER logs AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION logs()");
    for (int i = 0; i < 3; ++i)
      run(is_mysql() ? "INSERT INTO parents () VALUES ()" : "INSERT INTO parents DEFAULT VALUES");
    ModelColumn first;
    first.spec = spec("first", Type::string);
    first.spec.length = 30;
    first.spec.default_value = digits("5");
    columns = {first};
    table_rows.clear();
    next_id = 1;
    history.clear();
  }

  static ColumnDefault digits(std::string text) {
    return {.kind = ColumnDefault::Kind::literal, .text = std::move(text), .precision = {}};
  }
  static ColumnSpec spec(std::string name, Type type) {
    ColumnSpec made;
    made.name = std::move(name);
    made.type = type;
    return made;
  }

  Type random_type() {
    constexpr std::array types = {Type::string, Type::text, Type::integer, Type::big_integer};
    return types[static_cast<std::size_t>(pick(types.size()))];
  }

  void randomize_default(ColumnSpec& column) {
    column.default_value = {};
    if (column.type != Type::text && pick(2) == 0) column.default_value = digits(std::to_string(1 + pick(3)));
  }

  bool has_nulls(const std::string& name) {
    return std::ranges::any_of(table_rows, [&](auto& row) { return !row.second[name]; });
  }
  bool has_doubles(const std::string& name) {
    std::vector<std::string> values;
    for (auto& [id, row] : table_rows) {
      if (row[name]) values.push_back(*row[name]);
    }
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) != values.end();
  }
  bool fits_parents(const std::string& name) {
    return std::ranges::all_of(table_rows, [&](auto& row) {
      return !row.second[name] || *row.second[name] == "1" || *row.second[name] == "2" || *row.second[name] == "3";
    });
  }

  // Runs the change and expects the error, where one is given. Tells whether the change was made.
  bool change(const std::string& what, std::optional<Kind> error, const std::function<void(Ddl&)>& work) {
    history += what + "\n";
    const auto connection = database.writer();
    Ddl ddl(*connection, dialect());
    try {
      if (is_mysql()) {
        work(ddl);
      } else {
        Transaction transaction(*connection);
        work(ddl);
        transaction.commit();
      }
    } catch (const DatabaseError& thrown) {
      EXPECT_TRUE(error.has_value()) << thrown.what() << "\n" << history;
      EXPECT_EQ(thrown.kind, error.value_or(thrown.kind)) << thrown.what() << "\n" << history;
      return false;
    }
    EXPECT_FALSE(error.has_value()) << "was not refused\n" << history;
    return true;
  }

  void add_column() {
    ModelColumn column;
    column.spec = spec(fmt::format("c{}", next_name++), random_type());
    randomize_default(column.spec);
    const bool has_default = column.spec.default_value.kind != ColumnDefault::Kind::none;
    column.spec.is_nullable = pick(3) > 0;
    const bool fails = !column.spec.is_nullable && !has_default && !table_rows.empty();
    const bool done = change("add " + column.spec.name, fails ? std::optional(Kind::not_null) : std::nullopt,
                             [&](Ddl& ddl) { ddl.add_column("t", column.spec); });
    if (!done) return;
    for (auto& [id, row] : table_rows) {
      row[column.spec.name] = has_default ? std::optional(column.spec.default_value.text) : std::nullopt;
    }
    columns.push_back(column);
  }

  void alter_column(ModelColumn& column) {
    auto altered = column.spec;
    // Types of keys, and of indexes that have to be of a length, stay.
    if (!column.has_key && !column.is_unique && !column.is_indexed) altered.type = random_type();
    altered.length = {};
    randomize_default(altered);
    altered.is_nullable = pick(2) == 0;
    const bool fails = !altered.is_nullable && has_nulls(altered.name);
    const bool done = change("alter " + altered.name, fails ? std::optional(Kind::not_null) : std::nullopt,
                             [&](Ddl& ddl) { ddl.alter_column("t", altered); });
    if (done) column.spec = altered;
  }

  void drop_column(std::size_t index) {
    const auto name = columns[index].spec.name;
    if (!change("drop " + name, {}, [&](Ddl& ddl) { ddl.drop_column("t", name); })) return;
    columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(index));
    for (auto& [id, row] : table_rows) row.erase(name);
  }

  void toggle_index(ModelColumn& column, bool unique) {
    if (column.spec.type == Type::text) return;
    const auto name = column.spec.name;
    auto& flag = unique ? column.is_unique : column.is_indexed;
    const std::string kind = unique ? "unique " : "index ";
    if (flag) {
      change("no " + kind + name, {}, [&](Ddl& ddl) { ddl.drop_index("t", name, unique); });
      flag = false;
    } else {
      const bool fails = unique && has_doubles(name);
      flag = change(kind + name, fails ? std::optional(Kind::unique) : std::nullopt,
                    [&](Ddl& ddl) { ddl.add_index("t", name, unique); });
    }
  }

  void toggle_key(ModelColumn& column) {
    if (column.spec.type != Type::integer) return;
    const auto name = column.spec.name;
    if (column.has_key) {
      change("no key " + name, {}, [&](Ddl& ddl) { ddl.drop_foreign_key("t", name); });
      column.has_key = false;
      return;
    }
    column.has_key =
        change("key " + name, fits_parents(name) ? std::nullopt : std::optional(Kind::foreign_key), [&](Ddl& ddl) {
          ddl.add_foreign_key({.table = "t",
                               .column = name,
                               .referenced_table = "parents",
                               .referenced_column = "id",
                               .on_delete = {},
                               .on_update = {}});
        });
  }

  void insert_row() {
    Row row;
    std::vector<std::string> names, values;
    for (const auto& column : columns) {
      const auto& name = column.spec.name;
      const bool has_default = column.spec.default_value.kind != ColumnDefault::Kind::none;
      std::optional<std::string> value;
      if (column.is_unique && column.has_key) {
        if (!column.spec.is_nullable) return;
      } else if (column.is_unique) {
        value = std::to_string(next_value++);
      } else if (column.has_key) {
        value = std::to_string(1 + pick(3));
      } else if (has_default && pick(2) == 0) {
        row[name] = column.spec.default_value.text;
        continue;
      } else {
        value = std::to_string(1 + pick(6));
      }
      if (column.spec.is_nullable && pick(4) == 0) value = {};
      row[name] = value;
      names.push_back(quoted(name));
      values.push_back(value ? "'" + *value + "'" : "NULL");
    }
    names.push_back("id");
    values.push_back("NULL");
    history += fmt::format("insert {} = {}\n", fmt::join(names, ","), fmt::join(values, ","));
    if (is_postgres()) values.back() = "DEFAULT";
    run(fmt::format("INSERT INTO t ({}) VALUES ({})", fmt::join(names, ", "), fmt::join(values, ", ")));
    run(fmt::format("INSERT INTO children (t) VALUES ({})", next_id));
    table_rows[next_id++] = row;
  }

  void delete_row() {
    if (table_rows.empty()) return;
    auto row = table_rows.begin();
    std::advance(row, pick(static_cast<int>(table_rows.size())));
    history += fmt::format("delete {}\n", row->first);
    run(fmt::format("DELETE FROM t WHERE id = {}", row->first));
    table_rows.erase(row);
  }

  void step() {
    if (columns.empty() || (columns.size() < 6 && pick(4) == 0)) return add_column();
    const auto index = static_cast<std::size_t>(pick(static_cast<int>(columns.size())));
    switch (pick(12)) {
      case 0:
        return drop_column(index);
      case 1:
      case 2:
      case 3:
        return alter_column(columns[index]);
      case 4:
        return toggle_index(columns[index], true);
      case 5:
        return toggle_index(columns[index], false);
      case 6:
      case 7:
        return toggle_key(columns[index]);
      case 8:
        return delete_row();
      default:
        return insert_row();
    }
  }

  void compare() {
    const auto tables = dialect().introspect(*database.reader());
    const auto& found = *std::ranges::find(tables, "t", &Table::name);
    ASSERT_EQ(found.columns.size(), columns.size() + 1) << history;
    for (const auto& column : columns) {
      const auto* real = found.column(column.spec.name);
      ASSERT_NE(real, nullptr) << column.spec.name << "\n" << history;
      EXPECT_EQ(real->is_nullable, column.spec.is_nullable) << column.spec.name << "\n" << history;
      EXPECT_EQ(real->is_unique, column.is_unique) << column.spec.name << "\n" << history;
      const bool key = std::ranges::any_of(found.foreign_keys, [&](const ForeignKey& candidate) {
        return candidate.columns == std::vector<std::string>{column.spec.name};
      });
      EXPECT_EQ(key, column.has_key) << column.spec.name << "\n" << history;
      const bool indexed = std::ranges::any_of(found.indexes, [&](const Index& candidate) {
        return candidate.columns == std::vector<std::string>{column.spec.name};
      });
      EXPECT_EQ(indexed, column.has_key || column.is_indexed || column.is_unique) << column.spec.name << "\n"
                                                                                  << history;
    }
    EXPECT_EQ(real_rows(), model_rows()) << history;
    EXPECT_EQ(first_cell("SELECT count(*) FROM children"), std::to_string(table_rows.size())) << history;
    EXPECT_EQ(first_cell("SELECT count(*) FROM log"), std::to_string(next_id - 1)) << history;
    if (is_sqlite()) {
      EXPECT_EQ(first_cell("PRAGMA integrity_check"), "ok") << history;
      EXPECT_EQ(first_cell("PRAGMA foreign_key_check"), "no row") << history;
    }
  }

  std::string model_rows() {
    std::string text;
    for (auto& [id, row] : table_rows) {
      text += std::to_string(id);
      for (const auto& column : columns) text += "," + row[column.spec.name].value_or("-");
      text += "\n";
    }
    return text;
  }

  std::string real_rows() {
    std::string names = "id";
    for (const auto& column : columns) names += ", " + quoted(column.spec.name);
    const auto connection = database.reader();
    const auto found = connection->query("SELECT " + names + " FROM t ORDER BY id");
    std::string text;
    while (found->next()) {
      for (int i = 0; i < found->column_count(); ++i) {
        if (i > 0) text += ",";
        text += found->cell(i).is_null() ? "-" : found->cell(i).to_string();
      }
      text += "\n";
    }
    return text;
  }

  void drop_all() {
    for (const auto* name : {"children", "t", "parents", "log"}) run(fmt::format("DROP TABLE {}", name));
    if (is_postgres()) run("DROP FUNCTION logs");
  }
};
ASHLAR_ON_ALL_DATABASES(DdlRandomTest);

TEST_P(DdlRandomTest, LeavesTheTableAsTheModelSays) {
  const unsigned seeds = is_sqlite() ? 30 : 8;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    start(seed);
    for (int i = 0; i < 40; ++i) {
      step();
      compare();
      if (HasFailure()) return;
    }
    drop_all();
  }
}

}  // namespace
}  // namespace ashlar::database
