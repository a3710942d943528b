#include "query/run.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "query/output.h"
#include "query/sql.h"

namespace ashlar::query {
namespace {

using database::Cell;
using database::Connection;
using database::Dialect;
using database::Value;

constexpr std::size_t drain_size = 256 * 1024;
constexpr std::size_t streamed_batch = 2000;

struct LevelRows;

// The rows of a child, found by the key of their parent.
struct ChildRows {
  std::vector<LevelRows> levels;  // as Child::levels
};

// The rows of a level, as pieces of JSON: what stands before the relations of a row, and what stands after them.
struct LevelRows {
  std::string text;
  struct Row {
    std::size_t start, middle, end;
  };
  std::vector<Row> rows;
  std::size_t keys_per_row = 0;
  std::vector<std::string> key_texts;  // `keys_per_row` for each row
  std::vector<Value> key_values;       // the same, to be bound
  std::vector<ChildRows> children;

  // Below the root: the rows of each parent by the text of its key, chained in their order.
  static constexpr std::uint32_t no_row = UINT32_MAX;
  struct Chain {
    std::uint32_t first, last;
  };
  std::unordered_map<std::string_view, Chain> by_parent;  // the texts are those in `key_texts`
  std::vector<std::uint32_t> next;

  void index_by_parent() {
    next.assign(rows.size(), no_row);
    by_parent.reserve(rows.size());
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      const auto [chain, is_new] = by_parent.try_emplace(key_texts[row * keys_per_row], Chain{row, row});
      if (is_new) continue;
      next[chain->second.last] = row;
      chain->second.last = row;
    }
  }

  std::uint32_t first_of(std::string_view parent) const {
    const auto found = by_parent.find(parent);
    return found == by_parent.end() ? no_row : found->second.first;
  }
};

// Says which rows lie in the window of their parent, where rows come parent by parent.
class WindowCutter {
 public:
  explicit WindowCutter(const Window& window) : window_(window) {}

  bool keeps(const Cell& parent) {
    if (count_ == 0 || !is_same(parent)) {
      integer_ = parent.integer;
      real_ = parent.real;
      text_ = parent.text;
      count_ = 0;
    }
    const auto place = count_++;
    return place >= window_.offset && (window_.limit < 0 || place < window_.offset + window_.limit);
  }

 private:
  bool is_same(const Cell& parent) const {
    return parent.integer == integer_ && parent.real == real_ && parent.text == text_;
  }

  const Window& window_;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::int64_t count_ = 0;
};

// Which selected columns of a level its children are found by; the match column first where there is one.
std::vector<int> key_columns(const Level& level) {
  std::vector<int> columns;
  if (level.match >= 0) columns.push_back(level.match);
  for (const auto& child : level.children) {
    columns.push_back(child.parent_key);
    if (child.parent_collection >= 0) columns.push_back(child.parent_collection);
    if (child.shown_by >= 0) columns.push_back(static_cast<int>(level.selected.size()) + child.shown_by);
  }
  return columns;
}

class Runner {
 public:
  Runner(Connection& connection, const Dialect& dialect, std::size_t batch_size)
      : connection_(connection), dialect_(dialect), batch_size_(std::max<std::size_t>(batch_size, 1)) {}

  // An item by its key, or a singleton where there is no key.
  std::size_t run_single(const Level& level, const std::optional<Literal>& key, std::string& out) {
    const auto sql = root_statement(level, key, dialect_);
    auto rows = read(level, *connection_.query(sql.text, sql.parameters), batch_size_);
    read_children(level, rows);
    rows.rows.empty() ? void(out += "null") : write_row(level, rows, 0, out);
    return rows.rows.size();
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
    while (cursor.next()) {
      if (count++ > 0) out += ',';
      write_before(level, cursor, out);
      write_after(level, cursor, out);
      close(level, out);
      if (drain && out.size() > drain_size) drain(out);
    }
    return count;
  }

  std::size_t write_nested(const Level& level, database::Cursor& cursor, std::string& out, const Drain& drain) {
    std::size_t count = 0;
    for (;;) {
      auto rows = read(level, cursor, batch_size_);
      read_children(level, rows);
      for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (count++ > 0) out += ',';
        write_row(level, rows, i, out);
        if (drain && out.size() > drain_size) drain(out);
      }
      if (rows.rows.size() < batch_size_) return count;
    }
  }

  bool is_hidden(const Level& level, int flag, const database::Cursor& cursor) const {
    return flag >= 0 && cursor.cell(static_cast<int>(level.selected.size()) + flag).to_integer() == 0;
  }

  void write_columns(const Level& level, const std::vector<Column>& columns, const database::Cursor& cursor,
                     std::string& out) const {
    for (const auto& column : columns) {
      if (out.back() != '{') out += ',';
      out += column.json_key;
      if (is_hidden(level, column.shown_by, cursor)) {
        out += "null";
      } else {
        write_value(out, cursor.cell(column.selected), column.output, dialect_.vendor());
      }
    }
  }

  void write_before(const Level& level, const database::Cursor& cursor, std::string& out) const {
    if (level.keys_only) {
      const auto& key = level.columns.front();
      write_value(out, cursor.cell(key.selected), key.output, dialect_.vendor());
      return;
    }
    out += '{';
    write_columns(level, level.columns, cursor, out);
  }

  void write_after(const Level& level, const database::Cursor& cursor, std::string& out) const {
    for (const auto& column : level.trailing_columns) {
      // Separated from whatever stands before: the caller knows whether anything does.
      const bool first = level.columns.empty() && level.children.empty() && &column == &level.trailing_columns.front();
      if (!first) out += ',';
      out += column.json_key;
      if (is_hidden(level, column.shown_by, cursor)) {
        out += "null";
      } else {
        write_value(out, cursor.cell(column.selected), column.output, dialect_.vendor());
      }
    }
  }

