// /utils/*: small things that belong to no resource.
#include "api/call.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "system/revert.h"
#include "system/sorting.h"

namespace ashlar::api {
namespace {

constexpr std::int64_t longest_random_string = 500, usual_random_string = 32;

http::Response random_string(Call& call) {
  auto length = usual_random_string;
  if (const auto* given = call.parameters.if_contains("length")) {
    length = parse_integer(to_text(*given)).value_or(0);
    if (length < 1 || length > longest_random_string) {
      throw ApiError::invalid_query("\"length\" must be a number from 1 to 500.");
    }
  }
  return data_answer(json::value(random_token(static_cast<std::size_t>(length))));
}

http::Response generate_hash(Call& call) {
  return data_answer(json::value(call.app.hasher.hash(required_text(call, "string"))));
}

http::Response verify_hash(Call& call) {
  const auto text = required_text(call, "string"), hash = required_text(call, "hash");
  if (!hash.starts_with("$argon2")) throw ApiError::invalid_payload("\"hash\" must be an argon2 hash.");
  return data_answer(json::value(call.app.hasher.verify(text, hash)));
}

http::Response sort(Call& call) {
  system::sort_item(call.app.services, &call.who, call.path("collection"), call.body);
  return http::Response{};
}

http::Response revert(Call& call) {
  system::revert_to(call.app.services, &call.who, json::value(call.path("revision")));
  return http::Response::no_content();
}

}  // namespace

void utils_routes(http::Router& router, App& app) {
  router.get("/utils/random/string", with_call(app, random_string));
  router.post("/utils/hash/generate", with_call(app, generate_hash));
  router.post("/utils/hash/verify", with_call(app, verify_hash));
  router.post("/utils/sort/{collection}", with_call(app, sort));
  router.post("/utils/revert/{revision}", with_call(app, revert));
}

}  // namespace ashlar::api
