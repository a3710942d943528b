#include "database/sqlite/table_definition.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "database/error.h"

namespace ashlar::database::sqlite {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The position behind white space and comments.
std::size_t skip_blank(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    if (is_space(sql[at])) {
      ++at;
    } else if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at, 2) == "/*") {
      const auto end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

// The position behind a quoted token; the quote is doubled inside of it, but not in [brackets].
std::size_t quoted_end(std::string_view sql, std::size_t at) {
  const char quote = sql[at] == '[' ? ']' : sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (quote != ']' && at + 1 < sql.size() && sql[at + 1] == quote) {
      ++at;
    } else {
      return at + 1;
    }
  }
  return sql.size();
}

Token token_at(std::string_view sql, std::size_t at) {
  const char c = sql[at];
  if (c == '\'') return {Token::Kind::text, sql.substr(at, quoted_end(sql, at) - at)};
  if ((c == 'x' || c == 'X') && sql.substr(at + 1, 1) == "'") {  // a blob
    return {Token::Kind::number, sql.substr(at, quoted_end(sql, at + 1) - at)};
  }
  if (c == '"' || c == '`' || c == '[') return {Token::Kind::quoted, sql.substr(at, quoted_end(sql, at) - at)};
  if (is_word_byte(c) || (c == '.' && at + 1 < sql.size() && is_digit(sql[at + 1]))) {
    auto end = at + 1;
    const bool number = is_digit(c) || c == '.';
    while (end < sql.size() && (is_word_byte(sql[end]) || (number && sql[end] == '.') ||
                                (number && (sql[end] == '+' || sql[end] == '-') &&
                                 to_lower(sql.substr(end - 1, 1)) == "e" && !sql.substr(at, 2).starts_with("0x")))) {
      ++end;
    }
    return {number ? Token::Kind::number : Token::Kind::word, sql.substr(at, end - at)};
  }
  return {Token::Kind::symbol, sql.substr(at, 1)};
}

// Reads tokens one after the other.
class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql), tokens_(tokenize(sql)) {}

  bool at_end() const { return next_ == tokens_.size(); }
  bool at(std::string_view keyword) const { return !at_end() && tokens_[next_].is(keyword); }
  bool at_symbol(char symbol) const {
    return !at_end() && tokens_[next_].kind == Token::Kind::symbol && tokens_[next_].text[0] == symbol;
  }
  const Token& peek() const {
    if (at_end()) throw DatabaseError(DatabaseError::Kind::other, "the definition of the table ends too early");
    return tokens_[next_];
  }
  const Token& take() {
    const auto& token = peek();
    ++next_;
    return token;
  }
  bool accept(std::string_view keyword) {
    if (!at(keyword)) return false;
    ++next_;
    return true;
  }
  // Passes a parenthesis with all that is in it.
  void pass_parentheses() {
    int depth = 0;
    do {
      if (at_symbol('(')) ++depth;
      if (at_symbol(')')) --depth;
      take();
    } while (depth > 0);
  }
  // The names in a parenthesis; words of each entry behind its name (COLLATE, DESC ...) are passed.
  std::vector<std::string> name_list() {
    std::vector<std::string> names;
    if (!at_symbol('(')) return names;
    take();
    bool expects_name = true;
    while (!at_symbol(')')) {
      if (at_symbol(',')) {
        expects_name = true;
        take();
      } else if (at_symbol('(')) {
        pass_parentheses();
      } else {
        const auto& token = take();
        if (expects_name) names.push_back(token.name());
        expects_name = false;
      }
    }
    take();
    return names;
  }
  // Offsets into the text, for slices of it.
  std::size_t begin() const { return at_end() ? sql_.size() : offset(tokens_[next_]); }
  std::size_t end_of_last() const {
    return next_ == 0 ? 0 : offset(tokens_[next_ - 1]) + tokens_[next_ - 1].text.size();
  }
  std::string slice(std::size_t from) const { return std::string(sql_.substr(from, end_of_last() - from)); }

 private:
  std::size_t offset(const Token& token) const { return static_cast<std::size_t>(token.text.data() - sql_.data()); }

  std::string_view sql_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
};

constexpr std::array<std::string_view, 5> table_constraint_words = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK",
                                                                    "FOREIGN"};
constexpr std::array<std::string_view, 11> column_clause_words = {
    "CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"};