  static void close(const Level& level, std::string& out) {
    if (!level.keys_only) out += '}';
  }

  // Reads up to `limit` rows.
  LevelRows read(const Level& level, database::Cursor& cursor, std::size_t limit,
                 WindowCutter* cutter = nullptr) const {
    LevelRows rows;
    const auto columns = key_columns(level);
    rows.keys_per_row = columns.size();
    while (rows.rows.size() < limit && cursor.next()) {
      if (cutter != nullptr && !cutter->keeps(cursor.cell(level.match))) continue;
      LevelRows::Row row{};
      row.start = rows.text.size();
      write_before(level, cursor, rows.text);
      row.middle = rows.text.size();
      write_after(level, cursor, rows.text);
      row.end = rows.text.size();
      rows.rows.push_back(row);
      for (const int column : columns) {
        const auto cell = cursor.cell(column);
        rows.key_texts.push_back(cell.to_string());
        rows.key_values.push_back(cell.to_value());
      }
    }
    return rows;
  }

  void read_children(const Level& level, LevelRows& rows) {
    std::size_t column = level.match >= 0 ? 1 : 0;
    for (const auto& child : level.children) {
      rows.children.push_back(read_child(child, rows, column));
      column += 1 + (child.parent_collection >= 0) + (child.shown_by >= 0);
    }
  }

  ChildRows read_child(const Child& child, const LevelRows& parents, std::size_t column) {
    ChildRows result;
    for (std::size_t i = 0; i < child.levels.size(); ++i) {
      // The distinct keys of the parents, those of one collection where there are several.
      std::vector<Value> keys;
      std::unordered_set<std::string_view> seen;
      keys.reserve(parents.rows.size());
      seen.reserve(parents.rows.size());
      for (std::size_t row = 0; row < parents.rows.size(); ++row) {
        const auto at = row * parents.keys_per_row + column;
        if (std::holds_alternative<std::monostate>(parents.key_values[at])) continue;
        if (child.kind == Child::Kind::any_to_one && parents.key_texts[at + 1] != child.collections[i]) continue;
        if (seen.insert(parents.key_texts[at]).second) keys.push_back(parents.key_values[at]);
      }
      auto& rows = result.levels.emplace_back();
      if (keys.empty()) continue;
      const auto& level = *child.levels[i];
      if (child.kind == Child::Kind::any_to_one) convert_keys(keys, level);
      rows = read_level(level, keys);
    }
    return result;
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

  LevelRows read_level(const Level& level, const std::vector<Value>& keys) {
    LevelRows all;
    for (std::size_t start = 0; start < keys.size(); start += batch_size_) {
      const auto count = std::min(batch_size_, keys.size() - start);
      const auto sql = child_statement(level, {keys.data() + start, count}, dialect_);
      const auto cursor = connection_.query(sql.text, sql.parameters);
      WindowCutter cutter(level.window);
      const bool cuts = is_cut_by_reader(level, dialect_);
      auto rows = read(level, *cursor, static_cast<std::size_t>(-1), cuts ? &cutter : nullptr);
      append(all, std::move(rows));
    }
    read_children(level, all);
    all.index_by_parent();
    return all;
  }

  static void append(LevelRows& all, LevelRows&& more) {
    if (all.rows.empty()) {
      all = std::move(more);
      return;
    }
    const auto shift = all.text.size();
    all.text += more.text;
    for (auto row : more.rows) all.rows.push_back({row.start + shift, row.middle + shift, row.end + shift});
    std::move(more.key_texts.begin(), more.key_texts.end(), std::back_inserter(all.key_texts));
    std::move(more.key_values.begin(), more.key_values.end(), std::back_inserter(all.key_values));
  }

  void write_row(const Level& level, const LevelRows& rows, std::size_t index, std::string& out) const {
    const auto& row = rows.rows[index];
    out.append(rows.text, row.start, row.middle - row.start);
    std::size_t column = index * rows.keys_per_row + (level.match >= 0 ? 1 : 0);
    for (std::size_t i = 0; i < level.children.size(); ++i) {
      const auto& child = level.children[i];
      if (out.back() != '{') out += ',';
      out += child.json_key;
      const auto flag = column + 1 + (child.parent_collection >= 0);
      if (child.shown_by >= 0 && rows.key_texts[flag] == "0") {
        out += "null";
      } else {
        write_child(child, rows.children[i], rows, column, out);
      }
      column = flag + (child.shown_by >= 0);
    }
    out.append(rows.text, row.middle, row.end - row.middle);
    close(level, out);
  }

  void write_child(const Child& child, const ChildRows& found, const LevelRows& parents, std::size_t column,
                   std::string& out) const {
    std::size_t which = 0;
    if (child.kind == Child::Kind::any_to_one) {
      const auto& name = parents.key_texts[column + 1];
      const auto at = std::find(child.collections.begin(), child.collections.end(), name);
      if (at == child.collections.end()) {
        out += "null";
        return;
      }
      which = static_cast<std::size_t>(at - child.collections.begin());
    }
    const auto& level = *child.levels[which];
    const auto& rows = found.levels[which];
    auto row = rows.first_of(parents.key_texts[column]);
    if (child.kind != Child::Kind::to_many) {
      row == LevelRows::no_row ? void(out += "null") : write_row(level, rows, row, out);
      return;
    }
    out += '[';
    for (bool first = true; row != LevelRows::no_row; row = rows.next[row], first = false) {
      if (!first) out += ',';
      write_row(level, rows, row, out);
    }
    out += ']';
  }

  Connection& connection_;
  const Dialect& dialect_;
  std::size_t batch_size_;
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
