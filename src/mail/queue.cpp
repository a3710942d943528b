#include "mail/queue.h"

#include "base/log.h"
#include "base/text.h"

namespace ashlar::mail {

MailQueue::MailQueue(Transport& transport, QueueOptions options)
    : transport_(transport), options_(std::move(options)) {}

MailQueue::~MailQueue() { stop(std::chrono::milliseconds(0)); }

bool MailQueue::add(Message message) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= options_.most_waiting) return false;
    jobs_.emplace(std::chrono::steady_clock::now(), Job{std::move(message)});
    if (threads_.empty()) {
      for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
    }
  }
  wake_.notify_one();
  return true;
}

std::size_t MailQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size() + static_cast<std::size_t>(sending_);
}

void MailQueue::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  if (threads_.empty()) return;
  wake_.notify_all();
  drained_.wait_for(lock, patience, [&] { return jobs_.empty() && sending_ == 0; });
  abandoned_ = true;
  if (!jobs_.empty()) log::error("{} mails were not sent, since the program ends", jobs_.size());
  jobs_.clear();
  auto threads = std::move(threads_);
  threads_.clear();
  lock.unlock();
  wake_.notify_all();
  for (auto& thread : threads) thread.join();
}

MailQueue::Time MailQueue::next_turn(Time now) {
  if (options_.most_in_span <= 0) return now;
  if (now - span_start_ >= options_.span) {
    span_start_ = now;
    sent_in_span_ = 0;
  }
  if (sent_in_span_ >= options_.most_in_span) return span_start_ + options_.span;
  ++sent_in_span_;
  return now;
}

void MailQueue::work() {
  std::unique_lock lock(mutex_);
  while (!abandoned_) {
    if (jobs_.empty()) {
      if (stopping_) return;
      wake_.wait(lock);
      continue;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto first = jobs_.begin();
    // At the end nobody waits for pauses any more.
    auto due = stopping_ ? now : first->first;
    if (due <= now) due = next_turn(now);
    if (due > now) {
      wake_.wait_until(lock, due);
      continue;
    }
    auto job = std::move(first->second);
    jobs_.erase(first);
    ++sending_;
    lock.unlock();
    send(std::move(job));
    lock.lock();
    --sending_;
    if (jobs_.empty() && sending_ == 0) drained_.notify_all();
  }
}

void MailQueue::send(Job job) {
  const auto to = join(recipients(job.message), ", ");
  try {
    transport_.send(job.message);
    log::debug("A mail to {} was sent: {}", to, job.message.subject);
  } catch (const SendError& error) {
    std::unique_lock lock(mutex_);
    const bool again = error.may_pass() && job.tries < options_.pauses.size() && !stopping_;
    if (!again) {
      lock.unlock();
      log::error("A mail to {} (\"{}\") was not sent: {}", to, job.message.subject, error.what());
      return;
    }
    const auto pause = options_.pauses[job.tries++];
    jobs_.emplace(std::chrono::steady_clock::now() + pause, std::move(job));
    lock.unlock();
    wake_.notify_one();
    log::warn("A mail to {} was not sent yet: {}. It is tried again in {} s", to, error.what(),
              std::chrono::duration_cast<std::chrono::seconds>(pause).count());
  } catch (const std::exception& error) {
    log::error("A mail to {} was not sent: {}", to, error.what());
  }
}

}  // namespace ashlar::mail
