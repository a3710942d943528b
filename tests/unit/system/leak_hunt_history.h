// The hunt for leaks: comments on items, and going back to revisions of them, by those who may or may not read and
// write the items.
#pragma once
#include "leak_hunt_shares.h"
#include "system/comments.h"
#include "system/revert.h"

namespace ashlar::system {

class HuntsHistory : public HuntsShares {
 protected:
  // ---- comments: only on what one may read

  std::string comment_at_random() {
    const auto collection = plain_collection();
    const auto item = any_key(collection);
    const auto* row = row_of(data, collection, item);
    const bool sees = row != nullptr && sight->may_read(collection) && sight->sees(row, collection);
    const bool may_comment = asker.has_user && rights.rules_for(asker, "create").contains("directus_comments");
    const auto answer = comment(collection, item);
    const auto what = "a comment on " + collection + "/" + json::serialize(item);
    if (const auto found = judged(what, may_comment && sees, answer); !found.empty()) return found + described_rights();
    return sees ? "" : told_apart(what, answer, comment("nowhere", item), collection);
  }

  json::value comment(const std::string& collection, const json::value& item) {
    return try_to([&] {
      create_comments(services, &who, {json::object{{"collection", collection}, {"item", item}, {"comment", "seen"}}},
                      "/");
    });
  }

  // ---- going back to a revision: as an update with the values that it shows to the asker

  std::string revert_at_random() {
    const int number_of_revision = number(1, 13);
    const json::value key(number_of_revision);
    const auto shown =
        expected({"directus_revisions", {{"fields", json::array{"collection", "item", "data"}}}, {.key = key}});
    const auto answer = try_to([&] { revert_to(services, &who, key); });
    const auto what = "going back to revision " + std::to_string(number_of_revision) + " " +
                      (shown ? json::serialize(*shown) : std::string());
    if (!shown) return judged(what, false, answer);
    const auto& revision = shown->at("data").as_object();
    const auto* values = revision.at("data").if_object();
    if (values == nullptr || values->empty()) {
      return !answer.is_null() && answer.at("status") == 400 ? "" : judged(what, false, answer);
    }
    if (revision.at("collection").is_null() || revision.at("item").is_null()) return judged(what, false, answer);
    const auto collection = to_text(revision.at("collection"));
    auto payload = *values;
    for (const auto& field : described_by(collection).fields) {
      if (field.special.conceal) payload.erase(field.name);
    }
    return judged(what, may_write(sight_for("update"), collection, {revision.at("item")}, payload), answer);
  }
};

}  // namespace ashlar::system
