// /metrics, for admins and for whoever has one of METRICS_TOKENS.
#include <filesystem>

#include "api/call.h"
#include "api/routes.h"
#include "base/error.h"

namespace ashlar::api {
namespace {

void write_connections(std::string& out, App& app) {
  const auto usage = app.database.usage();
  const auto& metrics = app.metrics;
  const auto name = [&](std::string_view what) {
    return "db_" + app.settings.database.client + "_connections_" + std::string(what);
  };
  metrics.write_value(out, name("used"), "gauge", "Connections in use", usage.used);
  metrics.write_value(out, name("idle"), "gauge", "Connections open and not in use", usage.idle);
  metrics.write_value(out, name("max"), "gauge", "Most connections", usage.maximum);
  if (app.server_load) {
    const auto load = app.server_load();
    metrics.write_value(out, "http_connections", "gauge", "Connections of clients",
                        static_cast<double>(load.connections));
    metrics.write_value(out, "http_requests_running", "gauge", "Requests at work", load.running);
    metrics.write_value(out, "http_requests_queued", "gauge", "Requests that wait for their turn",
                        static_cast<double>(load.queued));
    metrics.write_value(out, "http_streams_running", "gauge", "Streamed bodies under way",
                        static_cast<double>(load.elastic));
  }
  if (app.responses.enabled()) {
    const auto counts = app.responses.counts();
    metrics.write_value(out, "cache_hits", "counter", "Answers that were kept", static_cast<double>(counts.hits));
    metrics.write_value(out, "cache_misses", "counter", "Answers that had to be made",
                        static_cast<double>(counts.misses));
    metrics.write_value(out, "cache_purges", "counter", "Times that the cache was emptied",
                        static_cast<double>(counts.purges));
  }
}

http::Response metrics_answer(App& app) {
  std::string out;
  app.metrics.write(out, app.settings.database.client);
  write_connections(out, app);
  auto response = http::Response::text(std::move(out), 200, "text/plain; version=0.0.4; charset=utf-8");
  response.add_header("Cache-Control", "no-cache");
  return response;
}

}  // namespace

void metrics_routes(http::Router& router, App& app) {
  if (!app.metrics.enabled()) return;
  const auto for_admins = with_call(app, [](Call& call) {
    call.require_admin();
    return metrics_answer(call.app);
  });
  router.get("/metrics", [&app, for_admins](http::Request& request) {
    if (app.metrics.is_token(request.header("authorization"))) return metrics_answer(app);
    return for_admins(request);
  });
}

}  // namespace ashlar::api
