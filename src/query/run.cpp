#include "query/run.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>

#include "query/key_table.h"
#include "query/output.h"
#include "query/sql.h"

namespace ashlar::query {
namespace {

using database::Connection;
using database::Dialect;
using database::Value;

constexpr std::size_t drain_size = 256 * 1024;
constexpr std::size_t streamed_batch = 2000;

struct Related;

// Where a relation leads from a row.
struct Link {
  std::size_t level = 0;               // of Child::levels
  std::uint32_t key = KeyTable::none;  // in Related::keys; none where there is nobody to be looked for
  bool is_shown = true;                // else null stands in place of whatever there is
};

// The rows of a level, as pieces of JSON: a row is cut before the value of each relation that has a statement of its
// own.
struct LevelRows {
  explicit LevelRows(const Level& level);

  std::string text;
  std::vector<std::size_t> ends;  // of the pieces: one more for each row than it has relations
  std::vector<Link> links;        // for each row one per relation
  std::size_t count = 0;
  std::vector<std::vector<Related>> relations;  // in the order of the links; each with its levels
};

// The rows that lie behind a relation, as those of one parent are chained in their order.
struct Related {
  static constexpr std::uint32_t no_row = UINT32_MAX;
  struct Chain {
    std::uint32_t first = no_row, last = no_row;
    std::int64_t seen = 0;  // rows of the parent so far, those outside of its window too
  };

  Related(const Child& of, const Level& below) : child(&of), level(&below), rows(below) {}

  const Child* child;
  const Level* level;
  KeyTable keys;  // of the parents
  LevelRows rows;
  std::vector<Chain> chains;        // for each key
  std::vector<std::uint32_t> next;  // for each row

  void start() {
    rows = LevelRows(*level);
    chains.assign(keys.size(), {});
    next.clear();
  }

  // Puts the row that comes next behind those of its parent.
  void append_to(Chain& chain) {
    const auto row = static_cast<std::uint32_t>(rows.count);
    (chain.first == no_row ? chain.first : next[chain.last]) = row;
    chain.last = row;
    next.push_back(no_row);
  }
};

LevelRows::LevelRows(const Level& level) {
  for (const auto& child : level.children) {
    if (child.is_joined) continue;
    auto& levels = relations.emplace_back();
    for (const auto& below : child.levels) levels.emplace_back(child, *below);
  }
}

bool lies_in(const Window& window, std::int64_t place) {
  return place >= window.offset && (window.limit < 0 || place < window.offset + window.limit);
}

std::size_t text_size(const LevelRows& rows) {
  auto size = rows.text.size();
  for (const auto& levels : rows.relations) {
    for (const auto& related : levels) size += text_size(related.rows);
  }
  return size;
}

class Runner {
 public:
  Runner(Connection& connection, const Dialect& dialect, std::size_t batch_size)
      : connection_(connection), dialect_(dialect), batch_size_(std::max<std::size_t>(batch_size, 1)) {}

  // An item by its key, or a singleton where there is no key.
  std::size_t run_single(const Level& level, const std::optional<Literal>& key, std::string& out) {
    const auto sql = root_statement(level, key, dialect_);
    const auto rows = read(level, *connection_.query(sql.text, sql.parameters));
    rows.count == 0 ? void(out += "null") : write_row(level, rows, 0, out);
    return rows.count;
  }

  std::size_t run_list(const Level& level, bool is_large, std::string& out, const Drain& drain) {
    const auto sql = root_statement(level, std::nullopt, dialect_);
    const auto cursor =
        is_large ? connection_.stream(sql.text, sql.parameters) : connection_.query(sql.text, sql.parameters);
    out += '[';
    const auto count =
        level.children.empty() ? write_flat(level, *cursor, out, drain) : write_nested(level, *cursor, out, drain);
    out += ']';
    return count;
  }

 private:
  // Without relations nothing needs to be kept: rows go straight into the answer.
  std::size_t write_flat(const Level& level, database::Cursor& cursor, std::string& out, const Drain& drain) const {
    std::size_t count = 0;
    std::vector<std::size_t> ends;
    while (cursor.next()) {
      if (count++ > 0) out += ',';
      ends.clear();
      write_pieces(level, cursor, out, ends);
      if (drain && out.size() > drain_size) drain(out);
    }
    return count;
  }

