#include "system/invitations.h"

#include <algorithm>

#include "auth/users.h"
#include "base/error.h"
#include "base/text.h"
#include "items/write.h"
#include "system/mail_links.h"
#include "system/reach.h"

namespace ashlar::system {
namespace {

constexpr std::string_view collection = "directus_users";
constexpr std::string_view invited = "invited";

std::optional<auth::User> find_user(const items::Services& services, std::string_view email) {
  const auto lease = services.database.reader();
  return auth::find_user_by_email(*lease, services.database.dialect(), email);
}

// Who invites must be allowed to make such a user, also where the user is there already.
void require_inviting(const items::Services& services, const access::Accountability& who) {
  if (who.admin) return;
  const auto permissions = services.access.permissions(who);
  const auto* create = permissions->find(collection, access::Action::create);
  const bool may = create != nullptr && create->fields.contains("email") && create->fields.contains("role") &&
                   create->fields.contains("status");
  if (!may) throw ApiError::forbidden("You may not invite users.");
}

// Gives the role that he is invited to now, as if he were made with it.
void change_role(const items::Services& services, const access::Accountability& who, const auth::User& user,
                 const std::string& role) {
  if (!who.admin) {
    const auto data = services.access.data();
    const auto permissions = services.access.permissions(who);
    check_handed_out({who, *permissions, *data}, *data, {role});
  }
  items::update_items(services, nullptr, collection, {json::value(user.id)}, {{"role", role}}, {.allow_system = true});
}

}  // namespace

void invite_users(const auth::Context& context, const Mails& mails, const access::Accountability& who,
                  const Invitation& invitation) {
  const auto& services = context.services;
  check_link_target(invitation.url, context.login.invite_url_allow_list, "invite_url");
  require_inviting(services, who);
  for (const auto& email : invitation.emails) {
    const auto user = find_user(services, email);
    if (user && user->status != invited) continue;
    if (!user) {
      items::create_item(services, &who, collection, {{"email", email}, {"role", invitation.role}, {"status", invited}},
                         {.allow_system = true});
    } else if (user->role != invitation.role) {
      change_role(services, who, *user, invitation.role);
    }
    const auto token =
        sign_mail_token(context, email, purpose::invitation, context.tokens.user_invite_ttl_milliseconds);
    const auto url = with_token(invitation.url.value_or(mails.address_of("/admin/accept-invite")), token);
    mails.send_or_log(
        Mails::from_template(email, "You've been invited", "user-invitation", {{"url", url}, {"email", email}}));
  }
}

void accept_invitation(const auth::Context& context, const std::string& token, const std::string& password) {
  const auto read = read_mail_token(context, token, purpose::invitation);
  const auto user = find_user(context.services, read.email);
  if (!user || user->status != invited) throw ApiError(400, "INVALID_INVITE", "The invitation is not valid any more.");
  items::update_items(context.services, nullptr, collection, {json::value(user->id)},
                      {{"password", password}, {"status", "active"}}, {.allow_system = true});
}

}  // namespace ashlar::system
