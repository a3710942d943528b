// Whether a diff has the right form, and still fits the model.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"
#include "system/snapshot.h"
#include "system/snapshot_apply.h"
#include "system/snapshot_diff.h"

namespace ashlar::system {
namespace {

[[noreturn]] void refuse(const std::string& reason) { throw ApiError::invalid_payload(reason); }

void check_path(const json::object& entry, bool is_required) {
  const auto* path = entry.if_contains("path");
  if (path == nullptr && !is_required) return;
  const auto* steps = path ? path->if_array() : nullptr;
  const bool is_sound = steps && std::all_of(steps->begin(), steps->end(), [](const json::value& step) {
                          return step.is_string() || step.is_number();
                        });
  if (!is_sound || steps->empty()) refuse("The \"path\" of a change must be a list of names and numbers.");
}

void check_entry(const json::value& value) {
  const auto* entry = value.if_object();
  if (entry == nullptr) refuse("A change must be an object.");
  const auto kind = text_member(value, "kind").value_or("");
  const auto needs = [&](std::string_view member) {
    if (!entry->contains(member)) refuse(fmt::format("A change of the kind \"{}\" needs \"{}\".", kind, member));
  };
  if (kind == "N") {
    needs("rhs");
  } else if (kind == "D") {
    needs("lhs");
  } else if (kind == "E") {
    needs("rhs");
  } else if (kind == "A") {
    needs("index");
    needs("item");
  } else {
    refuse("The \"kind\" of a change must be N, D, E or A.");
  }
  check_path(*entry, kind == "E" || kind == "A");
}

void check_elements(const json::object& diff, std::string_view name, bool has_field) {
  const auto* list = diff.if_contains(name);
  if (list == nullptr || !list->is_array()) refuse(fmt::format("\"diff.{}\" must be a list.", name));
  for (const auto& value : list->get_array()) {
    const auto* element = value.if_object();
    if (element == nullptr) refuse(fmt::format("\"diff.{}\" must be a list of objects.", name));
    if (text_member(value, "collection").value_or("").empty()) refuse("Every element needs its \"collection\".");
    if (has_field && text_member(value, "field").value_or("").empty()) refuse("Every element needs its \"field\".");
    const auto* entries = element->if_contains("diff");
    if (entries == nullptr || !entries->is_array() || entries->get_array().empty()) {
      refuse("The \"diff\" of an element must be a list of changes.");
    }
    for (const auto& entry : entries->get_array()) check_entry(entry);
  }
}

const json::object& checked_diff(const json::value& body) {
  const auto hash = text_member(body, "hash");
  if (!hash || hash->empty()) refuse("\"hash\" must be that of a diff.");
  const auto* diff = find_member(body, "diff");
  if (diff == nullptr || !diff->is_object()) refuse("\"diff\" must be an object.");
  const auto& object = diff->get_object();
  check_elements(object, "collections", false);
  check_elements(object, "fields", true);
  check_elements(object, "systemFields", true);
  check_elements(object, "relations", true);
  return object;
}

bool is_whole(const json::value& entry, std::string_view kind) {
  return text_member(entry, "kind") == kind && find_member(entry, "path") == nullptr;
}

// What would not work any more, to say it rather than that something is out of date.
void check_conflicts(const schema::Schema& schema, const json::object& diff) {
  const auto& catalog = schema.catalog();
  const auto check = [&](std::string_view list, std::string_view what, const auto& exists) {
    for (const auto& element : diff.at(list).get_array()) {
      const auto name = to_text(element.at("collection"));
      const auto* member = find_member(element, "field");
      const auto field = member ? to_text(*member) : std::string();
      const auto full = field.empty() ? name : name + "." + field;
      for (const auto& entry : element.at("diff").get_array()) {
        if (is_whole(entry, "N") && exists(name, field))
          refuse(fmt::format("The {} \"{}\" is there already.", what, full));
        if (is_whole(entry, "D") && !exists(name, field))
          refuse(fmt::format("The {} \"{}\" is not there.", what, full));
      }
    }
  };
  check("collections", "collection", [&](const std::string& name, const std::string&) {
    return collection_row(catalog, name) || catalog.table(name) || schema::system_collection(name);
  });
  check("fields", "field", [&](const std::string& name, const std::string& field) {
    const auto* table = catalog.table(name);
    return (table && table->column(field)) || field_row(catalog, name, field);
  });
  check("relations", "relation", [&](const std::string& name, const std::string& field) {
    const auto* table = catalog.table(name);
    return (table && foreign_key(*table, field)) || relation_row(catalog, name, field);
  });
}

void check_system_fields(const json::object& diff) {
  static const json::value only_path = {"schema", "is_indexed"};
  for (const auto& element : diff.at("systemFields").get_array()) {
    for (const auto& entry : element.at("diff").get_array()) {
      const auto* path = find_member(entry, "path");
      if (text_member(entry, "kind") != "E" || path == nullptr || *path != only_path) {
        refuse("Of fields of the system, only \"schema.is_indexed\" can be changed.");
      }
    }
  }
}

}  // namespace

void apply_snapshot(const items::Services& services, const access::Accountability* who, const json::value& body,
                    bool force) {
  require_admin(who);
  const auto& diff = checked_diff(body);
  if (is_empty_diff(diff)) return;
  const auto schema = services.schemas.current();
  const auto current = make_snapshot(*schema, services.database.dialect().vendor());
  check_system_fields(diff);
  if (!force && *text_member(body, "hash") != snapshot_hash(current)) {
    check_conflicts(*schema, diff);
    refuse(
        "The hash is not that of the current data model: it changed since the diff was made. Make a new one, or "
        "send force=true.");
  }
  apply_model_diff(services, who, diff);
}

}  // namespace ashlar::system