  std::size_t write_nested(const Level& level, database::Cursor& cursor, std::string& out, const Drain& drain) {
    std::size_t count = 0;
    for (;;) {
      const auto rows = read(level, cursor);
      if (!drain) out.reserve(out.size() + text_size(rows));
      for (std::size_t i = 0; i < rows.count; ++i) {
        if (count++ > 0) out += ',';
        write_row(level, rows, i, out);
        if (drain && out.size() > drain_size) drain(out);
      }
      if (rows.count < batch_size_) return count;
    }
  }

  bool is_hidden(const Level& level, int flag, const database::Cursor& cursor) const {
    return flag >= 0 && cursor.cell(static_cast<int>(level.selected.size()) + flag).to_integer() == 0;
  }

  static void write_key(const std::string& json_key, std::string& out) {
    if (out.back() != '{') out += ',';
    out += json_key;
  }

  void write_columns(const Level& level, const std::vector<Column>& columns, const database::Cursor& cursor,
                     std::string& out) const {
    for (const auto& column : columns) {
      write_key(column.json_key, out);
      if (is_hidden(level, column.shown_by, cursor)) {
        out += "null";
      } else {
        write_value(out, cursor.cell(column.selected), column.output, dialect_.vendor());
      }
    }
  }

  // Writes the current row as far as it is known already, and says where each of its pieces ends.
  void write_pieces(const Level& level, const database::Cursor& cursor, std::string& out,
                    std::vector<std::size_t>& ends) const {
    if (level.keys_only) {
      const auto& key = level.columns.front();
      write_value(out, cursor.cell(key.selected), key.output, dialect_.vendor());
    } else {
      out += '{';
      write_columns(level, level.columns, cursor, out);
      for (const auto& child : level.children) {
        write_key(child.json_key, out);
        if (child.is_joined) {
          write_joined(level, child, cursor, out);
        } else {
          ends.push_back(out.size());
        }
      }
      write_columns(level, level.trailing_columns, cursor, out);
      out += '}';
    }
    ends.push_back(out.size());
  }

  void write_joined(const Level& level, const Child& child, const database::Cursor& cursor, std::string& out) const {
    const auto& joined = *child.levels.front();
    if (is_hidden(level, child.shown_by, cursor) || cursor.cell(joined.match).is_null()) {
      out += "null";
      return;
    }
    out += '{';
    write_columns(joined, joined.columns, cursor, out);
    write_columns(joined, joined.trailing_columns, cursor, out);
    out += '}';
  }

  // Reads as many rows as are read at once, and all that lies below them.
  LevelRows read(const Level& level, database::Cursor& cursor) {
    LevelRows rows(level);
    while (rows.count < batch_size_ && cursor.next()) add_row(level, cursor, rows);
    read_relations(rows);
    return rows;
  }

  void add_row(const Level& level, const database::Cursor& cursor, LevelRows& rows) const {
    write_pieces(level, cursor, rows.text, rows.ends);
    auto relation = rows.relations.begin();
    for (const auto& child : level.children) {
      if (!child.is_joined) rows.links.push_back(link_of(level, child, cursor, *relation++));
    }
    ++rows.count;
  }

  Link link_of(const Level& level, const Child& child, const database::Cursor& cursor,
               std::vector<Related>& levels) const {
    Link link;
    link.is_shown = !is_hidden(level, child.shown_by, cursor);
    if (!link.is_shown) return link;
    if (child.kind == Child::Kind::any_to_one) {
      const auto name = cursor.cell(child.parent_collection).text;
      const auto found = std::find(child.collections.begin(), child.collections.end(), name);
      if (found == child.collections.end()) return link;
      link.level = static_cast<std::size_t>(found - child.collections.begin());
    }
    link.key = levels[link.level].keys.add(cursor.cell(child.parent_key));
    return link;
  }

  void read_relations(LevelRows& rows) {
    for (auto& levels : rows.relations) {
      for (auto& related : levels) {
        if (related.keys.size() > 0) read_related(related);
      }
    }
  }

  void read_related(Related& related) {
    const auto& level = *related.level;
    auto keys = related.keys.values();
    if (related.child->kind == Child::Kind::any_to_one) convert_keys(keys, level);
    const bool may_cut = may_be_cut_by_reader(level, keys.size(), dialect_) && !long_lists_.contains(&level);
    if (!may_cut || !read_rows(related, keys, Cut::by_reader)) {
      if (may_cut) long_lists_.insert(&level);
      read_rows(related, keys, Cut::by_database);
    }
    read_relations(related.rows);
  }

