#include "system/change_set.h"

#include <optional>

#include "base/json_writer.h"
#include "base/log.h"
#include "system/model_errors.h"

namespace ashlar::system {
namespace {

using database::DatabaseError;
using database::Value;

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

Value as_json(const json::object& object) {
  std::string text;
  write_json(text, object);
  return text;
}

void roll_back(database::Transaction& transaction) {
  try {
    transaction.rollback();
  } catch (const DatabaseError& error) {
    // The connection is lost, and the transaction with it; what broke the change is what the asker has to hear.
    log::debug("rollback failed: {}", error.what());
  }
}

}  // namespace

bool is_concurrent(const json::object& parameters) {
  const auto* value = parameters.if_contains("concurrentIndexCreation");
  return value != nullptr && to_text(*value) != "false";
}

ChangeSet::ChangeSet(const items::Services& for_services, const access::Accountability* by, database::Connection& on,
                     const ChangeOptions& with_options)
    : services(for_services),
      who(by),
      options(with_options),
      connection_(on),
      ddl_(on, for_services.database.dialect()),
      before_(for_services.schemas.current()),
      schema_(before_),
      undo_(for_services.database.dialect().vendor() == database::Vendor::mysql),
      rows_(on, for_services.database.dialect(), before_, undo_) {}

schema::SchemaPointer ChangeSet::schema() {
  if (!schema_) schema_ = services.schemas.load(connection_);
  return schema_;
}

std::string ChangeSet::ask(const std::string& sql) const {
  const auto cursor = connection_.query(sql);
  std::string answer;
  if (cursor->next()) answer = cursor->cell(0).to_string();
  while (cursor->next()) continue;
  return answer;
}

void ChangeSet::step(const std::function<void()>& change, std::function<void()> undo) {
  try {
    change();
  } catch (const DatabaseError& error) {
    throw_table_error(error, vendor());
  }
  undo_.add(std::move(undo));
  model_changed();
}

void ChangeSet::steps(const std::function<void()>& change, std::function<void()> undo) {
  undo_.add(std::move(undo));
  step(change, [] {});
}

void ChangeSet::at_end(std::function<void()> change) {
  if (undo_.needed()) {
    last_.push_back(std::move(change));
  } else {
    step(change, {});
  }
}

void ChangeSet::flush() {
  bool is_past_return = false;
  for (const auto& change : std::exchange(last_, {})) {
    try {
      step(change, [] {});
      is_past_return = true;
    } catch (const std::exception&) {
      if (!is_past_return) throw;
      // Nothing brings back what was dropped already, so the change is brought to its end.
      try {
        change();
      } catch (const std::exception& error) {
        log::error("What a change of the data model dropped is still in the database, without metadata: {}",
                   error.what());
      }
    }
  }
}

void ChangeSet::create_table(const database::TableSpec& table) {
  flush();
  // One that is there already is somebody else's.
  const bool is_new = !undo_.needed() || !ddl_.has_table(table.name);
  steps([&] { ddl_.create_table(table); },
        [this, is_new, name = table.name] {
          if (is_new && ddl_.has_table(name)) ddl_.drop_table(name);
        });
}

void ChangeSet::drop_table(const std::string& table) {
  at_end([this, table] { ddl_.drop_table(table); });
}

void ChangeSet::add_column(const std::string& table, const database::ColumnSpec& column) {
  flush();
  step([&] { ddl_.add_column(table, column); }, [this, table, name = column.name] { ddl_.drop_column(table, name); });
}

void ChangeSet::alter_column(const std::string& table, const database::ColumnSpec& column,
                             const database::ColumnSpec& before) {
  step([&] { ddl_.alter_column(table, column); }, [this, table, before] { ddl_.alter_column(table, before); });
}

void ChangeSet::drop_column(const std::string& table, const std::string& column) {
  at_end([this, table, column] { ddl_.drop_column(table, column); });
}

void ChangeSet::add_index(const std::string& table, const std::string& column, bool unique) {
  if (options.concurrently) {
    after_commit_.push_back([this, table, column, unique] { ddl_.add_index(table, column, unique, true); });
    return;
  }
  steps([&] { ddl_.add_index(table, column, unique); },
        [this, table, column, unique] { ddl_.drop_index(table, column, unique); });
}

void ChangeSet::drop_index(const std::string& table, const std::string& column, bool unique) {
  steps([&] { ddl_.drop_index(table, column, unique); },
        [this, table, column, unique] { ddl_.add_index(table, column, unique); });
}

void ChangeSet::add_foreign_key(const database::ForeignKeySpec& key) {
  const bool is_signed = undo_.needed() && ddl_.is_signed(key.table, key.column);
  step([&] { ddl_.add_foreign_key(key); },
       [this, key, is_signed] {
         ddl_.drop_foreign_key(key.table, key.column);
         if (is_signed) ddl_.make_signed(key.table, key.column);
       });
}

void ChangeSet::drop_foreign_key(const database::ForeignKeySpec& key) {
  steps([&] { ddl_.drop_foreign_key(key.table, key.column); },
        [this, key] {
          if (!ddl_.has_foreign_key(key.table, key.column)) ddl_.add_foreign_key(key);
        });
}

void ChangeSet::attempt(const std::function<void()>& work) {
  const auto told = actions_.size();
  database::Transaction savepoint(connection_);
  try {
    work();
    savepoint.commit();
  } catch (...) {
    roll_back(savepoint);
    actions_.resize(told);
    throw;
  }
}

void ChangeSet::record(std::string_view action, std::string_view collection, std::string_view item,
                       const json::object* data, const json::object* delta) {
  if (who == nullptr || !options.tracks_activity) return;
  const auto now = dialect().time_value(database::Type::timestamp, services.clock());
  const auto activity = rows_.insert("directus_activity", {{"action", std::string(action)},
                                                           {"user", who->user ? Value(*who->user) : Value()},
                                                           {"timestamp", now},
                                                           {"ip", text_or_null(who->ip)},
                                                           {"user_agent", text_or_null(who->user_agent)},
                                                           {"collection", std::string(collection)},
                                                           {"item", std::string(item)},
                                                           {"origin", text_or_null(who->origin)}});
  if (data == nullptr) return;
  rows_.insert("directus_revisions", {{"activity", activity},
                                      {"collection", std::string(collection)},
                                      {"item", std::string(item)},
                                      {"data", as_json(*data)},
                                      {"delta", as_json(delta ? *delta : *data)}});
}

void ChangeSet::filter(std::string_view event, json::value& payload, const json::object& meta) {
  if (!services.events.has_filter(event)) return;
  services.events.filter(event, payload, meta, {&connection_, schema(), who});
}

void change_model(const items::Services& services, const access::Accountability* who, const ChangeOptions& options,
                  const std::function<void(ChangeSet&)>& work) {
  std::vector<std::pair<std::string, json::object>> actions;
  std::exception_ptr failed_index;
  bool permissions_changed = false;
  // Whoever has not heard yet what others changed would take what they made for something that is not there.
  services.schemas.reload();
  {
    const auto connection = services.database.writer();
    ChangeSet change(services, who, *connection, options);
    database::Transaction transaction(*connection);
    try {
      work(change);
      change.flush();
      transaction.commit();
    } catch (...) {
      roll_back(transaction);
      change.undo_.run();
      throw;
    }
    try {
      for (const auto& make_index : change.after_commit_) make_index();
    } catch (const DatabaseError&) {
      failed_index = std::current_exception();
    }
    actions = std::move(change.actions_);
    permissions_changed = change.permissions_changed_;
    if (permissions_changed) services.access.invalidate();
  }
  const auto schema = services.schemas.reload();
  if (services.on_model_changed) services.on_model_changed(permissions_changed);
  for (const auto& [event, meta] : actions) services.events.action(event, meta, {nullptr, schema, who});
  try {
    if (failed_index) std::rethrow_exception(failed_index);
  } catch (const DatabaseError& error) {
    throw_table_error(error, services.database.dialect().vendor());
  }
}

}  // namespace ashlar::system
