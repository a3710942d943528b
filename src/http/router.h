// Router: which handler answers a method and path, and the middleware around all handlers. Filled once at start, then
// only read, by all threads at once.
//
// Patterns are made of literal segments (matched in any case), parameters "{name}", "{name:uuid}", "{name:int}" (one
// segment each, never empty), and at the end possibly "{name*}" for the rest of the path, which may be empty or have
// several segments: "/items/{collection}/{id:int}", "/admin/{path*}". A path may end in one slash more than its
// pattern. Where several patterns match, literal segments win over typed parameters, these over untyped ones, and these
// over "{name*}", whatever the order of registration; the leftmost difference decides. A pattern without a handler for
// the method is passed over. HEAD is answered by GET handlers where it has none of its own.
#pragma once
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::http {

using Handler = std::function<Response(Request&)>;

// On which thread a handler runs.
enum class Run : std::uint8_t {
  worker,     // with a permit of the server's gate: may block as long as a database does
  inline_io,  // on an I/O thread, at once: must be quick and must never block
  elastic,    // on a thread of a pool that grows: waits for clients, other servers, children; holds no permit
};

enum class Body : std::uint8_t {
  buffered,  // read, decoded (Content-Encoding) and limited before the handler is called
  streamed,  // not read: the handler takes it from request.body_reader(). Makes the route run elastic
};

struct RouteOptions {
  Run run = Run::worker;
  Body body = Body::buffered;
  std::size_t max_body = 0;  // bytes of a buffered body after decoding; 0: ServerOptions::max_payload
};

struct Route {
  std::string pattern;
  Handler handler;
  RouteOptions options;
  std::vector<std::string> parameter_names;
};

class Next;
using Middleware = std::function<Response(Request&, const Next&)>;

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // Throw std::logic_error for a malformed pattern and for one that is taken already.
  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});
  void get(std::string_view pattern, Handler handler, RouteOptions options = {});
  void head(std::string_view pattern, Handler handler, RouteOptions options = {});
  void post(std::string_view pattern, Handler handler, RouteOptions options = {});
  void put(std::string_view pattern, Handler handler, RouteOptions options = {});
  void patch(std::string_view pattern, Handler handler, RouteOptions options = {});
  void del(std::string_view pattern, Handler handler, RouteOptions options = {});
  void search(std::string_view pattern, Handler handler, RouteOptions options = {});
  // Every method that has no handler of its own at that pattern.
  void any(std::string_view pattern, Handler handler, RouteOptions options = {});

  // The first that was added is the outermost. It runs where the route's handler runs, unknown routes included: on an
  // inline_io route it must not block.
  void use(Middleware middleware);

  // Asked first for each request, before its body is read to the end where that is streamed, and before it waits for a
  // permit: an answer given here ends it. Runs on the event loop, so it must not block. May throw as handlers do.
  void at_the_edge(std::function<std::optional<Response>(Request&)> edge);

  // Sees every answer just before it is sent, also those of requests that reached no route. Must not throw.
  void on_answer(std::function<void(const Request&, Response&)> finish);

  // Told of every answer when it has been sent (or its client was lost), and of the time since its request was there.
  // Must not throw.
  using Sent = std::function<void(const Request&, const Response&, std::chrono::microseconds)>;
  void on_sent(Sent sent);

  // What answers unknown routes; without it an ApiError ROUTE_NOT_FOUND is thrown. Give Run::worker if some middleware
  // blocks.
  void not_found(Handler handler, RouteOptions options = {});

  // Turns what a handler or a middleware threw into an answer, inside the next outer middleware, which therefore always
  // sees a Response. Also asked for requests that are refused before any route is known (malformed, too large, too
  // many). Without it ApiErrors are printed in the usual form and everything else is a 500. Must not throw.
  void on_error(std::function<Response(std::exception_ptr, Request&)> handler);

  // The route of a request; sets the request's parameters. Null for unknown routes. The request's path must be well
  // formed, see is_valid_path.
  const Route* find(Request& request) const;
  // The route that answers unknown ones.
  const Route& fallback() const { return *not_found_; }

  // Runs the middleware and the route's handler. Never throws, but ClientGone passes through.
  Response answer(const Route& route, Request& request) const;
  // The same with an error in place of the handler, for requests that can't reach it.
  Response refuse(const ApiError& error, Request& request) const;

  // The answer for an error, without middleware.
  Response error_response(std::exception_ptr error, Request& request) const;

  // What was registered above, for the server; nothing where nobody did.
  std::optional<Response> edge_answer(Request& request) const;
  void finish(const Request& request, Response& response) const {
    if (on_answer_) on_answer_(request, response);
  }
  const Sent& sent() const { return on_sent_; }

 private:
  friend class Next;
  struct Node;
  struct Search;

  std::unique_ptr<Node> root_;
  std::vector<Middleware> middleware_;
  std::unique_ptr<Route> not_found_;
  std::function<Response(std::exception_ptr, Request&)> on_error_;
  std::function<std::optional<Response>(Request&)> edge_;
  std::function<void(const Request&, Response&)> on_answer_;
  Sent on_sent_;
};

// The rest of the chain, as a middleware sees it: call it at most once, or not at all to answer by yourself.
class Next {
 public:
  Next(const Router& router, const Handler& handler, std::size_t index)
      : router_(router), handler_(handler), index_(index) {}
  Response operator()(Request& request) const;

 private:
  const Router& router_;
  const Handler& handler_;
  std::size_t index_;
};

// Whether a raw path begins with a slash and its percent escapes are well formed and make UTF-8 without NUL.
bool is_valid_path(std::string_view path);

// {"errors": [...]} of the details of an error, with its status.
Response error_answer(const ApiError& error);

}  // namespace ashlar::http
