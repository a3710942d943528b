#include "world/generator.h"

#include "base/text.h"
#include "world/data_set.h"

namespace ashlar::query::test {

using schema::Field;
using schema::RelationKind;
using schema::Type;

std::string Generator::collection() {
  const bool takes_system = schema_.collection("directus_activity") != nullptr && chance(25);
  for (;;) {
    const auto& name =
        schema_.collections()[static_cast<std::size_t>(number(0, static_cast<int>(schema_.collections().size()) - 1))]
            .name;
    if (is_system(name) == takes_system) return name;
  }
}

const std::string& Generator::key_name(const std::string& collection) const {
  return schema_.collection(collection)->primary_key;
}

bool Generator::is_list(const std::string& collection, const std::string& field) const {
  const auto* link = schema_.link(collection, field);
  return link != nullptr && link->kind == RelationKind::one_to_many;
}

std::vector<std::pair<std::string, std::string>> Generator::targets(const std::string& collection,
                                                                    const std::string& field) {
  const auto* link = schema_.link(collection, field);
  if (link == nullptr) return {};
  switch (link->kind) {
    case RelationKind::many_to_one:
      return {{field, *link->relation->related_collection}};
    case RelationKind::one_to_many:
      return {{field, link->relation->collection}};
    case RelationKind::any_to_one:
      break;
  }
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& target : link->relation->one_allowed_collections) result.emplace_back(field + ":" + target, target);
  return result;
}

std::vector<const Field*> Generator::fields_of(const std::string& collection, bool lists) {
  std::vector<const Field*> all, preferred;
  for (const auto& field : schema_.collection(collection)->fields) {
    if (!lists && field.is_alias) continue;
    all.push_back(&field);
    if (prefers && prefers(collection, field.name)) preferred.push_back(&field);
  }
  return preferred.empty() || chance(1) ? all : preferred;
}

// A function that the field takes, or nothing.
std::string Generator::function_of(const Field& field) {
  static const std::initializer_list<const char*> days{"year", "month", "day", "weekday"};
  static const std::initializer_list<const char*> times{"hour", "minute", "second", "year"};
  if (field.type == Type::date) return pick(days);
  if (field.type == Type::date_time || field.type == Type::timestamp) return chance(50) ? pick(days) : pick(times);
  if (field.type == Type::json || field.is_alias) return "count";
  return {};
}

// ---- fields

std::string Generator::path(const std::string& collection, int depth) {
  if (chance(10)) return "*";
  const auto& field = *pick(fields_of(collection, true));
  const auto below = targets(collection, field.name);
  if (!below.empty() && depth > 0 && chance(70)) {
    const auto& [name, target] = pick(below);
    return name + "." + path(target, depth - 1);
  }
  if (field.type == Type::json && chance(30)) {
    return "json(" + field.name + ", " + pick(std::initializer_list<const char*>{"a", "a.b", "c[0]", "[0]", "c"}) + ")";
  }
  const auto function = chance(25) ? function_of(field) : std::string();
  return function.empty() ? field.name : function + "(" + field.name + ")";
}

json::array Generator::field_list(const std::string& collection, int depth) {
  json::array result;
  if (chance(15)) {
    result.emplace_back("*");
  } else if (chance(12)) {
    result.emplace_back("*.*");
  } else if (chance(6)) {
    result.emplace_back("*.id");
  }
  for (int i = number(result.empty() ? 1 : 0, 4); i > 0; --i) result.emplace_back(path(collection, depth));
  return result;
}

// ---- filters

json::value Generator::value_for(const Field& field, bool is_number) {
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  const auto date = [&] {
    return std::to_string(number(1999, 2002)) + "-" + two(number(1, 12)) + "-" + two(number(1, 28));
  };
  if (is_number) return chance(80) ? json::value(number(0, 9)) : json::value(number(1999, 2002));
  switch (field.type) {
    case Type::floating:
    case Type::decimal:
      return number(0, 12) / 4.0;
    case Type::integer:
      return chance(90) ? json::value(number(0, 9)) : json::value(json::string(std::to_string(number(0, 9))));
    case Type::date:
      return json::string(date());
    case Type::date_time:
      return json::string(date() + "T" + two(number(0, 23)) + ":00:00");
    case Type::timestamp:
      return json::string(date() + "T" + two(number(0, 23)) + ":30:00.000Z");
    case Type::boolean:
      return chance(50);
    case Type::uuid:
      return json::string(comment_key(number(1, 9)));
    default:
      return json::string(pick(std::initializer_list<const char*>{"ada", "Ada", "a", "d", "bo", "5", "50%", "a%", "_o",
                                                                  "red", "blue", "1", "2", "people", "x", "eve"}));
  }
}

