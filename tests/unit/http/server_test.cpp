// Ordinary requests over real sockets: framing in both directions, keep-alive, files.
#include "http/server.h"

#include <gtest/gtest.h>

#include <fstream>

#include "http/address_in_use.h"
#include "http/client.h"
#include "support/support.h"

namespace ashlar::http {
namespace {

Router echo_router() {
  Router router;
  router.get("/ping", [](Request&) { return Response::text("pong"); }, {.run = Run::inline_io});
  router.get("/items/{id}", [](Request& request) { return Response::text("item " + request.parameter("id")); });
  const auto echo = [](Request& request) { return Response::text(request.body); };
  router.post("/echo", echo);
  router.post("/inline", echo, {.run = Run::inline_io});
  router.post("/elastic", echo, {.run = Run::elastic});
  router.search("/echo", echo);
  router.del("/echo", [](Request&) { return Response::no_content(); });
  router.get("/large", [](Request&) { return Response::text(std::string(3'000'000, 'x')); });
  router.get("/peer", [](Request& request) { return Response::text(request.peer_address); });
  return router;
}

TEST(Server, AnswersOneRequestAfterTheOtherOnAConnection) {
  TestServer server(echo_router());
  Client client(server.port());
  for (int i = 0; i < 100; ++i) {
    const auto id = std::to_string(i);
    EXPECT_EQ(client.get("/items/" + id).body, "item " + id);
    EXPECT_EQ(client.get("/ping").body, "pong");
  }
}

TEST(Server, WritesCompleteHeads) {
  TestServer server(echo_router(), [](ServerOptions& options) { options.default_headers = "X-Powered-By: Us\r\n"; });
  const auto answer = Client(server.port()).get("/ping");
  EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(answer.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(answer.header("content-length"), "4");
  EXPECT_EQ(answer.header("x-powered-by"), "Us");
  EXPECT_EQ(answer.header("connection"), "keep-alive");
  EXPECT_EQ(answer.header("keep-alive"), "timeout=5");
  EXPECT_EQ(answer.header("date").size(), 29U);
}

TEST(Server, LetsHandlersOverrideDefaultHeaders) {
  Router router;
  router.get("/", [](Request&) {
    auto response = Response::text("");
    response.add_header("content-security-policy", "default-src 'none'");
    return response;
  });
  TestServer server(std::move(router), [](ServerOptions& options) {
    options.default_headers = "Content-Security-Policy: script-src 'self'\r\nX-Powered-By: Us\r\n";
  });
  const auto answer = Client(server.port()).get("/");
  EXPECT_EQ(answer.headers.count("content-security-policy"), 1U);
  EXPECT_EQ(answer.header("content-security-policy"), "default-src 'none'");
  EXPECT_EQ(answer.header("x-powered-by"), "Us");
}

TEST(Server, LetsNoValueBreakOutOfItsHeader) {
  Router router;
  router.get("/", [](Request&) { return Response::redirect("/a\r\nSet-Cookie: x=1"); });
  TestServer server(std::move(router));
  const auto answer = Client(server.port()).get("/");
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.header("location"), "/a  Set-Cookie: x=1");
  EXPECT_EQ(answer.header("set-cookie"), "");
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  TestServer server(echo_router());
  Client client(server.port());
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += "GET /items/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    requests += "POST /elastic HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  }
  client.send(requests);
  for (int i = 0; i < 300; ++i) {
    ASSERT_EQ(client.read_answer().body, "item " + std::to_string(i));
    ASSERT_EQ(client.read_answer().body, "hi");
  }
}

TEST(Server, AnswersRequestsThatComeByteByByte) {
  TestServer server(echo_router());
  Client client(server.port());
  const std::string request =
      "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: "
      "1\r\n\r\n";
  for (const auto byte : request) client.send(std::string_view(&byte, 1));
  EXPECT_EQ(client.read_answer().body, "abcde");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Server, AnswersHeadWithoutTheBody) {
  TestServer server(echo_router());
  Client client(server.port());
  client.send("HEAD /items/1 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-length"), "6");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Server, SendsNothingAfterANoContentHead) {
  TestServer server(echo_router());
  Client client(server.port());
  client.send("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("content-length"), "");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Server, ReadsBodiesOnEveryKindOfThread) {
  TestServer server(echo_router());
  Client client(server.port());
  const std::string body(700'000, 'b');
  for (const std::string path : {"/echo", "/inline", "/elastic"}) {
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n" + body);
    EXPECT_EQ(client.read_answer().body, body) << path;
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nAAE60\r\n" + body +
                "\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_answer().body, body) << path;
  }
  client.send("SEARCH /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(client.read_answer().body, "{}");
}

TEST(Server, DecodesBodies) {
  TestServer server(echo_router());
  Client client(server.port());
  const std::string brotli("\x1b\x16\x00\xf8\x8d\x94\x6e\xde\x44\x55\x86\x96\x6c\x20\x6f\x21\x4f\x1c\xe0\x38", 20);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\nContent-Length: 20\r\n\r\n" + brotli);
  EXPECT_EQ(client.read_answer().body, "hello hello hello hello");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("INVALID_PAYLOAD"), std::string::npos);
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Server, TellsClientsToContinue) {
  TestServer server(echo_router());
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read_answer().body, "hi");
}

TEST(Server, ClosesWhenAskedTo) {
  TestServer server(echo_router());
  Client client(server.port());
  client.send("GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_answer().header("connection"), "close");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST(Server, SpeaksHttp10) {
  TestServer server(echo_router());
  Client once(server.port());
  once.send("GET /ping HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.read_until_closed().ends_with("\r\n\r\npong"));
  Client twice(server.port());
  for (int i = 0; i < 2; ++i) {
    twice.send("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(twice.read_answer().header("connection"), "keep-alive");
  }
}

TEST(Server, AnswersClientsThatHaveFinishedSending) {
  TestServer server(echo_router());
  Client client(server.port());
  client.send("GET /items/1 HTTP/1.1\r\nHost: a\r\n\r\n");
  client.close_sending_side();
  EXPECT_EQ(client.read_answer().body, "item 1");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST(Server, TakesAbsoluteTargets) {
  TestServer server(echo_router());
  EXPECT_EQ(Client(server.port()).get("http://example.com/items/3?x").body, "item 3");
}

TEST(Server, SendsLargeAnswersToSlowReadersWithoutBlockingAThread) {
  TestServer server(echo_router(), [](ServerOptions& options) { options.permits = 1; });
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<Client>(server.port()));
    slow.back()->send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_EQ(Client(server.port()).get("/items/1").body, "item 1");
  for (auto& client : slow) EXPECT_EQ(client->read_answer().body.size(), 3'000'000U);
}

TEST(Server, SendsFilesAndPartsOfThem) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "file.bin";
  std::string content;
  for (int i = 0; i < 500'000; ++i) content += std::to_string(i);
  std::ofstream(path, std::ios::binary) << content;
  Router router;
  router.get("/all", [&](Request&) { return Response::file(path, "application/octet-stream"); });
  router.get("/part", [&](Request&) { return Response::file(path, "a/b", 1000, 50); });
  router.get("/end", [&](Request&) { return Response::file(path, "a/b", content.size() - 3); });
  router.get("/missing", [&](Request&) { return Response::file(folder.path() / "none", "a/b"); });
  router.get("/folder", [&](Request&) { return Response::file(folder.path(), "a/b"); });
  TestServer server(std::move(router));
  Client client(server.port());
  EXPECT_EQ(client.get("/all").body, content);
  EXPECT_EQ(client.get("/part").body, content.substr(1000, 50));
  EXPECT_EQ(client.get("/end").body, content.substr(content.size() - 3));
  client.send("HEAD /all HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answer(true).header("content-length"), std::to_string(content.size()));
  EXPECT_EQ(client.get("/missing").status, 500);
  EXPECT_EQ(client.get("/folder").status, 500);
}

TEST(Server, CutsTheConnectionWhenAFileGetsShorter) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "file.bin";
  std::ofstream(path, std::ios::binary) << std::string(100'000, 'x');
  Router router;
  router.get("/", [&](Request&) {
    auto response = Response::file(path, "a/b");
    std::filesystem::resize_file(path, 10);
    return response;
  });
  TestServer server(std::move(router));
  EXPECT_THROW(Client(server.port()).get("/"), std::runtime_error);
}

TEST(Server, KnowsThePeer) {
  TestServer plain(echo_router());
  EXPECT_EQ(Client(plain.port()).get("/peer").body, "127.0.0.1");
  TestServer both(echo_router(), [](ServerOptions& options) { options.host = "::"; });
  EXPECT_EQ(Client(both.port()).get("/peer").body, "127.0.0.1");
}

TEST(Server, HandsConnectionsOver) {
  Router router;
  router.get("/socket", [](Request& request) {
    Response response;
    response.upgrade = [greeting = std::string(request.header("x-greeting"))](TakenConnection taken) {
      const auto text = greeting + " " + taken.received;
      EXPECT_EQ(::write(taken.descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
      ::close(taken.descriptor);
    };
    return response;
  });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET /socket HTTP/1.1\r\nHost: a\r\nX-Greeting: hello\r\n\r\nfirst frame");
  EXPECT_EQ(client.read_until_closed(), "hello first frame");
}

TEST(Listening, OnAUnixSocket) {
  const test::TemporaryFolder folder;
  const auto path = (folder.path() / "ashlar.sock").string();
  {
    TestServer server(echo_router(), [&](ServerOptions& options) { options.unix_socket_path = path; });
    EXPECT_EQ(server.port(), 0);
    EXPECT_EQ(Client(path).get("/ping").body, "pong");
    EXPECT_EQ(Client(path).get("/peer").body, "");
    ServerOptions second;
    second.unix_socket_path = path;
    EXPECT_THROW(Server(second, echo_router()).listen(), std::runtime_error);
    EXPECT_EQ(Client(path).get("/ping").body, "pong");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Listening, ReplacesASocketFileThatNobodyUses) {
  const test::TemporaryFolder folder;
  const auto path = (folder.path() / "ashlar.sock").string();
  test::run_command("python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('" + path + "')\"");
  TestServer server(echo_router(), [&](ServerOptions& options) { options.unix_socket_path = path; });
  EXPECT_EQ(Client(path).get("/ping").body, "pong");
}

TEST(Listening, SaysThatThePortIsTaken) {
  TestServer server(echo_router());
  ServerOptions options;
  options.host = "127.0.0.1";
  options.port = server.port();
  try {
    Server(options, Router()).listen();
    FAIL();
  } catch (const AddressInUse& error) {
    EXPECT_EQ(std::string(error.what()), "Can't listen on 127.0.0.1:" + std::to_string(server.port()) +
                                             ": it is already in use. Stop the other program or choose another one.");
  }
  options.host = "no-such-host.invalid";
  EXPECT_THROW(Server(options, Router()).listen(), std::runtime_error);
}

}  // namespace
}  // namespace ashlar::http
