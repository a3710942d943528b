#include "bus/postgres_messages.h"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "base/log.h"
#include "base/random.h"
#include "database/postgres/session.h"

namespace ashlar::bus {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view server_channel = "ashlar_bus";
constexpr std::size_t self_length = 12;
constexpr std::size_t most_bytes = 7900;     // the server's limit is 8000
constexpr milliseconds pause{1000};          // between tries to connect
constexpr milliseconds longest_echo{500};    // the way of a message to the server and back
constexpr milliseconds until_asked{60'000};  // a server that vanished is noticed by sending something

struct FreeNotice {
  void operator()(PGnotify* notice) const { PQfreemem(notice); }
};

void run(PGconn* connection, const std::string& sql) {
  const database::postgres::Result result(PQexec(connection, sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(PQerrorMessage(connection));
}

}  // namespace

PostgresMessages::PostgresMessages(const config::DatabaseSettings& settings, database::Database& database)
    : settings_(settings), database_(database), self_(random_token(self_length)) {
  thread_ = std::thread([this] { listen(); });
}

PostgresMessages::~PostgresMessages() {
  wakeup_.stop();
  thread_.join();
}

// The text sent: who sent it, the number of the message with him, a blank, the channel, a line feed, the message.
bool PostgresMessages::publish(std::string_view channel, std::string_view message) {
  subscribers_.deliver(channel, message);
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(echo_mutex_);
    number = ++sent_;
  }
  const auto payload = fmt::format("{}{} {}\n{}", self_, number, channel, message);
  if (payload.size() > most_bytes) {
    log::warn("A message of {} bytes on {} is too long for PostgreSQL: other processes do not get it", message.size(),
              channel);
    return false;
  }
  try {
    const auto connection = database_.writer();
    const database::Value parameters[] = {std::string(server_channel), payload};
    connection->execute("select pg_notify($1, $2)", parameters);
  } catch (const std::exception& error) {
    log::warn("Other processes could not be told of {}: {}", channel, error.what());
    return false;
  }
  std::unique_lock lock(echo_mutex_);
  echoed_.wait_for(lock, longest_echo, [&] { return received_ >= number || !is_listening_; });
  return true;
}

void PostgresMessages::set_listening(bool listening) {
  const std::lock_guard lock(echo_mutex_);
  is_listening_ = listening;
  if (!listening) echoed_.notify_all();
}

void PostgresMessages::listen() {
  bool is_away = false;
  while (wakeup_.wait(-1, milliseconds(0)) != Wakeup::Woken::stopped) {
    try {
      const auto session = database::postgres::open_session(settings_);
      auto* connection = session.get();
      run(connection, fmt::format("listen {}", server_channel));
      set_listening(true);
      if (is_away) log::info("Messages of other processes come in again over PostgreSQL");
      is_away = false;
      // Also after the first time: something may have happened between the start of the process and now.
      subscribers_.report_gap();
      for (;;) {
        const auto woken = wakeup_.wait(PQsocket(connection), until_asked);
        if (woken == Wakeup::Woken::stopped) return;
        if (woken == Wakeup::Woken::time_over) run(connection, "select 1");
        if (PQconsumeInput(connection) == 0) throw std::runtime_error(PQerrorMessage(connection));
        while (const auto notice = std::unique_ptr<PGnotify, FreeNotice>(PQnotifies(connection))) take(notice->extra);
      }
    } catch (const std::exception& error) {
      set_listening(false);
      if (!is_away) log::warn("No messages of other processes over PostgreSQL for now: {}", error.what());
      is_away = true;
    }
    if (wakeup_.wait(-1, pause) == Wakeup::Woken::stopped) return;
  }
}

void PostgresMessages::take(std::string_view payload) {
  const auto blank = payload.find(' '), line = payload.find('\n');
  if (blank == std::string_view::npos || line == std::string_view::npos || blank < self_length || line < blank) return;
  if (!payload.starts_with(self_)) {
    subscribers_.deliver(payload.substr(blank + 1, line - blank - 1), payload.substr(line + 1));
    return;
  }
  std::uint64_t number = 0;
  std::from_chars(payload.data() + self_length, payload.data() + blank, number);
  const std::lock_guard lock(echo_mutex_);
  received_ = std::max(received_, number);
  echoed_.notify_all();
}

}  // namespace ashlar::bus
