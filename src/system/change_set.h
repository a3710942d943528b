// ChangeSet: one change of the data model, all of it or nothing. It runs in one transaction on a writing connection;
// where the database ends transactions with every change of a table (MySQL), it keeps how to take each step back, and
// does what can't be taken back (dropping tables and columns) last.
//
// made and run by change_model(), which afterwards reloads the schema and tells the events.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "database/ddl.h"
#include "items/services.h"
#include "schema/schema.h"
#include "system/row_changes.h"
#include "system/undo_list.h"

namespace ashlar::system {

struct ChangeOptions {
  bool tracks_activity = true;  // rows of directus_activity and directus_revisions, where there is somebody to name
  bool concurrently = false;    // indexes are made after the commit, without blocking anybody
};

// The parameter concurrentIndexCreation: on, unless it is absent or "false".
bool is_concurrent(const json::object& parameters);

class ChangeSet {
 public:
  ChangeSet(const items::Services& for_services, const access::Accountability* by, database::Connection& on,
            const ChangeOptions& with_options);

  const items::Services& services;
  const access::Accountability* const who;  // null: the program itself
  const ChangeOptions options;

  // The model as it was before the change. The tables of the system are known from here.
  const schema::SchemaPointer& before() const { return before_; }
  // The model with all that was changed so far; read anew after a change.
  schema::SchemaPointer schema();
  // To be said after rows of the metadata were changed; changes of tables are known.
  void model_changed() { schema_.reset(); }

  const database::Dialect& dialect() const { return services.database.dialect(); }
  database::Vendor vendor() const { return dialect().vendor(); }
  // A value that the database itself has to be asked for: the first column of the first row.
  std::string ask(const std::string& sql) const;

  // ---- Tables. What the database refuses is thrown as ApiError (400).

  void create_table(const database::TableSpec& table);
  void drop_table(const std::string& table);
  void add_column(const std::string& table, const database::ColumnSpec& column);
  // `before` is what the column was.
  void alter_column(const std::string& table, const database::ColumnSpec& column, const database::ColumnSpec& before);
  void drop_column(const std::string& table, const std::string& column);
  // Makes a unique constraint or an index of one column.
  void add_index(const std::string& table, const std::string& column, bool unique);
  void drop_index(const std::string& table, const std::string& column, bool unique);
  void add_foreign_key(const database::ForeignKeySpec& key);
  // `key` is what it was.
  void drop_foreign_key(const database::ForeignKeySpec& key);

  // Does now what waits for the end, e.g. before something of the same name is made.
  void flush();

  // ---- Rows

  // Runs `work`, which must change no tables; when it throws, what it wrote is undone and the change can go on.
  void attempt(const std::function<void()>& work);

  RowChanges& rows() { return rows_; }
  // Permissions were changed: what is known of them is forgotten after the commit.
  void permissions_changed() { permissions_changed_ = true; }

  // Leaves a row in directus_activity, and with `data` one in directus_revisions.
  void record(std::string_view action, std::string_view collection, std::string_view item,
              const json::object* data = nullptr, const json::object* delta = nullptr);

  // ---- Events

  // Lets the listeners change the payload, or refuse it by throwing.
  void filter(std::string_view event, json::value& payload, const json::object& meta);
  // Told after the commit, in this order.
  void action(std::string event, json::object meta) { actions_.emplace_back(std::move(event), std::move(meta)); }

 private:
  friend void change_model(const items::Services&, const access::Accountability*, const ChangeOptions&,
                           const std::function<void(ChangeSet&)>&);

  void step(const std::function<void()>& change, std::function<void()> undo);
  // The same for changes of several statements, where MySQL keeps the first of them when a later one fails: `undo` is
  // run in any case, and must do nothing where nothing was done.
  void steps(const std::function<void()>& change, std::function<void()> undo);
  void at_end(std::function<void()> change);

  database::Connection& connection_;
  database::Ddl ddl_;
  const schema::SchemaPointer before_;
  schema::SchemaPointer schema_;  // null after a change
  UndoList undo_;
  RowChanges rows_;
  std::vector<std::function<void()>> last_;          // what can't be taken back
  std::vector<std::function<void()>> after_commit_;  // indexes made concurrently
  std::vector<std::pair<std::string, json::object>> actions_;
  bool permissions_changed_ = false;
};

// Runs `work` as one change, makes the new schema the current one and tells the actions. When it throws, database and
// metadata are as before. Throws what `work` throws; errors of the database as ApiErrors where the asker caused them.
void change_model(const items::Services& services, const access::Accountability* who, const ChangeOptions& options,
                  const std::function<void(ChangeSet&)>& work);

}  // namespace ashlar::system
