#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <cstring>

namespace ashlar::http {

namespace beast_http = boost::beast::http;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// "http://host/path" is "/path" for us: RFC 9112, 3.2.2.
std::string_view without_authority(std::string_view target) {
  if (target.empty() || target.front() == '/') return target;
  const auto scheme = target.find("://");
  if (scheme == target.npos) return target;
  const auto path = target.find_first_of("/?", scheme + 3);
  if (path == target.npos || target[path] == '?') return "/";
  return target.substr(path);
}

}  // namespace

RequestParser::RequestParser(Request& request, const HeadLimits& limits) : request_(request), limits_(limits) {
  // One line can be as long as this; the sums are held to the limits below.
  header_limit(static_cast<std::uint32_t>(limits.target + limits.headers));
  body_limit(boost::none);
}

void RequestParser::set_piece(char* memory, std::size_t room) {
  piece_ = memory;
  room_ = room;
  filled_ = 0;
}

void RequestParser::on_request_impl(beast_http::verb method, text method_text, text target, int version,
                                    error_code& error) {
  got_start_line_ = true;
  if (target.size() > limits_.target) {
    excess_ = Excess::target;
    error = beast_http::error::header_limit;
    return;
  }
  switch (method) {
    case beast_http::verb::get:
      request_.method = Method::get;
      break;
    case beast_http::verb::head:
      request_.method = Method::head;
      break;
    case beast_http::verb::post:
      request_.method = Method::post;
      break;
    case beast_http::verb::put:
      request_.method = Method::put;
      break;
    case beast_http::verb::patch:
      request_.method = Method::patch;
      break;
    case beast_http::verb::delete_:
      request_.method = Method::del;
      break;
    case beast_http::verb::options:
      request_.method = Method::options;
      break;
    case beast_http::verb::search:
      request_.method = Method::search;
      break;
    default:
      request_.method = Method::other;
  }
  request_.method_text = view(method_text);
  request_.version = version;
  request_.set_target(without_authority(view(target)));
}

void RequestParser::on_field_impl(beast_http::field, text name, text value, error_code& error) {
  if (got_head_) return;  // a trailer after the last chunk
  headers_size_ += name.size() + value.size() + 4;
  if (headers_size_ > limits_.headers || ++headers_count_ > limits_.count) {
    excess_ = Excess::headers;
    error = beast_http::error::header_limit;
    return;
  }
  request_.add_header(view(name), view(value));
}

void RequestParser::on_header_impl(error_code&) { got_head_ = true; }

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code&) {
  // Not all at once for large ones: the client may only claim to send that much.
  constexpr std::uint64_t trusted = 1024 * 1024;
  if (!streamed_ && size) request_.body.reserve(std::min(*size, trusted));
}

std::size_t RequestParser::on_body_impl(text body, error_code& error) {
  if (streamed_) {
    const auto count = std::min(body.size(), room_ - filled_);
    std::memcpy(piece_ + filled_, body.data(), count);
    filled_ += count;
    return count;
  }
  if (body.size() > body_limit_ - request_.body.size()) {
    excess_ = Excess::body;
    error = beast_http::error::body_limit;
    return 0;
  }
  request_.body.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, text, error_code&) {}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, text body, error_code& error) {
  return on_body_impl(body, error);
}

void RequestParser::on_finish_impl(error_code&) {}

}  // namespace ashlar::http
