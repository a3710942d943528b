// Values of a profile that a provider gave, by the names that its settings have for them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace ashlar::auth {

// The value of a member of that name, or of members of members: "profile.mail", "emails.0". Null where there is none.
const json::value* find_in_profile(const json::object& profile, std::string_view path);

// As text; nothing for empty texts, objects, lists, null.
std::optional<std::string> profile_text(const json::object& profile, std::string_view path);

// A list's texts; one text is a list of one; an object is the list of its names.
std::vector<std::string> profile_groups(const json::object& profile, std::string_view path);

// The role of the first entry of the mapping (group: role) that is one of the groups; nothing where none is.
std::optional<std::string> mapped_role(const json::object& mapping, const std::vector<std::string>& groups);

}  // namespace ashlar::auth