  // The item of an any-to-one relation is a text, whatever the key's type is; what does not fit finds nothing.
  static void convert_keys(std::vector<Value>& keys, const Level& level) {
    const auto& key_field = level.collection->key_field();
    std::erase_if(keys, [&](Value& key) {
      const auto* text = std::get_if<std::string>(&key);
      if (text == nullptr) return false;
      const auto literal = key_literal(json::string(*text), key_field);
      if (!literal) return true;
      if (const auto* whole = std::get_if<std::int64_t>(&*literal)) key = *whole;
      return false;
    });
  }

  // False, and nothing is of use, where there are more rows than are cut here.
  bool read_rows(Related& related, std::span<const Value> keys, Cut cut) const {
    const auto& level = *related.level;
    related.start();
    for (std::size_t start = 0; start < keys.size(); start += batch_size_) {
      const auto batch = keys.subspan(start, std::min(batch_size_, keys.size() - start));
      const auto sql = child_statement(level, batch, cut, dialect_);
      const auto cursor = connection_.query(sql.text, sql.parameters);
      for (std::size_t count = 0; cursor->next(); ++count) {
        if (cut == Cut::by_reader && count == most_rows_cut_by_reader(dialect_)) return false;
        const auto parent = related.keys.find(cursor->cell(level.match));
        if (parent == KeyTable::none) continue;
        auto& chain = related.chains[parent];
        if (cut == Cut::by_reader && !lies_in(level.window, chain.seen++)) continue;
        related.append_to(chain);
        add_row(level, *cursor, related.rows);
      }
    }
    return true;
  }

  void write_row(const Level& level, const LevelRows& rows, std::size_t index, std::string& out) const {
    const auto relations = rows.relations.size();
    auto piece = index * (relations + 1);
    auto link = rows.links.begin() + static_cast<std::ptrdiff_t>(index * relations);
    auto start = piece == 0 ? 0 : rows.ends[piece - 1];
    auto relation = rows.relations.begin();
    for (const auto& child : level.children) {
      if (child.is_joined) continue;
      out.append(rows.text, start, rows.ends[piece] - start);
      start = rows.ends[piece++];
      write_related(child, *link++, *relation++, out);
    }
    out.append(rows.text, start, rows.ends[piece] - start);
  }

  void write_related(const Child& child, const Link& link, const std::vector<Related>& levels, std::string& out) const {
    const bool is_list = child.kind == Child::Kind::to_many;
    if (link.key == KeyTable::none) {
      out += is_list && link.is_shown ? "[]" : "null";
      return;
    }
    const auto& related = levels[link.level];
    auto row = related.chains[link.key].first;
    if (!is_list) {
      row == Related::no_row ? void(out += "null") : write_row(*related.level, related.rows, row, out);
      return;
    }
    out += '[';
    for (bool first = true; row != Related::no_row; row = related.next[row], first = false) {
      if (!first) out += ',';
      write_row(*related.level, related.rows, row, out);
    }
    out += ']';
  }

  Connection& connection_;
  const Dialect& dialect_;
  std::size_t batch_size_;
  std::set<const Level*> long_lists_;  // levels with more rows than are cut here
};

}  // namespace

bool may_be_large(const Plan& plan) {
  const auto limit = plan.root.window.limit;
  return !plan.is_single && (limit < 0 || limit > 10'000);
}

std::size_t run(const Plan& plan, Connection& connection, const Dialect& dialect, const QueryLimits& limits,
                std::string& out, const Drain& drain) {
  if (plan.is_single) return Runner(connection, dialect, limits.batch_size).run_single(plan.root, plan.key, out);
  if (plan.root.window.limit == 0) {
    out += "[]";
    return 0;
  }
  // Batches of what is streamed stay small: each is held in memory with everything below it.
  const auto batch_size = drain ? std::min(limits.batch_size, streamed_batch) : limits.batch_size;
  return Runner(connection, dialect, batch_size).run_list(plan.root, may_be_large(plan), out, drain);
}

std::size_t run_item(const Plan& plan, const Literal& key, Connection& connection, const Dialect& dialect,
                     const QueryLimits& limits, std::string& out) {
  return Runner(connection, dialect, limits.batch_size).run_single(plan.root, key, out);
}

std::int64_t run_count(const Scope& scope, Connection& connection, const Dialect& dialect) {
  const auto sql = count_statement(scope, dialect);
  const auto cursor = connection.query(sql.text, sql.parameters);
  return cursor->next() ? cursor->cell(0).to_integer() : 0;
}

}  // namespace ashlar::query
