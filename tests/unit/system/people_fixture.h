// A whole installation with an administrator, and a manager who may write everything about people and rights, but has
// few rights himself: articles that are published, their titles and texts.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "access/store.h"
#include "base/error.h"
#include "items/read.h"
#include "items/write.h"
#include "schema/install.h"
#include "support/servers.h"
#include "system/people.h"

namespace ashlar::system {

class WithPeople : public testing::Test {
 protected:
  WithPeople() {
    schema::InstallOptions options;
    options.administrator = {"admin@example.com", "no hash", std::nullopt};
    schema::install(database, options);
    database.writer()->run("CREATE TABLE articles (id integer PRIMARY KEY, title text, text text, status text)");
    add_people_hooks(services.hooks, limits);
    services.on_written = [this](const auto&) { access.invalidate(); };

    admin_role = one("directus_roles").at("id").as_string().c_str();
    admin_policy =
        one("directus_policies", {{"admin_access", json::object{{"_eq", true}}}}).at("id").as_string().c_str();
    managers = create("directus_roles", {{"name", "Managers"}});
    policy = create("directus_policies", {{"name", "Managers"}});
    create("directus_access", {{"role", managers}, {"policy", policy}});
    for (const auto* name : {"directus_users", "directus_roles", "directus_policies", "directus_access",
                             "directus_permissions", "directus_settings"}) {
      for (const auto* action : {"create", "read", "update"}) permit(policy, name, action);
    }
    permit(policy, "articles", "read", {"title", "text"}, {{"status", json::object{{"_eq", "published"}}}});
    manager.user = create("directus_users", {{"email", "manager@example.com"}, {"role", managers}});
    manager.role = managers;
    access.complete(manager);
  }

  std::string create(std::string_view collection, json::object payload, const access::Accountability* who = nullptr) {
    return to_text(items::create_item(services, who, collection, std::move(payload), with_system));
  }
  void update(std::string_view collection, const std::string& key, json::object payload,
              const access::Accountability* who = nullptr) {
    items::update_items(services, who, collection, {json::value(key)}, std::move(payload), with_system);
  }
  void permit(const std::string& of_policy, std::string_view collection, std::string_view action,
              const json::array& fields = {"*"}, const json::object& rule = {}) {
    create("directus_permissions", permission(of_policy, collection, action, fields, rule));
  }
  static json::object permission(const std::string& of_policy, std::string_view collection, std::string_view action,
                                 const json::array& fields = {"*"}, const json::object& rule = {}) {
    return {{"policy", of_policy},
            {"collection", collection},
            {"action", action},
            {"fields", fields},
            {"permissions", rule}};
  }
  json::object one(std::string_view collection, const json::object& filter = {}) {
    query::Query query;
    query.filter = filter;
    return items::read_value(services, nullptr, collection, query, {}).as_array().at(0).as_object();
  }

  // The error's code, HANDED_OUT where it is about rights that somebody hands out; empty where the work is done.
  template <typename Work>
  static std::string code_of(const Work& work) {
    try {
      work();
      return {};
    } catch (const ApiError& error) {
      const bool is_about_giving = std::string_view(error.what()).find("can't hand out") != std::string_view::npos;
      return is_about_giving ? "HANDED_OUT" : error.details().front().code;
    }
  }
  std::string try_create(std::string_view collection, const json::object& payload) {
    return code_of([&] { create(collection, payload, &manager); });
  }
  std::string try_update(std::string_view collection, const std::string& key, const json::object& payload) {
    return code_of([&] { update(collection, key, payload, &manager); });
  }

  config::DatabaseSettings settings = test::fresh_sqlite_database();
  database::Database database{settings};
  schema::SchemaStore schemas{database, {}};
  access::AccessStore access{database};
  events::Emitter events;
  items::Services services{
      .database = database,
      .schemas = schemas,
      .access = access,
      .events = events,
      .limits = {},
      .hash_password = [](std::string_view password) { return "hash of " + std::string(password); }};
  UserLimits limits;
  items::WriteOptions with_system{.allow_system = true};
  std::string admin_role, admin_policy, managers, policy;
  access::Accountability manager;
};

}  // namespace ashlar::system
