// Dialect: how one database spells what the stages above decided. It knows SQL, not the product: no collections, no
// permissions. Three implementations: sqlite/, postgres/, mysql/.
//
// Everything that comes from a user passes through quote() or is bound as a parameter; nothing else ends up in SQL
// text. Where a function takes a `column`, it is SQL already: a quoted name, or an expression.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "database/column_spec.h"
#include "database/connection.h"
#include "database/introspection.h"
#include "database/sql_text.h"
#include "database/type.h"

namespace ashlar::database {

enum class Vendor { sqlite, postgres, mysql };

enum class DatePart { year, month, week, day, weekday, hour, minute, second };

// How a text condition matches.
struct TextMatch {
  enum class Where { contains, starts, ends } where = Where::contains;
  bool ignore_case = false;  // lower-cased on both sides; else as the database compares
  bool negated = false;
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual Vendor vendor() const = 0;
  // "sqlite", "postgres", "mysql": as snapshots name it.
  virtual std::string_view vendor_name() const = 0;

  // Appends a quoted identifier. Bytes that no identifier may hold (NUL) throw DatabaseError.
  virtual void quote(std::string& out, std::string_view identifier) const = 0;
  std::string quoted(std::string_view identifier) const;

  // Appends the placeholder of the parameter with this number, from 1.
  virtual void placeholder(std::string& out, int number) const = 0;

  // ---- values
  // A time as the column stores it: SQLite milliseconds since 1970 (dates too), others the ISO text in UTC.
  virtual Value time_value(Type type, Moment moment) const = 0;
  // A date part as a number. dateTime and date columns hold the server's zone, timestamps are taken in UTC.
  virtual void date_part(SqlText& out, DatePart part, Type type, std::string_view column) const = 0;

  // ---- conditions
  virtual void text_match(SqlText& out, std::string_view column, const TextMatch& match,
                          std::string_view value) const = 0;
  // `column IN (values)`, in a form whose text does not depend on the number of values where the database can do that.
  virtual void in_list(SqlText& out, std::string_view column, Type type, std::span<const Value> values) const = 0;

  // ---- expressions
  // How many entries the list in a JSON column has; 0 for other JSON, null for null.
  virtual void json_length(SqlText& out, std::string_view column) const = 0;
  // A value inside of a JSON column; `path` holds names and indexes ("a", "0"). The result is JSON text, or null.
  virtual void json_extract(SqlText& out, std::string_view column, std::span<const std::string> path) const = 0;
  // Geometry columns are read as GeoJSON text.
  virtual void geometry_as_json(SqlText& out, std::string_view column) const = 0;
  // GeoJSON text as a value of a geometry column.
  virtual void geometry_value(SqlText& out, std::string_view geojson) const = 0;
  // NULLS LAST or FIRST where the database can say it, in ORDER BY.
  virtual bool sorts_nulls_first() const = 0;  // in ascending order, by default

  // The rows that an INSERT made: true where `RETURNING` works.
  virtual bool has_returning() const = 0;

  // To be called in a transaction that is about to write thousands of rows. PostgreSQL plans the check of a foreign key
  // once for a connection: if the other table is small then, it reads all of it, also when it has grown.
  virtual void expect_many_rows(Connection&) const {}

  // ---- columns
  // The type of a column as CREATE TABLE spells it, e.g. varchar(255); contract schema 4.1.
  virtual std::string column_type(const ColumnSpec& column) const = 0;

  // ---- introspection: base tables and views that the connection's user can see, by name.
  virtual std::vector<Table> introspect(Connection& connection) const = 0;
};

std::unique_ptr<Dialect> make_sqlite_dialect();
std::unique_ptr<Dialect> make_postgres_dialect();
std::unique_ptr<Dialect> make_mysql_dialect();

}  // namespace ashlar::database
