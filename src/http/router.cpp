#include "http/router.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/text.h"

namespace ashlar::http {

namespace {

constexpr std::size_t method_count = static_cast<std::size_t>(Method::other) + 1;

enum class Kind : std::uint8_t { integer, uuid, text };  // of parameters, in the order in which they are tried

bool fits(Kind kind, std::string_view segment) {
  switch (kind) {
    case Kind::uuid:
      return is_uuid(segment);
    case Kind::integer:
      return parse_integer(segment).has_value();
    case Kind::text:
      return !segment.empty();
  }
  return false;
}

// What stands at one place of a pattern between two slashes.
struct Segment {
  bool literal = true;
  bool rest = false;
  Kind kind = Kind::text;
  std::string name;  // of the parameter, or the literal in lower case
};

[[noreturn]] void malformed(std::string_view pattern, std::string_view why) {
  throw std::logic_error("route " + std::string(pattern) + ": " + std::string(why));
}

Segment parse_segment(std::string_view text, std::string_view pattern) {
  if (text.empty()) malformed(pattern, "an empty segment");
  if (text.front() != '{') {
    if (text.find_first_of("{}") != text.npos) malformed(pattern, "a parameter must be a whole segment");
    return {.name = to_lower(text)};
  }
  if (text.back() != '}' || text.size() < 3) malformed(pattern, "a parameter without its name or closing brace");
  text = text.substr(1, text.size() - 2);
  Segment segment{.literal = false};
  if (text.back() == '*') {
    segment.rest = true;
    text.remove_suffix(1);
  }
  const auto colon = std::min(text.find(':'), text.size());
  const auto type = colon < text.size() ? text.substr(colon + 1) : std::string_view();
  if (type == "uuid") {
    segment.kind = Kind::uuid;
  } else if (type == "int") {
    segment.kind = Kind::integer;
  } else if (colon < text.size()) {
    malformed(pattern, "an unknown type of parameter");
  }
  segment.name = text.substr(0, colon);
  if (segment.name.empty()) malformed(pattern, "a parameter without a name");
  return segment;
}

std::vector<Segment> parse_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '/') malformed(pattern, "a pattern begins with a slash");
  std::vector<Segment> segments;
  if (pattern == "/") return segments;
  for (const auto text : split(pattern.substr(1), '/')) {
    if (!segments.empty() && segments.back().rest) malformed(pattern, "{name*} must be the last segment");
    segments.push_back(parse_segment(text, pattern));
  }
  return segments;
}

}  // namespace

// One place in the tree of patterns: the routes that end here, and the ways on.
struct Router::Node {
  struct Branch {
    Kind kind;
    std::unique_ptr<Node> node;
  };
  using Routes = std::array<std::unique_ptr<Route>, method_count>;

  Routes routes;
  std::unique_ptr<Route> any;
  Routes rest_routes;  // of {name*} that begins here
  std::unique_ptr<Route> rest_any;
  std::unordered_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>> literals;
  std::vector<Branch> branches;  // sorted by kind

  Node& branch(Kind kind) {
    auto place = std::find_if(branches.begin(), branches.end(), [kind](auto& branch) { return branch.kind >= kind; });
    if (place == branches.end() || place->kind != kind) {
      place = branches.insert(place, {kind, std::make_unique<Node>()});
    }
    return *place->node;
  }

  // Whoever matches the method: a GET handler also HEAD, and `any` what is left.
  static const Route* choose(const Routes& routes, const Route* any, Method method) {
    if (const auto& route = routes[static_cast<std::size_t>(method)]) return route.get();
    if (const auto& get = routes[static_cast<std::size_t>(Method::get)]; get && method == Method::head)
      return get.get();
    return any;
  }
};

// Depth first, the preferred ways first. The decoded values are filled in on the way back from the match, so that ways
// that lead nowhere cost no copies.
struct Router::Search {
  Request& request;

  const Route* at(const Node& node, std::string_view rest, std::size_t depth) {
    if (rest.empty() || rest == "/") {
      if (const auto* route = Node::choose(node.routes, node.any.get(), request.method)) {
        return matched(*route, depth);
      }
      return whole_rest(node, rest, depth);
    }
    const auto end = std::min(rest.find('/', 1), rest.size());
    const auto segment = rest.substr(1, end - 1);
    const auto after = rest.substr(end);
    if (!segment.empty()) {
      if (const auto* next = literal(node, segment)) {
        if (const auto* route = at(*next, after, depth)) return route;
      }
      for (const auto& branch : node.branches) {
        if (!fits(branch.kind, segment)) continue;
        if (const auto* route = at(*branch.node, after, depth + 1)) {
          request.parameters[depth].value = percent_decode(segment);
          return route;
        }
      }
    }
    return whole_rest(node, rest, depth);
  }

