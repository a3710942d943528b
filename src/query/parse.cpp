#include "query/parse.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::query {
namespace {

constexpr double largest_safe_integer = 9007199254740991;

bool is_empty_text(const json::value& value) {
  const auto text = as_text(value);
  return text && text->empty();
}

// The member, unless it is absent, null, or (in a URL) empty.
const json::value* given(const json::object& parameters, std::string_view name) {
  const auto* value = parameters.if_contains(name);
  return value == nullptr || value->is_null() || is_empty_text(*value) ? nullptr : value;
}

std::string require_text(const json::value& value, std::string_view name) {
  const auto text = as_text(value);
  if (!text) throw ApiError::invalid_query("\"" + std::string(name) + "\" must be a list of texts.");
  return std::string(*text);
}

// Keeps the first of those with the same name: the others say nothing new, and databases allow only so many.
template <typename Entry, typename Name>
void drop_repeated(std::vector<Entry>& entries, Name name_of) {
  std::unordered_set<std::string> seen;
  std::erase_if(entries, [&](const Entry& entry) { return !seen.insert(name_of(entry)).second; });
}

// A list of names: a comma text, or a list whose members may be comma texts too.
std::vector<std::string> name_list(const json::value& value, std::string_view name) {
  std::vector<std::string> names;
  const auto add = [&](const json::value& entry) {
    auto parts = split_names(require_text(entry, name));
    names.insert(names.end(), std::make_move_iterator(parts.begin()), std::make_move_iterator(parts.end()));
  };
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) add(entry);
  } else {
    add(value);
  }
  drop_repeated(names, [](const std::string& entry) { return entry; });
  return names;
}

// A JSON text in a URL, or the value itself.
json::value structured(const json::value& value, std::string_view name) {
  const auto text = as_text(value);
  if (!text) return value;
  auto parsed = parse_json(*text);
  if (!parsed) throw ApiError::invalid_query("\"" + std::string(name) + "\" is no valid JSON.");
  return *parsed;
}

std::int64_t whole_number(const json::value& value, std::string_view name, std::int64_t least) {
  std::optional<double> number;
  if (const auto text = as_text(value)) {
    number = trim(*text).empty() ? 0 : parse_number(*text);
  } else if (value.is_number()) {
    number = value.to_number<double>();
  }
  if (!number || std::floor(*number) != *number || *number < static_cast<double>(least) ||
      *number > largest_safe_integer) {
    throw ApiError::invalid_query("\"" + std::string(name) + "\" must be a whole number of at least " +
                                  std::to_string(least) + ".");
  }
  return static_cast<std::int64_t>(*number);
}

std::vector<SortTerm> sort_terms(const json::value& value) {
  std::vector<std::string> texts;
  if (const auto* list = value.if_array()) {
    for (const auto& entry : *list) texts.emplace_back(trim(require_text(entry, "sort")));
  } else {
    texts = split_names(require_text(value, "sort"));
  }
  std::vector<SortTerm> terms;
  for (auto& text : texts) {
    if (text.empty()) throw ApiError::invalid_query("\"sort\" has an empty name.");
    const bool descending = text.front() == '-';
    terms.push_back({descending ? text.substr(1) : std::move(text), descending});
  }
  drop_repeated(terms, [](const SortTerm& term) { return term.path; });
  return terms;
}

json::value filter_object(const json::value& value) {
  auto filter = structured(value, "filter");
  if (filter.is_array() && !filter.get_array().empty()) {
    throw ApiError::forbidden("The filter is a list; it must be an object of fields.");
  }
  if (filter.is_array()) return json::object();
  if (!filter.is_object()) throw ApiError::invalid_query("\"filter\" must be an object.");
  return filter;
}

