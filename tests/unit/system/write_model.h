// What writing items means, in memory and without any database: plain rows, nested writes in all their forms, the
// activity and the revisions that they leave (contract items-write 7 and 9). Written to be compared with the program.
//
// New items get keys of the model's own, texts such as "new:3"; bind() puts those of the database in their place.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.h"

namespace ashlar::system::model {

struct ModelList {
  std::string collection, field;  // the children and their foreign key
  std::string sort;               // empty: none
  bool deletes = false;           // children that are let go
};

struct ModelCollection {
  std::string key = "id";
  bool makes_keys = true;                         // whole numbers; else the key is a text that is sent
  std::vector<std::string> fields;                // neither keys nor relations
  std::set<std::string> required;                 // of these
  std::map<std::string, std::string> references;  // many-to-one: field to collection
  std::string any_field, any_collection_field;    // any-to-one, empty where there is none
  std::map<std::string, ModelList> lists;         // one-to-many
};
using ModelSchema = std::map<std::string, ModelCollection>;

// The write would be refused.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ModelRevision {
  json::value data, delta;
  std::optional<std::size_t> parent;  // its place in Model::revisions
  std::string collection, item;
};
struct ModelActivity {
  std::string action, collection, item;
};

class Model {
 public:
  explicit Model(const ModelSchema& schema) : schema_(&schema) {}

  // Rows by the text of their key; null for what was not sent.
  std::map<std::string, std::map<std::string, json::object>> rows;
  // What the writes since the last clear_history() left, in order.
  std::vector<ModelActivity> activity;
  std::vector<ModelRevision> revisions;

  std::string create(const std::string& collection, json::object payload);
  void update(const std::string& collection, std::vector<std::string> keys, json::object payload);
  std::string upsert(const std::string& collection, json::object payload);
  void remove(const std::string& collection, std::vector<std::string> keys);

  // Gives new items the keys that the database gave, in the order in which they were made.
  void bind(const std::string& collection, const std::vector<std::string>& keys);
  void clear_history();

 private:
  using Object = json::object;
  const ModelCollection& of(const std::string& name) const { return schema_->at(name); }
  bool has(const std::string& collection, const std::string& key) const;
  void check_required(const ModelCollection& collection, const Object& payload, bool is_new) const;
  std::map<std::string, json::value> write_references(const ModelCollection& collection, const Object& payload);
  std::string write_one(const std::string& collection, const Object& payload);
  void write_lists(const std::string& collection, const std::string& key, const Object& payload, bool is_new);
  void replace(const ModelList& list, const std::string& parent, const json::array& entries, bool is_new);
  void change(const ModelList& list, const std::string& parent, const Object& changes, bool is_new);
  void update_child(const ModelList& list, const std::string& parent, const std::string& key, Object data);
  void let_go(const ModelList& list, const std::vector<std::string>& keys);
  bool is_child(const ModelList& list, const std::string& parent, const std::string& key) const;
  void record(const std::string& action, const std::string& collection, const std::vector<std::string>& keys,
              const std::vector<std::optional<ModelRevision>>& made, std::size_t mark);

  const ModelSchema* schema_;
  std::map<std::string, std::vector<std::string>> new_keys_;  // by collection, since the last bind()
  std::vector<std::size_t> open_;                             // revisions that have no parent yet
  int next_ = 1;
};

}  // namespace ashlar::system::model
