#include "items/activity.h"

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

void adopt(WriteContext& context, const Collection& revisions, std::int64_t parent, const RevisionMark& mark) {
  auto& open = context.open_revisions;
  if (open.size() <= mark.start) return;
  const Keys children(open.begin() + static_cast<std::ptrdiff_t>(mark.start), open.end());
  update_rows(context.connection, context.dialect(), revisions, children,
              RowOf(revisions).set("parent", parent).take());
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
  if (!keeps_activity(context, collection) || keys.empty()) {
    context.open_revisions.resize(mark.start);
    return;
  }
  const auto& activity_table = *context.schema->collection("directus_activity");
  const auto& who = *context.who;
  const auto timestamp = context.dialect().time_value(schema::Type::timestamp, context.now);
  std::vector<Row> rows;
  for (const auto& key : keys) {
    rows.push_back(RowOf(activity_table)
                       .set("action", std::string(action))
                       .set("user", text_or_null(who.user))
                       .set("timestamp", timestamp)
                       .set("ip", text_or_null(who.ip))
                       .set("user_agent", text_or_null(who.user_agent))
                       .set("collection", collection.name)
                       .set("item", to_text(key))
                       .set("origin", text_or_null(who.origin))
                       .take());
  }
  const auto activities = insert(context, activity_table, rows);

  rows.clear();
  if (!revisions.empty() && keeps_revisions(context, collection)) {
    const auto& revision_table = *context.schema->collection("directus_revisions");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!revisions[i]) continue;
      rows.push_back(RowOf(revision_table)
                         .set("activity", activities[i])
                         .set("collection", collection.name)
                         .set("item", to_text(keys[i]))
                         .set("data", text_or_null(revisions[i]->data))
                         .set("delta", text_or_null(revisions[i]->delta))
                         .set("version", text_or_null(revisions[i]->version))
                         .take());
    }
    const auto made = insert(context, revision_table, rows);
    if (!made.empty()) adopt(context, revision_table, made.front(), mark);
    context.open_revisions.resize(mark.start);
    context.open_revisions.insert(context.open_revisions.end(), made.begin(), made.end());
  } else {
    context.open_revisions.resize(mark.start);
  }
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