std::vector<Aggregate> aggregates(const json::value& value) {
  const auto object = structured(value, "aggregate");
  if (!object.is_object()) throw ApiError::invalid_query("\"aggregate\" must be an object.");
  static const std::vector<std::string_view> functions{"count", "countDistinct", "sum", "sumDistinct",
                                                       "avg",   "avgDistinct",   "min", "max"};
  std::vector<Aggregate> result;
  for (const auto& member : object.get_object()) {
    if (std::find(functions.begin(), functions.end(), std::string_view(member.key())) == functions.end()) {
      throw ApiError::invalid_query("\"" + std::string(member.key()) + "\" is no function of \"aggregate\".");
    }
    auto fields = is_empty_text(member.value()) ? std::vector<std::string>{} : name_list(member.value(), "aggregate");
    if (fields.empty()) throw ApiError::invalid_query("\"aggregate\" names no field.");
    result.push_back({std::string(member.key()), std::move(fields)});
  }
  return result;
}

std::vector<std::pair<std::string, std::string>> aliases(const json::value& value) {
  const auto object = structured(value, "alias");
  if (!object.is_object()) throw ApiError::invalid_query("\"alias\" must be an object of texts.");
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& member : object.get_object()) {
    const auto target = as_text(member.value());
    const auto name = std::string_view(member.key());
    if (!target || target->empty()) throw ApiError::invalid_query("\"alias\" must be an object of texts.");
    const auto dotted = target->substr(0, target->find('(')).find('.') != std::string_view::npos;
    if (name.find('.') != std::string_view::npos || dotted) {
      throw ApiError::invalid_query("\"alias\" takes no paths: \"" + std::string(name) + "\".");
    }
    result.emplace_back(name, *target);
  }
  return result;
}

std::int64_t capped_limit(std::int64_t limit, const QueryLimits& limits) {
  return limit == -1 && limits.maximum ? *limits.maximum : limit;
}

// The members that root and deep levels share; below the root their names begin with '_'.
void parse_level(LevelQuery& level, const json::object& parameters, std::string_view prefix,
                 const QueryLimits& limits) {
  const auto member = [&](std::string_view name) { return given(parameters, std::string(prefix).append(name)); };
  if (const auto* value = member("filter")) level.filter = filter_object(*value);
  if (const auto* value = member("search")) {
    if (const auto text = as_text(*value)) level.search = trim(*text).empty() ? std::string(*text) : trim(*text);
  }
  if (const auto* value = member("sort")) level.sort = sort_terms(*value);
  const auto number = [&](std::string_view name, std::int64_t least) -> std::optional<std::int64_t> {
    const auto* value = parameters.if_contains(std::string(prefix).append(name));
    if (value == nullptr || value->is_null()) return std::nullopt;
    return whole_number(*value, name, least);
  };
  level.limit = number("limit", -1);
  level.offset = number("offset", 0);
  level.page = number("page", 0);
  if (level.limit && limits.maximum && *level.limit > *limits.maximum) {
    throw ApiError::invalid_query("\"limit\" may be at most " + std::to_string(*limits.maximum) + ".");
  }
  if (level.limit) level.limit = capped_limit(*level.limit, limits);
  if (const auto* value = member("aggregate")) level.aggregate = aggregates(*value);
  if (const auto* value = member("groupBy")) level.group = name_list(*value, "groupBy");
  if (const auto* value = member("alias")) level.alias = aliases(*value);
}

void parse_deep(LevelQuery& level, const json::value& deep, const QueryLimits& limits, int depth) {
  if (!deep.is_object()) return;
  if (depth > limits.relational_depth) {
    throw ApiError::invalid_query("\"deep\" goes below the allowed depth of relations.");
  }
  for (const auto& member : deep.get_object()) {
    if (member.key().starts_with("_") || !member.value().is_object()) continue;
    LevelQuery child;
    parse_level(child, member.value().get_object(), "_", limits);
    parse_deep(child, member.value(), limits, depth + 1);
    level.deep.emplace(member.key(), std::move(child));
  }
}

void parse_meta(Query& query, const json::value& value) {
  for (const auto& name : name_list(value, "meta")) {
    if (name != "*" && name != "total_count" && name != "filter_count") {
      throw ApiError::invalid_query("\"meta\" knows total_count and filter_count, not \"" + name + "\".");
    }
    query.total_count |= name == "*" || name == "total_count";
    query.filter_count |= name == "*" || name == "filter_count";
  }
}

