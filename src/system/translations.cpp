#include "system/translations.h"

#include "base/error.h"
#include "database/sql_text.h"
#include "items/write_context.h"

namespace ashlar::system {
namespace {

constexpr std::string_view table = "directus_translations";

struct Pair {
  std::string language, key;
};

std::optional<Pair> pair_of(items::WriteContext& context, const json::value& id) {
  database::SqlText sql(context.dialect());
  sql << "select ";
  sql.name("language") << ", ";
  sql.name("key") << " from ";
  sql.name(table) << " where ";
  sql.name("id") << " = ";
  sql.bind(std::string(to_text(id)));
  const auto rows = context.connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  return Pair{rows->cell(0).to_string(), rows->cell(1).to_string()};
}

// Whether another row than `id` has that language and key.
bool is_taken(items::WriteContext& context, const Pair& pair, std::string_view id) {
  database::SqlText sql(context.dialect());
  sql << "select ";
  sql.name("id") << " from ";
  sql.name(table) << " where ";
  sql.name("language") << " = ";
  sql.bind(pair.language) << " and ";
  sql.name("key") << " = ";
  sql.bind(pair.key);
  const auto rows = context.connection.query(sql.text, sql.parameters);
  while (rows->next()) {
    if (rows->cell(0).to_string() != id) return true;
  }
  return false;
}

[[noreturn]] void refuse() {
  throw ApiError::invalid_payload("There is a translation of this key in this language already.");
}

std::string text_or(const json::object& payload, std::string_view name, std::string standard) {
  const auto* value = payload.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::move(standard);
}

}  // namespace

items::CollectionHooks translation_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](items::WriteContext& context, const json::object& payload) {
    if (is_taken(context, {text_or(payload, "language", ""), text_or(payload, "key", "")}, "")) refuse();
  };
  hooks.before_update = [](items::WriteContext& context, const std::vector<json::value>& keys,
                           const json::object& payload) {
    if (!payload.contains("language") && !payload.contains("key")) return;
    if (payload.contains("language") && payload.contains("key") && keys.size() > 1) refuse();
    for (const auto& key : keys) {
      const auto now = pair_of(context, key).value_or(Pair{});
      if (is_taken(context, {text_or(payload, "language", now.language), text_or(payload, "key", now.key)},
                   to_text(key))) {
        refuse();
      }
    }
  };
  return hooks;
}

}  // namespace ashlar::system
