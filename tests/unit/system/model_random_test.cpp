// Random changes of the data model on tables with rows, some of them with a statement that fails in between. After each
// one, what the API says is compared with a plain model of it, and so is every row; a change that failed leaves the
// database byte for byte as it was.
//
// ASHLAR_MODEL_STEPS sets the number of steps (25 without it), ASHLAR_MODEL_SEED where the random numbers begin.
#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <random>

#include "fixture.h"

namespace ashlar::system {
namespace {

// Values are texts of digits: all the types that are used here can hold them, and be cast to each other.
using Row = std::map<std::string, std::optional<std::string>>;

struct ModelField {
  std::string type;
  bool is_nullable = true, is_unique = false, is_indexed = false;
  std::string target, on_delete, one_field;  // of a relation, whose many side this is
  std::string note;
  bool is_alias() const { return type == "alias"; }
};

struct ModelCollection {
  std::map<std::string, ModelField> fields;  // without the key
  std::map<int, Row> rows;
  std::string group, note;
};

struct Injected : database::DatabaseError {
  Injected() : DatabaseError(Kind::other, "a statement fails for the test") {}
};

unsigned long number_from(const char* variable, unsigned long standard) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoul(text, nullptr, 10) : standard;
}

class ModelRandom : public WithModel {
 protected:
  std::mt19937 random;
  std::map<std::string, ModelCollection> model;
  int next_name = 1, next_value = 1000;
  std::string history;
  int injected = 0, refused = 0;

  int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }
  template <typename Map>
  auto& any_of(Map& map) {
    return *std::next(map.begin(), pick(static_cast<int>(map.size())));
  }
  std::string new_name(std::string_view start) { return fmt::format("{}{}", start, next_name++); }
  static std::string flag(bool value) { return value ? "true" : "false"; }

  // ---- what is there

  std::vector<std::string> columns_of(const ModelCollection& collection) {
    std::vector<std::string> columns{"id"};
    for (const auto& [name, field] : collection.fields) {
      if (!field.is_alias()) columns.push_back(name);
    }
    return columns;
  }

  // Everything that a change which failed must leave as it was.
  std::string state() {
    std::string text;
    {
      const auto connection = database.reader();
      for (const auto& table : database.dialect().introspect(*connection)) {
        if (table.name.starts_with("directus_")) continue;
        text += fmt::format("table {} {}\n", table.name, table.sql.value_or(""));
        for (const auto& column : table.columns) {
          text += fmt::format("  {} {} {} {} {} {}{}{}\n", column.name, column.data_type,
                              column.default_value.value_or("-"), column.max_length.value_or(-1), column.is_nullable,
                              column.is_unique, column.is_indexed, column.has_auto_increment);
        }
        for (const auto& key : table.foreign_keys) {
          text += fmt::format("  key {} {} {} {}\n", key.columns.front(), key.referenced_table, key.on_delete,
                              key.on_update);
        }
      }
    }
    for (const auto* table : {"directus_collections", "directus_fields", "directus_relations", "directus_activity",
                              "directus_revisions", "directus_permissions"}) {
      std::vector<std::string> columns;
      for (const auto& field : schemas.current()->collection(table)->fields) {
        if (!field.is_alias) columns.push_back(field.name);
      }
      text += fmt::format("{}\n{}", table, rows(table, columns));
    }
    for (const auto& [name, collection] : model) text += rows(name, columns_of(collection));
    return text;
  }

  // ---- comparing

  void expect_field(const std::string& collection, const std::string& name, const ModelField& expected) {
    const auto served = field(collection, name);
    const auto place = collection + "." + name + "\n" + history + printed(served);
    ASSERT_EQ(to_text(served.at("type")), expected.type) << place;
    const auto* note = served.at("meta").as_object().if_contains("note");
    ASSERT_EQ(note->is_null() ? "" : to_text(*note), expected.note) << place;
    if (expected.is_alias()) return;
    const auto& column = served.at("schema").as_object();
    ASSERT_EQ(column.at("is_nullable").as_bool(), expected.is_nullable) << place;
    ASSERT_EQ(column.at("is_unique").as_bool(), expected.is_unique) << place;
    // MySQL has an index for each foreign key, which may be the very one that was asked for.
    if (expected.target.empty() || !is(database::Vendor::mysql)) {
      ASSERT_EQ(column.at("is_indexed").as_bool(), expected.is_indexed) << place;
    }
    const auto& table = column.at("foreign_key_table");
    ASSERT_EQ(table.is_null() ? "" : to_text(table), expected.target) << place;
    if (expected.target.empty()) return;
    const json::value relation = read_relation(services, &admin, collection, name);
    ASSERT_EQ(to_text(relation.at_pointer("/schema/on_delete")), expected.on_delete) << place;
    const auto& one_field = relation.at_pointer("/meta/one_field");
    ASSERT_EQ(one_field.is_null() ? "" : to_text(one_field), expected.one_field) << place;
  }

