#include "items/activity.h"

#include <algorithm>
#include <unordered_map>

#include "base/json_writer.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/statements.h"
#include "query/plan.h"
#include "query/run.h"

namespace ashlar::items {
namespace {

using database::Value;
using schema::Collection;

// What is recorded is written when there is so much of it.
constexpr std::size_t most_waiting = 500;

bool is_relational(const WriteContext& context, const Collection& collection, const schema::Field& field) {
  return field.is_alias || context.schema->link(collection.name, field.name) != nullptr;
}

Value text_or_null(const std::optional<std::string>& text) {
  return text && !text->empty() ? Value(*text) : Value(std::monostate{});
}

// A row of a system table, from values by column.
class RowOf {
 public:
  explicit RowOf(const Collection& collection) : collection_(collection) {}
  RowOf& set(std::string_view column, Value value) {
    if (const auto* field = collection_.field(column)) row_.push_back({field, std::move(value), true});
    return *this;
  }
  Row take() { return std::move(row_); }

 private:
  const Collection& collection_;
  Row row_;
};

std::vector<std::int64_t> insert(WriteContext& context, const Collection& collection, const std::vector<Row>& rows) {
  RowRange broken;
  const auto keys = insert_rows(context.connection, context.dialect(), collection, rows, broken);
  std::vector<std::int64_t> numbers;
  for (const auto& key : keys) numbers.push_back(as_integer(key).value_or(0));
  return numbers;
}

// Tells children their parents, many in one statement. Their keys are ours, but bound all the same; the database does
// not know of which type they are.
void write_families(WriteContext& context, const Collection& revisions) {
  constexpr std::size_t most_together = 100;
  auto& history = context.history;
  const auto& dialect = context.dialect();
  const std::string_view number = dialect.vendor() == database::Vendor::mysql ? " as unsigned)" : " as integer)";
  for (std::size_t start = 0; start < history.families.size(); start += most_together) {
    const auto end = std::min(start + most_together, history.families.size());
    database::SqlText sql(dialect);
    sql << "update ";
    sql.name(revisions.name) << " set ";
    sql.name("parent") << " = case ";
    sql.name("id");
    std::vector<Value> children;
    for (auto i = start; i < end; ++i) {
      const auto [child, parent] = history.families[i];
      children.emplace_back(history.keys[child]);
      (sql << " when cast(").bind(history.keys[child]) << number;
      (sql << " then cast(").bind(history.keys[parent]) << number;
    }
    sql << " end where ";
    dialect.in_list(sql, dialect.quoted("id"), schema::Type::integer, children);
    context.connection.execute(sql.text, sql.parameters);
  }
  history.families.clear();
}

RevisionTexts texts_of(const json::object& data, const json::object& delta) {
  return {json::serialize(data), json::serialize(delta), std::nullopt};
}

// The value that a delta keeps: as it will be read, but numbers as they were sent, not as the database rounds them.
json::value delta_value(const WriteContext& context, const Assignment& cell, const json::object& payload) {
  const auto* sent =
      cell.is_sent && database::is_number(cell.field->type) ? payload.if_contains(cell.field->name) : nullptr;
  return sent != nullptr && !sent->is_structured() ? *sent : shown_value(cell, context.dialect());
}

// The items' plain fields as they are now, by key.
std::unordered_map<std::string, json::object> rows_now(WriteContext& context, const Collection& collection,
                                                       const Keys& keys) {
  query::Reader reader = context.reader;
  reader.permissions = nullptr;
  query::Query query;
  query.fields = {collection.primary_key};
  for (const auto& field : collection.fields) {
    if (!is_relational(context, collection, field) && field.name != collection.primary_key) {
      query.fields.push_back(field.name);
    }
  }
  query.limit = -1;
  const query::PlanOptions options{context.services.limits, std::nullopt, keys};
  std::string text;
  const auto plan = query::plan(query, collection, reader, options);
  query::run(plan, context.connection, context.dialect(), context.services.limits, text);
  std::unordered_map<std::string, json::object> rows;
  // A singleton is read as one object.
  auto items = parse_json(text).value_or(nullptr);
  if (items.is_object()) items = json::array{std::move(items)};
  if (!items.is_array()) return rows;
  for (auto& item : items.get_array()) {
    auto key = key_text(item.get_object().at(collection.primary_key), collection.key_field());
    rows.emplace(std::move(key), std::move(item.get_object()));
  }
  return rows;
}

}  // namespace

RevisionMark mark_revisions(const WriteContext& context) { return {context.open_revisions.size()}; }

bool keeps_activity(const WriteContext& context, const Collection& collection) {
  return context.who != nullptr && context.options.track_activity && collection.accountability &&
         context.schema->collection("directus_activity") != nullptr;
}

bool keeps_revisions(const WriteContext& context, const Collection& collection) {
  return keeps_activity(context, collection) && collection.accountability == "all" &&
         context.schema->collection("directus_revisions") != nullptr;
}

void record(WriteContext& context, const Collection& collection, std::string_view action, const Keys& keys,
            const std::vector<std::optional<RevisionTexts>>& revisions, const RevisionMark& mark) {
  auto& open = context.open_revisions;
  if (!keeps_activity(context, collection) || keys.empty()) {
    open.resize(mark.start);
    return;
  }
  auto& history = context.history;
  const bool has_revisions = !revisions.empty() && keeps_revisions(context, collection);
  const auto first = history.count;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& entry = history.waiting.emplace_back(
        History::Entry{std::string(action), collection.name, to_text(keys[i]), std::nullopt});
    if (!has_revisions || !revisions[i]) continue;
    entry.revision = revisions[i];
    ++history.count;
  }
  if (history.count > first) {
    for (auto child = mark.start; child < open.size(); ++child) history.families.emplace_back(open[child], first);
  }
  open.resize(mark.start);
  for (auto made = first; made < history.count; ++made) open.push_back(made);
  if (history.waiting.size() >= most_waiting) write_history(context);
}

