#include "http/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "http/body_streams.h"
#include "http/content_coding.h"
#include "http/known_request.h"
#include "http/listener.h"
#include "http/socket_wait.h"

namespace ashlar::http {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

Connection::Connection(Core& core, int socket) : core_(core), socket_(core.loop) {
  request_.peer_address = peer_address_of(socket);
  boost::system::error_code error;
  socket_.assign(asio::generic::stream_protocol(AF_UNSPEC, 0), socket, error);
  if (error) {
    ::close(socket);
    throw boost::system::system_error(error);
  }
  begin_request();
  core_.connections.add(*this);
}

void Connection::start() { proceed(); }

void Connection::expire(std::int64_t now) {
  auto deadline = deadline_.load(std::memory_order_relaxed);
  // The connection itself may be setting another one just now, which must not be lost.
  if (deadline > now || !deadline_.compare_exchange_strong(deadline, no_deadline, std::memory_order_relaxed)) return;
  // The shutdown wakes the pending read or wait; the connection then ends by itself.
  switch (phase_.load(std::memory_order_relaxed)) {
    case Phase::idle:
    case Phase::reading:
      expired_.store(true, std::memory_order_relaxed);
      ::shutdown(descriptor(), SHUT_RD);
      break;
    case Phase::writing:
    case Phase::lingering:
      cut();
      break;
    case Phase::queued:
    case Phase::running:
      break;  // it was in time after all
  }
}

void Connection::end_if_idle() {
  if (phase_.load(std::memory_order_relaxed) == Phase::idle) ::shutdown(descriptor(), SHUT_RD);
}

void Connection::cut() { ::shutdown(descriptor(), SHUT_RDWR); }

void Connection::begin_request() {
  if (input_.size() == 0 && input_.capacity() > 4 * smallest_read) input_ = {};
  request_.clear();
  response_ = {};
  head_.clear();
  parser_.emplace(request_, core_.head_limits);
  refusal_.reset();
  route_ = nullptr;
  sent_ = 0;
  request_since_ = 0;
  dispatched_ = {};
  head_done_ = awaits_continue_ = file_begun_ = on_elastic_ = is_answering_ = false;
}

void Connection::proceed() {
  while (step() == Step::again) {
  }
}

Connection::Step Connection::step() {
  if (!head_done_) return read_head();
  if (!parser_->is_done() && route_->options.body == Body::buffered) return read_body();
  return dispatch();
}

Connection::Step Connection::read_more() {
  const auto now = coarse_now();
  const auto& options = core_.options;
  if (!parser_->got_some() && input_.size() == 0) {
    if (core_.stopping.load(std::memory_order_relaxed)) return close();
    set_deadline(now + (first_request_ ? options.headers_timeout : options.keep_alive_timeout).count());
    set_phase(Phase::idle);
  } else {
    if (request_since_ == 0) request_since_ = now;
    set_deadline(request_since_ + (head_done_ ? options.request_timeout : options.headers_timeout).count());
    set_phase(Phase::reading);
  }
  auto size = smallest_read;
  if (head_done_) {
    const auto left = parser_->content_length_remaining();
    size = std::clamp<std::uint64_t>(left ? *left : largest_read, smallest_read, largest_read);
  }
  const auto room = input_.prepare(size);
  socket_.async_read_some(asio::mutable_buffer(room.data(), room.size()),
                          [this](const auto& error, std::size_t got) { on_read(error, got); });
  return Step::parted;
}

void Connection::on_read(const boost::system::error_code& error, std::size_t size) {
  if (error) return on_read_end();
  input_.commit(size);
  proceed();
}

void Connection::on_read_end() {
  // Somebody who is slow but still there should hear why he is cut off.
  const auto within_request = parser_->got_some() || input_.size() > 0;
  if (expired_.load(std::memory_order_relaxed) && within_request) {
    if (refuse({408, "REQUEST_TIMEOUT", "The request took too long to arrive."}) == Step::again) proceed();
    return;
  }
  std::ignore = close();
}

Connection::Step Connection::read_head() {
  if (!parser_->got_some()) {  // empty lines before a request: RFC 9112, 2.2
    const std::string_view bytes(static_cast<const char*>(input_.data().data()), input_.size());
    input_.consume(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  }
  if (input_.size() == 0) return read_more();
  boost::beast::error_code error;
  input_.consume(parser_->put(input_.data(), error));
  if (!error) return parser_->is_header_done() ? accept_head() : Step::again;
  if (error == beast_http::error::need_more) return read_more();
  if (error != beast_http::error::header_limit) {
    return refuse({400, "INVALID_REQUEST", "The request is not valid HTTP: " + error.message() + "."});
  }
  if (parser_->excess() == RequestParser::Excess::target || !parser_->got_start_line()) {
    return refuse({414, "URI_TOO_LONG", "The URL is too long; send the query in the body of a SEARCH request."});
  }
  return refuse({431, "REQUEST_HEADERS_TOO_LARGE", "The headers of the request are too large."});
}

std::optional<ApiError> Connection::check_head() const {
  const auto invalid = [](std::string why) { return ApiError(400, "INVALID_REQUEST", std::move(why)); };
  if (request_.version == 11 && !request_.has_header("host")) return invalid("The Host header is missing.");
  // Otherwise the end of the body is a matter of opinion, and the next request could be smuggled in: RFC 9112, 6.1.
  if (request_.has_header("transfer-encoding") && (!parser_->chunked() || request_.version == 10)) {
    return invalid("The transfer encoding is not supported.");
  }
  if (request_.path() != "*" && !is_valid_path(request_.path())) return invalid("The path of the URL is not valid.");
  if (const auto expected = request_.header("expect");
      !expected.empty() && !equals_ignoring_case(expected, "100-continue")) {
    return ApiError(417, "EXPECTATION_FAILED", "The expectation \"" + std::string(expected) + "\" is not supported.");
  }
  return std::nullopt;
}

Connection::Step Connection::accept_head() {
  head_done_ = true;
  keep_alive_ = parser_->keep_alive();
  if (auto error = check_head()) return refuse(std::move(*error));
  route_ = core_.router.find(request_);
  if (!route_) route_ = &core_.router.fallback();
  awaits_continue_ = !parser_->is_done() && request_.version == 11 && request_.has_header("expect");
  if (route_->options.body == Body::streamed) {
    parser_->stream_body();
    request_.set_body_reader(std::make_unique<SocketBodyReader>(*this));
    return Step::again;
  }
  const auto length = parser_->content_length();
  if (length && *length > body_limit()) return refuse_body();
  parser_->collect_body(body_limit());
  parser_->eager(true);
  if (awaits_continue_) {
    awaits_continue_ = false;
    try {
      const iovec piece{const_cast<char*>(continue_line.data()), continue_line.size()};
      send_now(descriptor(), &piece, 1);
    } catch (const ClientGone&) {
      return close();
    }
  }
  return Step::again;
}

std::size_t Connection::body_limit() const {
  return route_->options.max_body > 0 ? route_->options.max_body : core_.options.max_payload;
}

Connection::Step Connection::read_body() {
  if (input_.size() == 0) return read_more();
  boost::beast::error_code error;
  input_.consume(parser_->put(input_.data(), error));
  if (!error) return Step::again;
  if (error == beast_http::error::body_limit) return refuse_body();
  // The lines between chunks are short.
  if (error == beast_http::error::need_more && input_.size() < largest_read) return read_more();
  return refuse({400, "INVALID_REQUEST", "The body of the request is not valid: " + error.message() + "."});
}

// The answer goes through the middleware as any other, so that e.g. browsers may see it.
Connection::Step Connection::refuse_body() {
  refusal_ = ApiError::invalid_payload("The request body is larger than " + std::to_string(body_limit()) + " bytes.");
  keep_alive_ = false;
  return dispatch();
}

Connection::Step Connection::refuse(ApiError error) {
  keep_alive_ = false;
  set_phase(Phase::running);
  response_ = core_.router.error_response(std::make_exception_ptr(std::move(error)), request_);
  return respond();
}

Connection::Step Connection::dispatch() {
  set_deadline(no_deadline);
  request_number_ = core_.requests.fetch_add(1, std::memory_order_relaxed) + 1;
  if (core_.router.sent()) dispatched_ = std::chrono::steady_clock::now();
  set_phase(Phase::running);
  if (auto answer = core_.router.edge_answer(request_)) {
    response_ = std::move(*answer);
    return respond();
  }
  switch (route_->options.run) {
    case Run::inline_io:
      call();
      return respond();
    case Run::elastic:
      return hand_to_elastic(&Connection::run_elastic);
    case Run::worker:
      break;
  }
  set_phase(Phase::queued);
  switch (core_.gate.enter(*this)) {
    case Gate::Entry::entered:
      return run_with_permit();
    case Gate::Entry::queued:
      return Step::parted;
    case Gate::Entry::refused:
      break;
  }
  return overloaded();
}

Connection::Step Connection::run_with_permit() {
  set_phase(Phase::running);
  call();
  if (auto* next = core_.gate.leave()) next->run_with_permit_later();
  return respond();
}

void Connection::run_with_permit_later() {
  asio::post(core_.loop, [this] {
    if (run_with_permit() == Step::again) proceed();
  });
}

Connection::Step Connection::hand_to_elastic(Step (Connection::*work)()) {
  set_phase(Phase::queued);
  const auto accepted = core_.elastic.submit([this, work] {
    set_phase(Phase::running);
    on_elastic_ = true;
    if ((this->*work)() == Step::again) asio::post(core_.loop, [this] { proceed(); });
  });
  return accepted ? Step::parted : overloaded();
}

Connection::Step Connection::run_elastic() {
  call();
  // What came with the part that the handler has read, such as the last, empty chunk, is passed over.
  constexpr int pieces = 4;
  for (int i = 0; i < pieces && !parser_->is_done() && input_.size() > 0; ++i) {
    std::array<char, 4096> rest;
    parser_->set_piece(rest.data(), rest.size());
    boost::beast::error_code error;
    input_.consume(parser_->put(input_.data(), error));
    if (error) break;
  }
  return respond();
}

Connection::Step Connection::overloaded() {
  constexpr auto reason = "Too many requests are waiting";
  ApiError error(503, "SERVICE_UNAVAILABLE", std::string("Service \"api\" is unavailable. ") + reason + ".",
                 {{"service", "api"}, {"reason", reason}});
  set_phase(Phase::running);
  response_ = core_.router.error_response(std::make_exception_ptr(std::move(error)), request_);
  return respond();
}

void Connection::call() {
  const KnownRequest known(request_, request_number_);
  const RequestScope scope(known);
  try {
    const auto coding = request_.header("content-encoding");
    if (!coding.empty() && !request_.body.empty() && !refusal_) {
      try {
        request_.body = decode_content(coding, std::move(request_.body), body_limit());
      } catch (const ApiError& error) {
        refusal_ = error;
      }
    }
    response_ = refusal_ ? core_.router.refuse(*refusal_, request_) : core_.router.answer(*route_, request_);
  } catch (const ClientGone&) {
    gone_ = true;
  } catch (const std::exception& error) {
    log::error("{} {}: no answer could be made: {}", request_.method_text, request_.path(), error.what());
    gone_ = true;
  }
}

Connection::Step Connection::respond() {
  if (gone_) return close();
  if (response_.upgrade) return hand_over();
  core_.router.finish(request_, response_);
  if (!is_head()) compress_answer(response_, request_.header("accept-encoding"), core_.options.compression);
  is_answering_ = true;
  if (!parser_->is_done()) keep_alive_ = false;  // nobody has read the rest of the body
  if (response_.stream && !is_head()) {
    return on_elastic_ ? run_stream() : hand_to_elastic(&Connection::run_stream);
  }
  prepare_head(false);
  return write_rest();
}

}  // namespace ashlar::http