  void expect_model() {
    std::vector<std::string> names, expected_names;
    for (const auto& collection : read_collections(services, &admin)) {
      const auto name = to_text(collection.at("collection"));
      if (!name.starts_with("directus_")) names.push_back(name);
    }
    for (const auto& [name, collection] : model) expected_names.push_back(name);
    ASSERT_EQ(names, expected_names) << history;
    std::size_t relations = 0;
    for (const auto& [name, collection] : model) {
      auto fields = field_names(name);
      std::ranges::sort(fields);
      std::vector<std::string> expected{"id"};
      for (const auto& [field_name, field] : collection.fields) expected.push_back(field_name);
      std::ranges::sort(expected);
      ASSERT_EQ(fields, expected) << name << "\n" << history;
      for (const auto& [field_name, field] : collection.fields) {
        expect_field(name, field_name, field);
        relations += field.target.empty() ? 0U : 1U;
      }
      std::string text;
      for (const auto& [id, row] : collection.rows) {
        text += std::to_string(id);
        for (const auto& column : columns_of(collection)) {
          if (column != "id") text += "," + row.at(column).value_or("null");
        }
        text += '\n';
      }
      ASSERT_EQ(rows(name, columns_of(collection)), text) << name << "\n" << history;
      const json::value served = read_collection(services, &admin, name);
      const auto& group = served.at_pointer("/meta/group");
      ASSERT_EQ(group.is_null() ? "" : to_text(group), collection.group) << history;
    }
    std::size_t served_relations = 0;
    for (const auto& relation : read_relations(services, &admin)) {
      served_relations += to_text(relation.at("collection")).starts_with("directus_") ? 0U : 1U;
    }
    ASSERT_EQ(served_relations, relations) << history;
    // What is kept in memory is what is in the database.
    const auto kept = printed(read_fields(services, &admin)) + printed(read_relations(services, &admin));
    schemas.reload();
    ASSERT_EQ(printed(read_fields(services, &admin)) + printed(read_relations(services, &admin)), kept) << history;
  }

  // ---- changing

  // Runs a change; every other one first with a statement that fails. `error` is the code that is expected, empty for
  // none. True where the change was made.
  bool change(const std::string& what, std::string_view error, const std::function<void()>& work) {
    history += what + (error.empty() ? "" : fmt::format("  -> {}", error)) + "\n";
    const auto before = state();
    const bool fails = pick(2) == 0;
    int left = pick(25);
    bool is_over = !fails, has_fired = false;
    statement_watch = [&](std::string_view sql) {
      if (sql == "COMMIT" || sql == "ROLLBACK") is_over = true;
      if (is_over || left-- > 0) return;
      is_over = has_fired = true;
      history += fmt::format("    failed at: {}\n", sql);
      throw Injected();
    };
    auto outcome = attempt(work);
    statement_watch = {};
    if (has_fired && !outcome.empty()) {
      ++injected;
      EXPECT_EQ(state(), before) << history;
      outcome = attempt(work);
    }
    EXPECT_EQ(outcome, error) << history;
    if (outcome.empty()) return true;
    ++refused;
    EXPECT_EQ(state(), before) << history;
    return false;
  }

  // The error's code; empty where there is none.
  static std::string attempt(const std::function<void()>& work) {
    try {
      work();
      return {};
    } catch (const ApiError& error) {
      return error.details().front().code;
    } catch (const database::DatabaseError& error) {
      return error.what();
    }
  }

  static bool has_nulls(ModelCollection& collection, const std::string& name) {
    return std::ranges::any_of(collection.rows, [&](auto& row) { return !row.second[name]; });
  }
  static bool has_doubles(ModelCollection& collection, const std::string& name) {
    std::vector<std::string> values;
    for (auto& [id, row] : collection.rows) {
      if (row[name]) values.push_back(*row[name]);
    }
    std::ranges::sort(values);
    return std::ranges::adjacent_find(values) != values.end();
  }