json::object Generator::operators(const Field& field, bool is_number) {
  const bool is_text =
      !is_number && (field.type == Type::string || field.type == Type::text || field.type == Type::csv);
  const bool is_stamp = !is_number && field.type == Type::timestamp;
  const auto value = [&] { return value_for(field, is_number); };
  const auto values = [&](int from, int to) {
    json::array list;
    for (int i = number(from, to); i > 0; --i) list.push_back(value());
    return list;
  };
  const bool truth = chance(85);
  if (field.special.conceal) {
    return {{pick(std::initializer_list<const char*>{"_null", "_nnull", "_empty", "_nempty"}), truth}};
  }
  if (chance(20)) return {{chance(50) ? "_null" : "_nnull", truth}};
  if (!is_number && field.type == Type::json) return {{"_nnull", truth}};
  if (!is_number && field.type == Type::boolean) return {{chance(60) ? "_eq" : "_neq", value()}};
  if (!is_number && field.type == Type::uuid) return {{chance(60) ? "_eq" : "_neq", value()}};
  if (is_text && chance(15)) return {{chance(50) ? "_empty" : "_nempty", truth}};
  if (chance(15)) return {{chance(60) ? "_in" : "_nin", values(1, 4)}};
  if (is_text && chance(60)) {
    return {{pick(std::initializer_list<const char*>{"_contains", "_ncontains", "_icontains", "_starts_with",
                                                     "_nstarts_with", "_istarts_with", "_nistarts_with", "_ends_with",
                                                     "_nends_with", "_iends_with", "_niends_with"}),
             value()}};
  }
  if (is_text || chance(40)) return {{chance(60) ? "_eq" : "_neq", value()}};
  if (is_stamp && chance(5)) return {{"_empty", truth}};
  if (chance(25)) return {{chance(60) ? "_between" : "_nbetween", chance(95) ? values(2, 2) : values(1, 1)}};
  auto result = json::object{{pick(std::initializer_list<const char*>{"_lt", "_lte", "_gt", "_gte"}), value()}};
  if (chance(20)) result["_neq"] = value();
  return result;
}

json::object Generator::condition(const std::string& collection, int depth, bool behind_row) {
  const auto& field = *pick(fields_of(collection, true));
  const auto below = targets(collection, field.name);
  if (!below.empty() && depth > 0 && chance(80)) {
    const auto [name, target] = pick(below);
    const bool lists = is_list(collection, field.name);
    if (lists && !behind_row && chance(30)) {
      return {{name, {{chance(60) ? "_some" : "_none", filter(target, depth - 1)}}}};
    }
    return {{name, filter(target, depth - 1, behind_row || !lists)}};
  }
  if (field.is_alias || chance(15)) {
    if (const auto function = function_of(field); !function.empty()) {
      return {{function + "(" + field.name + ")", operators(field, true)}};
    }
  }
  if (chance(5) && field.type == Type::integer) return {{field.name, number(0, 9)}};
  return {{field.name, operators(field, false)}};
}

json::object Generator::filter(const std::string& collection, int depth, bool behind_row) {
  if (depth > 0 && chance(30)) {
    json::array branches;
    for (int i = number(chance(3) ? 0 : 1, 3); i > 0; --i)
      branches.push_back(filter(collection, depth - 1, behind_row));
    if (chance(2)) branches.push_back(json::object());
    return {{chance(50) ? "_and" : "_or", std::move(branches)}};
  }
  auto result = condition(collection, depth, behind_row);
  if (chance(20)) {
    for (auto& member : condition(collection, depth, behind_row)) result[member.key()] = member.value();
  }
  return result;
}

// ---- order

std::string Generator::sort_path(const std::string& collection, int depth) {
  const auto& field = *pick(fields_of(collection, depth > 0));
  const auto below = targets(collection, field.name);
  if (!below.empty() && depth > 0 && chance(60)) {
    const auto [name, target] = pick(below);
    return name + "." + sort_path(target, depth - 1);
  }
  const auto function = field.is_alias || chance(20) ? function_of(field) : std::string();
  if (!function.empty()) return function + "(" + field.name + ")";
  return field.is_alias || field.type == Type::json || field.type == Type::csv || field.special.conceal
             ? key_name(collection)
             : field.name;
}

json::array Generator::sorts(const std::string& collection, bool is_root) {
  json::array result;
  for (int i = number(0, 2); i > 0; --i) {
    auto term = sort_path(collection, 2);
    // The second ordering of nested lists is about members of the row.
    if (!is_root && result.empty() && term.find('(') != std::string::npos) term = key_name(collection);
    result.emplace_back((chance(40) ? "-" : "") + term);
  }
  result.emplace_back((chance(70) ? "" : "-") + key_name(collection));
  return result;
}

