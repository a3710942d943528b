// What a server does once a day without being asked: it removes old history, where RETENTION_ENABLED says so.
#pragma once
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "api/app.h"

namespace ashlar::cli {

class Housekeeping {
 public:
  // Waits on that event loop and works on threads of the app's background. Both must outlive it.
  Housekeeping(boost::asio::io_context& context, api::App& app);

  // Ends the waiting, and the work after the batch at hand.
  void stop();

 private:
  void wait();
  api::App& app_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<std::atomic<bool>> is_stopped_ = std::make_shared<std::atomic<bool>>(false);  // work outlives this
};

}  // namespace ashlar::cli
