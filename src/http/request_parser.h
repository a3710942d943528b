// RequestParser: Beast's parser of HTTP/1 messages, filling a Request. Internal to http/.
//
// The head goes straight into the Request. The body goes to the end of the Request's body, up to a limit, or for
// streamed bodies into whatever piece of memory is set at the moment.
#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>

#include "http/request.h"

namespace ashlar::http {

struct HeadLimits {
  std::size_t target;   // bytes
  std::size_t headers;  // bytes of names and values of all headers
  std::size_t count = 2000;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  enum class Excess : std::uint8_t { none, target, headers, body };

  RequestParser(Request& request, const HeadLimits& limits);

  // Which limit was exceeded, after put() gave error::header_limit or error::body_limit.
  Excess excess() const { return excess_; }
  bool got_start_line() const { return got_start_line_; }

  // Where the body goes. Without a call it is collected without a limit.
  void collect_body(std::size_t limit) { body_limit_ = limit; }
  void stream_body() { streamed_ = true; }
  // For streamed bodies: put() consumes at most as much of the body as fits here.
  void set_piece(char* memory, std::size_t room);
  std::size_t piece_filled() const { return filled_; }

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, text method_text, text target, int version,
                       error_code& error) override;
  void on_field_impl(boost::beast::http::field field, text name, text value, error_code& error) override;
  void on_header_impl(error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& size, error_code& error) override;
  std::size_t on_body_impl(text body, error_code& error) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code& error) override;
  void on_finish_impl(error_code& error) override;
  // Requests have no status line.
  void on_response_impl(int, text, int, error_code&) override {}

  Request& request_;
  const HeadLimits& limits_;
  std::size_t body_limit_ = SIZE_MAX;
  std::size_t headers_size_ = 0;
  std::size_t headers_count_ = 0;
  char* piece_ = nullptr;
  std::size_t room_ = 0;
  std::size_t filled_ = 0;
  bool streamed_ = false;
  bool got_start_line_ = false;
  bool got_head_ = false;
  Excess excess_ = Excess::none;
};

}  // namespace ashlar::http
