#include "auth/drivers/used_once.h"

#include "auth/drivers/jose.h"
#include "auth/encoding.h"
#include "auth/rows.h"
#include "base/log.h"

namespace ashlar::auth {
namespace {

using database::Connection;
using database::DatabaseError;
using database::SqlText;

constexpr std::string_view table = "ashlar_used_once";

void make_table(Connection& connection, const database::Dialect& dialect) {
  SqlText sql(dialect);
  sql << "CREATE TABLE IF NOT EXISTS ";
  sql.name(table) << " (";
  sql.name("digest") << " varchar(64) NOT NULL PRIMARY KEY, ";
  sql.name("expires") << " bigint NOT NULL)";
  try {
    connection.run(sql.text);
  } catch (const DatabaseError& error) {  // another server made it at the same time
    log::debug("{}: {}", table, error.what());
  }
}

void drop_expired(Connection& connection, const database::Dialect& dialect, Moment now) {
  SqlText sql(dialect);
  (sql << "DELETE FROM ").name(table) << " WHERE ";
  (sql.name("expires") << " < ").bind(now.milliseconds);
  connection.execute(sql.text, sql.parameters);
}

}  // namespace

bool use_once(const Context& context, std::string_view what, Moment expires) {
  const auto& dialect = context.services.database.dialect();
  const auto connection = context.services.database.writer();
  make_table(*connection, dialect);
  drop_expired(*connection, dialect, context.services.clock());
  try {
    insert_row(*connection, dialect, table,
               {{"digest", base64url_encode(sha256(what))}, {"expires", expires.milliseconds}});
    return true;
  } catch (const DatabaseError& error) {
    if (error.kind != DatabaseError::Kind::unique) throw;
    return false;
  }
}

}  // namespace ashlar::auth
