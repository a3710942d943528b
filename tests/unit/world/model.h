// The model: answers queries by plain loops over the rows in memory. Slow and obvious, and made without anything of the
// read path but the parsed Query, so that both can be compared.
#pragma once
#include <algorithm>

#include "query/parse.h"
#include "query/query.h"
#include "world/data_set.h"
#include "world/sight.h"

namespace ashlar::query::test {

// A value as a number; 0 where it is none.
inline double number(const json::value& value) {
  if (const auto digits = as_text(value)) return parse_number(*digits).value_or(0);
  return value.is_bool() ? (value.get_bool() ? 1 : 0) : value.to_number<double>();
}

class Model {
 public:
  // The databases order nulls and compare texts differently. With `sight`, rows and values that it does not see are as
  // if they were not there.
  Model(const DataSet& data, database::Vendor vendor, QueryLimits limits, const Sight* sight = nullptr)
      : data_(data), vendor_(vendor), limits_(limits), sight_(sight) {}

  // Whether the query names something that the asker may not know of: the answer is FORBIDDEN then.
  bool is_forbidden(std::string_view collection, const Query& query) const;

  // `keys`: only these items, their keys as texts.
  json::array answer(std::string_view collection, const Query& query,
                     const std::optional<std::set<std::string>>& keys = std::nullopt) const;
  json::array aggregate(std::string_view collection, const Query& query) const;
  // How many rows filter and search leave.
  std::int64_t count(std::string_view collection, const Query& query) const;

  using Row = const json::object*;  // null where a left join found nothing
  using Rows = std::vector<Row>;
  bool matches(Row row, std::string_view collection, const json::value& filter) const;

 private:
  // One step from a row to those that it is related to.
  struct Step {
    schema::RelationKind kind;
    const schema::Relation* relation;
    std::string target;
  };
  const std::string& key_name(std::string_view collection) const;
  const json::value& key_of(const json::object& row, std::string_view collection) const;
  std::optional<Step> step(std::string_view collection, std::string_view name) const;
  Rows follow(Row row, std::string_view from, const Step& step) const;

  struct Joined;
  void collect_paths(const json::value& filter, std::string_view collection, const std::string& path,
                     std::vector<std::string>& paths) const;
  bool holds(const json::value& filter, std::string_view collection, const std::string& path, const Joined& joined,
             const json::value* operand, const schema::Field* field) const;
  bool holds_member(std::string_view key, const json::value& value, std::string_view collection,
                    const std::string& path, const Joined& joined, const json::value* operand,
                    const schema::Field* field) const;
  bool try_joins(const json::value& filter, std::string_view collection, const std::vector<std::string>& paths,
                 std::size_t at, Joined& joined) const;
  bool compares(std::string_view op, const json::value& operand, const json::value& value,
                const schema::Field* field) const;
  bool is_found(Row row, std::string_view collection, std::string_view term) const;

  bool sees(Row row, std::string_view collection, std::string_view field) const;

  // A column or a function of a row, null for no row.
  json::value value_of(Row row, std::string_view collection, std::string_view name) const;
  json::value sort_value(Row row, std::string_view collection, std::string_view path, bool descending) const;
  int compare(const json::value& a, const json::value& b) const;  // as ORDER BY ... ASC does
  bool same_text(std::string_view a, std::string_view b) const;
  bool like(std::string_view text, std::string_view pattern, bool ignore_case) const;

  // What is asked for at one level, by the member of the answer.
  struct Asked {
    bool bare = false;
    std::vector<std::string> paths;
    std::map<std::string, std::vector<std::string>> scoped;

    bool is_object() const { return !paths.empty() || !scoped.empty(); }
  };
  using AskedFields = std::map<std::string, Asked>;
  AskedFields expand(std::string_view collection, const std::vector<std::string>& fields, const LevelQuery& query,
                     bool backlink, const schema::Relation* came_by) const;
  void ask(AskedFields& asked, std::string_view collection, const LevelQuery& query, const std::string& path) const;
  // The fields that decide which rules take part.
  std::set<std::string> wanted_fields(std::string_view collection, const std::vector<std::string>& fields,
                                      const LevelQuery& query, bool backlink, const schema::Relation* came_by,
                                      bool keys_only) const;
  static std::string source_of(const std::string& name, const LevelQuery& query);
  bool leads_somewhere(std::string_view collection, std::string_view field) const;
  bool may_read(std::string_view collection) const { return sight_ == nullptr || sight_->may_read(collection); }
  bool may_name(std::string_view collection, std::string_view field) const;

  // Throw where something is named that may not be.
  struct Forbidden : std::exception {};
  void require(std::string_view collection, std::string_view field) const;
  void check_level(std::string_view collection, const std::vector<std::string>& fields, const LevelQuery& query,
                   bool backlink, const schema::Relation* came_by) const;
  void check_children(std::string_view collection, const AskedFields& asked, const LevelQuery& query,
                      bool backlink) const;
  void check_filter(std::string_view collection, const json::value& filter) const;
  void check_sort(std::string_view collection, const std::string& path) const;

  Rows select(const Rows& rows, std::string_view collection, const LevelQuery& query, const schema::Relation* arrival,
              const std::set<std::string>& wanted) const;
  std::string default_sort(std::string_view collection, const schema::Relation* arrival) const;
  void sort(Rows& rows, std::string_view collection, const LevelQuery& query, const schema::Relation* arrival) const;
  json::value show(Row row, std::string_view collection, const std::vector<std::string>& fields,
                   const LevelQuery& query, bool backlink, const schema::Relation* came_by) const;
  Rows all(std::string_view collection) const;
  template <class List>
  List window(const List& list, const LevelQuery& query) const;

  const DataSet& data_;
  database::Vendor vendor_;
  QueryLimits limits_;
  const Sight* sight_;
};

template <class List>
List Model::window(const List& list, const LevelQuery& query) const {
  const auto limit = query.limit.value_or(limits_.default_limit);
  auto offset = query.offset.value_or(0);
  if (query.page && limit != -1) offset = limit * (std::max<std::int64_t>(*query.page, 1) - 1);
  List result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    if (place >= offset && (limit == -1 || place < offset + limit)) result.push_back(list[i]);
  }
  return result;
}

}  // namespace ashlar::query::test
