#include "world/random_model.h"

#include <algorithm>

#include "world/model_parts.h"
#include "world/random_values.h"

namespace ashlar::query::test {
namespace {

using schema::Collection;
using schema::Field;
using schema::Relation;
using schema::Type;

class Maker {
 public:
  explicit Maker(std::mt19937& random) : make_(random) {}

  DataModel make() {
    static const std::vector<std::string> names{"people", "books", "shops", "cities", "songs"};
    const int count = make_.number(2, 4);
    for (int i = 0; i < count; ++i) add_plain(names[static_cast<std::size_t>(i)]);
    for (int i = make_.number(1, count); i > 0; --i) add_many_to_one(any_plain(), any_plain());
    if (make_.chance(70)) add_junction(any_plain(), any_plain());
    if (make_.chance(60)) add_any(any_plain());
    if (make_.chance(40)) add_translations(any_plain());
    add_settings();
    add_unique_keys();
    add_history();
    for (auto& collection : collections_) collection.index_fields();
    model_.schema =
        std::make_shared<const schema::Schema>(std::move(collections_), std::move(relations_), schema::Catalog{});
    return std::move(model_);
  }

 private:
  Collection& at(std::string_view name) {
    return *std::find_if(collections_.begin(), collections_.end(), [&](const auto& one) { return one.name == name; });
  }
  std::string any_plain() { return make_.pick(plain_); }

  static bool has(const Collection& collection, std::string_view name) {
    return std::any_of(collection.fields.begin(), collection.fields.end(),
                       [&](const Field& field) { return field.name == name; });
  }
  // The name, or the name with a number behind it.
  std::string unused(const std::string& collection, const std::string& name) {
    auto result = name;
    for (int i = 2; has(at(collection), result); ++i) result = name + std::to_string(i);
    return result;
  }

  void add_plain(const std::string& name) {
    static const std::vector<std::pair<const char*, Type>> choices{
        {"title", Type::string},  {"body", Type::text},           {"age", Type::integer},    {"height", Type::floating},
        {"born", Type::date},     {"published", Type::date_time}, {"seen", Type::timestamp}, {"active", Type::boolean},
        {"tags", Type::csv},      {"data", Type::json},           {"price", Type::decimal},  {"mark", Type::uuid},
        {"pages", Type::integer}, {"made", Type::timestamp},      {"label", Type::string}};
    std::vector<Field> fields{column("name", Type::string)};
    for (const auto& [field, type] : choices) {
      if (make_.chance(35)) fields.push_back(column(field, type));
    }
    if (make_.chance(25)) {
      fields.push_back(column("secret", Type::string));
      fields.back().special.conceal = true;
    }
    if (make_.chance(35)) fields.push_back(column("place", Type::integer));
    if (make_.chance(20)) {
      fields.push_back(column("status", Type::string));
      model_.archive_fields[name] = "status";
    }
    for (auto& field : fields) field.searchable = !make_.chance(15);
    const auto key = make_.chance(60) ? Type::integer : make_.chance(50) ? Type::string : Type::uuid;
    collections_.push_back(collection(name, std::move(fields), key, make_.chance(75) ? "id" : "code"));
    plain_.push_back(name);
  }

  // Gives the name of the field.
  std::string add_link(const std::string& many, const std::string& one, const std::string& list_name) {
    const auto field = unused(many, "one_" + one);
    at(many).fields.push_back(column(field, at(one).fields.front().type, make_.chance(60)));
    std::string list_field;
    if (!list_name.empty()) {
      list_field = unused(one, list_name);
      at(one).fields.push_back(list(list_field));
    }
    relations_.push_back(relation(many, field, one, list_field));
    if (has(at(many), "place") && make_.chance(40)) relations_.back().sort_field = "place";
    return field;
  }

  void add_many_to_one(const std::string& many, const std::string& one) {
    add_link(many, one, make_.chance(75) ? "all_" + many : std::string());
  }

  std::string add_table_between(const std::string& name) {
    std::vector<Field> fields;
    if (make_.chance(60)) fields.push_back(column("note", Type::string));
    if (make_.chance(50)) fields.push_back(column("place", Type::integer));
    collections_.push_back(collection(name, std::move(fields)));
    return name;
  }

  void add_junction(const std::string& left, const std::string& right) {
    const auto name = add_table_between(left + "_" + right);
    const auto to_left = add_link(name, left, "many_" + right);
    const auto left_at = relations_.size() - 1;
    const auto to_right = add_link(name, right, make_.chance(70) ? "many_" + left : std::string());
    relations_[left_at].junction_field = to_right;
    relations_.back().junction_field = to_left;
  }

  void add_any(const std::string& parent) {
    const auto name = add_table_between(parent + "_blocks");
    at(name).fields.push_back(column("item", Type::string));
    at(name).fields.push_back(column("collection", Type::string));
    std::vector<std::string> allowed{any_plain()};
    for (const auto& other : plain_) {
      if (make_.chance(50) && other != allowed.front()) allowed.push_back(other);
    }
    add_link(name, parent, "blocks");
    relations_.back().junction_field = "item";
    relations_.push_back(any_relation(name, "item", "collection", std::move(allowed)));
  }

  void add_translations(const std::string& of) {
    collections_.push_back(collection("languages", {column("name", Type::string)}, Type::string, "code"));
    const auto name = of + "_translations";
    collections_.push_back(collection(name, {column("title", Type::string)}));
    add_link(name, of, "translations");
    const auto at_parent = relations_.size() - 1;
    relations_[at_parent].junction_field = add_link(name, "languages", {});
  }

  void add_settings() {
    for (auto& collection : collections_) {
      const bool is_plain = std::find(plain_.begin(), plain_.end(), collection.name) != plain_.end();
      collection.is_singleton = is_plain && collections_.size() > 3 && make_.chance(8);
      collection.has_versions = make_.chance(85);
      if (make_.chance(70)) collection.accountability = make_.chance(70) ? "all" : "activity";
      if (has(collection, "place") && make_.chance(60)) collection.sort_field = "place";
    }
  }

  void add_unique_keys() {
    for (auto& collection : collections_) {
      if (collection.is_singleton) continue;
      if (make_.chance(40)) {
        collection.fields.push_back(column("word", Type::string));
        model_.unique_keys.push_back({collection.name, {"word"}});
      }
      // Moving items about takes places for a moment that others have.
      if (has(collection, "place") && !collection.sort_field && has(collection, "name")) {
        model_.unique_keys.push_back({collection.name, {"name", "place"}});
      }
    }
  }

  void add_history() {
    collections_.push_back(collection(
        "directus_activity", {column("action", Type::string), column("timestamp", Type::timestamp),
                              column("collection", Type::string), column("item", Type::string), list("revisions")}));
    collections_.push_back(collection(
        "directus_revisions",
        {column("activity", Type::integer, true), column("collection", Type::string), column("item", Type::string),
         column("data", Type::json), column("delta", Type::json), column("parent", Type::integer, true)}));
    collections_.push_back(
        collection("directus_comments", {column("item", Type::string), column("comment", Type::string)}, Type::uuid));
    relations_.push_back(relation("directus_revisions", "activity", "directus_activity", "revisions"));
    relations_.push_back(relation("directus_revisions", "parent", "directus_revisions", ""));
  }

  RandomValues make_;
  DataModel model_;
  std::vector<Collection> collections_;
  std::vector<Relation> relations_;
  std::vector<std::string> plain_;
};

}  // namespace

DataModel make_random_model(std::mt19937& random) { return Maker(random).make(); }

}  // namespace ashlar::query::test
