// ashlar backup create, list, verify, restore, export.
#include "backup/backup.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "base/json_writer.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/migrations.h"
#include "cli/progress.h"

namespace ashlar::cli {
namespace {

// Set by a signal, which can reach nothing else.
std::atomic<bool> is_interrupted = false;

// What all of these commands need. Ctrl+C ends the work at hand, which then leaves nothing behind.
struct Session {
  config::Settings settings = load_settings();
  net::HttpClient client;
  storage::Locations locations{settings.files.locations, client};
  Progress progress;
  backup::Context context{settings, locations, {}};

  Session() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      // What nohup ignores stays ignored.
      if (std::signal(signal, [](int) { is_interrupted = true; }) == SIG_IGN) std::signal(signal, SIG_IGN);
    }
    std::signal(SIGPIPE, SIG_IGN);  // a child that ends early tells why itself
    context.watch.show = [this](auto what, auto done, auto total) { progress.show(what, done, total); };
    context.watch.go_on = [] { return !is_interrupted; };
  }
};

// The arguments that are no options; as many as that.
std::vector<std::string> words(Arguments arguments, std::size_t least, std::size_t most, std::string_view usage) {
  std::vector<std::string> found;
  for (const auto& argument : arguments) {
    if (!argument.starts_with('-')) found.push_back(argument);
  }
  if (found.size() < least || found.size() > most) throw std::runtime_error(fmt::format("usage: ashlar {}", usage));
  return found;
}

std::string files_text(std::uint64_t files, std::uint64_t bytes) {
  return fmt::format("{} {} ({})", files, files == 1 ? "file" : "files", printed_size(bytes));
}

json::object entry_json(const backup::Entry& entry) {
  json::object object{{"name", entry.name},
                      {"created", format_timestamp(entry.moment)},
                      {"size", entry.size},
                      {"encrypted", entry.is_encrypted},
                      {"readable", entry.about.has_value()}};
  if (const auto& about = entry.about) {
    object["database"] = json::object{{"client", about->client}, {"version", about->version}};
    object["files"] = !about->locations.empty();
    object["made_by"] = about->made_by;
  }
  return object;
}

}  // namespace

int backup_create(Arguments arguments) {
  words(arguments, 0, 0, "backup create [--files]");
  Session session;
  const auto made = backup::create(session.context, has_flag(arguments, "--files"));
  session.progress.clear();
  auto text = made.rows ? backup::describe(*made.rows) : std::string("the database");
  if (has_flag(arguments, "--files")) text += ", " + files_text(made.files, made.file_bytes);
  fmt::print(stderr, "Made a backup of {}: {} in the storage location {}.\n", text, printed_size(made.size),
             session.settings.backup.storage);
  if (made.missing > 0) {
    fmt::print(stderr, "{} files were deleted before the backup came to them.\n", made.missing);
  }
  for (const auto& name : made.removed) fmt::print(stderr, "Removed the older backup {}.\n", name);
  fmt::print("{}\n", made.name);
  return 0;
}

int backup_list(Arguments arguments) {
  words(arguments, 0, 0, "backup list [--json]");
  Session session;
  const auto entries = backup::list(session.context);
  if (has_flag(arguments, "--json")) {
    json::array all;
    for (const auto& entry : entries) all.push_back(entry_json(entry));
    std::string text;
    write_json(text, json::value(std::move(all)));
    fmt::print("{}\n", text);
    return 0;
  }
  if (entries.empty()) {
    fmt::print(stderr, "There are no backups in the storage location {}.\n", session.settings.backup.storage);
    return 0;
  }
  fmt::print("{:<29}  {:<20}  {:>10}  {:<16}  {:<8}  {}\n", "NAME", "TIME (UTC)", "SIZE", "DATABASE", "FILES",
             "ENCRYPTED");
  for (const auto& entry : entries) {
    const auto& about = entry.about;
    const auto database = about ? fmt::format("{} {}", about->client, about->version.substr(0, 9)) : "unreadable";
    fmt::print("{:<29}  {:<20}  {:>10}  {:<16}  {:<8}  {}\n", entry.name, format_date_time(civil_utc(entry.moment)),
               printed_size(entry.size), database,
               !about                     ? "?"
               : about->locations.empty() ? "no"
                                          : "yes",
               entry.is_encrypted ? "yes" : "no");
  }
  return 0;
}

int backup_verify(Arguments arguments) {
  const auto given = words(arguments, 1, 1, "backup verify <name>").front();
  Session session;
  const auto name = backup::resolve(session.context, given);
  const auto verified = [&] {
    try {
      return backup::verify(session.context, name);
    } catch (const backup::Damaged& error) {
      session.progress.clear();
      throw std::runtime_error(fmt::format("{}: {}", name, error.what()));
    }
  }();
  session.progress.clear();
  const auto rows = verified.rows ? ", " + backup::describe(*verified.rows) : std::string();
  fmt::print("{} is whole: {} of {}{}, {} {}.\n", name, printed_size(verified.bytes), verified.about.client, rows,
             verified.files, verified.files == 1 ? "file" : "files");
  if (verified.remark) fmt::print("{}\n", *verified.remark);
  return 0;
}

int backup_restore(Arguments arguments) {
  const auto given = words(arguments, 1, 1, "backup restore [--force] [--without-files] <name>").front();
  Session session;
  const auto name = backup::resolve(session.context, given);
  const backup::RestoreOptions options{!has_flag(arguments, "--without-files"), has_flag(arguments, "--force")};
  const auto restored = [&] {
    try {
      return backup::restore(session.context, name, options);
    } catch (const std::exception& error) {
      session.progress.clear();
      throw std::runtime_error(fmt::format("{}: {}", name, error.what()));
    }
  }();
  session.progress.clear();
  // Other processes may keep answers and rights of the old state, in Redis.
  try {
    tell_of_migrations(session.settings);
  } catch (const std::exception& error) {
    log::warn("Caches could not be told of it: {}", error.what());
  }
  fmt::print(stderr, "Restored {}: {}, {}.\n", name, restored.rows ? backup::describe(*restored.rows) : "the database",
             files_text(restored.files, restored.file_bytes));
  return 0;
}

int backup_export(Arguments arguments) {
  const auto given = words(arguments, 1, 2, "backup export <name> [path]");
  Session session;
  const auto name = backup::resolve(session.context, given.front());
  if (given.size() == 1) {
    backup::export_archive(session.context, name, [](std::string_view piece) {
      if (std::fwrite(piece.data(), 1, piece.size(), stdout) != piece.size()) {
        throw std::runtime_error("can't write to standard output");
      }
    });
    if (std::fflush(stdout) != 0) throw std::runtime_error("can't write to standard output");
    return 0;
  }
  std::ofstream file(given[1], std::ios::binary | std::ios::trunc);
  backup::export_archive(session.context, name, [&](std::string_view piece) {
    if (!file.write(piece.data(), static_cast<std::streamsize>(piece.size()))) {
      throw std::runtime_error("can't write " + given[1]);
    }
  });
  if (!file.flush()) throw std::runtime_error("can't write " + given[1]);
  return 0;
}

}  // namespace ashlar::cli
