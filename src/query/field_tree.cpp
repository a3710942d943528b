#include "query/field_tree.h"

#include <algorithm>

#include "base/error.h"

namespace ashlar::query {
namespace {

using schema::Collection;
using schema::Field;
using schema::RelationKind;
using Link = schema::Schema::Link;

std::string rest_of(const std::vector<std::string>& parts) {
  std::string rest;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (i > 1) rest += '.';
    rest += parts[i];
  }
  return rest;
}

class FieldExpander {
 public:
  FieldExpander(const LevelQuery& level, const Collection& collection, const Reader& reader,
                const FieldListOptions& options)
      : level_(level), collection_(collection), reader_(reader), options_(options) {}

  void expect(std::size_t count) { requested_.reserve(count); }

  void add(const std::string& path) {
    if (path != "*" && path.find_first_of(".(") == std::string::npos) {  // most of them: no need to split
      const auto* alias = find_alias(path);
      alias != nullptr ? add_single(alias->second, alias->first) : add_single(path, std::nullopt);
      return;
    }
    const auto parts = split_path(path);
    const auto& head = parts.front();
    if (head == "*") {
      parts.size() == 1 ? add_all() : add_all_below(rest_of(parts));
      return;
    }
    const auto* alias = find_alias(head);
    if (parts.size() == 1) {
      alias != nullptr ? add_single(alias->second, alias->first) : add_single(head, std::nullopt);
    } else {
      add_path(alias != nullptr ? alias->second : head, alias != nullptr ? std::optional(head) : std::nullopt,
               rest_of(parts));
    }
  }

  std::vector<RequestedField> take() {
    // Plain fields first, then relations, aliases of plain fields last.
    const auto rank = [](const RequestedField& requested) {
      const bool is_list = requested.link != nullptr && requested.link->kind == RelationKind::one_to_many;
      const bool is_relation = !requested.function && (requested.is_object || is_list);
      return is_relation ? 1 : requested.is_alias ? 2 : 0;
    };
    const auto by_rank = [&](const auto& a, const auto& b) { return rank(a) < rank(b); };
    if (!std::is_sorted(requested_.begin(), requested_.end(), by_rank)) {
      std::stable_sort(requested_.begin(), requested_.end(), by_rank);
    }
    return std::move(requested_);
  }

 private:
  const std::pair<std::string, std::string>* find_alias(std::string_view name) const {
    for (const auto& alias : level_.alias) {
      if (alias.first == name) return &alias;
    }
    return nullptr;
  }

  const Link* link_of(std::string_view field) const { return reader_.schema->link(collection_.name, field); }

  // Whether something behind the relation may be read.
  bool leads_somewhere(const Link& link) const {
    const auto& relation = *link.relation;
    const auto readable = [&](const std::string& name) {
      const auto* target = reader_.schema->collection(name);
      return target != nullptr && reader_.may_read(*target);
    };
    switch (link.kind) {
      case RelationKind::many_to_one:
        return readable(*relation.related_collection);
      case RelationKind::one_to_many:
        return readable(relation.collection);
      case RelationKind::any_to_one:
        return std::any_of(relation.one_allowed_collections.begin(), relation.one_allowed_collections.end(), readable);
    }
    return false;
  }

  RequestedField& entry(const std::string& name, const Field& field, const Link* link, bool is_alias) {
    const auto found =
        std::find_if(requested_.begin(), requested_.end(), [&](const auto& other) { return other.name == name; });
    if (found != requested_.end()) return *found;
    RequestedField requested;
    requested.name = name;
    requested.field = &field;
    requested.link = link;
    requested.is_alias = is_alias;
    requested_.push_back(std::move(requested));
    return requested_.back();
  }

  void add_all() {
    for (const auto& field : collection_.fields) {
      const auto* link = link_of(field.name);
      if (!is_shown_by_wildcard(field, link) || !reader_.may_read(collection_, field.name)) continue;
      if (find_alias(field.name) != nullptr) continue;
      if (field.is_alias && !leads_somewhere(*link)) continue;
      entry(field.name, field, link, false);
    }
    for (const auto& [name, target] : level_.alias) {
      const auto call = parse_function(target, options_.json_depth);
      if (reader_.may_read(collection_, call ? call->field : target)) add_single(target, name);
    }
  }

