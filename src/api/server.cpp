// /server/*: is it there, what is it, how is it.
#include "api/call.h"
#include "api/health.h"
#include "api/routes.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "system/server_info.h"
#include "system/setup.h"

namespace ashlar::api {

void server_routes(http::Router& router, App& app) {
  // Before authentication: a bad token is not noticed.
  router.get("/server/ping",
             [](http::Request&) { return http::Response::text("pong", 200, "text/html; charset=utf-8"); },
             // A limit that asks another server must not hold up an event loop.
             {.run = app.limits.enabled() && app.limits.blocks() ? http::Run::worker : http::Run::inline_io});

  router.get("/robots.txt",
             [text = app.settings.server.robots_txt](http::Request&) { return http::Response::text(text); },
             {.run = http::Run::inline_io});

  if (app.settings.server.root_redirect) {
    router.get(
        "/", [target = *app.settings.server.root_redirect](http::Request&) { return http::Response::redirect(target); },
        {.run = http::Run::inline_io});
  }

  router.get("/server/info", with_call(app, [&app](Call& call) {
               return data_answer(system::server_info(app.services, app.settings, call.who));
             }));

  router.post("/server/setup", with_call(app, [&app](Call& call) {
                // One at a time, in all processes: the second finds a user.
                constexpr std::chrono::seconds longest{60};
                const auto lock = bus::try_lock(app.bus.locks(), "setup", longest);
                if (!lock || system::has_users(app.services)) throw ApiError::forbidden();
                const auto* body = call.body.if_object();
                system::set_up(app.services, app.settings.bootstrap, body != nullptr ? *body : json::object());
                return http::Response::no_content();
              }));

  router.get("/server/health", with_call(app, [&app](Call& call) {
               const auto health = call.who.admin ? health_of(app) : recent_health(app);
               std::string text;
               write_json(text, call.who.admin ? json::value(health.answer())
                                               : json::value(json::object{{"status", health.status}}));
               auto response = http::Response::json(std::move(text), health.status == "error" ? 503 : 200);
               response.content_type = "application/health+json; charset=utf-8";
               response.add_header("Cache-Control", "no-cache");
               response.add_header("Vary", "Origin, Cache-Control");
               return response;
             }));
}

}  // namespace ashlar::api