// ---- levels

json::object Generator::level(const std::string& collection, const json::array& fields, int depth, bool is_root) {
  json::object result;
  const std::string mark = is_root ? "" : "_";
  if (chance(is_root ? 60 : 40)) result[mark + "filter"] = filter(collection, number(0, 3));
  if (chance(8)) {
    result[mark + "search"] = pick(std::initializer_list<const char*>{"a", "ADA", "5", "7", "0.5", "red f", "none"});
  }
  if (chance(60)) result[mark + "sort"] = sorts(collection, is_root);
  if (chance(50)) result[mark + "limit"] = chance(20) ? -1 : number(chance(10) ? 0 : 1, 6);
  if (chance(15)) result[mark + "offset"] = number(0, 4);
  if (chance(8)) result[mark + "page"] = number(0, 3);

  json::object deep;
  const auto add_deep = [&](const std::string& name, const std::string& target) {
    if (depth > 0 && chance(60)) deep[name] = level(target, {}, depth - 1, false);
  };
  for (const auto& field : fields_of(collection, true)) {
    const auto* link = schema_.link(collection, field->name);
    const bool is_any = link != nullptr && link->kind == RelationKind::any_to_one;
    for (const auto& [name, target] : targets(collection, field->name)) {
      if (chance(40) || is_any) add_deep(name, target);
    }
  }
  // Aliases of relations and of plain fields, each of them asked for.
  if (is_root && chance(15)) {
    const auto& field = *pick(fields_of(collection, true));
    json::array with_alias = fields;
    const auto below = targets(collection, field.name);
    if (below.size() == 1 && chance(80)) {
      with_alias.emplace_back("other." + path(below.front().second, 1));
      add_deep("other", below.front().second);
    } else {
      with_alias.emplace_back("other");
    }
    result["alias"] = json::object{{"other", field.name}};
    result["fields"] = std::move(with_alias);
  }
  if (is_root) {
    if (!deep.empty()) result["deep"] = std::move(deep);
  } else {
    for (auto& member : deep) result[member.key()] = member.value();
  }
  return result;
}

json::object Generator::query(const std::string& collection) {
  auto fields = field_list(collection, 3);
  auto result = level(collection, fields, 3, true);
  if (!result.contains("fields")) result["fields"] = std::move(fields);
  if (chance(10)) result["backlink"] = false;
  return result;
}

json::object Generator::aggregation(const std::string& collection) {
  json::object result;
  if (chance(60)) result["filter"] = filter(collection, number(0, 3));
  if (chance(10)) result["search"] = "a";
  json::object functions;
  json::array sort;
  const auto groupable = [](const Field& field) {
    return field.type != Type::json && field.type != Type::csv && !field.special.conceal;
  };
  for (int i = number(1, 3); i > 0; --i) {
    const auto& field = *pick(fields_of(collection, false));
    const bool is_number = field.type == Type::integer || field.type == Type::floating || field.type == Type::decimal;
    if (chance(20)) {
      functions["count"] = "*";
    } else if (chance(30)) {
      functions["count"] = field.name;
    } else if (groupable(field) && chance(30)) {
      functions["countDistinct"] = field.name;
    } else if (is_number) {
      functions[pick(std::initializer_list<const char*>{"sum", "avg", "min", "max", "sumDistinct", "avgDistinct"})] =
          field.name;
    } else if (field.type == Type::date || field.type == Type::date_time || field.type == Type::timestamp) {
      functions[chance(50) ? "min" : "max"] = field.name;
    }
  }
  json::array groups;
  for (int i = number(0, 2); i > 0; --i) {
    const auto& field = *pick(fields_of(collection, true));
    const auto function = field.is_alias || chance(30) ? function_of(field) : std::string();
    if (function.empty() && (field.is_alias || !groupable(field))) continue;
    const auto name = function.empty() ? field.name : function + "(" + field.name + ")";
    groups.emplace_back(name);
  }
  if (groups.empty() && functions.empty()) functions["count"] = "*";
  if (!groups.empty()) {
    if (functions.contains("count") && functions["count"] == "*" && chance(40)) sort.emplace_back("-count");
    for (const auto& group : groups) sort.emplace_back((chance(40) ? "-" : "") + std::string(*as_text(group)));
    result["groupBy"] = std::move(groups);
    result["sort"] = std::move(sort);
    if (chance(40)) result["limit"] = number(-1, 5);
    if (chance(20)) result["offset"] = number(0, 3);
  }
  if (!functions.empty()) result["aggregate"] = std::move(functions);
  return result;
}

}  // namespace ashlar::query::test
