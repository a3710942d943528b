#include "api/call.h"

#include "api/errors.h"
#include "auth/authenticate.h"
#include "auth/cookies.h"
#include "auth/token_source.h"
#include "base/error.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "query/parse.h"
#include "system/shares.h"

namespace ashlar::api {
namespace {

bool may_have_body(http::Method method) { return method != http::Method::get && method != http::Method::head; }

json::value parse_body(const http::Request& request) {
  if (!may_have_body(request.method) || trim(request.body).empty()) return json::object();
  const auto type = request.header("content-type");
  const auto name = trim(type.substr(0, type.find(';')));
  if (!equals_ignoring_case(name, "application/json")) return json::object();
  if (!is_utf8(request.body)) throw ApiError::invalid_payload("The body is no UTF-8 text.");
  auto body = parse_json(request.body);
  if (!body) throw ApiError::invalid_payload("The body is no valid JSON.");
  if (!body->is_object() && !body->is_array()) {
    throw ApiError::invalid_payload("The body must be a JSON object or list.");
  }
  return std::move(*body);
}

access::Accountability identify(Call& call) {
  const auto* parameter = call.parameters.if_contains("access_token");
  const auto in_query = parameter ? as_text(*parameter).value_or("") : std::string_view();
  const auto token = auth::find_token(
      {in_query, call.request.header("authorization"), cookie(call.request, call.app.settings.tokens.session.name)});
  const auto text = token ? std::optional(token->text) : std::nullopt;
  auto who = auth::authenticate(call.app.auth, text, call.client);
  system::open_share(call.app.services, who);
  return who;
}

// A dead session cookie is taken back with the answer that refuses it.
bool clears_session_cookie(const ApiError& error, const Call& call) {
  const auto& code = error.details().front().code;
  return (code == "INVALID_CREDENTIALS" || code == "INVALID_TOKEN") && call.request.header("authorization").empty() &&
         !call.parameters.contains("access_token") &&
         !cookie(call.request, call.app.settings.tokens.session.name).empty();
}

std::string_view without_mapped_prefix(std::string_view address) {
  return address.starts_with("::ffff:") ? address.substr(7) : address;
}

}  // namespace

query::Query Call::query() const { return narrow(query::parse_query(parameters, app.services.limits)); }

query::Query Call::narrow(query::Query query) const {
  if (narrowed.is_null()) return query;
  query.filter = query.filter.is_null() ? narrowed : json::object{{"_and", {std::move(query.filter), narrowed}}};
  return query;
}

void Call::require_admin() const {
  if (!who.admin) throw ApiError::forbidden();
}

const std::string& Call::require_user() const {
  if (!who.user) throw ApiError::invalid_credentials();
  return *who.user;
}

http::Handler with_call(App& app, CallHandler handler) {
  return [&app, handler = std::move(handler)](http::Request& request) {
    Call call{app, request, query::parse_parameters(request.query(), app.parameter_limits), {}, {}, {}};
    call.client = client_of(request, app.settings.network);
    try {
      app.follow_changes();
      call.body = parse_body(request);
      call.who = identify(call);
    } catch (const ApiError& error) {
      auto answer = http::error_answer(error);
      if (clears_session_cookie(error, call)) {
        answer.add_header("Set-Cookie", auth::clear_cookie(app.settings.tokens.session));
      }
      return answer;
    }
    const auto make = [&] {
      try {
        return handler(call);
      } catch (const ApiError&) {
        throw;
      } catch (...) {
        return error_answer(std::current_exception(), request, call.who.admin);
      }
    };
    if (!app.responses.enabled() || !app.responses.is_for(request)) return make();
    return app.responses.answer(
        request, call.who, [&] { return app.access.permissions(call.who); }, make);
  };
}

std::string required_text(const Call& call, std::string_view name) {
  const auto text = text_member(call.body, name);
  if (!text || text->empty()) throw ApiError::invalid_payload("\"" + std::string(name) + "\" is required.");
  return std::string(*text);
}

std::optional<std::string> optional_text(const Call& call, std::string_view name) {
  const auto* value = find_member(call.body, name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return required_text(call, name);
}

http::Response data_answer(const json::value& value) {
  std::string text = R"({"data":)";
  write_json(text, value);
  text += '}';
  return http::Response::json(std::move(text));
}

auth::Client client_of(const http::Request& request, const config::NetworkSettings& settings) {
  return {client_address(request, settings), std::string(request.header("user-agent")),
          std::string(request.header("origin"))};
}

std::string client_address(const http::Request& request, const config::NetworkSettings& settings) {
  if (settings.client_address_header) {
    const auto named = trim(request.header(*settings.client_address_header));
    if (access::is_valid_address_entry(named)) return std::string(without_mapped_prefix(named));
  }
  const auto& trust = settings.trusted_proxies;
  const auto forwarded = request.header("x-forwarded-for");
  if (forwarded.empty()) return request.peer_address;
  const auto hops = split(forwarded, ',');
  if (trust.everyone) return std::string(without_mapped_prefix(trim(hops.front())));
  if (trust.hops > 0) {
    const auto back = std::min<std::size_t>(static_cast<std::size_t>(trust.hops), hops.size());
    return std::string(without_mapped_prefix(trim(hops[hops.size() - back])));
  }
  // Named proxies: the last address, seen from the server, that is none of them.
  std::string_view address = request.peer_address;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    if (trust.addresses.empty() || !access::address_matches(address, trust.addresses)) break;
    address = without_mapped_prefix(trim(*hop));
  }
  return std::string(address);
}

std::string_view cookie(const http::Request& request, std::string_view name) {
  for (const auto pair : split(request.header("cookie"), ';')) {
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == name) return trim(pair.substr(equals + 1));
  }
  return {};
}

}  // namespace ashlar::api
