// The hunt for leaks: whatever a share opens, both who made it and whom it is for may see.
#pragma once
#include "leak_hunt_taken.h"

namespace ashlar::system {

class HuntsShares : public HuntsTaken {
 protected:
  ShareSide side(const Asker& of) {
    return {access.permissions(identity(of)), [of](const json::value& value) {
              access::Accountability variables;
              variables.user = of.user();
              return access::Variables(&variables, parse_iso(world_time)->moment(),
                                       [of](auto, auto, auto) -> json::value {
                                         const auto name = of.first_name();
                                         return name ? json::value(*name) : json::value();
                                       })
                  .resolve(value);
            }};
  }

  std::string open_share_at_random() {
    // Variables are left aside: sides without a user and a role have none.
    const Asker nobody{};
    const Sight of_nobody(data, GetParam(), rights.rules_for(nobody, "read"));
    const auto collection = generate->collection();
    const auto item = to_text(any_key(collection));
    auto before = std::exchange(who, identity(nobody));
    const auto everything = access.permissions(before);
    auto opened = share_rights(*services.schemas.current(), collection, item, {everything, side(asker).resolve},
                               {access.permissions(who), side(nobody).resolve});
    who.opened = std::make_shared<const access::Permissions>(std::move(opened));
    std::string found;
    for (const auto& other : schema->collections()) {
      const auto answer = ask({other.name, {{"limit", -1}}});
      if (is_forbidden(answer)) continue;
      if (!answer.as_object().contains("data")) {
        // Rights as wild as these may add up to more than databases can take.
        if (json::serialize(answer).find("too many relations") != std::string::npos) continue;
        found += "\n  a share answers " + json::serialize(answer);
        continue;
      }
      const auto& shown = answer.at("data");
      for (const auto& row : shown.is_array() ? shown.get_array() : json::array{shown}) {
        found += unseen(other, row.as_object(), of_nobody);
      }
    }
    who = std::move(before);
    return found;
  }

  std::string unseen(const schema::Collection& collection, const json::object& shown, const Sight& creator) {
    const auto* key = shown.if_contains(key_name(collection.name));
    if (key == nullptr || key->is_null()) return {};
    for (const auto& row : data.of(collection.name)) {
      if (key_of(row, collection.name) != *key) continue;
      for (const auto& [name, value] : shown) {
        if (value.is_null()) continue;
        if (creator.sees(&row, collection.name, name) && sight->sees(&row, collection.name, name)) continue;
        return "\n  a share shows " + collection.name + "/" + json::serialize(*key) + " " + std::string(name) +
               described_rights();
      }
    }
    return {};
  }
};

}  // namespace ashlar::system
