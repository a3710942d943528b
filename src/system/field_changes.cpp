// Creating and changing fields; contract schema 4.2 to 4.5.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>

#include "base/error.h"
#include "schema/field_type.h"
#include "schema/system_tables.h"
#include "system/column_body.h"
#include "system/field_body.h"
#include "system/field_change.h"
#include "system/fields.h"
#include "system/model_reader.h"
#include "system/model_rows.h"
#include "system/new_fields.h"
#include "system/removal.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

using database::Type;

bool is_system_field(std::string_view collection, std::string_view field) {
  const auto* system = schema::system_collection(collection);
  return system != nullptr && system->field(field) != nullptr;
}

// Fields of the system: an index may come and go, nothing else.
void check_system_field(std::string_view collection, std::string_view field, const json::object& body) {
  if (!is_system_field(collection, field)) return;
  const auto* schema = object_member(body, "schema");
  const auto allowed = [&](std::string_view name) {
    return name == "collection" || name == "field" || name == "schema";
  };
  const bool only_known =
      std::all_of(body.begin(), body.end(), [&](const auto& member) { return allowed(member.key()); });
  if (!only_known || !schema || schema->size() != 1 || !flag_from_body(schema, "is_indexed")) {
    throw ApiError::invalid_payload("Of fields of the system, only \"schema.is_indexed\" can be changed.");
  }
}

// The field that the change is about: the body may name another one than the path.
std::string target_of(const json::object& body, std::string_view field) {
  const auto* named = body.if_contains("field");
  return std::string(named ? std::string_view(named->get_string()) : field);
}

void check_alias(const std::string& field, const database::Column* column, const json::object* meta,
                 std::optional<Type> type) {
  if (!type) return;
  const auto flags = flags_of(meta);
  const bool is_presentation = std::find(flags.begin(), flags.end(), "no-data") != flags.end();
  const bool is_alias = column == nullptr && !is_presentation && has_alias_flag(meta);
  if (is_alias && *type != Type::alias) {
    throw ApiError::invalid_payload(fmt::format("\"{}\" is an alias and can't get a column.", field));
  }
  if (column != nullptr && *type == Type::alias) {
    throw ApiError::invalid_payload(fmt::format("\"{}\" has a column and can't become an alias.", field));
  }
}

bool same_default(const database::ColumnDefault& a, const database::ColumnDefault& b) {
  return a.kind == b.kind && a.text == b.text && a.precision == b.precision;
}

// Whether a column is already as it shall be.
bool is_same_column(const database::ColumnSpec& now, const database::ColumnSpec& wanted,
                    const database::Dialect& dialect) {
  const bool same_type =
      wanted.keeps_type || (now.type == wanted.type && dialect.column_type(now) == dialect.column_type(wanted));
  const bool keeps_default = wanted.keeps_default || same_default(now.default_value, wanted.default_value);
  return same_type && keeps_default && now.is_nullable == wanted.is_nullable;
}

void change_index(ChangeSet& change, const std::string& table, const std::string& column, bool unique, bool is_there,
                  std::optional<bool> wanted) {
  if (!wanted || *wanted == is_there) return;
  if (*wanted) {
    change.add_index(table, column, unique);
  } else {
    change.drop_index(table, column, unique);
  }
}

void change_column(ChangeSet& change, const std::string& table, const database::Column& column,
                   const json::object* meta, std::optional<Type> type, const json::object& schema) {
  if (column.is_primary_key && flag_from_body(&schema, "is_nullable") == true) {
    throw ApiError::invalid_payload("The primary key can't be nullable.");
  }
  const auto served_type = schema::type_of_column(column, flags_of(meta));
  const auto after = changed_column(column, type, served_type, schema);
  if (!after.keeps_type && after.type == Type::unknown) {
    throw ApiError::invalid_payload(
        fmt::format("The column has the type \"{}\", which can't be changed here.", column.data_type));
  }
  auto before = current_column(column);
  before.keeps_type = after.keeps_type;
  before.keeps_default = after.keeps_default;
  if (!is_same_column(before, after, change.dialect())) change.alter_column(table, after, before);
  if (column.is_primary_key) return;
  change_index(change, table, column.name, true, column.is_unique, flag_from_body(&schema, "is_unique"));
  change_index(change, table, column.name, false, column.is_indexed, flag_from_body(&schema, "is_indexed"));
}

json::object object_copy(const json::value& body) { return body.get_object(); }

}  // namespace

