#include "api/response_cache.h"

#include <algorithm>
#include <vector>

#include "api/headers.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"

namespace ashlar::api {
namespace {

constexpr std::size_t bytes_in_memory = 128U << 20U;
constexpr std::size_t largest_kept = 8U << 20U;  // where CACHE_VALUE_MAX_SIZE says nothing
constexpr std::string_view epoch_key = "epoch";
constexpr std::string_view channel = "responses";
constexpr std::size_t epoch_length = 16;
constexpr std::string_view json_type = "application/json; charset=utf-8";

bool begins_with(std::string_view path, std::string_view prefix) {
  return path.size() >= prefix.size() && equals_ignoring_case(path.substr(0, prefix.size()), prefix) &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

// What is never kept: secrets, what is different each time, what is no answer to a question about data.
bool is_excluded(std::string_view path) {
  constexpr std::string_view prefixes[] = {
      "/auth",       "/assets", "/server/health",      "/server/ping", "/utils/random", "/metrics",
      "/robots.txt", "/admin",  "/extensions/sources", "/websocket",   "/mcp",          "/files/tus"};
  return path == "/" || std::any_of(std::begin(prefixes), std::end(prefixes),
                                    [path](std::string_view prefix) { return begins_with(path, prefix); });
}

// Health and the like are told to be misses, but the quick answers before authentication know of no cache.
bool is_outside(std::string_view path) {
  return path == "/" || begins_with(path, "/server/ping") || begins_with(path, "/robots.txt") ||
         begins_with(path, "/admin");
}

// A parameter's name up to its first bracket: "filter" of "filter[a][_eq]=1".
std::string_view base_name(std::string_view parameter) { return parameter.substr(0, parameter.find_first_of("[=%")); }

// The parameters in an order of their own, so that it does not matter in which they were sent; those of the same name
// stay as they are. Without the token: who asks stands in the key anyway.
void append_parameters(std::string& key, std::string_view query) {
  auto parameters = split(query, '&');
  std::erase_if(parameters, [](std::string_view part) { return part.empty() || base_name(part) == "access_token"; });
  std::stable_sort(parameters.begin(), parameters.end(),
                   [](std::string_view a, std::string_view b) { return base_name(a) < base_name(b); });
  char separator = '?';
  for (const auto parameter : parameters) {
    key += std::exchange(separator, '&');
    key += parameter;
  }
}

bool mentions_now(const json::value& value) {
  if (const auto* text = value.if_string()) return text->find("$NOW") != json::string::npos;
  if (const auto* list = value.if_array()) return std::any_of(list->begin(), list->end(), mentions_now);
  const auto* object = value.if_object();
  return object != nullptr &&
         std::any_of(object->begin(), object->end(), [](const auto& member) { return mentions_now(member.value()); });
}

bool depends_on_time(const access::Permissions& permissions) {
  if (permissions.admin) return false;
  for (const auto& collection : permissions.collections()) {
    const auto* allowed = permissions.find(collection, access::Action::read);
    if (allowed == nullptr) continue;
    for (const auto& rule : allowed->rules) {
      if (mentions_now(rule.filter)) return true;
    }
  }
  return false;
}

// The collection that a path is about: "drafts" of /items/drafts/1, "directus_presets" of /presets.
std::string collection_of(std::string_view path) {
  const auto segments = split(path.substr(1), '/');
  if (equals_ignoring_case(segments.front(), "items")) return segments.size() > 1 ? percent_decode(segments[1]) : "";
  return "directus_" + to_lower(segments.front());
}

// The path of an address: "/base" of https://example.com/base.
std::string_view path_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return url == "/" ? "" : url;
  const auto slash = url.find('/', scheme + 3);
  return slash == std::string_view::npos ? "" : url.substr(slash);
}

// Takes what a stream writes, until it is too much.
class Collector : public http::BodyWriter {
 public:
  Collector(http::BodyWriter& out, std::size_t most) : out_(out), most_(most) {}
  void write(std::string_view piece) override {
    if (fits_ && text_.size() + piece.size() <= most_) {
      text_ += piece;
    } else {
      fits_ = false;
      text_ = {};
    }
    out_.write(piece);
  }
  void flush() override { out_.flush(); }
  const std::string* text() const { return fits_ ? &text_ : nullptr; }

 private:
  http::BodyWriter& out_;
  std::size_t most_;
  std::string text_;
  bool fits_ = true;
};

}  // namespace

// An answer that is being made.
struct ResponseCache::Flight {
  std::mutex mutex;
  std::condition_variable landed;
  bool is_over = false;
  bus::StoredText kept;  // null where it could not be kept: then each makes his own

