// What a query names, and whether the asker may: the half of the model that looks at no row.
#include <algorithm>
#include <functional>

#include "query/function.h"
#include "world/model.h"

namespace ashlar::query::test {

using schema::Relation;
using schema::RelationKind;

bool Model::may_name(std::string_view collection, std::string_view field) const {
  return sight_ == nullptr || sight_->may_name(collection, field);
}

void Model::require(std::string_view collection, std::string_view field) const {
  if (data_.schema->collection(collection)->field(field) == nullptr || !may_name(collection, field)) throw Forbidden{};
}

bool Model::leads_somewhere(std::string_view collection, std::string_view field) const {
  const auto& link = *data_.schema->link(collection, field);
  switch (link.kind) {
    case RelationKind::many_to_one:
      return may_read(*link.relation->related_collection);
    case RelationKind::one_to_many:
      return may_read(link.relation->collection);
    case RelationKind::any_to_one: {
      const auto& allowed = link.relation->one_allowed_collections;
      return std::any_of(allowed.begin(), allowed.end(), [&](const auto& name) { return may_read(name); });
    }
  }
  return false;
}

// ---- fields

std::string Model::source_of(const std::string& name, const LevelQuery& query) {
  for (const auto& [alias, target] : query.alias) {
    if (alias == name) return target;
  }
  return name;
}

// One path without a wildcard at its head.
void Model::ask(AskedFields& asked, std::string_view collection, const LevelQuery& query,
                const std::string& path) const {
  const auto parts = split_path(path);
  const auto source = source_of(parts.size() == 1 ? path : parts.front(), query);
  if (const auto call = parts.size() == 1 ? parse_function(source) : std::nullopt) {
    require(collection, call->field);
    const auto* link = data_.schema->link(collection, call->field);
    if (call->kind == FunctionCall::Kind::count && link != nullptr && !leads_somewhere(collection, call->field)) {
      throw Forbidden{};
    }
    asked[path].bare = true;
    return;
  }
  const auto field = source.substr(0, source.find(':'));
  const auto name = parts.front().substr(0, parts.front().find(':'));
  const auto* link = data_.schema->link(collection, field);
  if (parts.size() == 1) {
    require(collection, field);
    const bool is_list = link != nullptr && link->kind == RelationKind::one_to_many;
    if (!is_list || leads_somewhere(collection, field)) asked[name].bare = true;
    return;
  }
  // What leads nowhere is left out, and so is what may not be named, as if it did not exist.
  if (link == nullptr || !leads_somewhere(collection, field) || !may_name(collection, field)) return;
  const auto rest = path.substr(path.find('.') + 1);
  auto& entry = asked[name];
  if (const auto colon = source.find(':'); colon != std::string::npos) {
    entry.scoped[source.substr(colon + 1)].push_back(rest);
  } else {
    entry.paths.push_back(rest);
  }
}

Model::AskedFields Model::expand(std::string_view collection, const std::vector<std::string>& fields,
                                 const LevelQuery& query, bool backlink, const Relation* came_by) const {
  AskedFields asked;
  for (const auto& path : fields) {
    const auto parts = split_path(path);
    if (parts.front() != "*") {
      ask(asked, collection, query, path);
      continue;
    }
    const auto rest = parts.size() == 1 ? std::string() : path.substr(path.find('.') + 1);
    for (const auto& field : data_.schema->collection(collection)->fields) {
      const bool is_hidden_by_alias = std::any_of(query.alias.begin(), query.alias.end(),
                                                  [&](const auto& alias) { return alias.first == field.name; });
      if (!may_name(collection, field.name) || is_hidden_by_alias) continue;
      const auto* link = data_.schema->link(collection, field.name);
      const bool goes_back = !backlink && link != nullptr && link->relation == came_by;
      if (link != nullptr && !leads_somewhere(collection, field.name) &&
          (field.is_alias || (!rest.empty() && !goes_back))) {
        continue;
      }
      if (rest.empty() || link == nullptr || goes_back) {
        asked[field.name].bare = true;
      } else {
        asked[field.name].paths.push_back(rest);
      }
    }
    for (const auto& [alias, target] : query.alias) {
      const auto call = parse_function(target);
      const bool is_path = !rest.empty() && !call && data_.schema->link(collection, target) != nullptr;
      if (rest.empty() && !may_name(collection, call ? call->field : target)) continue;
      ask(asked, collection, query, is_path ? alias + "." + rest : alias);
    }
  }
  return asked;
}

std::set<std::string> Model::wanted_fields(std::string_view collection, const std::vector<std::string>& fields,
                                           const LevelQuery& query, bool backlink, const Relation* came_by,
                                           bool keys_only) const {
  if (keys_only) return {key_name(collection)};
  std::set<std::string> wanted;
  for (const auto& [name, entry] : expand(collection, fields, query, backlink, came_by)) {
    const auto source = source_of(name, query);
    const auto call = parse_function(source);
    wanted.insert(call ? call->field : source);
  }
  return wanted;
}

// ---- checks

bool Model::is_forbidden(std::string_view collection, const Query& query) const {
  try {
    if (!may_read(collection)) return true;
    for (const auto& name : query.group) {
      const auto call = parse_function(name);
      require(collection, call ? call->field : name);
    }
    for (const auto& aggregate : query.aggregate) {
      for (const auto& field : aggregate.fields) {
        if (field != "*") require(collection, field);
      }
    }
    if (query.group.empty() && query.aggregate.empty()) {
      check_level(collection, query.fields, query, query.backlink, nullptr);
    } else {
      check_filter(collection, query.filter);
    }
    return false;
  } catch (const Forbidden&) {
    return true;
  }
}

void Model::check_level(std::string_view collection, const std::vector<std::string>& fields, const LevelQuery& query,
                        bool backlink, const Relation* came_by) const {
  const auto asked = expand(collection, fields, query, backlink, came_by);
  check_filter(collection, query.filter);
  for (const auto& term : query.sort) check_sort(collection, term.path);
  check_children(collection, asked, query, backlink);
}

void Model::check_children(std::string_view collection, const AskedFields& asked, const LevelQuery& query,
                           bool backlink) const {
  static const LevelQuery nothing;
  const auto deep = [&](const std::string& name) -> const LevelQuery& {
    const auto found = query.deep.find(name);
    return found == query.deep.end() ? nothing : found->second;
  };
  for (const auto& [name, entry] : asked) {
    const auto source = source_of(name, query);
    const auto* link = parse_function(source) ? nullptr : data_.schema->link(collection, source);
    if (link == nullptr || (!entry.is_object() && link->kind != RelationKind::one_to_many)) continue;
    const auto* relation = link->relation;
    if (link->kind == RelationKind::many_to_one) {
      check_level(*relation->related_collection, entry.paths, deep(name), backlink, relation);
    } else if (link->kind == RelationKind::one_to_many) {
      check_level(relation->collection, entry.paths, deep(name), backlink, relation);
    } else {
      for (const auto& target : relation->one_allowed_collections) {
        if (!may_read(target)) continue;
        auto paths = entry.paths;
        if (const auto scoped = entry.scoped.find(target); scoped != entry.scoped.end()) {
          paths.insert(paths.end(), scoped->second.begin(), scoped->second.end());
        }
        const auto scoped_name = name + ":" + target;
        check_level(target, paths, query.deep.contains(scoped_name) ? deep(scoped_name) : deep(name), backlink,
                    relation);
      }
    }
  }
}

void Model::check_filter(std::string_view collection, const json::value& filter) const {
  if (!filter.is_object()) return;
  for (const auto& entry : filter.get_object()) {
    const std::string key(entry.key());
    if (key == "_and" || key == "_or") {
      for (const auto& branch : entry.value().get_array()) {
        if (key == "_or" && branch.get_object().empty()) break;  // matches everything: nothing further is looked at
        check_filter(collection, branch);
      }
    } else if (key == "_some" || key == "_none") {
      check_filter(collection, entry.value());
    } else if (const auto call = parse_function(key)) {
      require(collection, call->field);
    } else if (!key.starts_with("_")) {
      require(collection, key.substr(0, key.find(':')));
      const auto next = step(collection, key);
      if (!next) continue;
      if (next->kind != RelationKind::many_to_one && !may_read(next->target)) throw Forbidden{};
      check_filter(next->target, entry.value());
    }
  }
}

void Model::check_sort(std::string_view collection, const std::string& path) const {
  const auto parts = split_path(path);
  std::string at(collection);
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    require(at, parts[i].substr(0, parts[i].find(':')));
    at = step(at, parts[i])->target;
    if (!may_read(at)) throw Forbidden{};
  }
  const auto call = parse_function(parts.back());
  require(at, call ? call->field : parts.back());
}

}  // namespace ashlar::query::test
