// Removing fields and collections inside of a change of the data model, with all that hangs on them (contract
// schema 2.5 and 4.6). What is removed is looked up in the model as it was before the change: pass everything that goes
// together to one Removal.
#pragma once
#include <set>
#include <string>

#include "system/change_set.h"

namespace ashlar::system {

class Removal {
 public:
  explicit Removal(ChangeSet& change) : change_(change), schema_(change.schema()) {}

  // Nothing happens where there is no such field. Throws FORBIDDEN for fields of the system.
  void field(const std::string& collection, const std::string& field);

  // Throws FORBIDDEN where there is neither table nor metadata, and for collections of the system.
  void collection(const std::string& name);

  // Key and metadata of a relation; the column stays.
  void relation(const std::string& collection, const std::string& field);

 private:
  void leave_relations(const std::string& collection, const std::string& field);
  void leave_collection_meta(const std::string& collection, const std::string& field);
  void leave_permissions(const std::string& collection, const std::string& field);
  void erase_field_rows(const std::string& collection);
  void erase_traces(const std::string& collection);
  void remove_linked_fields(const std::string& name);
  void leave_allowed_collections(const std::string& name);
  // Drops the paths of item_duplication_fields that lead through the field; an empty name stands for all of a
  // collection's fields.
  void leave_duplication_fields(const std::string& collection, const std::string& field);

  ChangeSet& change_;
  const schema::SchemaPointer schema_;
  std::set<std::string> removed_collections_;
  std::set<std::pair<std::string, std::string>> removed_fields_;
};

// What a foreign key was, to make it again.
database::ForeignKeySpec key_spec(const database::Table& table, const database::ForeignKey& key);

}  // namespace ashlar::system
