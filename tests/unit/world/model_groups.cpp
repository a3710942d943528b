// What the model says to aggregates and groups.
#include <algorithm>

#include "query/function.h"
#include "world/model.h"

namespace ashlar::query::test {

json::array Model::aggregate(std::string_view collection, const Query& query) const {
  LevelQuery conditions;
  conditions.filter = query.filter;
  conditions.search = query.search;
  conditions.limit = -1;
  std::vector<std::pair<json::array, Rows>> groups;
  if (query.group.empty()) groups.emplace_back();
  std::set<std::string> used;
  for (const auto& name : query.group) {
    const auto call = parse_function(name);
    used.insert(call ? call->field : name);
  }
  for (const auto& [function, fields] : query.aggregate) {
    for (const auto& field : fields) {
      if (field != "*") used.insert(field);
    }
  }
  for (const auto row : select(all(collection), collection, conditions, nullptr, used)) {
    json::array key;
    for (const auto& name : query.group) key.push_back(value_of(row, collection, name));
    auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& known) { return known.first == key; });
    if (group == groups.end()) group = groups.insert(groups.end(), {key, {}});
    group->second.push_back(row);
  }
  std::vector<json::object> rows;
  for (const auto& [key, members] : groups) {
    json::object shown;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const auto call = parse_function(query.group[i]);
      shown[call ? output_name(*call) : query.group[i]] = key[i];
    }
    for (const auto& [function, fields] : query.aggregate) {
      for (const auto& field : fields) {
        if (field == "*") {
          shown["count"] = members.size();
          continue;
        }
        std::vector<json::value> values;
        for (const auto row : members) {
          if (auto value = value_of(row, collection, field); !value.is_null()) values.push_back(std::move(value));
        }
        const auto less = [&](const json::value& a, const json::value& b) { return compare(a, b) < 0; };
        if (function.ends_with("Distinct")) {
          std::sort(values.begin(), values.end(), less);
          values.erase(std::unique(values.begin(), values.end()), values.end());
        }
        json::value result;
        double sum = 0;
        if (function.starts_with("count")) {
          result = values.size();
        } else if (!values.empty() && (function == "min" || function == "max")) {
          result = function == "min" ? *std::min_element(values.begin(), values.end(), less)
                                     : *std::max_element(values.begin(), values.end(), less);
        } else if (!values.empty()) {
          for (const auto& value : values) sum += number(value);
          result = function.starts_with("avg") ? sum / static_cast<double>(values.size()) : sum;
        }
        if (!shown.contains(function) || !shown[function].is_object()) shown[function] = json::object();
        shown[function].as_object()[field] = result;
      }
    }
    rows.push_back(std::move(shown));
  }
  if (!query.group.empty()) {
    const auto value = [](const json::object& row, const SortTerm& term) -> json::value {
      const auto call = parse_function(term.path);
      const auto name = call ? output_name(*call) : term.path;
      const auto dot = name.find('.');
      if (dot == std::string::npos) return row.at(name);
      return row.at(name.substr(0, dot)).at(name.substr(dot + 1));
    };
    auto terms = query.sort;
    if (terms.empty()) terms.push_back({query.group.front(), false});
    std::stable_sort(rows.begin(), rows.end(), [&](const json::object& a, const json::object& b) {
      for (const auto& term : terms) {
        const int order = compare(value(a, term), value(b, term));
        if (order != 0) return term.descending ? order > 0 : order < 0;
      }
      return false;
    });
    rows = window(rows, query);
  }
  return json::array(rows.begin(), rows.end());
}

}  // namespace ashlar::query::test
