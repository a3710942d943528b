// ResponseCache keeps whole answers of reads (CACHE_*); contract files-server 11.3. In memory or in Redis.
//
// Exact invalidation: every key begins with the epoch, a random text in the store itself. Who makes an answer takes the
// epoch before it reads the database; emptying the cache, which happens after a commit and before the writer gets his
// answer, removes the epoch. So an answer that was made of older rows lies under an epoch that nobody asks for any
// more, however late it is stored and whichever process stores it.
//
// Of several requests for the same thing that is not kept, one makes the answer and the others wait for it.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access/accountability.h"
#include "access/permissions.h"
#include "bus/bus.h"
#include "config/settings.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

class ResponseCache {
 public:
  // Both must outlive it.
  ResponseCache(const config::Settings& settings, bus::Bus& bus);

  bool enabled() const { return store_ != nullptr; }
  // Whether asking waits for another server: then it must not be done on an event loop.
  bool blocks() const { return blocks_; }
  bus::Store* store() { return store_.get(); }

  // Whether answers to this request may be kept at all. To be asked first: all below is about such requests only.
  bool is_for(const http::Request& request) const;

  // The kept answer, nothing where there is none or the asker wants none.
  std::optional<http::Response> find(const http::Request& request, const access::Accountability& who);

  // The kept answer, or the one that `make` makes, which is then kept where it may be. `permissions` is asked where it
  // matters whether what the asker may see depends on the time.
  http::Response answer(const http::Request& request, const access::Accountability& who,
                        const std::function<access::PermissionsPointer()>& permissions,
                        const std::function<http::Response()>& make);

  // The header that tells whether an answer was kept; for those that came another way, too.
  void mark_missed(const http::Request& request, http::Response& response) const;

  // Forgets everything, in the other processes too.
  void purge();
  // After a commit: forgets everything if these collections ask for it.
  void on_written(const std::set<std::string, std::less<>>& collections);

  struct Counts {
    std::uint64_t hits, misses, purges;
  };
  Counts counts() const { return {hits_, misses_, purges_}; }

 private:
  struct Flight;

  std::string key_of(const http::Request& request, const access::Accountability& who);
  std::string epoch();
  bool is_skipped(const http::Request& request) const;
  std::optional<http::Response> find(const std::string& key, const access::Accountability& who);
  http::Response from_kept(const std::string& kept, const access::Accountability& who) const;
  bus::StoredText keep(const std::string& key, std::string_view body, std::string_view etag);
  http::Response made(const std::string& key, const access::Accountability& who, bool skipped,
                      const std::function<access::PermissionsPointer()>& permissions, http::Response response,
                      bus::StoredText& kept);
  std::string cache_control(const access::Accountability& who, std::int64_t milliseconds_left) const;

  const config::Settings& settings_;
  const config::CacheSettings& cache_;
  std::unique_ptr<bus::Store> store_;
  bool blocks_ = false;
  bus::Messages& messages_;
  bus::Subscription subscription_;
  std::mutex epoch_mutex_;
  std::mutex flights_mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  std::atomic<std::uint64_t> hits_ = 0, misses_ = 0, purges_ = 0;
};

}  // namespace ashlar::api