  void add_all_below(const std::string& rest) {
    for (const auto& field : collection_.fields) {
      const auto* link = link_of(field.name);
      if (!is_shown_by_wildcard(field, link) || !reader_.may_read(collection_, field.name)) continue;
      if (find_alias(field.name) != nullptr) continue;
      if (link == nullptr) {
        entry(field.name, field, nullptr, false);
      } else if (!options_.backlink && link->relation == options_.came_by) {
        entry(field.name, field, link, false);
      } else if (leads_somewhere(*link)) {
        add_path(field.name, std::nullopt, rest);
      }
    }
    for (const auto& [name, target] : level_.alias) {
      target.find('(') == std::string::npos&& link_of(target) != nullptr ? add_path(target, name, rest)
                                                                         : add_single(target, name);
    }
  }

  void add_single(const std::string& source, const std::optional<std::string>& alias) {
    if (auto call = parse_function(source, options_.json_depth)) {
      const auto& field = reader_.readable_field(collection_, call->field, "fields");
      const auto* link = link_of(field.name);
      check_function_type(*call, field, link != nullptr && link->kind == RelationKind::one_to_many);
      if (call->kind == FunctionCall::Kind::count && link != nullptr && !leads_somewhere(*link)) {
        throw forbidden_field(collection_.name, field.name, "fields");
      }
      entry(alias.value_or(output_name(*call)), field, link, alias.has_value()).function = std::move(*call);
      return;
    }
    const auto colon = source.find(':');
    const auto& field = reader_.readable_field(collection_, source.substr(0, colon), "fields");
    const auto* link = link_of(field.name);
    if (colon != std::string::npos && link != nullptr && link->kind == RelationKind::any_to_one) {
      // A scope without a path: the key, typed as that of its collection.
      entry(alias.value_or(field.name), field, link, alias.has_value()).is_object = true;
      return;
    }
    if (field.is_alias && (link == nullptr || !leads_somewhere(*link))) {
      if (link == nullptr) throw forbidden_field(collection_.name, source, "fields");
      return;
    }
    entry(alias.value_or(source), field, link, alias.has_value());
  }

  void add_path(const std::string& head, const std::optional<std::string>& alias, const std::string& rest) {
    const auto colon = head.find(':');
    const auto source = head.substr(0, colon);
    const auto* link = link_of(source);
    if (link == nullptr) return;
    // Below an unknown name nothing is shown, so below a hidden one neither: no error tells them apart.
    if (!leads_somewhere(*link) || !reader_.may_read(collection_, source)) return;
    const auto& field = *collection_.field(source);
    auto& requested = entry(alias.value_or(source), field, link, alias.has_value());
    if (rest.empty() || rest.front() == '.') return;  // an empty part: the bare relation
    if (colon == std::string::npos) {
      requested.is_object = true;
      requested.paths.push_back(rest);
      return;
    }
    const auto scope = head.substr(colon + 1);
    const auto& allowed = link->relation->one_allowed_collections;
    requested.is_object = requested.is_object || link->kind == RelationKind::any_to_one;
    if (std::find(allowed.begin(), allowed.end(), scope) != allowed.end()) {
      requested.scoped_paths[scope].push_back(rest);
    }
  }

  const LevelQuery& level_;
  const Collection& collection_;
  const Reader& reader_;
  const FieldListOptions& options_;
  std::vector<RequestedField> requested_;
};

}  // namespace

bool is_shown_by_wildcard(const Field& field, const Link* link) {
  return !field.special.no_data && (!field.is_alias || link != nullptr);
}

std::vector<RequestedField> expand_fields(const std::vector<std::string>& fields, const LevelQuery& level,
                                          const Collection& collection, const Reader& reader,
                                          const FieldListOptions& options) {
  FieldExpander expander(level, collection, reader, options);
  expander.expect(fields.size());
  for (const auto& path : fields) expander.add(path);
  return expander.take();
}

}  // namespace ashlar::query
