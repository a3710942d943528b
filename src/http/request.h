// Request: what a client asked for, as the handlers of the routes see it. A plain value without a socket: tests make
// requests by hand. The server fills one, and keeps it until its answer has been sent, streamed bodies included; so a
// Response's stream may refer to the Request it belongs to.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, search, other };

// "GET", "DELETE" ...; Method::other gives "".
std::string_view method_name(Method method);
Method method_from_name(std::string_view name);

// The other side closed the connection, or did not read or send anything for too long. Nobody is left to be answered:
// let it pass through.
struct ClientGone : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The body of a request as it arrives, for routes with Body::streamed.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  // Waits for bytes and puts up to `size` of them into `buffer`. Gives their number, 0 at the end of the body.
  // Throws ClientGone where the connection ends before the body does or nothing comes for too long, and ApiError for a
  // body that breaks the protocol.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
};

// The parts of a path that a route's pattern names, in the order of the pattern.
struct Parameter {
  std::string_view name;  // lives as long as the router
  std::string value;      // percent-decoded
};

class Request {
 public:
  Request() = default;

  // For tests and internal calls: `target` is the path, with or without a query string.
  Request(Method method_asked, std::string_view target);

  Method method = Method::get;
  std::string method_text;   // as sent; tells methods apart where `method` is `other`
  std::string peer_address;  // of the socket, "10.0.0.1" also where IPv6 carries it; empty on a Unix socket
  std::string body;          // decoded; empty for routes with Body::streamed
  int version = 11;          // of HTTP: 10 or 11

  // As sent: "/items/a%2Fb?x=1" has the path "/items/a%2Fb" and the query "x=1" (no question mark).
  const std::string& target() const { return target_; }
  std::string_view path() const { return std::string_view(target_).substr(0, path_size_); }
  std::string_view query() const;
  void set_target(std::string_view target);

  // The value of the first header of that name in any case; empty where absent.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  // All of them in their order. The views live until headers are added or cleared.
  std::vector<std::pair<std::string_view, std::string_view>> headers() const;
  void add_header(std::string_view name, std::string_view value);

  // The decoded part of the path that the route calls `name`. Throws std::logic_error where the route has none such.
  const std::string& parameter(std::string_view name) const;
  std::vector<Parameter> parameters;

  // The body as a stream. For routes with buffered bodies it reads `body`.
  BodyReader& body_reader();
  void set_body_reader(std::unique_ptr<BodyReader> reader) { reader_ = std::move(reader); }

  // Empties everything but the peer's address, keeping the memory for the next request of the connection.
  void clear();

 private:
  struct HeaderPlace {
    std::uint32_t name, name_size, value, value_size;  // in header_text_
  };
  const HeaderPlace* find_header(std::string_view name) const;

  std::string target_;
  std::size_t path_size_ = 0;
  std::string header_text_;
  std::vector<HeaderPlace> headers_;
  std::unique_ptr<BodyReader> reader_;
};

}  // namespace ashlar::http
