#include "system/sorting.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "database/sql_text.h"
#include "items/keys.h"
#include "items/write.h"
#include "items/write_rules.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using schema::Collection;

struct Move {
  json::value item, to;
};

Move read_move(const json::value& body) {
  const auto* members = body.if_object();
  if (members == nullptr) throw ApiError::invalid_payload("The body must be an object.");
  for (const auto& member : *members) {
    if (member.key() != "item" && member.key() != "to") {
      throw ApiError::invalid_payload("\"" + std::string(member.key()) + "\" is not allowed here.");
    }
  }
  const auto key = [&](std::string_view name) {
    const auto* value = members->if_contains(name);
    if (value == nullptr || !(value->is_string() || value->is_number())) {
      throw ApiError::invalid_payload("\"" + std::string(name) + "\" must be the key of an item.");
    }
    return *value;
  };
  return {key("item"), key("to")};
}

const Collection& sortable(const items::Services& services, const schema::Schema& schema,
                           const access::Accountability* who, std::string_view name) {
  const auto* collection = schema.collection(name);
  if (collection == nullptr) throw query::forbidden_collection(name);
  const access::CollectionAccess* access = nullptr;
  if (who != nullptr && !who->admin) {
    const auto permissions = services.access.permissions(*who);
    if (!permissions->admin) {
      access = permissions->find(name, access::Action::update);
      if (access == nullptr) throw query::forbidden_collection(name);
      if (collection->sort_field && !access->fields.contains(*collection->sort_field)) throw ApiError::forbidden();
    }
  }
  if (!collection->sort_field || collection->field(*collection->sort_field) == nullptr) {
    throw ApiError::invalid_payload("The collection \"" + std::string(name) + "\" has no sort field.");
  }
  return *collection;
}

// The places of one collection's items, in one transaction.
class Places {
 public:
  Places(items::WriteContext& context, const Collection& collection)
      : connection_(context.connection), dialect_(context.dialect()), collection_(collection) {}

  // One after the other: whoever sorts holds the first item. Must come before anything is read, lest MySQL shows what
  // was there before.
  void wait_for_turn() { lock("", " limit 1"); }

  void give_missing() {
    const auto highest = number("select max(", ")");
    renumber(highest.value_or(0), true);
  }

  void separate_doubles() {
    SqlText sql(dialect_);
    sql << "select 1 from ";
    sql.name(collection_.name) << " group by ";
    sort_field(sql) << " having count(*) > 1 limit 1";
    const bool has_doubles = connection_.query(sql.text, sql.parameters)->next();
    if (has_doubles) renumber(0, false);
  }

  void move(const json::value& item, const json::value& to) {
    const auto from = place_of(item), target = place_of(to);
    if (!from || !target || *from == *target) return;
    const bool is_up = *target < *from;
    lock_range(std::min(*from, *target), std::max(*from, *target));
    SqlText sql(dialect_);
    update(sql) << " = ";
    sort_field(sql) << (is_up ? " + 1" : " - 1") << " where ";
    sort_field(sql) << (is_up ? " >= " : " > ");
    sql.bind(is_up ? *target : *from) << " and ";
    sort_field(sql) << (is_up ? " < " : " <= ");
    sql.bind(is_up ? *from : *target);
    connection_.execute(sql.text, sql.parameters);

    SqlText last(dialect_);
    update(last) << " = ";
    last.bind(*target);
    where_key(last, item);
    connection_.execute(last.text, last.parameters);
  }

