// Commands of a few lines: count, security, docs, cache.
#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "base/random.h"
#include "cli/command.h"
#include "config/markdown.h"

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
