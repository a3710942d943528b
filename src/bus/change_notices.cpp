#include "bus/change_notices.h"

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "database/sql_text.h"

namespace ashlar::bus {
namespace {

using database::SqlText;
using std::chrono::steady_clock;

constexpr std::string_view table = "ashlar_changes";
constexpr std::chrono::seconds between_looks{1};
constexpr std::array kinds{Kept::schema, Kept::permissions, Kept::files};

// The name of the channel, and of the row.
std::string_view name_of(Kept what) {
  switch (what) {
    case Kept::schema:
      return "schemaChanged";
    case Kept::permissions:
      return "permissionsChanged";
    case Kept::files:
      break;
  }
  return "filesChanged";
}

void make_table(database::Connection& connection, const database::Dialect& dialect) {
  SqlText sql(dialect);
  sql << "CREATE TABLE IF NOT EXISTS ";
  sql.name(table) << " (";
  sql.name("name") << " varchar(64) NOT NULL PRIMARY KEY, ";
  sql.name("version") << " bigint NOT NULL)";
  connection.run(sql.text);
}

// False where there is no such row.
bool add_one(database::Connection& connection, const database::Dialect& dialect, std::string_view name) {
  SqlText sql(dialect);
  sql << "UPDATE ";
  sql.name(table) << " SET ";
  sql.name("version") << " = ";
  sql.name("version") << " + 1 WHERE ";
  sql.name("name") << " = ";
  sql.bind(std::string(name));
  return connection.execute(sql.text, sql.parameters).rows > 0;
}

void add_row(database::Connection& connection, const database::Dialect& dialect, std::string_view name) {
  SqlText sql(dialect);
  sql << "INSERT INTO ";
  sql.name(table) << " (";
  sql.name("name") << ", ";
  sql.name("version") << ") VALUES (";
  sql.bind(std::string(name));
  sql << ", 1)";
  connection.execute(sql.text, sql.parameters);
}

}  // namespace

ChangeNotices::ChangeNotices(Messages& messages, database::Database& database)
    : messages_(messages), database_(database), self_(random_token(12)) {
  if (!messages.hears_others()) counts_ = read_counts();
  if (!messages.reaches_others()) return;
  for (const auto what : kinds) {
    auto& told = state(what).told;
    const auto hear = [this, &told](std::string_view teller) {
      if (teller != self_) ++told;
    };
    subscriptions_.at(static_cast<std::size_t>(what)) =
        messages.subscribe(std::string(name_of(what)), {.on_message = hear, .on_gap = [&told] { ++told; }});
  }
}

ChangeNotices::Counts ChangeNotices::read_counts() {
  Counts counts;
  SqlText sql(database_.dialect());
  sql << "SELECT ";
  sql.name("name") << ", ";
  sql.name("version") << " FROM ";
  sql.name(table);
  try {
    const auto connection = database_.reader();
    const auto rows = connection->query(sql.text, sql.parameters);
    while (rows->next()) counts[rows->cell(0).to_string()] = rows->cell(1).to_integer();
  } catch (const database::DatabaseError& error) {
    // Until the first change there is no such table; a database that is away is noticed by everybody else.
    log::debug("{}: {}", table, error.what());
  }
  return counts;
}

void ChangeNotices::count(std::string_view name) {
  const auto& dialect = database_.dialect();
  const auto connection = database_.writer();
  const auto is_counted = [&] {
    try {
      return add_one(*connection, dialect, name);
    } catch (const database::DatabaseError&) {
      make_table(*connection, dialect);
      return add_one(*connection, dialect, name);
    }
  };
  if (is_counted()) return;
  try {
    add_row(*connection, dialect, name);
  } catch (const database::DatabaseError&) {
    // Another process added it meanwhile.
    add_one(*connection, dialect, name);
  }
}

void ChangeNotices::announce(Kept what) {
  const auto name = name_of(what);
  const bool is_told = messages_.publish(name, self_);
  // Who does not hear may not be heard either: he may be cut off from those who look at the counts.
  if ((is_told && messages_.hears_others()) || what == Kept::files) return;
  try {
    count(name);
  } catch (const std::exception& error) {
    log::warn("Other processes on this database could not be told of a change: {}", error.what());
    return;
  }
  const std::lock_guard lock(counts_mutex_);
  ++counts_[std::string(name)];
}

void ChangeNotices::look() {
  if (messages_.hears_others()) return;
  const auto now = steady_clock::now();
  auto next = next_look_.load(std::memory_order_relaxed);
  if (now < next || !next_look_.compare_exchange_strong(next, now + between_looks)) return;
  auto counts = read_counts();
  if (counts.empty()) return;
  const std::lock_guard lock(counts_mutex_);
  for (const auto what : kinds) {
    const auto name = name_of(what);
    if (counts[std::string(name)] != counts_[std::string(name)]) ++state(what).told;
  }
  counts_ = std::move(counts);
}

bool ChangeNotices::is_current() const {
  if (!messages_.hears_others() && steady_clock::now() >= next_look_.load(std::memory_order_relaxed)) return false;
  return std::all_of(states_.begin(), states_.end(), [](const State& kept) { return kept.renewed == kept.told; });
}

void ChangeNotices::renew(Kept what, const std::function<void()>& read_anew) {
  auto& kept = state(what);
  if (kept.renewed == kept.told) return;
  const std::lock_guard lock(kept.renewing);
  const auto told = kept.told.load();
  if (kept.renewed == told) return;
  read_anew();
  kept.renewed = told;
}

}  // namespace ashlar::bus
