#include "api/around.h"

#include "api/assets.h"
#include "api/call.h"
#include "api/headers.h"
#include "auth/authenticate.h"
#include "auth/token_source.h"

namespace ashlar::api {
namespace {

// Who asks, where telling that needs nobody but this process.
std::optional<access::Accountability> asker_at_once(App& app, const http::Request& request) {
  if (!app.notices.is_current()) return std::nullopt;
  if (request.query().find("access_token") != std::string_view::npos) return std::nullopt;
  const auto token =
      auth::find_token({{}, request.header("authorization"), cookie(request, app.settings.tokens.session.name)});
  const auto text = token ? std::optional(token->text) : std::nullopt;
  return auth::authenticate_at_once(app.auth, text, client_of(request, app.settings.network));
}

// A kept answer, where finding it needs nobody but this process: it takes no permit then.
std::optional<http::Response> kept_answer(App& app, http::Request& request) {
  if (!app.responses.is_for(request)) return std::nullopt;
  const auto who = asker_at_once(app, request);
  if (!who) return std::nullopt;
  auto answer = app.responses.find(request, *who);
  if (answer) leave_out_known(request, *answer);
  return answer;
}

// The same for files.
std::optional<http::Response> known_file(App& app, http::Request& request) {
  const auto known = known_asset(app, request);
  if (!known) return std::nullopt;
  const auto who = asker_at_once(app, request);
  return who ? answer_from(app, request, *who, *known) : std::nullopt;
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
  const bool reads_here = !(limits_wait && limits.concerns_reads());
  const bool cache_here = reads_here && app.responses.enabled() && !app.responses.blocks();
  router.at_the_edge(
      [&app, limits_here, reads_here, cache_here](http::Request& request) -> std::optional<http::Response> {
        if (auto refusal = app.pressure.refuse()) return refusal;
        if (auto preflight = app.cors.preflight(request)) return preflight;
        if (limits_here) {
          if (auto refusal = app.limits.refuse(request)) return refusal;
        }
        if (cache_here) {
          if (auto answer = kept_answer(app, request)) return answer;
        }
        return reads_here ? known_file(app, request) : std::nullopt;
      });
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
