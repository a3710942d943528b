// Sight: which rows and fields an asker may see, decided by plain loops over rules. It takes part in the answers of a
// Model; what the program shows beyond them is a leak.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "world/data_set.h"

namespace ashlar::query::test {

class Model;

struct SightRule {
  bool every_field = false;
  std::set<std::string, std::less<>> fields;
  json::value filter;  // null for every row; without variables

  bool lists(std::string_view field) const { return every_field || fields.contains(field); }
};
using SightRules = std::map<std::string, std::vector<SightRule>, std::less<>>;  // by collection

class Sight {
 public:
  // `data` must outlive it.
  Sight(const DataSet& data, database::Vendor vendor, SightRules rules);
  ~Sight();

  bool may_read(std::string_view collection) const { return rules_.contains(collection); }
  // Whether a field may be named in a question: whether any rule lists it, whatever the rows.
  bool may_name(std::string_view collection, std::string_view field) const;

  // Whether some rule shows the row; whether one shows this field of it. `row` null is a row that is not there.
  bool sees(const json::object* row, std::string_view collection) const;
  bool sees(const json::object* row, std::string_view collection, std::string_view field) const;
  // Whether a rule shows it that lists one of the fields; any rule where none does.
  bool sees_for(const json::object* row, std::string_view collection, const std::set<std::string>& fields) const;

 private:
  bool matches(const SightRule& rule, const json::object* row, std::string_view collection) const;

  bool follows_relations(const json::value& filter, std::string_view collection) const;

  schema::SchemaPointer schema_;
  SightRules rules_;
  std::unique_ptr<Model> all_seeing_;
  mutable std::map<std::pair<const SightRule*, const json::object*>, bool> known_;
};

}  // namespace ashlar::query::test
