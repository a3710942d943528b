#include "system/snapshot_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "database/type.h"
#include "schema/field_type.h"
#include "schema/system_tables.h"
#include "system/deep_diff.h"
#include "system/field_body.h"
#include "system/model_reader.h"
#include "system/server_info.h"
#include "system/snapshot.h"

namespace ashlar::system {
namespace {

using Clean = json::object (*)(const json::object&);

[[noreturn]] void refuse(const std::string& reason) { throw ApiError::invalid_payload(reason); }

const json::array& list_of(const json::object& snapshot, std::string_view name) {
  static const json::array none;
  const auto* list = snapshot.if_contains(name);
  return list && list->is_array() ? list->get_array() : none;
}

// What tells the elements of a list apart.
std::string identity(const json::value& element) {
  return std::string(text_member(element, "collection").value_or("")) + '\0' +
         std::string(text_member(element, "field").value_or(""));
}

json::array entry(std::string_view kind, std::string_view side, const json::object& value) {
  return {json::object{{"kind", kind}, {side, value}}};
}

bool is_auto_key(const json::object& field) {
  const auto* schema = field.if_contains("schema");
  if (schema == nullptr) return false;
  const auto is_set = [&](std::string_view name) {
    const auto* flag = find_member(*schema, name);
    return flag && flag->is_bool() && flag->get_bool();
  };
  return is_set("is_primary_key") && is_set("has_auto_increment");
}

// The changes between two forms of the same element.
json::array changes_of(json::object before, json::object after, bool is_field) {
  if (is_field && before.contains("schema") != after.contains("schema")) {
    // A column can't become an alias, nor an alias a column: one goes, the other comes.
    auto both = entry("D", "lhs", before);
    both.push_back(entry("N", "rhs", after)[0]);
    return both;
  }
  if (is_field && is_auto_key(before)) {
    before.erase("schema");
    after.erase("schema");
  }
  return deep_diff(before, after);
}

json::array compare_lists(const json::array& current, const json::array& wanted, Clean clean, bool is_field) {
  json::array differences;
  const auto add = [&](const json::object& element, json::array changes) {
    if (changes.empty()) return;
    json::object difference;
    for (const auto* name : {"collection", "field", "related_collection"}) {
      if (const auto* value = element.if_contains(name)) difference.emplace(name, *value);
    }
    difference.emplace("diff", std::move(changes));
    differences.push_back(std::move(difference));
  };
  const auto index = [](const json::array& list) {
    std::unordered_map<std::string, const json::object*> elements;
    for (const auto& element : list) elements.emplace(identity(element), &element.get_object());
    return elements;
  };
  const auto known = index(current), asked = index(wanted);
  for (const auto& element : current) {
    const auto before = clean(element.get_object());
    const auto other = asked.find(identity(element));
    add(before, other == asked.end() ? entry("D", "lhs", before) : changes_of(before, clean(*other->second), is_field));
  }
  for (const auto& element : wanted) {
    if (known.contains(identity(element))) continue;
    const auto after = clean(element.get_object());
    add(after, entry("N", "rhs", after));
  }
  return differences;
}

json::array compare_system_fields(const json::array& current, const json::array& wanted) {
  std::set<std::string> now, later;
  for (const auto& field : current) now.insert(identity(field));
  const auto is_indexed = [](const json::value& field) {
    const auto* schema = find_member(field, "schema");
    const auto* flag = schema ? find_member(*schema, "is_indexed") : nullptr;
    return flag && flag->is_bool() && flag->get_bool();
  };
  for (const auto& field : wanted) {
    if (is_indexed(field)) later.insert(identity(field));
  }
  json::array differences;
  const auto add = [&](const json::value& field, bool is_wanted) {
    json::object change = {{"kind", "E"}, {"path", {"schema", "is_indexed"}}, {"lhs", !is_wanted}, {"rhs", is_wanted}};
    differences.push_back({{"collection", field.at("collection")}, {"field", field.at("field")}, {"diff", {change}}});
  };
  for (const auto& field : current) {
    if (!later.contains(identity(field))) add(field, false);
  }
  for (const auto& field : wanted) {
    if (is_indexed(field) && !now.contains(identity(field))) add(field, true);
  }
  return differences;
}

// What belongs to a collection that goes away needs no change of its own.
void leave_out_deleted(json::array& list, const std::set<std::string>& deleted) {
  json::array kept;
  for (auto& element : list) {
    const auto collection = text_member(element, "collection").value_or("");
    if (!deleted.contains(std::string(collection))) kept.push_back(std::move(element));
  }
  list = std::move(kept);
}

// ---- the form of a snapshot

void check_members(const json::object& object, std::initializer_list<std::string_view> known, std::string_view what) {
  for (const auto& member : object) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      refuse(fmt::format("\"{}\" is no property of {}.", std::string_view(member.key()), what));
    }
  }
}

