// PreparedHashes: hashing a password takes long on purpose, and must not be done with the writing connection in hand.
// So the hashes that a payload needs, at any depth, are made before its transaction begins.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "items/services.h"
#include "schema/schema.h"

namespace ashlar::items {

class PreparedHashes {
 public:
  // Adds the hashes of an item's payload, or of each in a list.
  void add(const Services& services, const schema::Schema& schema, const schema::Collection& collection,
           const json::value& payload);

  // A hash of the text, each once: equal passwords get different hashes. Nothing where there is none.
  std::optional<std::string> take(const std::string& text);

 private:
  void add_related(const Services& services, const schema::Schema& schema, const schema::Schema::Link& link,
                   const json::object& payload, const json::value& value);

  std::map<std::string, std::vector<std::string>> hashes_;  // by text
};

}  // namespace ashlar::items