  void end(bus::StoredText with) {
    const std::lock_guard lock(mutex);
    is_over = true;
    kept = std::move(with);
    landed.notify_all();
  }
  bus::StoredText wait() {
    constexpr std::chrono::seconds patience{30};
    std::unique_lock lock(mutex);
    landed.wait_for(lock, patience, [this] { return is_over; });
    return kept;
  }
};

ResponseCache::ResponseCache(const config::Settings& settings, bus::Bus& bus)
    : settings_(settings), cache_(settings.cache), messages_(bus.messages()) {
  if (!cache_.enabled) return;
  store_ = bus.store(cache_.store, cache_.name_space, bytes_in_memory);
  blocks_ = cache_.store == "redis";
  if (blocks_ || !messages_.reaches_others()) return;
  // Each process has answers of its own, but hears when they are not true any more.
  const auto forget = [this] { store_->clear(""); };
  subscription_ = messages_.subscribe(std::string(channel),
                                      {.on_message = [forget](std::string_view) { forget(); }, .on_gap = forget});
}

bool ResponseCache::is_for(const http::Request& request) const {
  if (store_ == nullptr || request.method != http::Method::get || is_excluded(request.path())) return false;
  const auto query = request.query();
  // Exports are files; a filter on the present has another answer each time.
  return query.find("export") == std::string_view::npos && query.find("NOW") == std::string_view::npos;
}

std::string ResponseCache::epoch() {
  if (const auto known = store_->get(epoch_key)) return *known;
  // Those who ask at the same time must agree, or each makes an answer of his own.
  const std::lock_guard lock(epoch_mutex_);
  if (const auto known = store_->get(epoch_key)) return *known;
  auto fresh = random_token(epoch_length);
  store_->set(epoch_key, std::make_shared<const std::string>(fresh), std::nullopt);
  return fresh;
}

std::string ResponseCache::key_of(const http::Request& request, const access::Accountability& who) {
  auto key = epoch();
  const auto add = [&key](char kind, const std::optional<std::string>& value) {
    key += kind;
    if (value) key += *value;
  };
  add('|', who.user);
  add('r', who.role);
  add('s', who.share);
  if (!who.admin) {
    // They tell the address, too, where a policy holds for some addresses only.
    for (const auto& policy : who.policies) (key += ',') += policy;
  }
  key += '|';
  // The description of the API names the address under which it was asked.
  if (settings_.server.public_url == "/" && begins_with(request.path(), "/server")) key += request.header("host");
  key += request.path();
  append_parameters(key, request.query());
  return key;
}

bool ResponseCache::is_skipped(const http::Request& request) const {
  if (cache_.skip_allowed && request.header("cache-control").find("no-store") != std::string_view::npos) return true;
  const auto referer = request.header("referer");
  if (referer.empty()) return false;
  const auto& url = settings_.server.public_url;
  // Compared by path where the server knows no address of its own.
  const auto place = url == "/" ? path_of_url(referer) : referer;
  const auto app = (url == "/" ? std::string() : url) + "/admin";
  if (!place.starts_with(app)) return false;
  if (!cache_.auto_purge) return true;
  const auto& ignored = cache_.auto_purge_ignore_list;
  return std::find(ignored.begin(), ignored.end(), collection_of(request.path())) != ignored.end();
}

std::string ResponseCache::cache_control(const access::Accountability& who, std::int64_t milliseconds_left) const {
  if (cache_.auto_purge) return "no-cache";
  std::string value = who.user || who.share ? "private, max-age=" : "public, max-age=";
  value += std::to_string(std::max<std::int64_t>(milliseconds_left, 0) / 1000);
  if (cache_.shared_max_age && parse_integer(*cache_.shared_max_age)) value += ", s-maxage=" + *cache_.shared_max_age;
  return value;
}

// "<moment of its end>\n<etag>\n<body>"
bus::StoredText ResponseCache::keep(const std::string& key, std::string_view body, std::string_view etag) {
  if (body.size() > static_cast<std::size_t>(cache_.max_value_bytes.value_or(largest_kept))) return nullptr;
  auto text = std::make_shared<std::string>(std::to_string(now().milliseconds + cache_.ttl_milliseconds));
  text->reserve(text->size() + etag.size() + body.size() + 2);
  ((((*text) += '\n') += etag) += '\n') += body;
  store_->set(key, text, bus::milliseconds(cache_.ttl_milliseconds));
  return text;
}

http::Response ResponseCache::from_kept(const std::string& kept, const access::Accountability& who) const {
  const auto first = kept.find('\n'), second = kept.find('\n', first + 1);
  const auto end = parse_integer(std::string_view(kept).substr(0, first)).value_or(0);
  http::Response response;
  response.content_type = json_type;
  response.body.assign(kept, second + 1);
  response.headers.reserve(4);
  if (cache_.status_header) response.add_header(*cache_.status_header, "HIT");
  response.add_header("Cache-Control", cache_control(who, end - now().milliseconds));
  response.add_header("Vary", "Origin, Cache-Control");
  response.add_header("ETag", kept.substr(first + 1, second - first - 1));
  return response;
}

std::optional<http::Response> ResponseCache::find(const std::string& key, const access::Accountability& who) {
  const auto kept = store_->get(key);
  if (!kept) return std::nullopt;
  hits_.fetch_add(1, std::memory_order_relaxed);
  return from_kept(*kept, who);
}

std::optional<http::Response> ResponseCache::find(const http::Request& request, const access::Accountability& who) {
  if (is_skipped(request)) return std::nullopt;
  return find(key_of(request, who), who);
}

http::Response ResponseCache::answer(const http::Request& request, const access::Accountability& who,
                                     const std::function<access::PermissionsPointer()>& permissions,
                                     const std::function<http::Response()>& make) {
  const auto key = key_of(request, who);
  const bool skipped = is_skipped(request);
  bus::StoredText kept;
  if (skipped) return made(key, who, true, permissions, make(), kept);
  if (auto found = find(key, who)) return std::move(*found);
  std::shared_ptr<Flight> flight;
  bool leads = false;
  {
    const std::lock_guard lock(flights_mutex_);
    auto& place = flights_[key];
    if (place == nullptr) {
      place = std::make_shared<Flight>();
      leads = true;
    }
    flight = place;
  }
  if (!leads) {
    if (const auto shared = flight->wait()) {
      hits_.fetch_add(1, std::memory_order_relaxed);
      return from_kept(*shared, who);
    }
    return made(key, who, false, permissions, make(), kept);
  }
  const auto land = [&] {
    {
      const std::lock_guard lock(flights_mutex_);
      flights_.erase(key);
    }
    flight->end(kept);
  };
  try {
    // Whoever led before may have ended between the look above and now.
    if (kept = store_->get(key); kept != nullptr) {
      land();
      hits_.fetch_add(1, std::memory_order_relaxed);
      return from_kept(*kept, who);
    }
    auto response = made(key, who, false, permissions, make(), kept);
    land();
    return response;
  } catch (...) {
    land();
    throw;
  }
}

http::Response ResponseCache::made(const std::string& key, const access::Accountability& who, bool skipped,
                                   const std::function<access::PermissionsPointer()>& permissions,
                                   http::Response response, bus::StoredText& kept) {
  misses_.fetch_add(1, std::memory_order_relaxed);
  const bool may_be_kept = response.status == 200 && response.content_type == json_type && response.headers.empty() &&
                           !response.part && !depends_on_time(*permissions());
  if (cache_.status_header) response.add_header(*cache_.status_header, "MISS");
  if (response.status != 200) return response;
  bool is_kept = false;
  if (may_be_kept && response.stream) {
    is_kept = true;
    const auto most = static_cast<std::size_t>(cache_.max_value_bytes.value_or(largest_kept));
    response.stream = [this, key, most, write = std::move(response.stream)](http::BodyWriter& out) {
      Collector collector(out, most);
      write(collector);
      if (const auto* text = collector.text()) keep(key, *text, etag_of(*text));
    };
  } else if (may_be_kept) {
    auto etag = etag_of(response.body);
    kept = keep(key, response.body, etag);
    is_kept = kept != nullptr;
    response.add_header("ETag", std::move(etag));
  }
  if (response.header("cache-control").empty()) {
    response.add_header("Cache-Control", skipped   ? "no-store"
                                         : is_kept ? cache_control(who, cache_.ttl_milliseconds)
                                                   : "no-cache");
    response.add_header("Vary", "Origin, Cache-Control");
  }
  return response;
}

void ResponseCache::mark_missed(const http::Request& request, http::Response& response) const {
  if (!cache_.status_header || request.method != http::Method::get || is_outside(request.path())) return;
  if (response.header(*cache_.status_header).empty()) response.add_header(*cache_.status_header, "MISS");
}

void ResponseCache::purge() {
  if (store_ == nullptr) return;
  purges_.fetch_add(1, std::memory_order_relaxed);
  if (blocks_) {
    store_->remove(epoch_key);  // what lies under the old one ends by its time
    return;
  }
  store_->clear("");
  if (messages_.reaches_others()) messages_.publish(channel, "purge");
}

void ResponseCache::on_written(const std::set<std::string, std::less<>>& collections) {
  if (store_ == nullptr) return;
  // What somebody may see must not outlive his right to see it, whatever the settings say.
  constexpr std::string_view of_access[] = {"directus_roles", "directus_policies", "directus_access",
                                            "directus_permissions"};
  const auto counts = [&](const std::string& name) {
    // Written by the server beside every change, they are none by themselves.
    if (name == "directus_revisions" || name == "directus_activity") return false;
    if (std::find(std::begin(of_access), std::end(of_access), name) != std::end(of_access)) return true;
    const auto& ignored = cache_.auto_purge_ignore_list;
    return cache_.auto_purge && std::find(ignored.begin(), ignored.end(), name) == ignored.end();
  };
  if (std::any_of(collections.begin(), collections.end(), counts)) purge();
}

}  // namespace ashlar::api
