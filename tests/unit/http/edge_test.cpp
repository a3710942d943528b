// What happens around the routes: answers before them, and who is told of every answer.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/request_context.h"
#include "http/client.h"

namespace ashlar::http {
namespace {

Router plain_router() {
  Router router;
  router.get("/work", [](Request&) { return Response::text("worked"); });
  return router;
}

TEST(Edge, AnswersWithoutAPermit) {
  Event release;
  std::atomic<int> blocked = 0;
  auto router = plain_router();
  router.get("/block", [&](Request&) {
    ++blocked;
    release.wait();
    return Response::text("released");
  });
  router.at_the_edge([](Request& request) -> std::optional<Response> {
    if (request.path() == "/work") return Response::text("at the edge");
    return std::nullopt;
  });
  TestServer server(std::move(router));
  Client first(server.port()), second(server.port());
  for (auto* client : {&first, &second}) client->send("GET /block HTTP/1.1\r\nHost: a\r\n\r\n");
  eventually([&] { return blocked == 2; });
  EXPECT_EQ(Client(server.port()).get("/work").body, "at the edge");
  release.set();
  EXPECT_EQ(first.read_answer().body, "released");
  EXPECT_EQ(second.read_answer().body, "released");
}

TEST(Edge, MayRefuseByThrowing) {
  auto router = plain_router();
  router.at_the_edge([](Request&) -> std::optional<Response> { throw ApiError(429, "REQUESTS_EXCEEDED", "Later."); });
  TestServer server(std::move(router));
  EXPECT_EQ(Client(server.port()).get("/work").status, 429);
}

TEST(Edge, SeesEveryAnswerAlsoOfRequestsWithoutARoute) {
  auto router = plain_router();
  std::mutex mutex;
  std::multiset<int> statuses;
  router.on_answer([](const Request&, Response& response) { response.add_header("X-Seen", "yes"); });
  router.on_sent([&](const Request&, const Response& response, std::chrono::microseconds took) {
    EXPECT_GE(took.count(), 0);
    const std::lock_guard lock(mutex);
    statuses.insert(response.status);
  });
  TestServer server(std::move(router));
  EXPECT_EQ(Client(server.port()).get("/work").header("x-seen"), "yes");
  EXPECT_EQ(Client(server.port()).get("/nothing").header("x-seen"), "yes");
  Client broken(server.port());
  broken.send("BROKEN\r\n\r\n");
  EXPECT_EQ(broken.read_answer().header("x-seen"), "yes");
  // Connections do not wait for each other: in any order.
  eventually([&] {
    const std::lock_guard lock(mutex);
    return statuses == std::multiset<int>{200, 400, 404};
  });
}

TEST(Edge, TellsOfAStreamWhenItHasEnded) {
  auto router = plain_router();
  Event go_on;
  std::atomic<int> sent = 0;
  router.get("/stream", [&](Request&) {
    return Response::streamed("text/plain", [&](BodyWriter& out) {
      out.write("first");
      out.flush();
      go_on.wait();
      out.write("last");
    });
  });
  router.on_sent([&](const Request&, const Response&, std::chrono::microseconds) { ++sent; });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_until("first");
  EXPECT_EQ(sent, 0);
  go_on.set();
  client.read_until("last");
  eventually([&] { return sent == 1; });
}

TEST(Edge, HandlersKnowTheRequestThatTheyWorkFor) {
  Router router;
  router.get("/name", [](Request&) { return Response::text(current_request()->name()); });
  TestServer server(std::move(router));
  const auto name_for = [&](const std::string& headers) {
    Client client(server.port());
    client.send("GET /name HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    return client.read_answer().body;
  };
  EXPECT_EQ(name_for("X-Request-Id: abc\r\n"), "abc");
  EXPECT_EQ(name_for("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"),
            "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(name_for(""), "3");
  EXPECT_EQ(current_request(), nullptr);
}

TEST(Connections, BeyondTheMaximumAreClosed) {
  TestServer server(plain_router(), [](ServerOptions& options) { options.max_connections = 2; });
  Client first(server.port());
  {
    Client second(server.port());
    EXPECT_EQ(first.get("/work").status, 200);
    EXPECT_EQ(second.get("/work").status, 200);
    Client third(server.port());
    EXPECT_EQ(third.read_until_closed(), "");
  }
  eventually([&] { return server.server().load().connections == 1; });
  EXPECT_EQ(Client(server.port()).get("/work").status, 200);
}

TEST(AnswerCompression, IsThatOfTheClientsChoice) {
  Router router;
  router.get("/long", [](Request&) { return Response::json("\"" + std::string(10'000, 'a') + "\""); });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET /long HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  const auto packed = client.read_answer();
  EXPECT_EQ(packed.header("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), 200U);
  EXPECT_EQ(client.get("/long").body.size(), 10'002U);
}

}  // namespace
}  // namespace ashlar::http