void write_history(WriteContext& context) {
  auto& history = context.history;
  if (history.waiting.empty()) return;
  const auto& activity_table = *context.schema->collection("directus_activity");
  const auto& who = *context.who;
  const auto timestamp = context.dialect().time_value(schema::Type::timestamp, context.now);
  std::vector<Row> rows;
  rows.reserve(history.waiting.size());
  for (auto& entry : history.waiting) {
    rows.push_back(RowOf(activity_table)
                       .set("action", std::move(entry.action))
                       .set("user", text_or_null(who.user))
                       .set("timestamp", timestamp)
                       .set("ip", text_or_null(who.ip))
                       .set("user_agent", text_or_null(who.user_agent))
                       .set("collection", entry.collection)
                       .set("item", entry.item)
                       .set("origin", text_or_null(who.origin))
                       .take());
  }
  const auto activities = insert(context, activity_table, rows);

  const auto* revision_table = context.schema->collection("directus_revisions");
  rows.clear();
  for (std::size_t i = 0; i < history.waiting.size(); ++i) {
    auto& entry = history.waiting[i];
    if (!entry.revision) continue;
    rows.push_back(RowOf(*revision_table)
                       .set("activity", activities[i])
                       .set("collection", std::move(entry.collection))
                       .set("item", std::move(entry.item))
                       .set("data", text_or_null(entry.revision->data))
                       .set("delta", text_or_null(entry.revision->delta))
                       .set("version", text_or_null(entry.revision->version))
                       .take());
  }
  history.waiting.clear();
  if (rows.empty()) return;
  const auto made = insert(context, *revision_table, rows);
  history.keys.insert(history.keys.end(), made.begin(), made.end());
  write_families(context, *revision_table);
}

RevisionTexts created_revision(const WriteContext& context, const Collection& collection, const Row& row,
                               const json::object& payload) {
  json::object delta;
  for (const auto& cell : row) {
    if (!cell.is_sent || is_relational(context, collection, *cell.field)) continue;
    delta.emplace(cell.field->name, delta_value(context, cell, payload));
  }
  return texts_of(delta, delta);
}

std::vector<std::optional<RevisionTexts>> updated_revisions(WriteContext& context, const Collection& collection,
                                                            const Keys& keys, const Row& row,
                                                            const json::object& payload) {
  json::object delta;
  for (const auto& cell : row) delta.emplace(cell.field->name, delta_value(context, cell, payload));
  const auto now = rows_now(context, collection, keys);
  std::vector<std::optional<RevisionTexts>> revisions;
  for (const auto& key : keys) {
    const auto found = now.find(key_text(key, collection.key_field()));
    if (found == now.end()) {
      revisions.emplace_back();
    } else {
      revisions.emplace_back(texts_of(found->second, delta));
    }
  }
  return revisions;
}

}  // namespace ashlar::items
