// /server/*: is it there, what is it, how is it.
#include "api/call.h"
#include "api/routes.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "system/server_info.h"

namespace ashlar::api {

void server_routes(http::Router& router, App& app) {
  // Before authentication: a bad token is not noticed.
  router.get("/server/ping",
             [](http::Request&) { return http::Response::text("pong", 200, "text/html; charset=utf-8"); },
             {.run = http::Run::inline_io});

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

  router.get("/server/health", with_call(app, [&app](Call& call) {
               const auto health = system::server_health(app.database, app.locations, app.settings);
               std::string text;
               write_json(text, call.who.admin ? json::value(health.answer())
                                               : json::value(json::object{{"status", health.status}}));
               auto response = http::Response::json(std::move(text), health.status == "error" ? 503 : 200);
               response.content_type = "application/health+json; charset=utf-8";
               response.add_header("Cache-Control", "no-cache");
               return response;
             }));
}

}  // namespace ashlar::api