template <typename Words>
bool is_one_of(const Token& token, const Words& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

void pass_conflict_clause(Reader& reader) {
  if (!reader.accept("ON")) return;
  reader.take();  // CONFLICT
  reader.take();  // what to do
}

// Behind the list of columns that a foreign key refers to.
void pass_reference_options(Reader& reader) {
  while (!reader.at_end()) {
    if (reader.accept("ON")) {
      reader.take();  // DELETE, UPDATE
      if (reader.accept("SET") || reader.accept("NO")) {
        reader.take();
      } else {
        reader.take();
      }
    } else if (reader.accept("MATCH")) {
      reader.take();
    } else if (reader.accept("DEFERRABLE")) {
    } else if (reader.accept("INITIALLY")) {
      reader.take();
    } else if (reader.at("NOT")) {
      // Either NOT DEFERRABLE, or a NOT NULL that is the next clause.
      Reader ahead = reader;
      ahead.take();
      if (!ahead.accept("DEFERRABLE")) return;
      reader = ahead;
    } else {
      return;
    }
  }
}

void pass_references(Reader& reader, TableConstraint& constraint) {
  constraint.referenced_table = reader.take().name();
  constraint.referenced_columns = reader.name_list();
  pass_reference_options(reader);
}

ColumnClause::Kind pass_column_clause(Reader& reader) {
  using Kind = ColumnClause::Kind;
  if (reader.accept("PRIMARY")) {
    reader.take();  // KEY
    if (!reader.accept("ASC")) reader.accept("DESC");
    pass_conflict_clause(reader);
    reader.accept("AUTOINCREMENT");
    return Kind::primary_key;
  }
  if (reader.accept("NOT")) {
    reader.take();  // NULL
    pass_conflict_clause(reader);
    return Kind::not_null;
  }
  if (reader.accept("NULL")) {
    pass_conflict_clause(reader);
    return Kind::null;
  }
  if (reader.accept("UNIQUE")) {
    pass_conflict_clause(reader);
    return Kind::unique;
  }
  if (reader.accept("CHECK")) {
    reader.pass_parentheses();
    return Kind::check;
  }
  if (reader.accept("DEFAULT")) {
    if (reader.at_symbol('(')) {
      reader.pass_parentheses();
    } else {
      if (reader.at_symbol('+') || reader.at_symbol('-')) reader.take();
      reader.take();
    }
    return Kind::default_value;
  }
  if (reader.accept("COLLATE")) {
    reader.take();
    return Kind::collate;
  }
  if (reader.accept("REFERENCES")) {
    TableConstraint ignored{};
    pass_references(reader, ignored);
    return Kind::references;
  }
  if (reader.accept("GENERATED")) reader.take();  // ALWAYS
  if (reader.accept("AS")) {
    reader.pass_parentheses();
    if (!reader.accept("STORED")) reader.accept("VIRTUAL");
    return Kind::generated;
  }
  throw DatabaseError(DatabaseError::Kind::other,
                      "unknown clause in the definition of a column: " + std::string(reader.peek().text));
}

// Splits the text between the parentheses at its commas. Between constraints SQLite allows to leave them out.
std::vector<Definition> split_definitions(std::string_view list) {
  std::vector<Definition> definitions;
  Reader reader(list);
  while (!reader.at_end()) {
    const bool is_column = !is_one_of(reader.peek(), table_constraint_words);
    const auto begin = reader.begin();
    bool has_kind = false;  // whether the constraint's own word has been passed
    while (!reader.at_end() && !reader.at_symbol(',')) {
      if (!is_column && is_one_of(reader.peek(), table_constraint_words)) {
        if (has_kind) break;
        if (reader.accept("CONSTRAINT")) {
          reader.take();
          continue;
        }
        has_kind = true;
      }
      if (reader.at_symbol('(')) {
        reader.pass_parentheses();
      } else {
        reader.take();
      }
    }
    definitions.push_back({.text = reader.slice(begin), .is_column = is_column});
    if (reader.at_symbol(',')) reader.take();
  }
  return definitions;
}

}  // namespace

bool Token::is(std::string_view keyword) const {
  return kind == Kind::word && text.size() == keyword.size() && equals_ignoring_case(text, keyword);
}

std::string Token::name() const {
  if (kind != Kind::quoted && kind != Kind::text) return std::string(text);
  const char quote = text.front() == '[' ? ']' : text.front();
  const auto inner = text.size() < 2 ? std::string() : std::string(text.substr(1, text.size() - 2));
  return quote == ']' ? inner : replace_all(inner, std::string(2, quote), std::string(1, quote));
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  for (auto at = skip_blank(sql, 0); at < sql.size(); at = skip_blank(sql, at)) {
    tokens.push_back(token_at(sql, at));
    at += tokens.back().text.size();
  }
  return tokens;
}

