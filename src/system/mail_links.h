// The links of mails that let somebody do something: where they may lead, and the tokens in them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/context.h"
#include "base/json.h"
#include "config/text_pattern.h"

namespace ashlar::system {

// Throws INVALID_PAYLOAD unless the list allows the address: it has it, or its origin and path, so that only the query
// may differ. `name` is the member of the body that holds it.
void check_link_target(const std::optional<std::string>& target, const std::vector<config::TextPattern>& allow_list,
                       std::string_view name);

// The address with `token` added to its query.
std::string with_token(std::string_view address, std::string_view token);

// What a token lets its holder do.
namespace purpose {
inline constexpr std::string_view invitation = "invite";
inline constexpr std::string_view registration = "pending-registration";
inline constexpr std::string_view password_reset = "password-reset";
}  // namespace purpose

// A token for the owner of the address, with further claims.
std::string sign_mail_token(const auth::Context& context, std::string_view email, std::string_view purpose,
                            std::int64_t life_milliseconds, json::object further = {});

// Its claims. Throws INVALID_TOKEN, TOKEN_EXPIRED, and FORBIDDEN for a token of another purpose.
struct MailToken {
  std::string email;
  json::object claims;
};
MailToken read_mail_token(const auth::Context& context, std::string_view token, std::string_view purpose);

}  // namespace ashlar::system
