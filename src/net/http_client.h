// Requests to other servers over HTTP and HTTPS, on libcurl: storage services, mail services, identity providers,
// imports from addresses that users name. A client may be used by any number of threads at once; it keeps connections
// open between requests. A request blocks its thread, so it belongs on a thread that holds no database connection.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ashlar::net {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // of the last answer where redirects were followed
  std::string body;                                          // empty where the request has a sink
  std::string url;                                           // where it came from, after redirects

  // The first header of that name in any case, nullptr where there is none.
  const std::string* header(std::string_view name) const;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string body;
  // Instead of `body`: fills the buffer and says how many bytes it wrote, 0 at the end. `source_length` in bytes, or
  // nothing where it is unknown (sent chunked).
  std::function<std::size_t(char* buffer, std::size_t size)> source;
  std::optional<std::uint64_t> source_length;

  // Instead of collecting the body of the answer: called with each piece of it, false gives up. The response has its
  // status and headers then already.
  std::function<bool(const HttpResponse& head, std::string_view piece)> sink;
  std::size_t max_body = std::size_t{64} << 20;  // bytes of a collected body; more is an error

  std::chrono::milliseconds timeout{30'000};          // of the whole exchange, 0: none
  std::chrono::milliseconds connect_timeout{10'000};  // until the connection stands
  std::chrono::seconds idle_timeout{0};               // hardly a byte for so long: given up; 0: never
  bool decode = false;                                // asks for gzip, deflate, br, and undoes them
  int max_redirects = 0;                              // 0: a redirect is an answer like others

  // Asked with every address that is about to be connected to, as text and after the name was resolved, also of
  // redirects; false refuses it. No proxy and no kept connection is used then.
  std::function<bool(std::string_view address)> may_connect;
};

// The exchange did not come to an end. `what()` says what happened, without the URL's query and without credentials.
class HttpError : public std::runtime_error {
 public:
  enum class Kind {
    bad_url,
    unresolved,
    refused_address,
    unreachable,
    tls,
    timeout,
    too_large,
    too_many_redirects,
    given_up,
    broken
  };
  HttpError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any status is an answer, also 404 and 500. Throws HttpError.
  HttpResponse send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace ashlar::net
