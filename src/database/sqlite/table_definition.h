// The text of a SQLite table, taken apart: SQLite keeps a table as the CREATE TABLE statement that made it, and what
// ALTER TABLE can't do is done by changing that text (see ddl_sqlite.cpp). Only the definition that changes is written
// anew; everything else, comments and unknown clauses included, stays as its author wrote it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::database::sqlite {

struct Token {
  enum class Kind { word, quoted, text, number, symbol };
  Kind kind;
  std::string_view text;  // as written

  // Whether it is this keyword (given in capitals), unquoted.
  bool is(std::string_view keyword) const;
  // The name that an identifier stands for: without quotes.
  std::string name() const;
};

// The tokens of a statement, without white space and comments. They point into `sql`.
std::vector<Token> tokenize(std::string_view sql);

// What an index is made of: the text of CREATE INDEX from its first parenthesis on.
std::string_view index_terms(std::string_view sql);

// Whether the text mentions the identifier, in any case and quoting.
bool mentions(std::string_view sql, std::string_view identifier);

// One clause of a column after its name.
struct ColumnClause {
  enum class Kind { type, primary_key, not_null, null, unique, check, default_value, collate, references, generated };
  Kind kind;
  std::string text;  // as written, with the name of the constraint in front of it
};

struct ColumnDefinition {
  std::string name;
  std::string written_name;
  std::vector<ColumnClause> clauses;

  const ColumnClause* clause(ColumnClause::Kind kind) const;
  void remove(ColumnClause::Kind kind);
  std::string print() const;
};

struct TableConstraint {
  enum class Kind { primary_key, unique, check, foreign_key };
  Kind kind;
  std::vector<std::string> columns;  // of a foreign key the own ones; none of a check
  std::string referenced_table;      // foreign keys only, like the next
  std::vector<std::string> referenced_columns;
};

// One entry between the parentheses: a column, or a constraint of the table.
struct Definition {
  std::string text;
  bool is_column;

  ColumnDefinition column() const;
  TableConstraint constraint() const;
};

struct TableDefinition {
  std::string head;  // up to the opening parenthesis
  std::vector<Definition> definitions;
  std::string tail;  // from behind the closing parenthesis: WITHOUT ROWID, STRICT

  // The definition of a column, null where there is none of that name (in any case).
  Definition* column(std::string_view name);
  std::string print() const;
};

// Takes the statement apart. Throws DatabaseError where it is no CREATE TABLE with a list of columns.
TableDefinition parse_table(std::string_view sql);

// The table and columns behind REFERENCES in a column's clause of that kind.
TableConstraint parse_references(const ColumnClause& clause, std::string_view column);

}  // namespace ashlar::database::sqlite
