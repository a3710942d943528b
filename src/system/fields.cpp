#include "system/fields.h"

#include "base/error.h"
#include "base/text.h"
#include "schema/system_tables.h"
#include "system/model_reader.h"
#include "system/served.h"

namespace ashlar::system {
namespace {

std::string text_of(const json::object& row, std::string_view key) { return std::string(row.at(key).as_string()); }

// The fields of all collections that `wanted` lets through.
template <typename Wanted>
json::array list_fields(const ModelReader& reader, database::Vendor vendor, const Wanted& wanted) {
  const auto& catalog = reader.schema->catalog();
  const auto shown = [&](std::string_view collection, std::string_view field) {
    return wanted(collection) && reader.may_read(collection, field);
  };
  const FieldMeta meta(catalog);
  // A large model has thousands of them: made in one piece of memory, and freed with it.
  const auto storage = json::make_shared_resource<json::monotonic_resource>();
  json::array list(storage);
  for (const auto& table : catalog.tables) {
    if (reader.schema->collection(table.name) == nullptr) continue;
    for (const auto& column : table.columns) {
      if (!shown(table.name, column.name)) continue;
      const auto* of_field = meta.find(table.name, column.name);
      list.push_back(served_field(table.name, column.name, &table, &column, of_field, vendor, storage));
    }
  }
  for (const auto& row : catalog.field_meta) {
    const auto collection = text_of(row, "collection"), field = text_of(row, "field");
    const auto* table = catalog.table(collection);
    if (reader.schema->collection(collection) == nullptr || table->column(field) != nullptr || !has_alias_flag(&row))
      continue;
    if (shown(collection, field))
      list.push_back(served_field(collection, field, table, nullptr, &row, vendor, storage));
  }
  for (const auto& collection : schema::system_collections()) {
    const auto* table = catalog.table(collection.name);
    if (table == nullptr) continue;
    for (const auto& field : collection.fields) {
      if (table->column(field.name) != nullptr || !has_alias_flag(&field.meta) || !shown(collection.name, field.name))
        continue;
      list.push_back(served_field(collection.name, field.name, table, nullptr, &field.meta, vendor, storage));
    }
  }
  return list;
}

// My Corp for my_corp.
std::string title_of(std::string_view name) {
  std::string title;
  for (const char c : name) {
    const bool starts_word = title.empty() || title.back() == ' ';
    if (c == '_' || c == '-') {
      title += ' ';
    } else {
      title += starts_word ? to_upper({&c, 1}) : std::string(1, c);
    }
  }
  return title;
}

}  // namespace

json::array read_fields(const items::Services& services, const access::Accountability* who) {
  const auto reader = model_reader(services, who);
  reader.require("directus_fields");
  return list_fields(reader, services.database.dialect().vendor(), [](std::string_view) { return true; });
}

json::array read_fields(const items::Services& services, const access::Accountability* who,
                        std::string_view collection) {
  const auto reader = model_reader(services, who);
  reader.known(collection);
  reader.require("directus_fields");
  if (!reader.may_read(collection)) throw ApiError::forbidden();
  return list_fields(reader, services.database.dialect().vendor(),
                     [&](std::string_view name) { return name == collection; });
}

json::object read_field(const items::Services& services, const access::Accountability* who, std::string_view collection,
                        std::string_view field) {
  const auto reader = model_reader(services, who);
  reader.known(collection);
  reader.require(collection);
  if (!reader.may_read(collection, field)) throw ApiError::forbidden();
  const auto& catalog = reader.schema->catalog();
  const auto* table = catalog.table(collection);
  const auto* column = table->column(field);
  const auto* meta = field_meta(catalog, collection, field);
  if (column == nullptr && meta == nullptr) throw ApiError::forbidden();
  return served_field(collection, field, table, column, meta, services.database.dialect().vendor());
}

void add_provider_choices(json::object& field, const std::vector<std::string>& providers) {
  if (text_of(field, "collection") != "directus_users" || text_of(field, "field") != "provider") return;
  auto* meta = field.if_contains("meta");
  if (meta == nullptr || !meta->is_object()) return;
  json::array choices;
  for (const auto& provider : providers) choices.push_back({{"text", title_of(provider)}, {"value", provider}});
  meta->get_object()["options"] = {{"choices", std::move(choices)}};
}

void add_provider_choices(json::array& fields, const std::vector<std::string>& providers) {
  for (auto& field : fields) add_provider_choices(field.as_object(), providers);
}

}  // namespace ashlar::system
