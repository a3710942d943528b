// SQLite: pages are copied by its online backup, from the state that a reading transaction sees. In the journal mode of
// the server (WAL) that keeps nobody from writing.
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "backup/dump.h"
#include "base/log.h"
#include "base/random.h"
#include "database/sqlite/connection.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

using Handle = std::unique_ptr<sqlite3, database::sqlite::Close>;
using database::sqlite::Statement;

constexpr int pages_at_once = 2048;

[[noreturn]] void fail(sqlite3* handle, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", what, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)));
}

Handle open(const fs::path& file, int flags) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(opened);
  if (result != SQLITE_OK) fail(opened, file.string());
  sqlite3_busy_timeout(opened, 30'000);
  return handle;
}

void run(const Handle& handle, const char* sql) {
  if (sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle.get(), sql);
}

template <typename Row>
void query(const Handle& handle, const std::string& sql, const Row& row) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(handle.get(), sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK) fail(handle.get(), sql);
  const Statement statement(prepared);
  int result = SQLITE_ROW;
  while ((result = sqlite3_step(prepared)) == SQLITE_ROW) row(prepared);
  if (result != SQLITE_DONE) fail(handle.get(), sql);
}

std::string text_of(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string() : std::string(text);
}

Rows rows_of(const Handle& handle) {
  Rows rows;
  query(handle, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        [&](sqlite3_stmt* statement) { rows[text_of(statement, 0)] = 0; });
  for (auto& [name, count] : rows) {
    std::string quoted;
    for (const char character : name) quoted += character == '"' ? "\"\"" : std::string(1, character);
    query(handle, fmt::format("SELECT count(*) FROM \"{}\"", quoted),
          [&](sqlite3_stmt* statement) { count = sqlite3_column_int64(statement, 0); });
  }
  return rows;
}

// Copies the state that `from` sees in its open transaction, page by page.
void copy_pages(const Handle& from, const Handle& to, std::string_view what, const Watch& watch) {
  auto* backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
  if (backup == nullptr) fail(to.get(), "the backup can't begin");
  const std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> finish(backup, sqlite3_backup_finish);
  std::uint64_t page_size = 0;
  query(from, "PRAGMA page_size",
        [&](sqlite3_stmt* statement) { page_size = static_cast<std::uint64_t>(sqlite3_column_int64(statement, 0)); });
  for (int result = SQLITE_OK; result != SQLITE_DONE;) {
    result = sqlite3_backup_step(backup, pages_at_once);
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED) {
      sqlite3_sleep(20);
    } else if (result != SQLITE_OK && result != SQLITE_DONE) {
      throw std::runtime_error(fmt::format("the database can't be copied: {}", sqlite3_errstr(result)));
    }
    const auto total = static_cast<std::uint64_t>(sqlite3_backup_pagecount(backup)) * page_size;
    const auto left = static_cast<std::uint64_t>(sqlite3_backup_remaining(backup)) * page_size;
    watch.look(what, total - left, total);
  }
}

void sync(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) throw std::system_error(error, std::generic_category(), path.string());
}

class SqliteDump : public Dump {
 public:
  explicit SqliteDump(const std::string& file) {
    if (file.empty() || file == ":memory:") throw std::runtime_error("a database in memory has no backup");
    file_ = fs::weakly_canonical(fs::absolute(file));  // not the link that may lead there: it is renamed over
  }

  std::string version() override { return sqlite3_libversion(); }

  std::optional<Rows> take(const fs::path& file, const Watch& watch) override {
    const auto from = open(file_, SQLITE_OPEN_READWRITE);
    const auto to = open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    run(to, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
    // The state is that of the first read: whatever is written from here on is not in it, so no step begins anew.
    run(from, "PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_master");
    copy_pages(from, to, "database", watch);
    // One file that needs no others beside it.
    run(to, "PRAGMA journal_mode = DELETE");
    return rows_of(to);
  }

  Rows contents() override {
    if (!fs::exists(file_) || fs::file_size(file_) == 0) return {};
    return rows_of(open(file_, SQLITE_OPEN_READWRITE));
  }

  // While anybody has the file open, the journal mode can't be changed.
  void refuse_if_used() override {
    if (fs::exists(file_)) take_over();
  }

  void restore(const fs::path& file, const Watch& watch) override {
    // In the folder of the database: only there it can be renamed into its place.
    const auto aside = fs::path(file_.string() + ".restoring-" + random_token(8));
    try {
      copy_file(file, aside, watch);
      const auto old = fs::exists(file_) ? take_over() : Handle();
      keep_owner(aside);
      for (const auto* suffix : {"-journal", "-wal", "-shm"}) fs::remove(file_.string() + suffix);
      fs::rename(aside, file_);
    } catch (...) {
      std::error_code ignored;
      fs::remove(aside, ignored);
      throw;
    }
    sync(file_.parent_path(), O_RDONLY | O_DIRECTORY);
  }

 private:
  // Locks everybody out, with the write-ahead log written back and gone, until the connection is closed. None where the
  // file is no database any more, so that nobody can work on it.
  Handle take_over() const {
    auto handle = open(file_, SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(handle.get(), 500);
    const auto* const sql = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE";
    const int result = sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr);
    if (result == SQLITE_OK) return handle;
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED) {
      throw std::runtime_error(
          fmt::format("{} is in use: stop the server, and whatever else has it open, first", file_.string()));
    }
    if (result == SQLITE_NOTADB || result == SQLITE_CORRUPT) return {};
    fail(handle.get(), file_.string());
  }

  // The server may be another user than whoever restores.
  void keep_owner(const fs::path& to) const {
    struct stat status {};
    if (::stat(file_.c_str(), &status) != 0) return;
    if (::chown(to.c_str(), status.st_uid, status.st_gid) != 0 || ::chmod(to.c_str(), status.st_mode & 07777) != 0) {
      log::warn("{} has another owner or other rights than before", file_.string());
    }
  }

  static void copy_file(const fs::path& from, const fs::path& to, const Watch& watch) {
    const auto source = open(from, SQLITE_OPEN_READONLY);
    {
      const auto target = open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      run(target, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
      copy_pages(source, target, "restoring the database", watch);
    }
    sync(to, O_RDONLY);
  }

  fs::path file_;
};

}  // namespace

std::unique_ptr<Dump> make_sqlite_dump(const config::DatabaseSettings& settings) {
  return std::make_unique<SqliteDump>(settings.filename);
}

void check_sqlite_dump(const fs::path& file, const std::optional<Rows>& rows, const Watch& watch) {
  const auto handle = open(file, SQLITE_OPEN_READONLY);
  const auto look = [](void* context) -> int {
    const auto& go_on = static_cast<const Watch*>(context)->go_on;
    return go_on && !go_on() ? 1 : 0;
  };
  sqlite3_progress_handler(handle.get(), 100'000, look, const_cast<Watch*>(&watch));
  try {
    std::string problem;
    query(handle, "PRAGMA integrity_check(1)", [&](sqlite3_stmt* statement) { problem = text_of(statement, 0); });
    if (problem != "ok") throw Damaged("its database is damaged: " + problem);
    if (rows && rows_of(handle) != *rows) throw Damaged("its database has other rows than its manifest says");
  } catch (const Damaged&) {
    throw;
  } catch (const std::runtime_error& error) {
    watch.look("database", 0);
    throw Damaged(fmt::format("its database is damaged: {}", error.what()));
  }
}

}  // namespace ashlar::backup
