// /server/specs/oas: the API described as the caller may use it.
#include "api/call.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "system/openapi.h"

namespace ashlar::api {
namespace {

std::string url_of(const Call& call) {
  const auto& url = call.app.settings.server.public_url;
  return url == "/" ? "http://" + std::string(call.request.header("host")) : url;
}

http::Response oas(Call& call) {
  const auto permissions = call.app.access.permissions(call.who);
  std::string text;
  write_json(text, system::openapi(*call.app.schemas.current(), call.who, *permissions, url_of(call), random_uuid()));
  return http::Response::json(std::move(text));
}

}  // namespace

void specs_routes(http::Router& router, App& app) {
  if (app.settings.openapi_enabled) router.get("/server/specs/oas", with_call(app, oas));
}

}  // namespace ashlar::api