 private:
  SqlText& sort_field(SqlText& sql) const { return sql.name(*collection_.sort_field); }
  SqlText& update(SqlText& sql) const {
    sql << "update ";
    sql.name(collection_.name) << " set ";
    return sort_field(sql);
  }
  // Locks items in the order of their keys, as all do who write several, where the database locks single rows.
  void lock_range(std::int64_t first, std::int64_t last) {
    if (dialect_.vendor() == database::Vendor::sqlite) return;
    SqlText where(dialect_);
    sort_field(where << " where ") << " between " << std::to_string(first) << " and " << std::to_string(last);
    lock(where.text, "");
  }
  void lock(std::string_view where, std::string_view limit) {
    if (dialect_.vendor() == database::Vendor::sqlite) return;
    SqlText sql(dialect_);
    sql << "select ";
    sql.name(collection_.primary_key) << " from ";
    sql.name(collection_.name) << where << " order by ";
    sql.name(collection_.primary_key) << limit
                                      << (dialect_.vendor() == database::Vendor::postgres ? " for no key update"
                                                                                          : " for update");
    const auto cursor = connection_.query(sql.text, sql.parameters);
    while (cursor->next()) continue;
  }
  void where_key(SqlText& sql, const json::value& key) const {
    sql << " where ";
    sql.name(collection_.primary_key) << " = ";
    sql.bind(items::bound_key(key, collection_.key_field(), dialect_));
  }

  std::optional<std::int64_t> first_number(const SqlText& sql) const {
    const auto cursor = connection_.query(sql.text, sql.parameters);
    if (!cursor->next() || cursor->cell(0).is_null()) return std::nullopt;
    return cursor->cell(0).to_integer();
  }

  std::optional<std::int64_t> number(std::string_view before, std::string_view after) const {
    SqlText sql(dialect_);
    sql << before;
    sort_field(sql) << after << " from ";
    sql.name(collection_.name);
    return first_number(sql);
  }

  std::optional<std::int64_t> place_of(const json::value& key) const {
    SqlText sql(dialect_);
    sql << "select ";
    sort_field(sql) << " from ";
    sql.name(collection_.name);
    where_key(sql, key);
    return first_number(sql);
  }

  // Numbers items from `start` + 1 by their present order: those without a place, or all.
  void renumber(std::int64_t start, bool only_missing) {
    const auto& key = collection_.primary_key;
    const auto numbered = [&](SqlText& sql) {
      sql << "(select ";
      sql.name(key) << " as item, row_number() over (order by ";
      // With the table: the field may be called as the new column is.
      sql.name(collection_.name, *collection_.sort_field) << ", ";
      sql.name(collection_.name, key) << ") + ";
      // Bare: the type of a parameter would have to be guessed. It is a number of ours.
      sql << std::to_string(start) << " as place from ";
      sql.name(collection_.name);
      if (only_missing) {
        sql << " where ";
        sort_field(sql) << " is null";
      }
      sql << ") as numbered";
    };
    const auto same_item = [&](SqlText& sql) { sql.name(collection_.name, key) << " = numbered.item"; };
    SqlText sql(dialect_);
    if (dialect_.vendor() == database::Vendor::mysql) {
      sql << "update ";
      sql.name(collection_.name) << " join ";
      numbered(sql);
      sql << " on ";
      same_item(sql);
      sql << " set ";
      sql.name(collection_.name, *collection_.sort_field) << " = numbered.place";
    } else {
      update(sql) << " = numbered.place from ";
      numbered(sql);
      sql << " where ";
      same_item(sql);
    }
    connection_.execute(sql.text, sql.parameters);
  }

  database::Connection& connection_;
  const database::Dialect& dialect_;
  const Collection& collection_;
};

}  // namespace

void sort_item(const items::Services& services, const access::Accountability* who, std::string_view name,
               const json::value& body) {
  const auto schema = services.schemas.current();
  const auto& collection = sortable(services, *schema, who, name);
  const auto move = read_move(body);
  items::check_key(move.item, collection.key_field());
  items::check_key(move.to, collection.key_field());
  items::write(services, who, {.allow_system = true}, [&](items::WriteContext& context) {
    // Both get another place.
    items::check_update(context, collection, {move.item, move.to}, {{*collection.sort_field, nullptr}});
    Places places(context, collection);
    places.wait_for_turn();
    places.give_missing();
    places.separate_doubles();
    places.move(move.item, move.to);
    context.written.insert(collection.name);
  });
  services.events.action("items.sort", {{"collection", collection.name}, {"item", move.item}, {"to", move.to}},
                         {nullptr, schema, who});
}

}  // namespace ashlar::system
