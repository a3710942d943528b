// What the server refuses: too much, too slow, and what is no HTTP.
#include <gtest/gtest.h>

#include "http/client.h"

namespace ashlar::http {
namespace {

Router small_router() {
  Router router;
  router.get("/ping", [](Request&) { return Response::text("pong"); }, {.run = Run::inline_io});
  router.post("/echo", [](Request& request) { return Response::text(request.body); });
  router.post("/small", [](Request& request) { return Response::text(request.body); }, {.max_body = 10});
  return router;
}

std::string code(const Answer& answer) {
  const auto begin = answer.body.find(R"("code":")");
  if (begin == std::string::npos) return "none in: " + answer.body;
  return answer.body.substr(begin + 8, answer.body.find('"', begin + 8) - begin - 8);
}

TEST(Limits, ABodyThatIsTooLargeIsRefusedByItsAnnouncement) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000001\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(code(answer), "INVALID_PAYLOAD");
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(Limits, TheClientSeesTheAnswerEvenIfItSendsTheWholeBodyFirst) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + std::string(20'000'000, 'x'));
  EXPECT_EQ(client.read_answer().status, 400);
  client.close_sending_side();
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST(Limits, AChunkedBodyThatIsTooLargeIsRefused) {
  TestServer server(small_router());
  Client client(server.port());
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n");
  EXPECT_EQ(code(client.read_answer()), "INVALID_PAYLOAD");
}

TEST(Limits, ABodyOfExactlyTheLimitIsTaken) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890");
  EXPECT_EQ(client.read_answer().body, "1234567890");
}

TEST(Limits, NoContinueForABodyThatIsTooLarge) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 400);
}

TEST(Limits, RefusalsPassThroughTheMiddleware) {
  auto router = small_router();
  router.use([](Request& request, const Next& next) {
    auto response = next(request);
    response.add_header("Access-Control-Allow-Origin", "*");
    return response;
  });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(client.read_answer().header("access-control-allow-origin"), "*");
}