void check_name(const json::object& object, std::string_view name, std::string_view what) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) {
    refuse(fmt::format("\"{}\" of {} must be a text.", name, what));
  }
}

void check_objects(const json::object& object, std::string_view what) {
  for (const auto* name : {"schema", "meta"}) {
    const auto* value = object.if_contains(name);
    if (value && !value->is_null() && !value->is_object()) {
      refuse(fmt::format("\"{}\" of {} must be an object.", name, what));
    }
  }
}

void check_type(const json::object& field) {
  const auto* type = field.if_contains("type");
  if (type == nullptr || type->is_null()) return;
  const auto name = as_text(*type).value_or("");
  if (!database::type_from_name(name) && !schema::is_alias_flag(name)) {
    refuse(fmt::format("There is no type \"{}\".", name));
  }
}

void check_system_field(const json::object& field) {
  check_members(field, {"collection", "field", "schema"}, "a system field");
  const auto* schema = field.if_contains("schema");
  if (schema == nullptr || !schema->is_object()) refuse("\"schema\" of a system field must be an object.");
  check_members(schema->get_object(), {"is_indexed"}, "the schema of a system field");
  const auto* flag = schema->get_object().if_contains("is_indexed");
  if (flag == nullptr || !flag->is_bool()) refuse("\"schema.is_indexed\" must be true or false.");
}

// Every element of the list must be an object; gives each to `check`.
template <typename Check>
void check_list(const json::object& snapshot, std::string_view name, const Check& check) {
  const auto* list = snapshot.if_contains(name);
  if (list == nullptr) return;
  if (!list->is_array()) refuse(fmt::format("\"{}\" must be a list.", name));
  for (const auto& element : list->get_array()) {
    if (!element.is_object()) refuse(fmt::format("\"{}\" must be a list of objects.", name));
    check(element.get_object());
  }
}

void check_origin(const json::object& snapshot, std::string_view vendor) {
  const auto* release = snapshot.if_contains("directus");
  if (as_text(*release) != compatible_version) {
    refuse(
        fmt::format("The snapshot is of release {}, this server is compatible to {}. With \"force\" it is compared "
                    "all the same.",
                    to_text(*release), compatible_version));
  }
  const auto* other = snapshot.if_contains("vendor");
  if (other == nullptr) refuse("The snapshot does not say its \"vendor\".");
  if (as_text(*other) != vendor) {
    refuse(fmt::format("The snapshot is of a {} database, this one is {}. With \"force\" it is compared all the same.",
                       to_text(*other), vendor));
  }
}

// SQLite tells points in time from other dates by a flag, which the snapshots of other databases do not have.
json::array fields_for(const json::object& current, const json::object& wanted) {
  auto fields = list_of(wanted, "fields");
  const auto sqlite = snapshot_vendor(database::Vendor::sqlite);
  if (text_member(current, "vendor") != sqlite || text_member(wanted, "vendor") == sqlite) return fields;
  for (auto& field : fields) {
    if (object_member(field.get_object(), "meta") != nullptr) add_flags(field.get_object(), database::Vendor::sqlite);
  }
  return fields;
}

}  // namespace