void change_field(ChangeSet& change, const schema::Schema& schema, const std::string& collection,
                  const std::string& field, json::object body) {
  const auto& catalog = schema.catalog();
  const auto* column = catalog.table(collection)->column(field);
  const auto* meta = field_meta(catalog, collection, field);
  json::value payload = std::move(body);
  change.filter("fields.update", payload, {{"keys", json::array{json::value(field)}}, {"collection", collection}});
  const auto& changed = payload.as_object();
  auto type = body_type(changed);
  if (type == Type::unknown) type.reset();
  check_alias(field, column, meta, type);
  const auto* column_schema = object_member(changed, "schema");
  if (column_schema && column) change_column(change, collection, *column, meta, type, *column_schema);
  if (const auto* changes = object_member(changed, "meta"); changes && !is_system_field(collection, field)) {
    if (const auto* row = field_row(catalog, collection, field)) {
      update_field_row(change, *row, *changes);
    } else {
      create_field_row(change, collection, field, *changes);
    }
  }
  change.action("fields.update",
                {{"payload", changed}, {"keys", json::array{json::value(field)}}, {"collection", collection}});
}

json::object create_field(const items::Services& services, const access::Accountability* who,
                          std::string_view collection, const json::value& body, bool concurrently) {
  known_collection(*services.schemas.current(), collection);
  check_new_field(body);
  require_admin(who);
  const std::string name(body.at("field").as_string());
  change_model(services, who, {.concurrently = concurrently}, [&](ChangeSet& change) {
    make_field(change, *change.before(), std::string(collection), object_copy(body));
  });
  return read_field(services, who, collection, name);
}

json::object update_field(const items::Services& services, const access::Accountability* who,
                          std::string_view collection, std::string_view field, const json::value& body,
                          bool concurrently) {
  known_collection(*services.schemas.current(), collection);
  check_changed_field(body);
  require_admin(who);
  const auto target = target_of(body.get_object(), field);
  check_system_field(collection, target, body.get_object());
  change_model(services, who, {.concurrently = concurrently}, [&](ChangeSet& change) {
    change_field(change, *change.before(), std::string(collection), target, object_copy(body));
  });
  return read_field(services, who, collection, field);
}

namespace {

// Changes of metadata only share a transaction, in which each can fail alone; changes of a column have their own.
// Starts at `first` and gives the element after the last that was changed. Sets `failure` where one failed.
std::size_t change_run(const items::Services& services, const access::Accountability* who,
                       const std::string& collection, const json::array& bodies, std::size_t first, bool concurrently,
                       std::exception_ptr& failure) {
  std::size_t next = first;
  change_model(services, who, {.concurrently = concurrently}, [&](ChangeSet& change) {
    std::set<std::string> seen;
    for (next = first; next < bodies.size(); ++next) {
      const auto& body = bodies[next].get_object();
      const auto field = target_of(body, {});
      const bool is_alone = body.contains("schema");
      if (next > first && (is_alone || seen.contains(field))) return;
      if (is_alone) {
        change_field(change, *change.before(), collection, field, body);
        ++next;
        return;
      }
      seen.insert(field);
      try {
        change.attempt([&] { change_field(change, *change.before(), collection, field, body); });
      } catch (const ApiError&) {
        failure = std::current_exception();
        return;
      }
    }
  });
  return next;
}

}  // namespace

std::optional<json::array> update_fields(const items::Services& services, const access::Accountability* who,
                                         std::string_view collection, const json::value& body, bool concurrently) {
  known_collection(*services.schemas.current(), collection);
  if (!body.is_array()) throw ApiError::invalid_payload("Send a list of fields.");
  const auto& bodies = body.get_array();
  for (const auto& element : bodies) {
    check_changed_field(element);
    if (!element.get_object().contains("field")) {
      throw ApiError::invalid_payload("Every element must name its \"field\".");
    }
  }
  require_admin(who);
  if (bodies.empty()) return std::nullopt;
  for (const auto& element : bodies) {
    check_system_field(collection, target_of(element.get_object(), {}), element.get_object());
  }
  for (std::size_t next = 0; next < bodies.size();) {
    std::exception_ptr failure;
    next = change_run(services, who, std::string(collection), bodies, next, concurrently, failure);
    if (failure) std::rethrow_exception(failure);
  }
  json::array changed;
  for (const auto& element : bodies) {
    changed.push_back(read_field(services, who, collection, target_of(element.get_object(), {})));
  }
  return changed;
}

void delete_field(const items::Services& services, const access::Accountability* who, std::string_view collection,
                  std::string_view field) {
  known_collection(*services.schemas.current(), collection);
  require_admin(who);
  change_model(services, who, {},
               [&](ChangeSet& change) { Removal(change).field(std::string(collection), std::string(field)); });
}

}  // namespace ashlar::system
