#include "system/comments.h"

#include <algorithm>
#include <map>

#include "auth/users.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "items/item_access.h"
#include "items/read.h"
#include "items/write.h"
#include "query/reader.h"
#include "system/notifications.h"

namespace ashlar::system {
namespace {

using access::Accountability;
using items::Services;

constexpr std::string_view table = "directus_comments";
constexpr std::size_t uuid_length = 36;

// The member as text; keys of items may be numbers.
std::string filled_member(const json::value& payload, std::string_view name) {
  const auto* value = find_member(payload, name);
  auto text = value == nullptr || value->is_null() || value->is_structured() ? std::string() : to_text(*value);
  if (text.empty()) throw ApiError::invalid_payload("A comment needs \"" + std::string(name) + "\".");
  return text;
}

// What is said about which item.
struct Comment {
  std::string collection, item, text;
};

Comment checked_comment(const Services& services, const Accountability& who, const json::value& payload) {
  if (!payload.is_object()) throw ApiError::invalid_payload("A comment must be an object.");
  Comment comment;
  comment.text = filled_member(payload, "comment");
  comment.collection = filled_member(payload, "collection");
  comment.item = filled_member(payload, "item");
  // Administrators may comment on items that are not there.
  const bool is_allowed =
      who.admin ? services.schemas.current()->collection(comment.collection) != nullptr
                : items::may_do(services, who, comment.collection, access::Action::read, json::value(comment.item));
  if (!is_allowed) {
    throw ApiError::forbidden("You may not read this item, or it does not exist.");
  }
  return comment;
}

bool is_random_uuid(std::string_view text) {
  constexpr std::size_t version = 14, variant = 19;
  return text.size() == uuid_length && is_uuid(text) && text[version] == '4' &&
         std::string_view("89abAB").find(text[variant]) != std::string_view::npos;
}

// Calls `text` with what stands between mentions, and `mention` with the key of each user.
template <typename Text, typename Mention>
void each_mention(std::string_view comment, const Text& text, const Mention& mention) {
  std::size_t start = 0;
  for (auto at = comment.find('@'); at != std::string_view::npos; at = comment.find('@', at + 1)) {
    const auto key = comment.substr(at + 1, uuid_length);
    if (!is_random_uuid(key)) continue;
    text(comment.substr(start, at - start));
    mention(to_lower(key));
    start = at + 1 + uuid_length;
    at = start - 1;
  }
  text(comment.substr(start));
}

std::vector<std::string> mentioned_users(std::string_view comment) {
  std::vector<std::string> users;
  each_mention(
      comment, [](std::string_view) {},
      [&](std::string user) {
        if (std::find(users.begin(), users.end(), user) == users.end()) users.push_back(std::move(user));
      });
  return users;
}

// As quotation: every line after the first begins with a mark; empty lines are left out.
std::string as_quotation(std::string_view comment) {
  std::string text;
  for (std::size_t at = 0; at < comment.size(); ++at) {
    if (comment[at] != '\n') {
      text += comment[at];
    } else if (at + 1 == comment.size() || comment[at + 1] != '\n') {
      text += "\n> ";
    }
  }
  return text;
}

// How the reader sees the mentioned: by name those whom he may read. Throws FORBIDDEN where he may read no users.
std::string with_names(const Services& services, const Accountability& reader, std::string_view comment,
                       const std::vector<std::string>& users) {
  query::Query query;
  query.fields = {"id", "first_name", "last_name", "email"};
  query.limit = -1;
  const auto found = items::read_value(services, &reader, "directus_users", query,
                                       {std::nullopt, items::Keys(users.begin(), users.end())});
  std::map<std::string, std::string> names;
  for (const auto& user : found.as_array()) {
    names.emplace(to_lower(to_text(user.at("id"))), "<em>" + display_name(user) + "</em>");
  }
  std::string text;
  each_mention(
      comment, [&](std::string_view between) { text += between; },
      [&](const std::string& user) {
        const auto name = names.find(user);
        text += name == names.end() ? "@Unknown User" : name->second;
      });
  return text;
}

// Who the mentioned user is now; nothing where there is none.
std::optional<Accountability> reader_of(const Services& services, const std::string& user) {
  Accountability reader{.user = user};
  {
    const auto lease = services.database.reader();
    const auto found = auth::find_user(*lease, services.database.dialect(), user);
    if (!found) return std::nullopt;
    reader.role = found->role;
  }
  services.access.complete(reader);
  return reader;
}

void tell_mentioned(const Services& services, const Accountability& author, const Comment& comment,
                    std::string_view public_url) {
  const auto users = mentioned_users(comment.text);
  if (users.empty()) return;
  const auto author_name = display_name_of(services, *author.user);
  std::string root(public_url);
  if (root.ends_with('/')) root.pop_back();
  for (const auto& user : users) {
    const auto reader = reader_of(services, user);
    if (!reader) continue;
    try {
      if (!items::may_do(services, *reader, comment.collection, access::Action::read, json::value(comment.item))) {
        throw ApiError::forbidden();
      }
      const auto text = with_names(services, *reader, comment.text, users);
      const auto link = root + "/admin/content/" + comment.collection + "/" + comment.item;
      notify(services, {.recipient = user,
                        .subject = "You were mentioned in " + comment.collection,
                        .message = "\nHello " + display_name_of(services, user) + ",\n\n" + author_name +
                                   " has mentioned you in a comment:\n\n> " + as_quotation(text) + "\n\n<a href=\"" +
                                   link + "\">Click here to view.</a>\n",
                        .sender = *author.user,
                        .collection = comment.collection,
                        .item = comment.item});
    } catch (const std::exception& error) {
      // The comment stands; who can't read what it is about learns nothing of it.
      log::warn("The user {} was not told of a comment that mentions him: {}", user, error.what());
    }
  }
}

}  // namespace

items::Keys create_comments(const Services& services, const Accountability* who, json::array payloads,
                            std::string_view public_url) {
  if (who == nullptr || !who->user) throw ApiError::forbidden();
  std::vector<Comment> comments;
  for (const auto& payload : payloads) comments.push_back(checked_comment(services, *who, payload));
  auto keys = items::create_items(services, who, table, std::move(payloads), {.allow_system = true});
  for (const auto& comment : comments) tell_mentioned(services, *who, comment, public_url);
  return keys;
}

}  // namespace ashlar::system
