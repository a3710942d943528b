#include "api/around.h"

#include "api/call.h"
#include "api/headers.h"
#include "auth/authenticate.h"
#include "auth/token_source.h"

namespace ashlar::api {
namespace {

// A kept answer, where finding it needs nobody but this process: it takes no permit then.
std::optional<http::Response> kept_answer(App& app, http::Request& request) {
  if (!app.responses.is_for(request) || !app.notices.is_current()) return std::nullopt;
  if (request.query().find("access_token") != std::string_view::npos) return std::nullopt;
  const auto token =
      auth::find_token({{}, request.header("authorization"), cookie(request, app.settings.tokens.session.name)});
  const auto text = token ? std::optional(token->text) : std::nullopt;
  const auto who = auth::authenticate_at_once(app.auth, text, client_of(request, app.settings.network));
  if (!who) return std::nullopt;
  auto answer = app.responses.find(request, *who);
  if (answer) leave_out_known(request, *answer);
  return answer;
}

}  // namespace

void stand_around(http::Router& router, App& app) {
  auto& limits = app.limits;
  const bool limits_wait = limits.enabled() && limits.blocks();
  if (limits_wait) {
    router.use([&limits](http::Request& request, const http::Next& next) {
      auto refusal = limits.refuse(request);
      return refusal ? std::move(*refusal) : next(request);
    });
  }
  const bool limits_here = limits.enabled() && !limits_wait;
  const bool cache_here =
      app.responses.enabled() && !app.responses.blocks() && !(limits_wait && limits.concerns_reads());
  if (app.pressure.enabled() || app.cors.enabled() || limits_here || cache_here) {
    router.at_the_edge([&app, limits_here, cache_here](http::Request& request) -> std::optional<http::Response> {
      if (auto refusal = app.pressure.refuse()) return refusal;
      if (auto preflight = app.cors.preflight(request)) return preflight;
      if (limits_here) {
        if (auto refusal = app.limits.refuse(request)) return refusal;
      }
      return cache_here ? kept_answer(app, request) : std::nullopt;
    });
  }
  if (app.cors.enabled() || app.settings.cache.status_header) {
    router.on_answer([&app](const http::Request& request, http::Response& response) {
      app.cors.adorn(request, response);
      if (app.responses.enabled()) app.responses.mark_missed(request, response);
    });
  }
  if (app.request_log.enabled() || app.metrics.enabled()) {
    router.on_sent(
        [&app](const http::Request& request, const http::Response& response, std::chrono::microseconds took) {
          if (app.metrics.enabled()) app.metrics.count_request(response.status, took);
          if (app.request_log.enabled()) app.request_log.write(request, response, took);
        });
  }
}

}  // namespace ashlar::api