std::string_view index_terms(std::string_view sql) {
  for (const auto& token : tokenize(sql)) {
    if (token.kind == Token::Kind::symbol && token.text == "(") {
      return sql.substr(static_cast<std::size_t>(token.text.data() - sql.data()));
    }
  }
  return {};
}

bool mentions(std::string_view sql, std::string_view identifier) {
  return std::ranges::any_of(tokenize(sql), [&](const Token& token) {
    return (token.kind == Token::Kind::word || token.kind == Token::Kind::quoted) &&
           equals_ignoring_case(token.name(), identifier);
  });
}

const ColumnClause* ColumnDefinition::clause(ColumnClause::Kind kind) const {
  auto found = std::ranges::find(clauses, kind, &ColumnClause::kind);
  return found == clauses.end() ? nullptr : &*found;
}

void ColumnDefinition::remove(ColumnClause::Kind kind) {
  std::erase_if(clauses, [&](const ColumnClause& clause) { return clause.kind == kind; });
}

std::string ColumnDefinition::print() const {
  auto text = written_name;
  for (const auto& clause : clauses) text += " " + clause.text;
  return text;
}

ColumnDefinition Definition::column() const {
  Reader reader(text);
  ColumnDefinition column;
  const auto& name = reader.take();
  column.name = name.name();
  column.written_name = std::string(name.text);

  const auto type_begin = reader.begin();
  while (!reader.at_end() && !is_one_of(reader.peek(), column_clause_words)) {
    if (reader.at_symbol('(')) {
      reader.pass_parentheses();
    } else {
      reader.take();
    }
  }
  if (reader.end_of_last() > type_begin) {
    column.clauses.push_back({ColumnClause::Kind::type, reader.slice(type_begin)});
  }
  while (!reader.at_end()) {
    const auto begin = reader.begin();
    if (reader.accept("CONSTRAINT")) reader.take();
    const auto kind = pass_column_clause(reader);
    column.clauses.push_back({kind, reader.slice(begin)});
  }
  return column;
}

TableConstraint Definition::constraint() const {
  Reader reader(text);
  if (reader.accept("CONSTRAINT")) reader.take();
  TableConstraint constraint{};
  if (reader.accept("PRIMARY")) {
    reader.take();  // KEY
    constraint.kind = TableConstraint::Kind::primary_key;
    constraint.columns = reader.name_list();
  } else if (reader.accept("UNIQUE")) {
    constraint.kind = TableConstraint::Kind::unique;
    constraint.columns = reader.name_list();
  } else if (reader.accept("FOREIGN")) {
    reader.take();  // KEY
    constraint.kind = TableConstraint::Kind::foreign_key;
    constraint.columns = reader.name_list();
    reader.take();  // REFERENCES
    pass_references(reader, constraint);
  } else {
    constraint.kind = TableConstraint::Kind::check;
  }
  return constraint;
}

Definition* TableDefinition::column(std::string_view name) {
  for (auto& definition : definitions) {
    if (definition.is_column && equals_ignoring_case(definition.column().name, name)) return &definition;
  }
  return nullptr;
}

std::string TableDefinition::print() const {
  std::vector<std::string> texts;
  for (const auto& definition : definitions) texts.push_back(definition.text);
  return head + "(" + join(texts, ", ") + ")" + tail;
}

TableDefinition parse_table(std::string_view sql) {
  Reader reader(sql);
  while (!reader.at_end() && !reader.at_symbol('(')) reader.take();
  if (reader.at_end()) throw DatabaseError(DatabaseError::Kind::other, "a table without a list of columns");
  const auto open = reader.begin();
  reader.pass_parentheses();
  const auto close = reader.end_of_last() - 1;
  return {.head = std::string(sql.substr(0, open)),
          .definitions = split_definitions(sql.substr(open + 1, close - open - 1)),
          .tail = std::string(sql.substr(close + 1))};
}

TableConstraint parse_references(const ColumnClause& clause, std::string_view column) {
  Reader reader(clause.text);
  if (reader.accept("CONSTRAINT")) reader.take();
  reader.take();  // REFERENCES
  TableConstraint constraint{};
  constraint.kind = TableConstraint::Kind::foreign_key;
  constraint.columns = {std::string(column)};
  pass_references(reader, constraint);
  return constraint;
}

}  // namespace ashlar::database::sqlite
