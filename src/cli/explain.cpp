// ashlar explain access: who may do what with a collection, and why.
#include <fmt/format.h>

#include <stdexcept>

#include "api/app.h"
#include "base/json_writer.h"
#include "cli/command.h"
#include "cli/options.h"
#include "system/explain.h"

namespace ashlar::cli {

int explain_access(Arguments arguments) {
  system::AccessQuestion question{.user = option(arguments, "--user"),
                                  .role = option(arguments, "--role"),
                                  .collection = required_option(arguments, "--collection"),
                                  .ip = option(arguments, "--ip").value_or("")};
  if (int{question.user.has_value()} + int{question.role.has_value()} + int{has_flag(arguments, "--public")} != 1) {
    throw std::runtime_error("say about whom: --user EMAIL, --role NAME or --public");
  }
  const auto name = option(arguments, "--action").value_or("read");
  const auto action = access::action_from_name(name);
  if (!action) throw std::runtime_error("--action is one of create, read, update, delete and share");
  question.action = *action;
  const auto settings = load_settings();
  api::App app(settings);
  const auto explanation = system::explain_access(app.services, question);
  if (has_flag(arguments, "--json")) {
    std::string text;
    write_json(text, explanation);
    fmt::print("{}\n", text);
  } else {
    fmt::print("{}", system::explanation_text(explanation));
  }
  return 0;
}

}  // namespace ashlar::cli
