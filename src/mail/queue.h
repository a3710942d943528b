// MailQueue: sends mails on threads of its own, so that no request waits for a mail server. What does not go out is
// tried again a few times, with longer and longer pauses; what never does is said in the log.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mail/message.h"
#include "mail/transport.h"

namespace ashlar::mail {

struct QueueOptions {
  int threads = 2;
  std::size_t most_waiting = 10'000;  // further mails are refused
  std::vector<std::chrono::milliseconds> pauses = {std::chrono::seconds(2), std::chrono::seconds(15),
                                                   std::chrono::minutes(2)};  // before each further try
  // No more than so many mails in one span of time; 0: any number.
  std::int64_t most_in_span = 0;
  std::chrono::milliseconds span{0};
};

class MailQueue {
 public:
  // `transport` must outlive it. The threads begin with the first mail.
  MailQueue(Transport& transport, QueueOptions options);
  // Stops without waiting for mails that are not on their way yet.
  ~MailQueue();
  MailQueue(const MailQueue&) = delete;
  MailQueue& operator=(const MailQueue&) = delete;

  // False where too many wait already, or it was stopped.
  bool add(Message message);

  // Takes no more, and gives those that wait one last try, for so long at most. The log says how many were lost.
  void stop(std::chrono::milliseconds patience);

  std::size_t waiting() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Job {
    Message message;
    std::size_t tries = 0;
  };

  void work();
  void send(Job job);
  // When the next mail may go, by the limit; counts it where that is now.
  Time next_turn(Time now);

  Transport& transport_;
  const QueueOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, drained_;
  std::multimap<Time, Job> jobs_;
  int sending_ = 0;
  bool stopping_ = false, abandoned_ = false;
  Time span_start_{};
  std::int64_t sent_in_span_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace ashlar::mail