TEST(Limits, LongUrlsAreTakenAndTooLongOnesRefused) {
  TestServer server(small_router());
  Client client(server.port());
  EXPECT_EQ(client.get("/ping?" + std::string(65'000, 'q')).body, "pong");
  EXPECT_EQ(client.get("/ping?" + std::string(66'000, 'q')).status, 414);
  Client huge(server.port());
  huge.send("GET /ping?" + std::string(10'000'000, 'q') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto answer = huge.read_answer();
  EXPECT_EQ(answer.status, 414);
  EXPECT_EQ(code(answer), "URI_TOO_LONG");
}

TEST(Limits, TooManyHeaderBytesAreRefused) {
  TestServer server(small_router());
  for (const auto& headers : {"X-A: " + std::string(17'000, 'x') + "\r\n", "X-A: " + std::string(1'000'000, 'x')}) {
    Client client(server.port());
    client.send("GET /ping HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
    EXPECT_EQ(client.read_answer().status, 431);
  }
  Client many(server.port());
  std::string headers;
  for (int i = 0; i < 2100; ++i) headers += "A:\r\n";
  many.send("GET /ping HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
  EXPECT_EQ(many.read_answer().status, 431);
}

TEST(Limits, EndlessHeadersDoNotFillTheMemory) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("GET /ping HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 1000; ++i) client.send("X-Header: " + std::string(90, 'x') + "\r\n");
  EXPECT_EQ(client.read_answer().status, 431);
}

TEST(Limits, EndlessChunkExtensionsAreRefused) {
  TestServer server(small_router());
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x'));
  EXPECT_EQ(client.read_answer().status, 400);
}

TEST(SlowClients, AreToldWhenTheHeadersTakeTooLong) {
  TestServer server(small_router(),
                    [](ServerOptions& options) { options.headers_timeout = std::chrono::milliseconds(80); });
  Client client(server.port());
  client.send("GET /ping HTTP/1.1\r\nHos");
  EXPECT_EQ(client.read_answer().status, 408);
  EXPECT_EQ(client.read_until_closed(), "");
  Client silent(server.port());
  EXPECT_EQ(silent.read_until_closed(), "");
}

TEST(SlowClients, TricklingHeadersDoNotExtendTheTime) {
  TestServer server(small_router(),
                    [](ServerOptions& options) { options.headers_timeout = std::chrono::milliseconds(100); });
  Client client(server.port());
  client.send("GET /ping HTTP/1.1\r\n");
  auto alive = true;
  for (int i = 0; alive && i < 500; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    try {
      client.send("X: y\r\n");
    } catch (const std::runtime_error&) {
      alive = false;
    }
    if (server.server().load().connections == 0) alive = false;
  }
  EXPECT_FALSE(alive);
}

TEST(SlowClients, AreToldWhenTheBodyTakesTooLong) {
  TestServer server(small_router(),
                    [](ServerOptions& options) { options.request_timeout = std::chrono::milliseconds(80); });
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
  EXPECT_EQ(client.read_answer().status, 408);
}

TEST(SlowClients, IdleConnectionsAreClosed) {
  TestServer server(small_router(),
                    [](ServerOptions& options) { options.keep_alive_timeout = std::chrono::milliseconds(80); });
  Client client(server.port());
  EXPECT_EQ(client.get("/ping").body, "pong");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST(SlowClients, ThatDoNotReadTheirAnswerAreCutOff) {
  Router router;
  router.get("/", [](Request&) { return Response::text(std::string(30'000'000, 'x')); });
  TestServer server(std::move(router),
                    [](ServerOptions& options) { options.io_timeout = std::chrono::milliseconds(80); });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_some(10);
  eventually([&] { return server.server().load().connections == 0; });
  EXPECT_LT(client.read_until_closed().size(), 30'000'000U);
}

struct Case {
  const char* name;
  std::string bytes;
  std::vector<int> statuses = {400};  // the answers to the whole; 0: closed without one
};

std::string get(const std::string& rest) { return "GET " + rest; }
std::string post(const std::string& rest) { return "POST /echo HTTP/1.1\r\nHost: a\r\n" + rest; }

std::vector<Case> cases() {
  using namespace std::string_literals;
  return {
      {"nothing", "", {0}},
      {"empty lines", "\r\n\r\n\r\n", {0}},
      {"half a line", "GET /pi", {0}},
      {"half a head", "GET /ping HTTP/1.1\r\nHost: a\r\n", {0}},
      {"half a body", post("Content-Length: 10\r\n\r\n12345"), {0}},
      {"half a chunk", post("Transfer-Encoding: chunked\r\n\r\n5\r\nab"), {0}},
      {"no target", get("HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"no version", get("/ping\r\nHost: a\r\n\r\n")},
      {"version 0.9", get("/ping HTTP/0.9\r\n\r\n")},
      {"version 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"version 3", get("/ping HTTP/3\r\nHost: a\r\n\r\n")},
      {"wrong protocol", get("/ping FTP/1.1\r\nHost: a\r\n\r\n")},
      {"bare line feeds", "GET /ping HTTP/1.1\nHost: a\n\n"},
      {"bare carriage returns", "GET /ping HTTP/1.1\rHost: a\r\r"},
      {"two spaces", get(" /ping HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"space in target", get("/pi ng HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"NUL in target", get("/pi\0ng HTTP/1.1\r\nHost: a\r\n\r\n"s)},
      {"encoded NUL", get("/pi%00ng HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"encoded half of UTF-8", get("/%C3 HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"raw half of UTF-8", get("/\xc3 HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"broken escape", get("/%zz HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"cut escape", get("/% HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"relative target", get("ping HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"authority as target", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"no host", get("/ping HTTP/1.1\r\n\r\n")},
      {"header without colon", get("/ping HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n")},
      {"space before colon", get("/ping HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n")},
      {"empty header name", get("/ping HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n")},
      {"NUL in header", get("/ping HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s)},
      {"control in header name", get("/ping HTTP/1.1\r\nHost: a\r\nX\x01: 1\r\n\r\n")},
      {"method of symbols", "G(T /ping HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"lower case method", "get /ping HTTP/1.1\r\nHost: a\r\n\r\n", {404}},
      {"unknown method", "BREW /ping HTTP/1.1\r\nHost: a\r\n\r\n", {404}},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {404}},
      {"negative length", post("Content-Length: -1\r\n\r\n")},
      {"length of letters", post("Content-Length: ten\r\n\r\n")},
      {"huge length", post("Content-Length: 99999999999999999999999\r\n\r\n")},
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n\r\na")},
      {"length and chunks", post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {"chunks and length", post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n")},
      {"unknown transfer encoding", post("Transfer-Encoding: cow\r\n\r\n")},
      {"chunks not last", post("Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n")},
      {"chunks twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {"chunks in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"chunk size of letters", post("Transfer-Encoding: chunked\r\n\r\nxyz\r\n")},
      {"chunk size too large", post("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n")},
      {"negative chunk size", post("Transfer-Encoding: chunked\r\n\r\n-1\r\n")},
      {"chunk without end", post("Transfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n")},
      {"broken trailer", post("Transfer-Encoding: chunked\r\n\r\n0\r\nbroken\r\n\r\n")},
      {"unknown expectation", post("Expect: miracles\r\nContent-Length: 0\r\n\r\n"), {417}},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s},
      {"binary", "\xff\xfe\x00\x01\x80"s},
      {"good then bad", get("/ping HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n"), {200, 400}},
      {"folded header", get("/ping HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"), {200}},
      {"body of a GET", get("/ping HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"), {200}},
      {"same length twice", post("Content-Length: 1\r\nContent-Length: 1\r\n\r\na"), {200}},
  };
}

TEST(Malformed, RequestsAreAnsweredOrDroppedAndNeverHarm) {
  TestServer server(small_router());
  for (const auto& one : cases()) {
    SCOPED_TRACE(one.name);
    Client client(server.port());
    client.send(one.bytes);
    client.close_sending_side();
    for (const auto status : one.statuses) {
      if (status == 0) continue;
      const auto answer = client.read_answer();
      EXPECT_EQ(answer.status, status);
      if (status >= 400) {
        EXPECT_EQ(answer.header("content-type"), "application/json; charset=utf-8");
      }
      if (status == 400) {
        EXPECT_EQ(answer.header("connection"), "close");
      }
    }
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_EQ(Client(server.port()).get("/ping").body, "pong");
  eventually([&] { return server.server().load().connections == 0; });
}

TEST(Malformed, EveryCutOfARequestEndsCleanly) {
  TestServer server(small_router());
  const auto request = post("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  for (std::size_t size = 0; size < request.size(); ++size) {
    Client client(server.port());
    client.send(request.substr(0, size));
    client.close_sending_side();
    EXPECT_EQ(client.read_until_closed(), "") << size;
  }
}

}  // namespace
}  // namespace ashlar::http
