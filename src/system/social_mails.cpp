#include "system/social_mails.h"

#include "base/error.h"
#include "base/log.h"
#include "items/read.h"
#include "mail/markdown.h"
#include "system/notifications.h"

namespace ashlar::system {
namespace {

json::value read_user(const items::Services& services, const std::string& key) {
  query::Query query;
  query.fields = {"id", "first_name", "last_name", "email", "status", "role", "email_notifications"};
  return items::read_value(services, nullptr, "directus_users", query, {json::value(key), std::nullopt});
}

std::string text_of(const json::value& object, std::string_view name) {
  return std::string(text_member(object, name).value_or(""));
}

// Whether the user can open the app.
bool uses_app(const items::Services& services, const json::value& user) {
  access::Accountability who{.user = text_of(user, "id")};
  if (const auto role = text_of(user, "role"); !role.empty()) who.role = role;
  services.access.complete(who);
  return who.app || who.admin;
}

void mail_notification(const items::Services& services, const Mails& mails, const json::object& notification) {
  const auto recipient = text_of(notification, "recipient");
  if (recipient.empty()) return;
  const auto user = read_user(services, recipient);
  const auto* wanted = find_member(user, "email_notifications");
  const auto email = text_of(user, "email");
  if (email.empty() || wanted == nullptr || *wanted != json::value(true)) return;
  json::object data{{"html", mail::html_of_markdown(text_of(notification, "message"))}};
  if (uses_app(services, user)) data["url"] = mails.address_of("/admin/users/" + recipient);
  mails.send_or_log(Mails::from_template(email, text_of(notification, "subject"), "base", std::move(data)));
}

}  // namespace

void invite_to_share(const items::Services& services, const Mails& mails, const std::string& sender,
                     const std::string& share, const std::vector<std::string>& emails) {
  const auto name = display_name_of(services, sender);
  const auto link = mails.address_of("/admin/shared/" + share);
  const auto subject = name + " has shared an item with you";
  // The name is the user's own text: it must not become a link.
  std::string shown;
  for (const char c : name) {
    if (std::string_view("\\`*_[]()<>~#:.").find(c) != std::string_view::npos) shown += '\\';
    shown += c;
  }
  const auto html = mail::html_of_markdown(
      "Hello!\n\n**" + shown + "** has shared an item with you.\n\n[Open the item](" + link + ")\n\n" + link);
  for (const auto& email : emails) {
    mails.send_or_log(Mails::from_template(email, subject, "base", {{"html", html}}));
  }
}

void mail_notifications(const items::Services& services, const Mails& mails) {
  services.events.on_action("notifications.create",
                            [&services, &mails](std::string_view, const json::object& meta, const events::Context&) {
                              const auto* payload = meta.if_contains("payload");
                              if (payload == nullptr || !payload->is_object()) return;
                              mail_notification(services, mails, payload->get_object());
                            });
}

}  // namespace ashlar::system