  std::string random_type() {
    constexpr std::array types{"string", "text", "integer", "bigInteger"};
    return types[static_cast<std::size_t>(pick(types.size()))];
  }

  ModelField random_field() {
    ModelField field;
    field.type = random_type();
    field.is_nullable = pick(4) > 0;
    if (field.type != "text") {
      field.is_unique = pick(5) == 0;
      field.is_indexed = !field.is_unique && pick(4) == 0;
    }
    field.note = pick(2) == 0 ? new_name("note") : "";
    return field;
  }

  static std::string body_of(const std::string& name, const ModelField& field) {
    return fmt::format(
        R"({{"field": "{}", "type": "{}", "schema": {{"is_nullable": {}, "is_unique": {}, "is_indexed": {}}}, "meta": {{"note": {}}}}})",
        name, field.type, flag(field.is_nullable), flag(field.is_unique), flag(field.is_indexed),
        field.note.empty() ? "null" : "\"" + field.note + "\"");
  }

  void create_collection() {
    const auto name = new_name("t");
    ModelCollection made;
    std::string fields;
    for (int count = pick(4); count > 0; --count) {
      const auto field = new_name("f");
      made.fields[field] = random_field();
      fields += ", " + body_of(field, made.fields[field]);
    }
    const auto body = fmt::format(R"({{"collection": "{}", "schema": {{}}, "meta": {{}}, "fields": [{{"field": "id",
        "type": "integer", "meta": {{}}, "schema": {{"is_primary_key": true, "has_auto_increment": true}}}}{}]}})",
                                  name, fields);
    if (change("create " + name + fields, "", [&] { create(body); })) model[name] = made;
  }

  void add_rows() {
    auto& [name, collection] = any_of(model);
    for (int count = 1 + pick(3); count > 0; --count) {
      Row row;
      const int id = collection.rows.empty() ? 1 : collection.rows.rbegin()->first + 1;
      std::vector<std::pair<std::string, database::Value>> values{{"id", std::int64_t{id}}};
      for (const auto& [field_name, field] : collection.fields) {
        if (field.is_alias()) continue;
        std::optional<std::string> value = std::to_string(field.is_unique ? next_value++ : 1 + pick(3));
        if (!field.target.empty()) {
          const auto& others = model[field.target].rows;
          value = others.empty() || pick(3) == 0 ? std::nullopt : std::optional(std::to_string(others.begin()->first));
          if (field.is_unique || (!value && !field.is_nullable)) return;
        } else if (field.is_nullable && pick(4) == 0) {
          value.reset();
        }
        row[field_name] = value;
        values.emplace_back(field_name, value ? database::Value(*value) : database::Value());
        if (value && (field.type == "integer" || field.type == "bigInteger")) {
          values.back().second = static_cast<std::int64_t>(std::stoll(*value));
        }
      }
      history += fmt::format("row {} in {}\n", id, name);
      insert_row(name, values);
      collection.rows[id] = row;
    }
  }

  void insert_row(const std::string& table, const std::vector<std::pair<std::string, database::Value>>& values) {
    database::SqlText sql(database.dialect());
    (sql << "INSERT INTO ").name(table) << " (";
    std::vector<database::Value> bound;
    for (const auto& [column, value] : values) {
      if (!bound.empty()) sql << ", ";
      sql.name(column);
      bound.push_back(value);
    }
    sql << ") VALUES (";
    sql.bind_all(bound) << ")";
    database.writer()->execute(sql.text, sql.parameters);
  }

  void create_field() {
    auto& [name, collection] = any_of(model);
    const auto field_name = new_name("f");
    const auto field = random_field();
    const bool fails = !field.is_nullable && !collection.rows.empty();
    const auto body = body_of(field_name, field);
    if (!change("add to " + name + " " + body, fails ? "CONTAINS_NULL_VALUES" : "", [&] { add_field(name, body); }))
      return;
    collection.fields[field_name] = field;
    for (auto& [id, row] : collection.rows) row[field_name] = std::nullopt;
  }

  void alter_field() {
    auto& [name, collection] = any_of(model);
    if (collection.fields.empty()) return;
    auto& [field_name, field] = any_of(collection.fields);
    auto altered = field;
    if (altered.is_alias()) return;
    // Types of keys, and of columns with an index, stay: a text has none on MySQL.
    if (field.target.empty() && !field.is_unique && !field.is_indexed) altered.type = random_type();
    altered.is_nullable = pick(2) == 0;
    if (field.target.empty() && altered.type != "text") {
      altered.is_unique = pick(3) == 0;
      altered.is_indexed = !altered.is_unique && pick(2) == 0;
    }
    // A relation that sets its field to null needs one that may be null.
    if (field.on_delete == "SET NULL") altered.is_nullable = true;
    std::string_view error;
    if (altered.is_unique && !field.is_unique && has_doubles(collection, field_name)) error = "RECORD_NOT_UNIQUE";
    if (!altered.is_nullable && field.is_nullable && has_nulls(collection, field_name)) error = "CONTAINS_NULL_VALUES";
    const auto body = body_of(field_name, altered);
    if (change("alter " + name + " " + body, error, [&] { change_field(name, field_name, body); })) field = altered;
  }

  void note_field() {
    auto& [name, collection] = any_of(model);
    if (collection.fields.empty()) return;
    auto& [field_name, field] = any_of(collection.fields);
    const auto note = new_name("note");
    const auto body = fmt::format(R"({{"meta": {{"note": "{}", "sort": {}}}}})", note, pick(9));
    if (change("note " + name + "." + field_name, "", [&] { change_field(name, field_name, body); })) field.note = note;
  }

  void group_collection() {
    auto& [name, collection] = any_of(model);
    const auto group = pick(3) == 0 ? std::string() : any_of(model).first;
    const auto body = fmt::format(R"({{"meta": {{"group": {}, "note": "{}"}}}})",
                                  group.empty() ? "null" : "\"" + group + "\"", new_name("note"));
    const auto work = [&] { update_collection(services, &admin, name, parsed(body)); };
    if (change("group " + name + " in " + group, "", work)) collection.group = group;
  }

  // A field that leads to another collection, and sometimes the list on the other side.
  void relate_collections() {
    auto& [name, collection] = any_of(model);
    auto& [target, other] = any_of(model);
    const auto field_name = new_name("r");
    const auto list = pick(2) == 0 ? new_name("l") : std::string();
    constexpr std::array rules{"SET NULL", "CASCADE", "NO ACTION"};
    ModelField field;
    field.type = "integer";
    field.target = target;
    field.on_delete = rules[static_cast<std::size_t>(pick(rules.size()))];
    field.one_field = list;
    const auto column =
        fmt::format(R"({{"field": "{}", "type": "integer", "schema": {{}}, "meta": {{}}}})", field_name);
    if (!change("add " + name + "." + field_name, "", [&] { add_field(name, column); })) return;
    collection.fields[field_name].type = "integer";
    for (auto& [id, row] : collection.rows) row[field_name] = std::nullopt;
    if (!list.empty()) {
      const auto alias = fmt::format(R"({{"field": "{}", "type": "alias", "meta": {{"special": ["o2m"]}}}})", list);
      if (!change("add " + target + "." + list, "", [&] { add_field(target, alias); })) return;
      other.fields[list].type = "alias";
    }
    const auto relation = fmt::format(
        R"({{"collection": "{}", "field": "{}", "related_collection": "{}", "schema": {{"on_delete": "{}"}}, "meta": {{"one_field": {}}}}})",
        name, field_name, target, field.on_delete, list.empty() ? "null" : "\"" + list + "\"");
    if (change("relate " + relation, "", [&] { relate(relation); })) collection.fields[field_name] = field;
  }

  // A plain number that is to lead somewhere: its values must be keys there.
  void relate_existing() {
    auto& [name, collection] = any_of(model);
    auto& [target, other] = any_of(model);
    for (auto& [field_name, field] : collection.fields) {
      if (field.type != "integer" || !field.target.empty()) continue;
      const bool fits = std::ranges::all_of(collection.rows, [&](auto& row) {
        const auto& value = row.second[field_name];
        return !value || other.rows.contains(std::stoi(*value));
      });
      const auto relation = fmt::format(
          R"({{"collection": "{}", "field": "{}", "related_collection": "{}", "schema": {{"on_delete": "CASCADE"}}}})",
          name, field_name, target);
      if (!change("relate " + relation, fits ? "" : "INVALID_FOREIGN_KEY", [&] { relate(relation); })) return;
      field.target = target;
      field.on_delete = "CASCADE";
      return;
    }
  }

  void change_relation() {
    auto& [name, collection] = any_of(model);
    for (auto& [field_name, field] : collection.fields) {
      if (field.target.empty()) continue;
      const std::string rule = field.is_nullable && pick(2) == 0 ? "SET NULL" : "CASCADE";
      const auto body = fmt::format(R"({{"schema": {{"on_delete": "{}"}}}})", rule);
      const auto work = [&] { update_relation(services, &admin, name, field_name, parsed(body)); };
      if (change(fmt::format("relation {}.{} {}", name, field_name, rule), "", work)) field.on_delete = rule;
      return;
    }
  }

  void drop_relation() {
    auto& [name, collection] = any_of(model);
    for (auto& [field_name, field] : collection.fields) {
      if (field.target.empty()) continue;
      const auto work = [&] { delete_relation(services, &admin, name, field_name); };
      if (change(fmt::format("unrelate {}.{}", name, field_name), "", work)) {
        field.target = field.on_delete = field.one_field = "";
      }
      return;
    }
  }

  void forget_field(const std::string& name, const std::string& field_name) {
    auto& collection = model[name];
    const auto field = collection.fields[field_name];
    collection.fields.erase(field_name);
    for (auto& [id, row] : collection.rows) row.erase(field_name);
    if (field.is_alias()) {
      for (auto& [other_name, other] : model) {
        for (auto& [other_field, lead] : other.fields) {
          if (lead.target == name && lead.one_field == field_name) lead.one_field = "";
        }
      }
    } else if (!field.one_field.empty() && field.target != name) {
      forget_field(field.target, field.one_field);
    }
  }

  void drop_field() {
    auto& [name, collection] = any_of(model);
    if (collection.fields.empty()) return;
    const auto field_name = any_of(collection.fields).first;
    const auto work = [&] { delete_field(services, &admin, name, field_name); };
    if (change(fmt::format("drop {}.{}", name, field_name), "", work)) forget_field(name, field_name);
  }

  void drop_collection() {
    if (model.size() < 3) return;
    const auto name = any_of(model).first;
    if (!change("drop " + name, "", [&] { delete_collection(services, &admin, name); })) return;
    const auto gone = model[name];
    for (const auto& [field_name, field] : gone.fields) {
      if (!field.one_field.empty() && field.target != name) forget_field(field.target, field.one_field);
    }
    model.erase(name);
    for (auto& [other_name, other] : model) {
      if (other.group == name) other.group = "";
      const auto fields = other.fields;
      for (const auto& [field_name, field] : fields) {
        if (field.target != name) continue;
        other.fields.erase(field_name);
        for (auto& [id, row] : other.rows) row.erase(field_name);
      }
    }
  }

  void step() {
    if (model.size() < 2) return create_collection();
    switch (pick(16)) {
      case 0:
        return model.size() < 6 ? create_collection() : drop_collection();
      case 1:
      case 2:
        return add_rows();
      case 3:
      case 4:
        return create_field();
      case 5:
      case 6:
      case 7:
        return alter_field();
      case 8:
        return note_field();
      case 9:
        return group_collection();
      case 10:
      case 11:
        return relate_collections();
      case 12:
        return pick(2) == 0 ? relate_existing() : change_relation();
      case 13:
        return drop_relation();
      case 14:
        return drop_field();
      default:
        return pick(2) == 0 ? drop_collection() : drop_field();
    }
  }
};

TEST_P(ModelRandom, AgreesWithAPlainModelAfterEveryChangeAndEveryFailure) {
  const auto seed = number_from("ASHLAR_MODEL_SEED", 1);
  const auto steps = number_from("ASHLAR_MODEL_STEPS", 25);
  random.seed(static_cast<std::mt19937::result_type>(seed));
  for (unsigned long number = 1; number <= steps; ++number) {
    step();
    expect_model();
    if (HasFailure()) {
      FAIL() << fmt::format("step {} of seed {}", number, seed);
    }
  }
  EXPECT_GT(injected, 0);
}

ASHLAR_ON_ALL_DATABASES(ModelRandom);

}  // namespace
}  // namespace ashlar::system
