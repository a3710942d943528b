// ChildList: the one-to-many side of a nested write, for one parent: its list as it shall be, or changes to it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "items/write_context.h"

namespace ashlar::items {

struct ChildList {
  WriteContext& context;
  const schema::Collection& children;  // the many side
  const schema::Relation& relation;
  const json::value& parent;  // key
  bool is_new;                // the parent has just been made: it has no children yet

  // A list of keys and objects, null for none, or {create, update, delete}. Throws INVALID_PAYLOAD for anything else.
  void write(const json::value& value) const;

 private:
  // Existing children by key, and whether each belongs to this parent.
  struct Known {
    json::value key;
    bool is_ours;
  };
  using KnownChildren = std::map<std::string, Known, std::less<>>;

  void replace(const json::array& entries) const;
  void change(const json::object& changes) const;
  void create(const json::array& entries) const;
  void update(const json::array& entries) const;
  void remove(const json::array& keys) const;

  KnownChildren known(const Keys& keys, bool may_have) const;
  void look_again(KnownChildren& there, const json::value& key) const;
  Keys ours() const;
  void link(const json::value& key) const;
  void deselect(const Keys& keys) const;
  // Writes an existing child; the foreign key is only set where it changes.
  void update_child(const Known& child, json::object data) const;
  json::object with_parent(json::object payload) const;
  std::string text(const json::value& key) const { return key_text(key, children.key_field()); }
  const schema::Field& foreign_key() const { return *children.field(relation.field); }
};

}  // namespace ashlar::items
