#include "system/retention.h"

#include <algorithm>

#include "database/sql_text.h"
#include "items/write.h"
#include "system/statements.h"

namespace ashlar::system {
namespace {

using database::SqlText;
using database::Value;

constexpr std::string_view activity = "directus_activity", revisions = "directus_revisions";

class Removal {
 public:
  Removal(const items::Services& services, std::int64_t batch, const std::function<bool()>& go_on)
      : services_(services), batch_(batch), go_on_(go_on) {}

  // Activity of flows, or all other, with its revisions.
  void remove_activity(bool of_flows, std::int64_t kept_milliseconds) {
    in_batches([&](items::WriteContext& context) {
      SqlText sql(context.dialect());
      (sql << "SELECT ").name("id") << " FROM ";
      sql.name(activity) << " WHERE ";
      print_age(sql, kept_milliseconds);
      (sql << " AND ").name("action") << (of_flows ? " = " : " <> ");
      sql.bind(std::string("run"));
      const auto keys = read_keys(context, sql);
      remove_revisions(context, revisions_of(context, keys));
      delete_where(context, activity, "id", keys);
      removed.activity += static_cast<std::int64_t>(keys.size());
      return keys.size();
    });
  }

  void remove_revisions_by_age(std::int64_t kept_milliseconds) {
    in_batches([&](items::WriteContext& context) {
      SqlText sql(context.dialect());
      (sql << "SELECT ").name(revisions, "id") << " FROM ";
      (sql.name(revisions) << " JOIN ").name(activity) << " ON ";
      sql.name(revisions, "activity") << " = ";
      sql.name(activity, "id") << " WHERE ";
      print_age(sql, kept_milliseconds);
      const auto keys = read_keys(context, sql);
      remove_revisions(context, keys);
      return keys.size();
    });
  }

  Removed removed;

 private:
  void print_age(SqlText& sql, std::int64_t kept_milliseconds) const {
    const Moment oldest{services_.clock().milliseconds - kept_milliseconds};
    sql.name(activity, "timestamp") << " < ";
    sql.bind(services_.database.dialect().time_value(schema::Type::timestamp, oldest));
  }

  // As many keys as one batch takes.
  std::vector<Value> read_keys(const items::WriteContext& context, SqlText& sql) const {
    sql << " LIMIT " << std::to_string(batch_);
    return read_all(context, sql);
  }

  static std::vector<Value> read_all(const items::WriteContext& context, const SqlText& sql) {
    std::vector<Value> keys;
    const auto rows = context.connection.query(sql.text, sql.parameters);
    while (rows->next()) keys.emplace_back(rows->cell(0).to_integer());
    return keys;
  }

  static std::vector<Value> revisions_of(const items::WriteContext& context, const std::vector<Value>& keys) {
    if (keys.empty()) return {};
    SqlText sql(context.dialect());
    (sql << "SELECT ").name("id") << " FROM ";
    sql.name(revisions) << " WHERE ";
    context.dialect().in_list(sql, context.dialect().quoted("activity"), schema::Type::integer, keys);
    return read_all(context, sql);
  }

  void remove_revisions(const items::WriteContext& context, const std::vector<Value>& keys) {
    if (keys.empty()) return;
    set_where(context, revisions, "parent", std::monostate(), "parent", keys);
    delete_where(context, revisions, "id", keys);
    removed.revisions += static_cast<std::int64_t>(keys.size());
  }

  template <typename Work>
  void in_batches(const Work& work) {
    for (bool is_full = true; is_full && (!go_on_ || go_on_());) {
      const auto before = removed;
      items::write(services_, nullptr, {}, [&](items::WriteContext& context) {
        removed = before;  // the transaction may be tried again
        is_full = static_cast<std::int64_t>(work(context)) >= batch_;
      });
    }
  }

  const items::Services& services_;
  std::int64_t batch_;
  const std::function<bool()>& go_on_;
};

}  // namespace

Removed remove_old_history(const items::Services& services, const config::RetentionSettings& retention,
                           const std::function<bool()>& go_on) {
  Removal removal(services, std::max<std::int64_t>(retention.batch, 1), go_on);
  removal.remove_activity(false, retention.activity_milliseconds);
  removal.remove_activity(true, retention.flow_logs_milliseconds);
  if (retention.revisions_milliseconds < retention.activity_milliseconds) {
    removal.remove_revisions_by_age(retention.revisions_milliseconds);
  }
  return removal.removed;
}

}  // namespace ashlar::system
