// /ashlar/access/explain: for administrators, why somebody may do what he may do.
#include "system/explain.h"

#include "api/call.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/text.h"

namespace ashlar::api {
namespace {

std::optional<std::string> parameter(const Call& call, std::string_view name) {
  const auto* value = call.parameters.if_contains(name);
  if (value == nullptr || as_text(*value) == "") return std::nullopt;
  return to_text(*value);
}

http::Response explain(Call& call) {
  call.require_admin();
  system::AccessQuestion question{.user = parameter(call, "user"),
                                  .role = parameter(call, "role"),
                                  .collection = parameter(call, "collection").value_or(""),
                                  .ip = parameter(call, "ip").value_or("")};
  if (question.collection.empty()) throw ApiError::invalid_query("\"collection\" is required.");
  if (question.user && question.role) throw ApiError::invalid_query("Ask about a \"user\" or a \"role\".");
  const auto action = access::action_from_name(parameter(call, "action").value_or("read"));
  if (!action) throw ApiError::invalid_query("\"action\" is one of create, read, update, delete and share.");
  question.action = *action;
  return data_answer(system::explain_access(call.app.services, question));
}

}  // namespace

void explain_routes(http::Router& router, App& app) { router.get("/ashlar/access/explain", with_call(app, explain)); }

}  // namespace ashlar::api