std::optional<ExportFormat> export_format(const json::value& value) {
  const auto name = as_text(value).value_or("");
  if (name == "csv") return ExportFormat::csv;
  if (name == "csv_utf8") return ExportFormat::csv_utf8;
  if (name == "json") return ExportFormat::json;
  if (name == "xml") return ExportFormat::xml;
  if (name == "yaml") return ExportFormat::yaml;
  throw ApiError::invalid_query("\"export\" must be csv, csv_utf8, json, xml or yaml.");
}

// ---- depth of relations

int path_depth(std::string_view path) {
  // A function counts the parts before it and of its first argument: a.year(b.c), json(b, c.d).
  const auto open = path.find('(');
  if (open == std::string_view::npos) return 1 + static_cast<int>(std::count(path.begin(), path.end(), '.'));
  const auto before = path.substr(0, open);
  const auto argument = path.substr(open + 1, path.find_first_of(",)", open) - open - 1);
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '.')) +
         static_cast<int>(std::count(argument.begin(), argument.end(), '.'));
}

int filter_depth(const json::value& filter) {
  int deepest = 0;
  if (const auto* list = filter.if_array()) {
    for (const auto& entry : *list) deepest = std::max(deepest, filter_depth(entry));
  } else if (const auto* object = filter.if_object()) {
    for (const auto& member : *object) {
      const int own = member.key().starts_with("_") ? 0 : path_depth(member.key());
      deepest = std::max(deepest, own + filter_depth(member.value()));
    }
  }
  return deepest;
}

int level_depth(const LevelQuery& level) {
  int deepest = filter_depth(level.filter);
  for (const auto& term : level.sort) deepest = std::max(deepest, path_depth(term.path));
  for (const auto& [name, child] : level.deep) deepest = std::max(deepest, 1 + level_depth(child));
  return deepest;
}

void check_depth(const Query& query, const QueryLimits& limits) {
  int deepest = level_depth(query);
  for (const auto& field : query.fields) deepest = std::max(deepest, path_depth(field));
  if (deepest > limits.relational_depth) {
    throw ApiError::invalid_query("The query goes below the allowed depth of relations, " +
                                  std::to_string(limits.relational_depth) + ".");
  }
}

}  // namespace

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  int depth = 0;
  std::size_t start = 0;
  const auto add = [&](std::size_t end) {
    const auto name = trim(text.substr(start, end - start));
    if (name.empty()) throw ApiError::invalid_query("A list of names has an empty one: \"" + std::string(text) + "\".");
    names.emplace_back(name);
    start = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (depth < 0 || depth > 1) break;
    if (text[i] == ',' && depth == 0) add(i);
  }
  if (depth != 0) throw ApiError::invalid_query("Unbalanced parentheses in \"" + std::string(text) + "\".");
  add(text.size());
  return names;
}

Query parse_query(const json::object& parameters, const QueryLimits& limits) {
  Query query;
  parse_level(query, parameters, "", limits);
  if (const auto* value = given(parameters, "fields")) query.fields = name_list(*value, "fields");
  if (const auto* value = given(parameters, "deep")) {
    const auto text = as_text(*value);
    const auto deep = text ? parse_json(*text).value_or(nullptr) : *value;
    parse_deep(query, deep, limits, 1);
  }
  if (const auto* value = given(parameters, "meta")) parse_meta(query, *value);
  if (const auto* value = given(parameters, "export")) query.export_format = export_format(*value);
  if (const auto* value = given(parameters, "version")) query.version = to_text(*value);
  if (const auto* value = parameters.if_contains("versionRaw")) {
    query.version_raw = !(value->is_bool() && !value->get_bool()) && as_text(*value).value_or("") != "false";
  }
  if (const auto* value = parameters.if_contains("backlink")) {
    query.backlink = !(value->is_bool() && !value->get_bool()) && as_text(*value).value_or("") != "false";
  }
  check_depth(query, limits);
  return query;
}

}  // namespace ashlar::query