json::object snapshot_diff(const json::object& current, const json::object& wanted) {
  auto collections =
      compare_lists(list_of(current, "collections"), list_of(wanted, "collections"), clean_collection, false);
  auto fields = compare_lists(list_of(current, "fields"), fields_for(current, wanted), clean_field, true);
  auto system_fields = compare_system_fields(list_of(current, "systemFields"), list_of(wanted, "systemFields"));
  auto relations = compare_lists(list_of(current, "relations"), list_of(wanted, "relations"), clean_relation, false);
  std::set<std::string> deleted;
  for (const auto& collection : collections) {
    const auto& first = collection.at("diff").get_array().front();
    if (text_member(first, "kind") == "D" && find_member(first, "path") == nullptr) {
      deleted.insert(to_text(collection.at("collection")));
    }
  }
  leave_out_deleted(fields, deleted);
  leave_out_deleted(relations, deleted);
  return {{"collections", std::move(collections)},
          {"fields", std::move(fields)},
          {"systemFields", std::move(system_fields)},
          {"relations", std::move(relations)}};
}

bool is_empty_diff(const json::object& diff) {
  return std::all_of(diff.begin(), diff.end(), [](const auto& member) {
    const auto* list = member.value().if_array();
    return list == nullptr || list->empty();
  });
}

void check_snapshot(const json::value& snapshot) {
  static constexpr std::array<std::string_view, 7> vendors = {"sqlite", "postgres", "mysql",   "cockroachdb",
                                                              "mssql",  "oracle",   "redshift"};
  const auto* object = snapshot.if_object();
  if (object == nullptr) refuse("A snapshot must be an object.");
  const auto* version = object->if_contains("version");
  if (version == nullptr || as_integer(*version) != 1) refuse("\"version\" must be 1.");
  check_name(*object, "directus", "a snapshot");
  if (const auto* vendor = object->if_contains("vendor")) {
    if (std::find(vendors.begin(), vendors.end(), as_text(*vendor).value_or("")) == vendors.end()) {
      refuse(fmt::format("There is no vendor \"{}\".", to_text(*vendor)));
    }
  }
  check_members(*object, {"version", "directus", "vendor", "collections", "fields", "systemFields", "relations"},
                "a snapshot");
  check_list(*object, "collections", [](const json::object& collection) {
    check_name(collection, "collection", "a collection");
    check_objects(collection, "a collection");
  });
  check_list(*object, "fields", [](const json::object& field) {
    check_name(field, "collection", "a field");
    check_name(field, "field", "a field");
    check_type(field);
    check_objects(field, "a field");
  });
  check_list(*object, "systemFields", [](const json::object& field) {
    check_name(field, "collection", "a system field");
    check_name(field, "field", "a system field");
    check_system_field(field);
  });
  check_list(*object, "relations", [](const json::object& relation) {
    check_name(relation, "collection", "a relation");
    check_name(relation, "field", "a relation");
    check_objects(relation, "a relation");
  });
}

std::optional<json::object> diff_snapshot(const items::Services& services, const access::Accountability* who,
                                          const json::value& snapshot, bool force) {
  require_admin(who);
  check_snapshot(snapshot);
  const auto vendor = services.database.dialect().vendor();
  if (!force) check_origin(snapshot.get_object(), snapshot_vendor(vendor));
  const auto current = make_snapshot(*services.schemas.current(), vendor);
  auto diff = snapshot_diff(current, snapshot.get_object());
  if (is_empty_diff(diff)) return std::nullopt;
  return json::object{{"hash", snapshot_hash(current)}, {"diff", std::move(diff)}};
}

}  // namespace ashlar::system
