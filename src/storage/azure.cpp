#include "storage/azure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "config/error.h"

namespace ashlar::storage {
namespace {

constexpr std::string_view service = "Azure";
constexpr std::string_view version = "2021-08-06";  // of the protocol
constexpr std::size_t block_size = std::size_t{8} << 20;
constexpr std::array<std::string_view, 7> days{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string http_date(Moment moment) {
  const auto civil = civil_utc(moment);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(moment.milliseconds / 86'400'000 % 7)],
      civil.day, months[static_cast<std::size_t>(civil.month - 1)], civil.year, civil.hour, civil.minute, civil.second);
}

std::string header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

AzureStorage::AzureStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock)
    : client_(client), clock_(std::move(clock)), root_(location.root) {
  container_ = required_option(location, "containerName");
  account_ = required_option(location, "accountName");
  const auto key = base64_decode(required_option(location, "accountKey"));
  if (!key) throw config::ConfigError("storage location " + location.name + ": ACCOUNT_KEY is no base64");
  key_ = *key;
  auto endpoint = option(location, "endpoint");
  if (endpoint.empty()) endpoint = "https://" + account_ + ".blob.core.windows.net";
  url_ = endpoint_url(endpoint);
  const auto slash = url_.find('/', url_.find("://") + 3);
  if (slash != url_.npos) {
    base_path_ = url_.substr(slash);
    url_.resize(slash);
  }
}

std::string AzureStorage::key_of(std::string_view name) const { return object_key(root_, normalized_name(name)); }

// "Authorize with Shared Key", the form of Blob services.
std::string AzureStorage::signature(const Call& call, const Headers& headers, const std::string& path) const {
  std::string own;
  auto sorted = headers;
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [name, value] : sorted) {
    if (name.starts_with("x-ms-")) own += name + ":" + value + "\n";
  }
  auto resource = "/" + account_ + path;
  auto query = call.query;
  std::sort(query.begin(), query.end());
  for (const auto& [name, value] : query) resource += "\n" + name + ":" + value;
  const auto length = call.body.empty() ? std::string() : std::to_string(call.body.size());
  const auto text = fmt::format("{}\n\n\n{}\n\n{}\n\n\n\n\n\n{}\n{}{}", call.method, length,
                                header_of(headers, "content-type"), header_of(headers, "range"), own, resource);
  return "SharedKey " + account_ + ":" + base64_encode(hmac_sha256(key_, text));
}

net::HttpResponse AzureStorage::send(const Call& call, const Sink& sink) {
  const auto path =
      base_path_ + "/" + percent_encode(container_) + (call.key.empty() ? "" : "/" + encoded_path(call.key));
  net::HttpRequest request;
  request.method = call.method;
  request.url = url_ + path;
  for (std::size_t i = 0; i < call.query.size(); ++i) {
    request.url += (i == 0 ? "?" : "&") + call.query[i].first + "=" + percent_encode(call.query[i].second);
  }
  request.headers = call.headers;
  request.headers.emplace_back("x-ms-date", http_date(clock_()));
  request.headers.emplace_back("x-ms-version", version);
  // libcurl would say a type of its own.
  const bool has_body = call.method == "PUT";
  if (has_body && header_of(request.headers, "content-type").empty()) {
    request.headers.emplace_back("content-type", "application/octet-stream");
  }
  request.headers.emplace_back("authorization", signature(call, request.headers, path));
  request.body = call.body;
  return exchange(client_, std::move(request), service, sink);
}

std::optional<Stat> AzureStorage::stat(std::string_view name) {
  return unless_missing([&] {
    const auto head = send({"HEAD", key_of(name)});
    return Stat{size_in(head), modified_in(head)};
  });
}

void AzureStorage::read(std::string_view name, const Range& range, const Sink& sink) {
  if (range.size == 0U) return;
  Call call{"GET", key_of(name)};
  if (range.offset > 0 || range.size) call.headers.emplace_back("range", range_header(range));
  send(call, sink);
}

std::uint64_t AzureStorage::write(std::string_view name, const Source& source, std::string_view content_type) {
  const auto key = key_of(name);
  std::vector<std::string> blocks;
  // Blocks that are never listed vanish by themselves; their ids are their own, so that two uploads do not mix.
  const auto upload = random_token(12);
  const auto total = in_pieces(source, block_size, [&](std::string_view piece, bool is_last) {
    if (is_last && blocks.empty()) {
      send({"PUT",
            key,
            {},
            {{"x-ms-blob-type", "BlockBlob"}, {"x-ms-blob-content-type", std::string(content_type)}},
            piece});
      return;
    }
    blocks.push_back(base64_encode(fmt::format("{}-{:08}", upload, blocks.size())));
    send({"PUT", key, {{"comp", "block"}, {"blockid", blocks.back()}}, {}, piece});
  });
  if (!blocks.empty()) {
    std::string body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
    for (const auto& block : blocks) body += "<Latest>" + block + "</Latest>";
    body += "</BlockList>";
    send({"PUT", key, {{"comp", "blocklist"}}, {{"x-ms-blob-content-type", std::string(content_type)}}, body});
  }
  return total;
}

void AzureStorage::copy(std::string_view from, std::string_view to) {
  const auto source = url_ + base_path_ + "/" + percent_encode(container_) + "/" + encoded_path(key_of(from));
  auto answer = send({"PUT", key_of(to), {}, {{"x-ms-copy-source", source}}});
  const auto state = [&] {
    const auto* status = answer.header("x-ms-copy-status");
    return status == nullptr ? std::string() : *status;
  };
  // Within an account copying is done at once; should it take longer, the copy itself says how far it is.
  while (state() == "pending") answer = send({"HEAD", key_of(to)});
  if (state() != "success") throw StorageError(StorageError::Kind::unavailable, "Azure does not copy");
}

void AzureStorage::remove(std::string_view name) {
  try {
    send({"DELETE", key_of(name)});
  } catch (const StorageError& error) {
    if (error.kind() != StorageError::Kind::not_found) throw;
  }
}

void AzureStorage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  std::string marker;
  do {
    Call call{"GET", "", {{"comp", "list"}, {"prefix", object_key(root_, prefix)}, {"restype", "container"}}};
    if (!marker.empty()) call.query.emplace_back("marker", marker);
    const auto answer = send(call);
    for (const auto& name : xml_texts(answer.body, "Name")) found(name_of_key(root_, name));
    marker = xml_text(answer.body, "NextMarker");
  } while (!marker.empty());
}

}  // namespace ashlar::storage
