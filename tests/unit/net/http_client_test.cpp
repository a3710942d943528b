#include "net/http_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <thread>

#include "base/request_context.h"

namespace ashlar::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Answers each request of each connection with what `answer` makes of its text; one connection at a time.
class Server {
 public:
  explicit Server(std::function<std::string(const std::string& request)> answer)
      : answer_(std::move(answer)), thread_([this] { serve(); }) {}

  ~Server() {
    asio::io_context context;
    tcp::socket wake(context);
    stopping_ = true;
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + std::string(path);
  }
  int connections() const { return connections_; }

 private:
  void serve() {
    while (true) {
      tcp::socket socket = acceptor_.accept();
      if (stopping_) return;
      ++connections_;
      std::string buffer;
      boost::system::error_code error;
      while (true) {
        const std::size_t head = asio::read_until(socket, asio::dynamic_buffer(buffer), "\r\n\r\n", error);
        if (error) break;
        std::size_t length = 0;
        if (const auto at = buffer.find("Content-Length: "); at < head) length = std::stoul(buffer.substr(at + 16));
        if (buffer.size() < head + length) {
          asio::read(socket, asio::dynamic_buffer(buffer), asio::transfer_exactly(head + length - buffer.size()),
                     error);
        }
        asio::write(socket, asio::buffer(answer_(buffer.substr(0, head + length))), error);
        buffer.erase(0, head + length);
      }
    }
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::function<std::string(const std::string&)> answer_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

std::string answer(std::string_view status, std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

HttpError::Kind failure(HttpClient& client, const HttpRequest& request) {
  try {
    client.send(request);
  } catch (const HttpError& error) {
    return error.kind();
  }
  ADD_FAILURE() << "did not fail";
  return HttpError::Kind::broken;
}

TEST(HttpClient, SendsMethodHeadersAndBodyAndReadsTheAnswer) {
  std::string seen;
  Server server([&](const std::string& request) {
    seen = request;
    return answer("418 Teapot", "short and stout", "X-Kind: pot\r\n");
  });
  HttpClient client;
  const HttpResponse response =
      client.send({.method = "PATCH", .url = server.url("/a?b=c"), .headers = {{"X-Name", "value"}}, .body = "abc"});
  EXPECT_EQ(response.status, 418);
  EXPECT_EQ(response.body, "short and stout");
  ASSERT_NE(response.header("x-kind"), nullptr);
  EXPECT_EQ(*response.header("x-kind"), "pot");
  EXPECT_TRUE(seen.starts_with("PATCH /a?b=c HTTP/1.1\r\n"));
  EXPECT_NE(seen.find("X-Name: value\r\n"), seen.npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\nabc"));
}

TEST(HttpClient, KeepsTheConnectionBetweenRequests) {
  Server server([](const std::string&) { return answer("200 OK", "x"); });
  HttpClient client;
  for (int i = 0; i < 3; ++i) client.send({.url = server.url("/")});
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, StreamsUploads) {
  std::string seen;
  Server server([&](const std::string& request) {
    seen = request;
    return answer("200 OK", "");
  });
  HttpClient client;
  std::size_t left = 100'000;
  HttpRequest request{.method = "PUT", .url = server.url("/")};
  request.source = [&](char* buffer, std::size_t size) {
    const std::size_t count = std::min(size, left);
    std::fill_n(buffer, count, 'z');
    left -= count;
    return count;
  };
  request.source_length = left;
  EXPECT_EQ(client.send(request).status, 200);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), 'z'), 100'000);
}

TEST(HttpClient, HandsPiecesOfTheAnswerToTheSink) {
  Server server([](const std::string&) { return answer("200 OK", std::string(300'000, 'y')); });
  HttpClient client;
  std::size_t received = 0;
  HttpRequest request{.url = server.url("/")};
  request.sink = [&](const HttpResponse& head, std::string_view piece) {
    EXPECT_EQ(head.status, 200);
    received += piece.size();
    return true;
  };
  EXPECT_TRUE(client.send(request).body.empty());
  EXPECT_EQ(received, 300'000U);
  request.sink = [](const HttpResponse&, std::string_view) { return false; };
  EXPECT_EQ(failure(client, request), HttpError::Kind::given_up);
  request.sink = [](const HttpResponse&, std::string_view) -> bool { throw std::logic_error("mine"); };
  EXPECT_THROW(client.send(request), std::logic_error);
}

TEST(HttpClient, LimitsCollectedBodies) {
  Server server([](const std::string&) { return answer("200 OK", std::string(1000, 'y')); });
  HttpClient client;
  EXPECT_EQ(failure(client, {.url = server.url("/"), .max_body = 999}), HttpError::Kind::too_large);
}

TEST(HttpClient, FollowsRedirectsOnlyIfAsked) {
  Server server([](const std::string& request) {
    return request.starts_with("GET /from ") ? answer("302 Found", "", "Location: /to\r\n") : answer("200 OK", "there");
  });
  HttpClient client;
  EXPECT_EQ(client.send({.url = server.url("/from")}).status, 302);
  const HttpResponse response = client.send({.url = server.url("/from"), .max_redirects = 1});
  EXPECT_EQ(response.body, "there");
  EXPECT_EQ(response.url, server.url("/to"));
}

TEST(HttpClient, GivesUpARoundOfRedirects) {
  Server loop([](const std::string&) { return answer("302 Found", "", "Location: /\r\n"); });
  HttpClient client;
  EXPECT_EQ(failure(client, {.url = loop.url("/"), .max_redirects = 3}), HttpError::Kind::too_many_redirects);
}

TEST(HttpClient, AsksBeforeItConnects) {
  Server inner([](const std::string&) { return answer("200 OK", "secret"); });
  HttpClient client;
  client.send({.url = inner.url("/")});  // leaves a connection open, which must not be used
  std::string asked;
  HttpRequest request{.url = inner.url("/")};
  request.may_connect = [&](std::string_view address) {
    asked = address;
    return false;
  };
  EXPECT_EQ(failure(client, request), HttpError::Kind::refused_address);
  EXPECT_EQ(asked, "127.0.0.1");
  EXPECT_EQ(inner.connections(), 1);
}

TEST(HttpClient, SaysWhyNothingCame) {
  HttpClient client;
  EXPECT_EQ(failure(client, {.url = "file:///etc/passwd"}), HttpError::Kind::bad_url);
  EXPECT_EQ(failure(client, {.url = "http://name.invalid/"}), HttpError::Kind::unresolved);
  asio::io_context context;
  tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  EXPECT_EQ(failure(client, {.url = url, .timeout = std::chrono::milliseconds(20)}), HttpError::Kind::timeout);
  silent.close();
  EXPECT_EQ(failure(client, {.url = url}), HttpError::Kind::unreachable);
}

class Cause : public RequestContext {
 public:
  Cause() : RequestContext(1) {}
  std::string_view header(std::string_view name) const override {
    return name == "traceparent" ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : "";
  }
};

TEST(HttpClient, PassesTheTraceOnOfTheRequestThatCausedIt) {
  std::string seen;
  Server server([&](const std::string& request) {
    seen = request;
    return "HTTP/1.1 204 No Content\r\n\r\n";
  });
  HttpClient client;
  client.send({.url = server.url("/")});
  EXPECT_EQ(seen.find("traceparent"), std::string::npos);
  const Cause cause;
  const RequestScope scope(cause);
  client.send({.url = server.url("/")});
  EXPECT_NE(seen.find("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"), std::string::npos);
}

}  // namespace
}  // namespace ashlar::net
