#include "mail/queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>

namespace ashlar::mail {
namespace {

using std::chrono::milliseconds;

// Does what the test says with each mail, and lets it wait for them.
class TestTransport : public Transport {
 public:
  explicit TestTransport(std::function<void(int attempt)> answer = [](int) {}) : answer_(std::move(answer)) {}

  void send(const Message& message) override {
    const int attempt = ++attempts;
    answer_(attempt);
    const std::lock_guard lock(mutex_);
    sent_.push_back(message.subject);
    changed_.notify_all();
  }
  std::optional<std::string> check() override { return std::nullopt; }
  std::string description() const override { return "a test"; }

  // False where they did not come in a long time.
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return sent_.size() >= count; });
  }
  std::size_t sent() {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }
  std::atomic<int> attempts = 0;

 private:
  std::function<void(int)> answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> sent_;
};

Message letter(const std::string& subject = "Hi") {
  return {.from = {"a@example.com"}, .to = {{"b@example.com"}}, .subject = subject, .text = "x"};
}

QueueOptions quick() { return {.pauses = {milliseconds(1), milliseconds(2), milliseconds(3)}}; }

TEST(MailQueue, SendsEveryMail) {
  TestTransport transport;
  MailQueue queue(transport, quick());
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(queue.add(letter()));
  EXPECT_TRUE(transport.wait_for(50));
}

TEST(MailQueue, TriesAgainWhatMayPass) {
  TestTransport transport([](int attempt) {
    if (attempt < 4) throw SendError("not now", true);
  });
  MailQueue queue(transport, quick());
  queue.add(letter());
  EXPECT_TRUE(transport.wait_for(1));
  EXPECT_EQ(transport.attempts, 4);
}

TEST(MailQueue, GivesUpWhatIsRefusedForGoodOrTooOften) {
  TestTransport refused([](int) { throw SendError("never", false); });
  MailQueue first(refused, quick());
  first.add(letter());
  first.stop(std::chrono::seconds(20));
  EXPECT_EQ(refused.attempts, 1);

  std::promise<void> last;
  TestTransport down([&](int attempt) {
    if (attempt == 4) last.set_value();
    throw SendError("not now", true);
  });
  MailQueue second(down, quick());
  second.add(letter());
  ASSERT_EQ(last.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  second.stop(std::chrono::seconds(20));
  EXPECT_EQ(down.attempts, 4);
}

TEST(MailQueue, RefusesMoreThanMayWait) {
  std::promise<void> go;
  auto gate = go.get_future().share();
  TestTransport transport([&](int) { gate.wait(); });
  MailQueue queue(transport, {.threads = 1, .most_waiting = 2});
  int taken = 0;
  while (queue.add(letter()) && taken < 10) ++taken;
  EXPECT_LE(taken, 3);
  go.set_value();
  EXPECT_TRUE(transport.wait_for(static_cast<std::size_t>(taken)));
}

TEST(MailQueue, SendsNoMoreThanTheLimitAllows) {
  TestTransport transport;
  MailQueue queue(transport, {.most_in_span = 2, .span = std::chrono::hours(1)});
  for (int i = 0; i < 5; ++i) queue.add(letter());
  ASSERT_TRUE(transport.wait_for(2));
  queue.stop(milliseconds(0));
  EXPECT_EQ(transport.sent(), 2u);
}

TEST(MailQueue, SendsWhatWaitsBeforeItEnds) {
  std::atomic<bool> is_up = false;
  std::promise<void> failed;
  TestTransport transport([&](int attempt) {
    if (attempt == 1) failed.set_value();
    if (!is_up) throw SendError("not now", true);
  });
  MailQueue queue(transport, {.pauses = {std::chrono::hours(1)}});
  queue.add(letter());
  ASSERT_EQ(failed.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  is_up = true;
  queue.stop(std::chrono::seconds(20));
  EXPECT_EQ(transport.sent(), 1u);
  EXPECT_FALSE(queue.add(letter()));
}

TEST(MailQueue, DoesNotWaitLongerThanItMay) {
  TestTransport transport([](int) { throw SendError("not now", true); });
  MailQueue queue(transport, {.pauses = {std::chrono::hours(1)}, .most_in_span = 1, .span = std::chrono::hours(1)});
  queue.add(letter());
  queue.add(letter());
  queue.stop(milliseconds(10));
  EXPECT_EQ(queue.waiting(), 0u);
}

}  // namespace
}  // namespace ashlar::mail
