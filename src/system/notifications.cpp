#include "system/notifications.h"

#include "base/error.h"
#include "base/log.h"
#include "items/read.h"
#include "items/write.h"

namespace ashlar::system {
namespace {

json::value text_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

std::string_view filled_text(const json::value& user, std::string_view name) {
  return text_member(user, name).value_or(std::string_view());
}

}  // namespace

void notify(const items::Services& services, const Notice& notice) {
  items::create_item(services, nullptr, "directus_notifications",
                     {{"recipient", notice.recipient},
                      {"sender", text_or_null(notice.sender)},
                      {"subject", notice.subject},
                      {"message", notice.message},
                      {"collection", text_or_null(notice.collection)},
                      {"item", text_or_null(notice.item)}},
                     {.allow_system = true});
}

void notify_or_log(const items::Services& services, const Notice& notice) noexcept {
  try {
    notify(services, notice);
  } catch (const std::exception& error) {
    log::error("A notification could not be made: {}", error.what());
  }
}

std::string display_name(const json::value& user) {
  const auto first = filled_text(user, "first_name"), last = filled_text(user, "last_name");
  if (!first.empty() && !last.empty()) return std::string(first) + " " + std::string(last);
  if (!first.empty()) return std::string(first);
  if (const auto email = filled_text(user, "email"); !email.empty()) return std::string(email);
  return "Unknown User";
}

std::string display_name_of(const items::Services& services, std::string_view user) {
  query::Query query;
  query.fields = {"first_name", "last_name", "email"};
  try {
    return display_name(
        items::read_value(services, nullptr, "directus_users", query, {json::value(user), std::nullopt}));
  } catch (const ApiError&) {
    return display_name(nullptr);
  }
}

}  // namespace ashlar::system