  static const Node* literal(const Node& node, std::string_view segment) {
    constexpr std::size_t longest = 64;
    if (node.literals.empty() || segment.size() > longest) return nullptr;
    std::array<char, longest> lower;
    std::transform(segment.begin(), segment.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto found = node.literals.find(std::string_view(lower.data(), segment.size()));
    return found == node.literals.end() ? nullptr : found->second.get();
  }

  const Route* whole_rest(const Node& node, std::string_view rest, std::size_t depth) {
    const auto* route = Node::choose(node.rest_routes, node.rest_any.get(), request.method);
    if (!route || rest.starts_with("//")) return nullptr;
    matched(*route, depth + 1);
    request.parameters[depth].value = percent_decode(rest.empty() ? rest : rest.substr(1));
    return route;
  }

  const Route* matched(const Route& route, std::size_t depth) {
    request.parameters.resize(depth);
    for (std::size_t i = 0; i < depth; ++i) request.parameters[i].name = route.parameter_names[i];
    return &route;
  }
};

Router::Router() : root_(std::make_unique<Node>()), not_found_(std::make_unique<Route>()) {
  not_found([](Request& request) -> Response { throw ApiError::route_not_found(request.path()); });
}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

namespace {

// nothing: every method
void add_route(auto& root, std::optional<Method> method, std::string_view pattern, Handler handler,
               RouteOptions options) {
  auto route = std::make_unique<Route>(Route{std::string(pattern), std::move(handler), options, {}});
  if (options.body == Body::streamed) route->options.run = Run::elastic;
  auto* node = &root;
  auto rest = false;
  for (auto& segment : parse_pattern(pattern)) {
    if (!segment.literal) route->parameter_names.push_back(segment.name);
    if (segment.rest) {
      rest = true;
    } else if (segment.literal) {
      auto& next = node->literals[segment.name];
      if (!next) next = std::make_unique<std::remove_reference_t<decltype(root)>>();
      node = next.get();
    } else {
      node = &node->branch(segment.kind);
    }
  }
  auto& routes = rest ? node->rest_routes : node->routes;
  auto& any = rest ? node->rest_any : node->any;
  auto& place = method ? routes[static_cast<std::size_t>(*method)] : any;
  if (place) malformed(pattern, "registered twice, the other one is " + place->pattern);
  place = std::move(route);
}

}  // namespace

void Router::add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  add_route(*root_, method, pattern, std::move(handler), options);
}
void Router::get(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::get, pattern, std::move(handler), options);
}
void Router::head(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::head, pattern, std::move(handler), options);
}
void Router::post(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::post, pattern, std::move(handler), options);
}
void Router::put(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::put, pattern, std::move(handler), options);
}
void Router::patch(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::patch, pattern, std::move(handler), options);
}
void Router::del(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::del, pattern, std::move(handler), options);
}
void Router::search(std::string_view pattern, Handler handler, RouteOptions options) {
  add(Method::search, pattern, std::move(handler), options);
}
void Router::any(std::string_view pattern, Handler handler, RouteOptions options) {
  add_route(*root_, std::nullopt, pattern, std::move(handler), options);
}

void Router::use(Middleware middleware) { middleware_.push_back(std::move(middleware)); }

void Router::not_found(Handler handler, RouteOptions options) {
  *not_found_ = Route{"", std::move(handler), options, {}};
}

void Router::on_error(std::function<Response(std::exception_ptr, Request&)> handler) { on_error_ = std::move(handler); }

void Router::at_the_edge(std::function<std::optional<Response>(Request&)> edge) { edge_ = std::move(edge); }

void Router::on_answer(std::function<void(const Request&, Response&)> finish) { on_answer_ = std::move(finish); }

void Router::on_sent(Sent sent) { on_sent_ = std::move(sent); }

std::optional<Response> Router::edge_answer(Request& request) const {
  if (!edge_) return std::nullopt;
  try {
    return edge_(request);
  } catch (...) {
    return error_response(std::current_exception(), request);
  }
}

const Route* Router::find(Request& request) const {
  request.parameters.clear();
  if (request.path().empty() || request.path().front() != '/') return nullptr;
  return Search{request}.at(*root_, request.path(), 0);
}

Response Router::answer(const Route& route, Request& request) const { return Next(*this, route.handler, 0)(request); }

Response Router::refuse(const ApiError& error, Request& request) const {
  const Handler handler = [&error](Request&) -> Response { throw error; };
  return Next(*this, handler, 0)(request);
}

Response Router::error_response(std::exception_ptr error, Request& request) const {
  if (on_error_) return on_error_(error, request);
  try {
    std::rethrow_exception(error);
  } catch (const ApiError& known) {
    return error_answer(known);
  } catch (const std::exception& unexpected) {
    log::error("{} {}: {}", request.method_text, request.path(), unexpected.what());
  } catch (...) {
    log::error("{} {}: unknown exception", request.method_text, request.path());
  }
  return error_answer(ApiError::internal("An unexpected error occurred."));
}

Response Next::operator()(Request& request) const {
  try {
    if (index_ == router_.middleware_.size()) return handler_(request);
    return router_.middleware_[index_](request, Next(router_, handler_, index_ + 1));
  } catch (const ClientGone&) {
    throw;
  } catch (...) {
    return router_.error_response(std::current_exception(), request);
  }
}

bool is_valid_path(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  const auto special = [](char c) { return c == '%' || static_cast<unsigned char>(c) >= 0x80 || c == '\0'; };
  if (std::none_of(path.begin(), path.end(), special)) return true;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  for (auto place = path.find('%'); place != path.npos; place = path.find('%', place + 1)) {
    if (place + 2 >= path.size() || !is_hex(path[place + 1]) || !is_hex(path[place + 2])) return false;
  }
  const auto decoded = percent_decode(path);
  return is_utf8(decoded) && decoded.find('\0') == decoded.npos;
}

Response error_answer(const ApiError& error) {
  std::string text = R"({"errors":[)";
  for (const auto& detail : error.details()) {
    if (text.back() == '}') text += ',';
    text += R"({"message":)";
    write_json_string(text, detail.message);
    text += R"(,"extensions":)";
    auto extensions = detail.extensions;
    extensions["code"] = detail.code;
    write_json(text, extensions);
    text += '}';
  }
  return Response::json(text += "]}", error.status());
}

}  // namespace ashlar::http
