// Who runs when: permits, the queue, and the end of the server.
#include <gtest/gtest.h>

#include <atomic>

#include "http/client.h"

namespace ashlar::http {
namespace {

// A route that blocks until the test lets it go.
struct Blocking {
  Event release;
  std::atomic<int> running = 0;

  Handler handler() {
    return [this](Request&) {
      ++running;
      release.wait();
      --running;
      return Response::text("released");
    };
  }
};

Router blocking_router(Blocking& blocking) {
  Router router;
  router.get("/block", blocking.handler());
  router.get("/work", [](Request&) { return Response::text("worked"); });
  router.get("/ping", [](Request&) { return Response::text("pong"); }, {.run = Run::inline_io});
  return router;
}

const std::string block = "GET /block HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(Permits, PingAnswersWhileAllAreTaken) {
  Blocking blocking;
  TestServer server(blocking_router(blocking));
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send(block);
  }
  eventually([&] { return blocking.running == 2 && server.server().load().queued == 48; });
  EXPECT_EQ(server.server().load().running, 2);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Client(server.port()).get("/ping").body, "pong");
  EXPECT_EQ(blocking.running, 2);
  blocking.release.set();
  for (auto& client : clients) EXPECT_EQ(client->read_answer().body, "released");
  eventually([&] { return server.server().load().running == 0; });
  EXPECT_EQ(server.server().load().queued, 0U);
}

TEST(Permits, WaitingRequestsAreServedInTheirOrder) {
  Blocking blocking;
  std::mutex mutex;
  std::vector<std::string> order;
  auto router = blocking_router(blocking);
  router.get("/note/{id}", [&](Request& request) {
    const std::lock_guard lock(mutex);
    order.push_back(request.parameter("id"));
    return Response::no_content();
  });
  TestServer server(std::move(router), [](ServerOptions& options) { options.permits = 1; });
  Client first(server.port());
  first.send(block);
  eventually([&] { return blocking.running == 1; });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send("GET /note/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    eventually([&] { return server.server().load().queued == static_cast<std::size_t>(i) + 1; });
  }
  blocking.release.set();
  for (auto& client : clients) EXPECT_EQ(client->read_answer().status, 204);
  EXPECT_EQ(order, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST(Permits, AFullQueueIsSaid) {
  Blocking blocking;
  TestServer server(blocking_router(blocking), [](ServerOptions& options) {
    options.permits = 1;
    options.max_queued = 1;
  });
  Client running(server.port()), queued(server.port()), refused(server.port());
  running.send(block);
  eventually([&] { return blocking.running == 1; });
  queued.send(block);
  eventually([&] { return server.server().load().queued == 1; });
  const auto answer = refused.get("/work");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.body.find(R"("service":"api")"), std::string::npos);
  EXPECT_NE(answer.body.find(R"("code":"SERVICE_UNAVAILABLE")"), std::string::npos);
  EXPECT_EQ(refused.get("/ping").body, "pong");
  blocking.release.set();
  EXPECT_EQ(running.read_answer().status, 200);
  EXPECT_EQ(queued.read_answer().status, 200);
  EXPECT_EQ(refused.get("/work").body, "worked");
}

TEST(Permits, ManyClientsAtOnceGetTheirAnswers) {
  Blocking blocking;
  TestServer server(blocking_router(blocking), [](ServerOptions& options) { options.permits = 3; });
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        Client client(server.port());
        for (int k = 0; k < 10; ++k) good += client.get(k % 2 == 0 ? "/work" : "/ping").status == 200 ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

TEST(Elastic, RoutesDoNotTakePermits) {
  Blocking blocking;
  auto router = blocking_router(blocking);
  router.get("/wait", blocking.handler(), {.run = Run::elastic});
  TestServer server(std::move(router), [](ServerOptions& options) { options.permits = 1; });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  eventually([&] { return blocking.running == 10; });
  EXPECT_EQ(Client(server.port()).get("/work").body, "worked");
  blocking.release.set();
  for (auto& client : clients) EXPECT_EQ(client->read_answer().body, "released");
}

TEST(Elastic, MoreThanTheMaximumWait) {
  Blocking blocking;
  Router router;
  router.get("/wait", blocking.handler(), {.run = Run::elastic});
  TestServer server(std::move(router), [](ServerOptions& options) { options.max_elastic = 2; });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<Client>(server.port()));
    clients.back()->send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  eventually([&] { return blocking.running == 2; });
  blocking.release.set();
  for (auto& client : clients) EXPECT_EQ(client->read_answer().body, "released");
}

TEST(Stop, LetsRunningAndQueuedRequestsFinish) {
  Blocking blocking;
  TestServer server(blocking_router(blocking), [](ServerOptions& options) {
    options.permits = 1;
    options.shutdown_timeout = std::chrono::seconds(20);
  });
  Client running(server.port()), queued(server.port()), idle(server.port());
  EXPECT_EQ(idle.get("/ping").body, "pong");
  running.send(block);
  eventually([&] { return blocking.running == 1; });
  queued.send(block);
  eventually([&] { return server.server().load().queued == 1; });
  server.server().stop();
  EXPECT_EQ(idle.read_until_closed(), "");
  blocking.release.set();
  const auto answer = running.read_answer();
  EXPECT_EQ(answer.body, "released");
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(queued.read_answer().body, "released");
  EXPECT_EQ(server.stop(), 0U);
}

TEST(Stop, AcceptsNobodyAnyMore) {
  Blocking blocking;
  TestServer server(blocking_router(blocking),
                    [](ServerOptions& options) { options.shutdown_timeout = std::chrono::seconds(20); });
  Client running(server.port());
  running.send(block);
  eventually([&] { return blocking.running == 1; });
  server.server().stop();
  eventually([&] {
    try {
      Client another(server.port());
      return another.read_until_closed().empty();
    } catch (const std::runtime_error&) {
      return true;
    }
  });
  blocking.release.set();
  EXPECT_EQ(running.read_answer().body, "released");
}

TEST(Stop, CutsWhatTakesTooLongAndSaysSo) {
  Blocking blocking;
  TestServer server(blocking_router(blocking),
                    [](ServerOptions& options) { options.shutdown_timeout = std::chrono::milliseconds(50); });
  Client client(server.port());
  client.send(block);
  eventually([&] { return blocking.running == 1; });
  EXPECT_EQ(server.stop(), 1U);
  EXPECT_EQ(client.read_until_closed(), "");
  blocking.release.set();
}

TEST(Stop, EndsStreamsThatWouldGoOn) {
  Router router;
  router.get("/", [](Request&) {
    return Response::streamed("text/plain", [](BodyWriter& writer) {
      for (;;) writer.write(std::string(10'000, 'x'));
    });
  });
  TestServer server(std::move(router),
                    [](ServerOptions& options) { options.shutdown_timeout = std::chrono::milliseconds(50); });
  Client client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_some(10'000);
  EXPECT_EQ(server.stop(), 0U);
}

TEST(Stop, MayComeBeforeRun) {
  ServerOptions options;
  options.host = "127.0.0.1";
  options.port = 0;
  Server server(options, Router());
  server.listen();
  server.stop();
  EXPECT_EQ(server.run(), 0U);
}

}  // namespace
}  // namespace ashlar::http
