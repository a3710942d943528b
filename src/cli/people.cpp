// ashlar users create, users passwd, roles create: for the time before anybody can log in, or after a lost password.
#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "auth/users.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/options.h"
#include "items/write.h"

namespace ashlar::cli {
namespace {

items::WriteOptions system_write() {
  items::WriteOptions options;
  options.allow_system = true;
  return options;
}

}  // namespace

int create_user(Arguments arguments) {
  const json::object user{{"email", required_option(arguments, "--email")},
                          {"password", required_option(arguments, "--password")},
                          {"role", required_option(arguments, "--role")},
                          {"status", "active"}};
  const auto settings = load_settings();
  api::App app(settings);
  const auto key = items::create_item(app.services, nullptr, "directus_users", user, system_write());
  fmt::print("{}\n", to_text(key));
  return 0;
}

int change_password(Arguments arguments) {
  const auto email = required_option(arguments, "--email");
  const auto password = required_option(arguments, "--password");
  const auto settings = load_settings();
  api::App app(settings);
  const auto user = auth::find_user_by_email(*app.database.reader(), app.database.dialect(), email);
  if (!user) throw std::runtime_error("there is no user with that email");
  items::update_items(app.services, nullptr, "directus_users", {json::value(user->id)}, {{"password", password}},
                      system_write());
  fmt::print("The password of {} is changed.\n", email);
  return 0;
}

int create_role(Arguments arguments) {
  const auto name = required_option(arguments, "--role");
  const bool admin = has_flag(arguments, "--admin");
  const bool app_access = has_flag(arguments, "--app");
  const auto settings = load_settings();
  api::App app(settings);
  json::value role;
  items::write(app.services, nullptr, system_write(), [&](items::WriteContext& context) {
    const auto create = [&](std::string_view collection, json::object payload) {
      return items::create_item(context, *context.schema->collection(collection), std::move(payload));
    };
    const auto policy = create("directus_policies", {{"name", "Policy for " + name},
                                                     {"icon", "supervised_user_circle"},
                                                     {"admin_access", admin},
                                                     {"app_access", app_access}});
    role = create("directus_roles", {{"name", name}});
    create("directus_access", {{"role", role}, {"policy", policy}});
  });
  fmt::print("{}\n", to_text(role));
  return 0;
}

}  // namespace ashlar::cli
