#include "net/http_client.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>

#include "base/request_context.h"
#include "base/text.h"

namespace ashlar::net {

namespace {

constexpr std::size_t most_idle_handles = 16;

// What the callbacks of one exchange share. They are called from C: what they throw is kept and thrown again later.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response{};
  bool refused_address = false;
  bool too_large = false;
  bool given_up = false;
  std::exception_ptr thrown{};
};

std::size_t on_header(char* text, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line = trim({text, size});
  if (line.starts_with("HTTP/")) {  // also of each answer before the last: an interim one, a redirect
    exchange.response.headers.clear();
    const std::size_t space = line.find(' ');
    exchange.response.status = space == line.npos ? 0 : std::atoi(std::string(line.substr(space + 1, 3)).c_str());
  } else if (const std::size_t colon = line.find(':'); colon != line.npos) {
    exchange.response.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.request.sink) {
    exchange.too_large = exchange.response.body.size() + size > exchange.request.max_body;
    if (exchange.too_large) return CURL_WRITEFUNC_ERROR;
    exchange.response.body.append(bytes, size);
    return size;
  }
  try {
    exchange.given_up = !exchange.request.sink(exchange.response, {bytes, size});
  } catch (...) {
    exchange.thrown = std::current_exception();
  }
  return exchange.given_up || exchange.thrown ? CURL_WRITEFUNC_ERROR : size;
}

std::size_t on_source(char* buffer, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  try {
    return exchange.request.source(buffer, size);
  } catch (...) {
    exchange.thrown = std::current_exception();
    return CURL_READFUNC_ABORT;
  }
}

curl_socket_t on_open_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(context);
  std::array<char, NI_MAXHOST> text{};
  const int failed =
      getnameinfo(&address->addr, address->addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  try {
    if (failed != 0 || !exchange.request.may_connect(text.data())) {
      exchange.refused_address = true;
      return CURL_SOCKET_BAD;
    }
  } catch (...) {
    exchange.thrown = std::current_exception();
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

HttpError::Kind kind_of(CURLcode code, const Exchange& exchange) {
  using Kind = HttpError::Kind;
  if (exchange.refused_address) return Kind::refused_address;
  if (exchange.too_large) return Kind::too_large;
  if (exchange.given_up) return Kind::given_up;
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Kind::bad_url;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Kind::unresolved;
    case CURLE_COULDNT_CONNECT:
      return Kind::unreachable;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return Kind::tls;
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timeout;
    case CURLE_TOO_MANY_REDIRECTS:
      return Kind::too_many_redirects;
    default:
      return Kind::broken;
  }
}

std::string message_of(HttpError::Kind kind, CURLcode code) {
  switch (kind) {
    case HttpError::Kind::refused_address:
      return "The address is not allowed";
    case HttpError::Kind::too_large:
      return "The answer is too large";
    case HttpError::Kind::given_up:
      return "The request was given up";
    default:
      return curl_easy_strerror(code);
  }
}

// "Name: value"; libcurl leaves a header out where nothing follows the colon, and sends an empty one after a semicolon.
std::string header_line(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;
}

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

HeaderList header_list(const HttpRequest& request) {
  curl_slist* list =
      curl_slist_append(nullptr, "Expect:");  // waiting for "100 Continue" costs a second with some servers
  // Who watches both servers sees that one request led to the other.
  if (const auto* cause = current_request()) {
    for (const std::string name : {"traceparent", "tracestate"}) {
      const auto value = cause->header(name);
      if (!value.empty()) list = curl_slist_append(list, header_line(name, std::string(value)).c_str());
    }
  }
  for (const auto& [name, value] : request.headers) list = curl_slist_append(list, header_line(name, value).c_str());
  return {list, &curl_slist_free_all};
}

void set_body(CURL* curl, const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.source) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    if (request.source_length) {
      curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(*request.source_length));
    }
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &on_source);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  // Redirects keep the verb, too: what comes of them is the caller's to judge.
  if (request.method != "HEAD") curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_limits(CURL* curl, const HttpRequest& request) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  if (request.idle_timeout.count() > 0) {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.idle_timeout.count()));
  }
  if (request.decode) curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.max_redirects > 0 ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, static_cast<long>(request.max_redirects));
}

}  // namespace

const std::string* HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

struct HttpClient::Handle {
  CURL* curl = curl_easy_init();
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient() { [[maybe_unused]] static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT); }

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) {
  curl_easy_reset(handle->curl);  // keeps its connections
  const std::lock_guard lock(mutex_);
  if (idle_.size() < most_idle_handles) idle_.push_back(std::move(handle));
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  auto handle = take();
  CURL* curl = handle->curl;
  if (curl == nullptr) throw HttpError(HttpError::Kind::broken, "Out of memory");
  Exchange exchange{request};
  const HeaderList headers = header_list(request);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
  set_body(curl, request);
  set_limits(curl, request);
  if (request.may_connect) {
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
  }

  const CURLcode code = curl_easy_perform(curl);
  const char* url = nullptr;
  curl_easy_getinfo(curl, CURLINFO_EFFECTIVE_URL, &url);
  if (url != nullptr) exchange.response.url = url;
  give_back(std::move(handle));
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  if (code != CURLE_OK) {
    const HttpError::Kind kind = kind_of(code, exchange);
    throw HttpError(kind, message_of(kind, code));
  }
  return std::move(exchange.response);
}

}  // namespace ashlar::net
