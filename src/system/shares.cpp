#include "system/shares.h"

#include <algorithm>

#include "access/variables.h"
#include "auth/rows.h"
#include "base/error.h"
#include "base/text.h"
#include "database/sql_text.h"
#include "items/item_access.h"
#include "items/read.h"
#include "items/write_context.h"
#include "system/share_rights.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using items::WriteContext;

constexpr std::string_view table = "directus_shares";

struct Share {
  std::string collection, item;
  std::optional<std::string> role, password, user_created;
  std::optional<Moment> start, end;
  std::int64_t times_used = 0;
  std::optional<std::int64_t> max_uses;

  bool is_open(Moment now) const { return (!start || *start <= now) && (!end || *end >= now); }
};

std::optional<Share> find_share(database::Connection& connection, const database::Dialect& dialect,
                                const std::string& id) {
  if (!is_uuid(id)) return std::nullopt;
  SqlText sql(dialect);
  std::string_view joint = "SELECT ";
  for (const auto* column :
       {"collection", "item", "role", "password", "user_created", "date_start", "date_end", "times_used", "max_uses"}) {
    (sql << joint).name(column);
    joint = ", ";
  }
  (sql << " FROM ").name(table) << " WHERE ";
  (sql.name("id") << " = ").bind(id);
  const auto rows = connection.query(sql.text, sql.parameters);
  if (!rows->next()) return std::nullopt;
  Share share;
  share.collection = rows->cell(0).to_string();
  share.item = rows->cell(1).to_string();
  share.role = auth::optional_text(rows->cell(2));
  share.password = auth::optional_text(rows->cell(3));
  share.user_created = auth::optional_text(rows->cell(4));
  share.start = auth::moment_of(rows->cell(5));
  share.end = auth::moment_of(rows->cell(6));
  share.times_used = rows->cell(7).to_integer();
  if (!rows->cell(8).is_null()) share.max_uses = rows->cell(8).to_integer();
  return share;
}

std::optional<Share> find_share(const items::Services& services, const std::string& id) {
  const auto lease = services.database.reader();
  return find_share(*lease, services.database.dialect(), id);
}

std::string text_of(const json::object& payload, std::string_view name) {
  const auto* value = payload.if_contains(name);
  return value == nullptr || value->is_null() || value->is_structured() ? std::string() : to_text(*value);
}

// Whether the asker may share the item; inside of the transaction that writes the share.
bool may_share(WriteContext& context, const std::string& name, const std::string& item) {
  const auto* collection = context.schema->collection(name);
  if (collection == nullptr) return false;
  if (context.who == nullptr || context.unrestricted()) return true;
  const auto* access = context.access(*collection, access::Action::share);
  if (access == nullptr) return false;
  items::RuleSet rules;
  for (const auto& rule : access->rules) rules.push_back(&rule);
  items::check_key(json::value(item), collection->key_field());
  return items::all_match(context.reader, context.dialect(), context.connection, *collection, {json::value(item)},
                          {rules});
}

void require_sharing(WriteContext& context, const std::string& collection, const std::string& item) {
  if (!may_share(context, collection, item)) {
    throw ApiError::forbidden("You may not share this item, or it does not exist.");
  }
}

// The user who made the share, with the rights that he has now.
access::Accountability creator_of(const items::Services& services, const std::string& user,
                                  const access::Accountability& who) {
  SqlText sql(services.database.dialect());
  (sql << "SELECT ").name("role") << " FROM ";
  sql.name("directus_users") << " WHERE ";
  (sql.name("id") << " = ").bind(user);
  access::Accountability creator{.user = user, .ip = who.ip};
  {
    const auto lease = services.database.reader();
    const auto rows = lease->query(sql.text, sql.parameters);
    if (rows->next()) creator.role = auth::optional_text(rows->cell(0));
  }
  services.access.complete(creator);
  return creator;
}

}  // namespace

