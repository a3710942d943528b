// Call: a request with everything that is known before its route does anything: the parameters of its URL, its body,
// and who asks. All routes but the few that need nobody (ping) are wrapped by with_call(), unknown ones included, so
// that a bad token is an error everywhere.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "access/accountability.h"
#include "api/app.h"
#include "auth/context.h"
#include "http/router.h"
#include "query/query.h"

namespace ashlar::api {

struct Call {
  App& app;
  http::Request& request;
  json::object parameters;
  json::value body;  // an object or a list; {} where there is none, or one of another content type
  auth::Client client;
  access::Accountability who;
  // A condition of the route's own, which lists and searches must meet besides what they ask for; or null.
  json::value narrowed = nullptr;

  const std::string& path(std::string_view name) const { return request.parameter(name); }

  // The read parameters of the URL, narrowed. Throws INVALID_QUERY.
  query::Query query() const;
  query::Query narrow(query::Query query) const;

  // Throw FORBIDDEN, or INVALID_CREDENTIALS where there is no user.
  void require_admin() const;
  const std::string& require_user() const;
};

using CallHandler = std::function<http::Response(Call&)>;

http::Handler with_call(App& app, CallHandler handler);

// A member of the body that must be a text with something in it. Throws INVALID_PAYLOAD.
std::string required_text(const Call& call, std::string_view name);
// The same where it may be missing or null.
std::optional<std::string> optional_text(const Call& call, std::string_view name);

// {"data": value}
http::Response data_answer(const json::value& value);

// Where the request comes from.
auth::Client client_of(const http::Request& request, const config::NetworkSettings& settings);

// The address of the client: the peer's, or what a trusted proxy says.
std::string client_address(const http::Request& request, const config::NetworkSettings& settings);

// The value of a cookie, empty where there is none.
std::string_view cookie(const http::Request& request, std::string_view name);

}  // namespace ashlar::api
