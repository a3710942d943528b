// Commands of a few lines: count, cache, types, security, docs.
#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "base/random.h"
#include "cli/command.h"
#include "config/markdown.h"
#include "system/typescript.h"

namespace ashlar::cli {

int count_items(Arguments arguments) {
  if (arguments.empty()) throw std::runtime_error("name the collection: ashlar count <collection>");
  const auto settings = load_settings();
  api::App app(settings);
  if (app.schemas.current()->collection(arguments[0]) == nullptr) {
    throw std::runtime_error(fmt::format("there is no collection \"{}\"", arguments[0]));
  }
  database::SqlText sql(app.database.dialect());
  sql << "select count(*) from ";
  sql.name(arguments[0]);
  const auto connection = app.database.reader();
  const auto cursor = connection->query(sql.text);
  cursor->next();
  fmt::print("{}\n", cursor->cell(0).to_integer());
  return 0;
}

int clear_cache(Arguments arguments) {
  const auto settings = load_settings();
  if (settings.cache.store != "redis") {
    fmt::print("There is nothing to clear: only with CACHE_STORE=redis do caches outlive the process.\n");
    return 0;
  }
  api::App app(settings);
  const bool all = !has_flag(arguments, "--system") && !has_flag(arguments, "--data");
  if (all || has_flag(arguments, "--data")) app.bus.store("redis", settings.cache.name_space)->clear({});
  if (all || has_flag(arguments, "--system")) app.forget_all();
  fmt::print("Cleared.\n");
  return 0;
}

int print_types(Arguments) {
  const auto settings = load_settings();
  api::App app(settings);
  fmt::print("{}", system::typescript_types(*app.schemas.current(), app.database.dialect().vendor()));
  return 0;
}

int generate_key(Arguments) {
  fmt::print("{}\n", random_uuid());
  return 0;
}

int generate_secret(Arguments) {
  fmt::print("{}\n", random_token(32));
  return 0;
}

int print_settings_page(Arguments) {
  fmt::print("{}", config::settings_markdown());
  return 0;
}

}  // namespace ashlar::cli
