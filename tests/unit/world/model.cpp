#include "world/model.h"

#include <algorithm>
#include <cmath>

#include "base/json_writer.h"
#include "query/function.h"

namespace ashlar::query::test {

using schema::Field;
using schema::Relation;
using schema::RelationKind;
using schema::Type;

namespace {

std::string text(const json::value& value) { return std::string(*as_text(value)); }

// What the database has for a list of tags.
json::value stored(const json::value& value, const Field* field) {
  if (field == nullptr || field->type != Type::csv || !value.is_array()) return value;
  std::vector<std::string> parts;
  for (const auto& part : value.get_array()) parts.push_back(text(part));
  return json::string(join(parts, ","));
}

// Of what is concealed only whether there is something.
json::value shown(json::value value, const Field& field) {
  if (!field.special.conceal) return value;
  return value.is_null() || text(value).empty() ? json::value() : json::value("**********");
}

json::value date_part(const std::string& name, const json::value& value) {
  if (value.is_null()) return nullptr;
  const auto moment = parse_iso(text(value))->moment();
  const auto civil = civil_utc(moment);
  if (name == "year") return civil.year;
  if (name == "month") return civil.month;
  if (name == "day") return civil.day;
  if (name == "hour") return civil.hour;
  if (name == "minute") return civil.minute;
  if (name == "second") return civil.second;
  // 1970 began on a Thursday.
  const auto days = static_cast<std::int64_t>(std::floor(static_cast<double>(moment.milliseconds) / 86'400'000.0));
  return ((days + 4) % 7 + 7) % 7;
}

json::value at_path(const json::value& value, const std::vector<std::string>& path, database::Vendor vendor) {
  const auto* at = &value;
  for (const auto& part : path) {
    const auto* was = at;
    if (const auto* object = at->if_object()) {
      at = object->if_contains(part);
    } else if (const auto* list = at->if_array()) {
      const auto index = parse_integer(part);
      at = index && *index < static_cast<std::int64_t>(list->size()) ? &(*list)[static_cast<std::size_t>(*index)]
                                                                     : nullptr;
    } else {
      at = nullptr;
    }
    // On MySQL whatever is no list is its own first entry.
    if (was->kind() != json::kind::array && part == "0" && vendor == database::Vendor::mysql) at = was;
    if (at == nullptr) return nullptr;
  }
  return *at;
}

}  // namespace

// ---- relations

const std::string& Model::key_name(std::string_view collection) const {
  return data_.schema->collection(collection)->primary_key;
}

const json::value& Model::key_of(const json::object& row, std::string_view collection) const {
  return row.at(key_name(collection));
}

std::optional<Model::Step> Model::step(std::string_view collection, std::string_view name) const {
  const auto colon = name.find(':');
  const auto* link = data_.schema->link(collection, name.substr(0, colon));
  if (link == nullptr) return std::nullopt;
  switch (link->kind) {
    case RelationKind::many_to_one:
      return Step{link->kind, link->relation, *link->relation->related_collection};
    case RelationKind::one_to_many:
      return Step{link->kind, link->relation, link->relation->collection};
    case RelationKind::any_to_one:
      if (colon == std::string_view::npos) return std::nullopt;
      return Step{link->kind, link->relation, std::string(name.substr(colon + 1))};
  }
  return std::nullopt;
}

Model::Rows Model::follow(Row row, std::string_view from, const Step& step) const {
  Rows found;
  if (row == nullptr) return found;
  const bool is_list = step.kind == RelationKind::one_to_many;
  if (!sees(row, from, is_list ? *step.relation->one_field : step.relation->field)) return found;
  for (const auto& candidate : data_.of(step.target)) {
    bool related = false;
    switch (step.kind) {
      case RelationKind::many_to_one:
        related = key_of(candidate, step.target) == row->at(step.relation->field);
        break;
      case RelationKind::one_to_many:
        related = candidate.at(step.relation->field) == key_of(*row, from);
        break;
      case RelationKind::any_to_one:
        related = row->at(*step.relation->one_collection_field) == json::value(step.target) &&
                  row->at(step.relation->field) == json::value(to_text(key_of(candidate, step.target)));
        break;
    }
    if (related && (sight_ == nullptr || sight_->sees(&candidate, step.target))) found.push_back(&candidate);
  }
  return found;
}

bool Model::sees(Row row, std::string_view collection, std::string_view field) const {
  return sight_ == nullptr || sight_->sees(row, collection, field);
}

// ---- values

json::value Model::value_of(Row row, std::string_view collection, std::string_view name) const {
  const auto call = parse_function(name);
  if (!sees(row, collection, call ? call->field : name)) return nullptr;
  if (!call) return row == nullptr ? json::value() : row->at(name);
  if (call->kind == FunctionCall::Kind::count) {
    if (const auto list = step(collection, call->field)) return static_cast<int>(follow(row, collection, *list).size());
    if (row == nullptr || row->at(call->field).is_null()) return nullptr;
    const auto* entries = row->at(call->field).if_array();
    return entries == nullptr ? 0 : static_cast<int>(entries->size());
  }
  if (row == nullptr) return nullptr;
  if (call->kind == FunctionCall::Kind::json) return at_path(row->at(call->field), call->path, vendor_);
  auto part = date_part(call->name, row->at(call->field));
  const bool from_one = call->name == "weekday" && vendor_ == database::Vendor::mysql;
  return from_one && !part.is_null() ? json::value(part.to_number<int>() + 1) : part;
}

bool Model::same_text(std::string_view a, std::string_view b) const {
  return vendor_ == database::Vendor::mysql ? equals_ignoring_case(a, b) : a == b;
}

bool Model::like(std::string_view value, std::string_view pattern, bool ignore_case) const {
  if (ignore_case || vendor_ != database::Vendor::postgres) {
    const auto lower = to_lower(value), lower_pattern = to_lower(pattern);
    if (lower != value || lower_pattern != pattern) return like(lower, lower_pattern, ignore_case);
  }
  if (pattern.empty()) return value.empty();
  if (pattern.front() == '%') {
    for (std::size_t skip = 0; skip <= value.size(); ++skip) {
      if (like(value.substr(skip), pattern.substr(1), ignore_case)) return true;
    }
    return false;
  }
  if (value.empty()) return false;
  return (pattern.front() == '_' || pattern.front() == value.front()) &&
         like(value.substr(1), pattern.substr(1), ignore_case);
}

int Model::compare(const json::value& a, const json::value& b) const {
  const bool nulls_last = vendor_ == database::Vendor::postgres;
  if (a.is_null() || b.is_null()) {
    if (a.is_null() && b.is_null()) return 0;
    return a.is_null() == nulls_last ? 1 : -1;
  }
  if (a.is_string() && b.is_string()) {
    const auto left = text(a), right = text(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (a.is_array() || b.is_array()) return 0;
  return number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0;
}

// ---- filters: all relations that a filter names are joined, then the filter is tried on every combination of rows

struct Model::Joined {
  std::map<std::string, Row> rows;                 // by path
  std::map<std::string, std::string> collections;  // by path
};

void Model::collect_paths(const json::value& filter, std::string_view collection, const std::string& path,
                          std::vector<std::string>& paths) const {
  const auto add = [&](const std::string& found) {
    if (std::find(paths.begin(), paths.end(), found) == paths.end()) paths.push_back(found);
  };
  for (const auto& entry : filter.get_object()) {
    const std::string key(entry.key());
    if (key == "_and" || key == "_or") {
      for (const auto& branch : entry.value().get_array()) collect_paths(branch, collection, path, paths);
      continue;
    }
    const auto next = key.starts_with("_") ? std::nullopt : step(collection, key);
    if (!next || !entry.value().is_object()) {
      if (next && next->kind == RelationKind::one_to_many) add(path + "/" + key);
      continue;
    }
    const auto below = path + "/" + key;
    // Logic below a relation is about the same place.
    const std::function<void(const json::value&)> look = [&](const json::value& object) {
      for (const auto& inner : object.get_object()) {
        const std::string name(inner.key());
        if (name == "_and" || name == "_or") {
          for (const auto& branch : inner.value().get_array()) look(branch);
        } else if (name == "_some" || name == "_none") {
          continue;
        } else if (!name.starts_with("_") || next->kind == RelationKind::one_to_many) {
          add(below);
          if (!name.starts_with("_")) collect_paths(json::object{{name, inner.value()}}, next->target, below, paths);
        }
      }
    };
    look(entry.value());
  }
}

bool Model::matches(Row row, std::string_view collection, const json::value& filter) const {
  if (filter.is_null()) return true;
  std::vector<std::string> paths;
  collect_paths(filter, collection, "", paths);
  // Parents before children.
  std::stable_sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
    return std::count(a.begin(), a.end(), '/') < std::count(b.begin(), b.end(), '/');
  });
  Joined joined;
  joined.rows[""] = row;
  joined.collections[""] = collection;
  return try_joins(filter, collection, paths, 0, joined);
}

bool Model::try_joins(const json::value& filter, std::string_view collection, const std::vector<std::string>& paths,
                      std::size_t at, Joined& joined) const {
  if (at == paths.size()) return holds(filter, collection, "", joined, nullptr, nullptr);
  const auto& path = paths[at];
  const auto slash = path.rfind('/');
  const auto parent = path.substr(0, slash);
  const auto& from = joined.collections.at(parent);
  const auto next = *step(from, path.substr(slash + 1));
  joined.collections[path] = next.target;
  auto rows = follow(joined.rows.at(parent), from, next);
  if (rows.empty()) rows.push_back(nullptr);
  for (const auto row : rows) {
    joined.rows[path] = row;
    if (try_joins(filter, collection, paths, at + 1, joined)) return true;
  }
  return false;
}

bool Model::holds(const json::value& filter, std::string_view collection, const std::string& path, const Joined& joined,
                  const json::value* operand, const Field* field) const {
  for (const auto& entry : filter.get_object()) {
    if (!holds_member(entry.key(), entry.value(), collection, path, joined, operand, field)) return false;
  }
  return true;
}

bool Model::holds_member(std::string_view key, const json::value& value, std::string_view collection,
                         const std::string& path, const Joined& joined, const json::value* operand,
                         const Field* field) const {
  if (key == "_and" || key == "_or") {
    const auto& branches = value.get_array();
    const auto branch_holds = [&](const json::value& branch) {
      return holds(branch, collection, path, joined, operand, field);
    };
    if (key == "_and") return std::all_of(branches.begin(), branches.end(), branch_holds);
    return branches.empty() || std::any_of(branches.begin(), branches.end(), branch_holds);
  }
  if (key == "_some" || key == "_none") {
    const auto slash = path.rfind('/');
    const auto parent = path.substr(0, slash);
    const auto& from = joined.collections.at(parent);
    const auto next = *step(from, path.substr(slash + 1));
    const auto rows = follow(joined.rows.at(parent), from, next);
    const bool some = std::any_of(rows.begin(), rows.end(), [&](Row row) { return matches(row, next.target, value); });
    return some == (key == "_some");
  }
  if (key.starts_with("_")) return compares(key, *operand, value, field);

  const auto row_at = [&](const std::string& place) {
    const auto found = joined.rows.find(place);
    return found == joined.rows.end() ? nullptr : found->second;
  };
  const auto object = value.is_object() ? value : json::value{{"_eq", value}};
  const auto next = step(collection, key);
  if (!next) {
    const auto left = value_of(row_at(path), collection, key);
    return holds(object, collection, path, joined, &left, data_.schema->collection(collection)->field(key));
  }
  const auto below = path + "/" + std::string(key);
  json::value left;
  if (next->kind == RelationKind::many_to_one) left = value_of(row_at(path), collection, key);
  if (next->kind == RelationKind::one_to_many) left = value_of(row_at(below), next->target, key_name(next->target));
  return holds(object, next->target, below, joined, &left, nullptr);
}

bool Model::compares(std::string_view op, const json::value& left, const json::value& right, const Field* field) const {
  const auto operand = stored(left, field);
  const bool asks = !right.is_bool() || right.get_bool();
  const bool is_empty = operand.is_null() || (operand.is_string() && operand.get_string().empty());
  if (op == "_null" || op == "_nnull") return (operand.is_null() == (op == "_null")) == asks;
  if (op == "_empty" || op == "_nempty") return (is_empty == (op == "_empty")) == asks;
  if (right.is_null()) return operand.is_null() == (op == "_eq");
  const auto same = [&](const json::value& value) {
    if (operand.is_string()) return same_text(text(operand), text(value));
    return number(operand) == number(value);
  };
  const auto order = [&](const json::value& value) { return compare(operand, value); };
  if (operand.is_null()) {
    // A range with another number of ends than two is no condition at all.
    return (op == "_between" || op == "_nbetween") && right.get_array().size() != 2;
  }
  if (op == "_eq") return same(right);
  if (op == "_neq") return !same(right);
  if (op == "_lt") return order(right) < 0;
  if (op == "_lte") return order(right) <= 0;
  if (op == "_gt") return order(right) > 0;
  if (op == "_gte") return order(right) >= 0;
  if (op == "_in" || op == "_nin") {
    const auto& list = right.get_array();
    return std::any_of(list.begin(), list.end(), same) == (op == "_in");
  }
  if (op == "_between" || op == "_nbetween") {
    const auto& ends = right.get_array();
    if (ends.size() != 2) return true;
    return (order(ends[0]) >= 0 && order(ends[1]) <= 0) == (op == "_between");
  }
  // Texts: _contains, _nistarts_with ...
  auto name = op.substr(1);
  const bool negated = name.starts_with("n");
  if (negated) name.remove_prefix(1);
  const bool ignore_case = name.starts_with("i");
  if (ignore_case) name.remove_prefix(1);
  auto pattern = text(right);
  if (name != "starts_with") pattern = "%" + pattern;
  if (name != "ends_with") pattern += "%";
  return like(text(operand), pattern, ignore_case) != negated;
}

bool Model::is_found(Row row, std::string_view collection, std::string_view term) const {
  const auto canonical = [&]() -> std::optional<double> {
    const auto parsed = parse_number(term);
    std::string spelled;
    if (parsed) write_json_double(spelled, *parsed);
    return spelled == term ? parsed : std::nullopt;
  }();
  for (const auto& field : data_.schema->collection(collection)->fields) {
    if (field.is_alias || field.special.conceal || !field.searchable) continue;
    const auto value = value_of(row, collection, field.name);
    if (value.is_null()) continue;
    // Where the database has no type for them, UUIDs are texts, unless metadata says otherwise.
    const bool is_text = field.type == Type::string || field.type == Type::text ||
                         (field.type == Type::uuid && vendor_ != database::Vendor::postgres && !is_system(collection));
    if (is_text && like(text(value), "%" + std::string(term) + "%", true)) return true;
    if (canonical && value.is_number() && number(value) == *canonical) return true;
  }
  return false;
}

// ---- order and window

json::value Model::sort_value(Row row, std::string_view collection, std::string_view path, bool descending) const {
  const auto parts = split_path(path);
  if (parts.size() == 1) return value_of(row, collection, path);
  const auto next = *step(collection, parts.front());
  const auto rest = path.substr(parts.front().size() + 1);
  auto rows = follow(row, collection, next);
  if (rows.empty() && next.kind != RelationKind::one_to_many) rows.push_back(nullptr);
  std::vector<json::value> values;
  for (const auto below : rows) values.push_back(sort_value(below, next.target, rest, descending));
  if (values.empty()) return nullptr;
  return *std::min_element(values.begin(), values.end(), [&](const json::value& a, const json::value& b) {
    return descending ? compare(a, b) > 0 : compare(a, b) < 0;
  });
}

std::string Model::default_sort(std::string_view collection, const Relation* arrival) const {
  const auto& field = arrival != nullptr ? arrival->sort_field : data_.schema->collection(collection)->sort_field;
  return field && may_name(collection, *field) ? *field : key_name(collection);
}

void Model::sort(Rows& rows, std::string_view collection, const LevelQuery& query, const Relation* arrival) const {
  auto terms = query.sort;
  if (terms.empty()) terms.push_back({default_sort(collection, arrival), false});
  std::stable_sort(rows.begin(), rows.end(), [&](Row a, Row b) {
    for (const auto& term : terms) {
      const int order = compare(sort_value(a, collection, term.path, term.descending),
                                sort_value(b, collection, term.path, term.descending));
      if (order != 0) return term.descending ? order > 0 : order < 0;
    }
    return false;
  });
}

Model::Rows Model::all(std::string_view collection) const {
  Rows rows;
  for (const auto& row : data_.of(collection)) {
    if (sight_ == nullptr || sight_->sees(&row, collection)) rows.push_back(&row);
  }
  return rows;
}

Model::Rows Model::select(const Rows& rows, std::string_view collection, const LevelQuery& query,
                          const Relation* arrival, const std::set<std::string>& requested) const {
  Rows selected;
  for (const auto row : rows) {
    if (sight_ != nullptr && !sight_->sees_for(row, collection, requested)) continue;
    if (matches(row, collection, query.filter) && (!query.search || is_found(row, collection, *query.search))) {
      selected.push_back(row);
    }
  }
  sort(selected, collection, query, arrival);
  selected = window(selected, query);
  if (arrival == nullptr) return selected;
  // Lists are ordered once more by their first sort field, nulls last.
  const auto term = query.sort.empty() ? SortTerm{default_sort(collection, arrival), false} : query.sort.front();
  if (split_path(term.path).size() > 1) return selected;
  std::stable_sort(selected.begin(), selected.end(), [&](Row a, Row b) {
    const auto left = value_of(a, collection, term.path), right = value_of(b, collection, term.path);
    if (left.is_null() || right.is_null()) return !left.is_null() && right.is_null();
    return term.descending ? compare(left, right) > 0 : compare(left, right) < 0;
  });
  return selected;
}

// ---- what is shown

json::value Model::show(Row row, std::string_view collection, const std::vector<std::string>& fields,
                        const LevelQuery& query, bool backlink, const Relation* came_by) const {
  json::object result;
  static const LevelQuery nothing;
  const auto deep = [&](const std::string& name) -> const LevelQuery& {
    const auto found = query.deep.find(name);
    return found == query.deep.end() ? nothing : found->second;
  };
  for (const auto& [name, entry] : expand(collection, fields, query, backlink, came_by)) {
    const auto target = source_of(name, query);
    if (const auto call = parse_function(target)) {
      result[name == target ? output_name(*call) : name] = value_of(row, collection, target);
      continue;
    }
    const auto* link = data_.schema->link(collection, target);
    if (link == nullptr || (!entry.is_object() && link->kind != RelationKind::one_to_many)) {
      result[name] = shown(value_of(row, collection, target), *data_.schema->collection(collection)->field(target));
      continue;
    }
    result[name] = nullptr;
    if (!sees(row, collection, target)) continue;
    if (link->kind == RelationKind::one_to_many) {
      const auto next = *step(collection, target);
      const auto wanted =
          wanted_fields(next.target, entry.paths, deep(name), backlink, next.relation, !entry.is_object());
      json::array list;
      for (const auto child : select(follow(row, collection, next), next.target, deep(name), next.relation, wanted)) {
        list.push_back(entry.is_object() ? show(child, next.target, entry.paths, deep(name), backlink, next.relation)
                                         : key_of(*child, next.target));
      }
      result[name] = std::move(list);
      continue;
    }
    auto scoped_name = target;
    auto paths = entry.paths;
    const auto* level = &deep(name);
    if (link->kind == RelationKind::any_to_one) {
      const auto to = text(row->at(*link->relation->one_collection_field));
      scoped_name += ":" + to;
      if (const auto scoped = entry.scoped.find(to); scoped != entry.scoped.end()) {
        paths.insert(paths.end(), scoped->second.begin(), scoped->second.end());
      }
      if (query.deep.contains(name + ":" + to)) level = &deep(name + ":" + to);
    }
    const auto next = *step(collection, scoped_name);
    if (!may_read(next.target)) continue;
    const auto wanted = wanted_fields(next.target, paths, *level, backlink, next.relation, paths.empty());
    for (const auto found : follow(row, collection, next)) {
      const bool matching = matches(found, next.target, level->filter) &&
                            (!level->search || is_found(found, next.target, *level->search)) &&
                            (sight_ == nullptr || sight_->sees_for(found, next.target, wanted));
      if (!matching) continue;
      result[name] = paths.empty() ? key_of(*found, next.target)
                                   : show(found, next.target, paths, *level, backlink, next.relation);
    }
  }
  return result;
}

json::array Model::answer(std::string_view collection, const Query& query,
                          const std::optional<std::set<std::string>>& keys) const {
  json::array result;
  auto rows = all(collection);
  if (keys) std::erase_if(rows, [&](Row row) { return !keys->contains(to_text(key_of(*row, collection))); });
  const auto wanted = wanted_fields(collection, query.fields, query, query.backlink, nullptr, false);
  for (const auto row : select(rows, collection, query, nullptr, wanted)) {
    result.push_back(show(row, collection, query.fields, query, query.backlink, nullptr));
  }
  return result;
}

std::int64_t Model::count(std::string_view collection, const Query& query) const {
  LevelQuery everything;
  everything.filter = query.filter;
  everything.search = query.search;
  everything.limit = -1;
  return static_cast<std::int64_t>(select(all(collection), collection, everything, nullptr, {}).size());
}

}  // namespace ashlar::query::test
