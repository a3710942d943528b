// Bodies that are read and written piece by piece.
#include <gtest/gtest.h>

#include <numeric>

#include "http/client.h"

namespace ashlar::http {
namespace {

// Answers with the number of bytes of the body and their sum.
Response measure(Request& request) {
  std::size_t bytes = 0, sum = 0;
  std::vector<char> piece(10'000);
  while (const auto got = request.body_reader().read(piece.data(), piece.size())) {
    bytes += got;
    sum = std::accumulate(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got), sum);
  }
  return Response::text(std::to_string(bytes) + " " + std::to_string(sum));
}

Router stream_router() {
  Router router;
  router.get("/ping", [](Request&) { return Response::text("pong"); }, {.run = Run::inline_io});
  router.get("/work", [](Request&) { return Response::text("worked"); });
  router.post("/upload", measure, {.body = Body::streamed});
  router.post("/ignore", [](Request&) { return Response::text("did not read", 413); }, {.body = Body::streamed});
  return router;
}

TEST(StreamedBody, IsReadHoweverLargeItIs) {
  TestServer server(stream_router());
  Client client(server.port());
  const std::string piece(100'000, '\1');
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n");
  for (int i = 0; i < 200; ++i) client.send(piece);
  EXPECT_EQ(client.read_answer().body, "20000000 20000000");
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 50; ++i) client.send("186A0\r\n" + piece + "\r\n");
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "5000000 5000000");
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answer().body, "0 0");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(StreamedBody, IsAskedForOnlyWhenItIsRead) {
  TestServer server(stream_router());
  Client reading(server.port());
  reading.send("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(reading.read_answer().status, 100);
  reading.send("\1\1");
  EXPECT_EQ(reading.read_answer().body, "2 2");
  Client ignoring(server.port());
  ignoring.send("POST /ignore HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(ignoring.read_answer().status, 413);
}

TEST(StreamedBody, ThatNobodyReadsDoesNotSpoilTheAnswer) {
  TestServer server(stream_router());
  Client client(server.port());
  client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + std::string(20'000'000, 'x'));
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("connection"), "close");
}

TEST(StreamedBody, OfASmallRequestThatNobodyReadsKeepsTheConnection) {
  TestServer server(stream_router());
  Client client(server.port());
  client.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12345");
  EXPECT_EQ(client.read_answer().body, "did not read");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(StreamedBody, MalformedChunksAreTheClientsFault) {
  TestServer server(stream_router());
  Client client(server.port());
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n");
  EXPECT_EQ(client.read_answer().status, 400);
}

// Takes uploads, and says when a client has gone.
Router upload_router(Event& gone) {
  Router router;
  router.post("/upload",
              [&gone](Request& request) -> Response {
                try {
                  return measure(request);
                } catch (const ClientGone&) {
                  gone.set();
                  throw;
                }
              },
              {.body = Body::streamed});
  return router;
}

TEST(StreamedBody, ItsHandlerHearsThatTheClientHasGone) {
  Event gone;
  TestServer server(upload_router(gone));
  {
    Client client(server.port());
    client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  }
  gone.wait();
  eventually([&] { return server.server().load().connections == 0; });
}

TEST(StreamedBody, ItsHandlerHearsThatNothingComes) {
  Event gone;
  TestServer server(upload_router(gone),
                    [](ServerOptions& options) { options.io_timeout = std::chrono::milliseconds(50); });
  Client client(server.port());
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  gone.wait();
}

TEST(StreamedBody, WhoeverSendsAByteNowAndThenIsCutOff) {
  Event gone;
  TestServer server(upload_router(gone), [](ServerOptions& options) {
    options.io_timeout = std::chrono::milliseconds(100);
    options.least_body_rate = 1'000'000;
  });
  Client client(server.port());
  client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  auto is_cut = false;
  for (int i = 0; i < 1000 && !is_cut; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    try {
      client.send("x");
    } catch (const std::runtime_error&) {
      is_cut = true;
    }
  }
  EXPECT_TRUE(is_cut);
  gone.wait();
}

TEST(StreamedBody, SlowUploadsHoldNobodyUp) {
  TestServer server(stream_router(), [](ServerOptions& options) { options.permits = 1; });
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 30; ++i) {
    slow.push_back(std::make_unique<Client>(server.port()));
    slow.back()->send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\1");
  }
  eventually([&] { return server.server().load().elastic == 30; });
  Client client(server.port());
  EXPECT_EQ(client.get("/work").body, "worked");
  for (auto& one : slow) one->send("\1");
  for (auto& one : slow) EXPECT_EQ(one->read_answer().body, "2 2");
}

Router writing_router(std::size_t pieces) {
  Router router;
  router.get("/stream", [pieces](Request&) {
    return Response::streamed("text/plain", [pieces](BodyWriter& writer) {
      for (std::size_t i = 0; i < pieces; ++i) writer.write("piece " + std::to_string(i) + "\n");
    });
  });
  router.get("/ping", [](Request&) { return Response::text("pong"); }, {.run = Run::inline_io});
  return router;
}

std::string all_pieces(std::size_t pieces) {
  std::string text;
  for (std::size_t i = 0; i < pieces; ++i) text += "piece " + std::to_string(i) + "\n";
  return text;
}

TEST(Stream, IsChunkedAndKeepsTheConnection) {
  TestServer server(writing_router(100'000));
  Client client(server.port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.get("/stream");
    EXPECT_EQ(answer.header("transfer-encoding"), "chunked");
    EXPECT_EQ(answer.header("content-length"), "");
    EXPECT_EQ(answer.body, all_pieces(100'000));
  }
}

TEST(Stream, EndsWithTheConnectionInHttp10) {
  TestServer server(writing_router(1000));
  Client client(server.port());
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.header("transfer-encoding"), "");
  EXPECT_EQ(answer.body, all_pieces(1000));
}

TEST(Stream, IsNotMadeForHead) {
  Router router;
  router.get("/",
             [](Request&) { return Response::streamed("text/plain", [](BodyWriter&) { ADD_FAILURE() << "made"; }); });
  router.get("/ping", [](Request&) { return Response::text("pong"); });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read_answer(true).status, 200);
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Stream, MayBeEmpty) {
  TestServer server(writing_router(0));
  Client client(server.port());
  EXPECT_EQ(client.get("/stream").body, "");
  EXPECT_EQ(client.get("/ping").body, "pong");
}

TEST(Stream, SendsWhatIsFlushedAtOnce) {
  Event received;
  Router router;
  router.get("/", [&](Request&) {
    return Response::streamed("text/plain", [&](BodyWriter& writer) {
      writer.write("first");
      writer.flush();
      received.wait();
      writer.write("second");
    });
  });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_until("5\r\nfirst\r\n");
  received.set();
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "6\r\nsecond\r\n0\r\n\r\n");
}

TEST(Stream, WritersHearThatTheClientHasGone) {
  Event gone;
  Router router;
  router.get("/", [&](Request&) {
    return Response::streamed("text/plain", [&](BodyWriter& writer) {
      try {
        for (;;) writer.write(std::string(10'000, 'x'));
      } catch (const ClientGone&) {
        gone.set();
        throw;
      }
    });
  });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_some(100'000);
  client.abort();
  gone.wait();
  eventually([&] { return server.server().load().connections == 0; });
}

TEST(Stream, WritersHearThatTheClientDoesNotRead) {
  Event gone;
  Router router;
  router.get("/", [&](Request&) {
    return Response::streamed("text/plain", [&](BodyWriter& writer) {
      try {
        for (;;) writer.write(std::string(10'000, 'x'));
      } catch (const ClientGone&) {
        gone.set();
        throw;
      }
    });
  });
  TestServer server(std::move(router),
                    [](ServerOptions& options) { options.io_timeout = std::chrono::milliseconds(50); });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  gone.wait();
}

TEST(Stream, AnEarlyErrorIsAnAnswerAndALateOneCutsTheConnection) {
  Router router;
  router.get("/early", [](Request&) {
    return Response::streamed("text/plain", [](BodyWriter& writer) {
      writer.write("a little");
      throw ApiError::forbidden();
    });
  });
  router.get("/late", [](Request&) {
    return Response::streamed("text/plain", [](BodyWriter& writer) {
      writer.write("a little");
      writer.flush();
      throw ApiError::forbidden();
    });
  });
  TestServer server(std::move(router));
  Client client(server.port());
  EXPECT_EQ(client.get("/early").status, 403);
  EXPECT_THROW(client.get("/late"), std::runtime_error);
}

TEST(Stream, SlowReadersHoldNobodyUp) {
  auto router = writing_router(1'000'000);
  router.get("/work", [](Request&) { return Response::text("worked"); });
  TestServer server(std::move(router), [](ServerOptions& options) { options.permits = 1; });
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 10; ++i) {
    slow.push_back(std::make_unique<Client>(server.port()));
    slow.back()->send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  eventually([&] { return server.server().load().elastic == 10; });
  EXPECT_EQ(Client(server.port()).get("/work").body, "worked");
}

}  // namespace
}  // namespace ashlar::http