items::CollectionHooks share_hooks() {
  items::CollectionHooks hooks;
  hooks.before_create = [](WriteContext& context, const json::object& payload) {
    require_sharing(context, text_of(payload, "collection"), text_of(payload, "item"));
  };
  // What is shared may be changed as little as it may be chosen.
  hooks.before_update = [](WriteContext& context, const items::Keys& keys, const json::object& payload) {
    if (!payload.contains("collection") && !payload.contains("item")) return;
    for (const auto& key : keys) {
      const auto share = find_share(context.connection, context.dialect(), to_text(key));
      if (!share) continue;
      const auto collection = payload.contains("collection") ? text_of(payload, "collection") : share->collection;
      const auto item = payload.contains("item") ? text_of(payload, "item") : share->item;
      if (collection != share->collection || item != share->item) require_sharing(context, collection, item);
    }
  };
  return hooks;
}

void require_shared_item(const json::value& body) {
  const auto names_item = [](const json::value& share) {
    const auto* object = share.if_object();
    return object == nullptr || (!text_of(*object, "collection").empty() && !text_of(*object, "item").empty());
  };
  const auto* list = body.if_array();
  const bool fits = list ? std::all_of(list->begin(), list->end(), names_item) : names_item(body);
  if (!fits) throw ApiError::forbidden("A share needs the \"collection\" and the \"item\" that it shows.");
}

json::object share_info(const items::Services& services, const std::string& id) {
  const auto share = find_share(services, id);
  if (!share || !share->is_open(services.clock())) throw ApiError::forbidden();
  query::Query query;
  query.fields = {"id", "collection", "item", "password", "max_uses", "times_used", "date_start", "date_end"};
  return items::read_value(services, nullptr, table, query, {json::value(id), std::nullopt}).as_object();
}

auth::Tokens log_in_to_share(const auth::Context& context, const ShareLogin& login, const auth::Client& client) {
  const auto& services = context.services;
  const auto& dialect = services.database.dialect();
  const auto share = find_share(services, login.share);
  const auto now = services.clock();
  const bool is_locked = share && share->password && !share->password->empty();
  if (is_locked && !(login.password && context.hasher.verify(*login.password, *share->password))) {
    throw ApiError::invalid_credentials();
  }
  if (!share || !share->is_open(now)) throw ApiError::invalid_credentials();

  auto token = auth::new_session_token();
  const auth::Owner owner{.share = login.share};
  const Moment expires{now.milliseconds + context.tokens.refresh.ttl_milliseconds};
  services.database.transact([&](database::Connection& connection) {
    // Counted where the limit is looked at, so that logins at the same time do not get past it.
    SqlText sql(dialect);
    (sql << "UPDATE ").name(table) << " SET ";
    (sql.name("times_used") << " = COALESCE(").name("times_used") << ", 0) + 1 WHERE ";
    (sql.name("id") << " = ").bind(login.share);
    (sql << " AND (").name("max_uses") << " IS NULL OR COALESCE(";
    (sql.name("times_used") << ", 0) < ").name("max_uses") << ")";
    if (connection.execute(sql.text, sql.parameters).rows == 0) throw ApiError::invalid_credentials();
    auth::insert_session(context, connection, token, owner, client, expires);
  });
  auth::remove_expired_sessions(context);
  return auth::sign_tokens(context, owner, std::move(token), {.mode = login.mode, .purpose = "login"}, client);
}

void open_share(const items::Services& services, access::Accountability& who) {
  if (!who.share) return;
  const auto share = find_share(services, *who.share);
  if (!share || !share->is_open(services.clock())) throw ApiError::forbidden();
  auto opened = std::make_shared<access::Permissions>();
  if (share->user_created) {
    access::Accountability visitor{.role = share->role, .ip = who.ip};
    services.access.complete(visitor);
    const auto creator = creator_of(services, *share->user_created, who);
    const auto schema = services.schemas.current();
    const auto lease = services.database.reader();
    const auto side = [&](const access::Accountability& of) {
      auto variables = std::make_shared<const access::Variables>(items::rule_variables(services, schema, &of, *lease));
      return ShareSide{services.access.permissions(of),
                       [variables](const json::value& rule) { return variables->resolve(rule); }};
    };
    *opened = share_rights(*schema, share->collection, share->item, side(visitor), side(creator));
  }
  who.opened = std::move(opened);
}

}  // namespace ashlar::system
