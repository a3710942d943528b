// Random queries, valid for a data model with rows as those of data_set.h and random_model.h, in the form that bodies
// of SEARCH have.
#pragma once
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "schema/schema.h"

namespace ashlar::query::test {

class Generator {
 public:
  Generator(const schema::Schema& schema, std::mt19937& random) : schema_(schema), random_(random) {}

  // Where it is set, other fields are named seldom.
  std::function<bool(const std::string& collection, const std::string& field)> prefers;

  std::string collection();
  json::object query(const std::string& collection);
  json::object aggregation(const std::string& collection);
  // `behind_row`: a to-one relation leads here, so that _some and _none may not follow.
  json::object filter(const std::string& collection, int depth, bool behind_row = false);

 private:
  int number(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }
  template <class List>
  auto pick(const List& list) {
    return *(list.begin() + number(0, static_cast<int>(list.size()) - 1));
  }

  std::vector<const schema::Field*> fields_of(const std::string& collection, bool lists);
  std::string function_of(const schema::Field& field);
  std::string path(const std::string& collection, int depth);
  json::array field_list(const std::string& collection, int depth);
  json::object level(const std::string& collection, const json::array& fields, int depth, bool is_root);
  json::array sorts(const std::string& collection, bool is_root);
  std::string sort_path(const std::string& collection, int depth);
  json::object condition(const std::string& collection, int depth, bool behind_row);
  json::object operators(const schema::Field& field, bool is_number);
  json::value value_for(const schema::Field& field, bool is_number);
  // The collections that a name leads to, with the name to write: item:people.
  std::vector<std::pair<std::string, std::string>> targets(const std::string& collection, const std::string& field);
  const std::string& key_name(const std::string& collection) const;
  bool is_list(const std::string& collection, const std::string& field) const;

  const schema::Schema& schema_;
  std::mt19937& random_;
};

}  // namespace ashlar::query::test
