#include "storage/s3.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "config/error.h"

namespace ashlar::storage {
namespace {

constexpr std::string_view service = "S3";
constexpr std::size_t part_size = std::size_t{8} << 20;
constexpr std::size_t smallest_part = std::size_t{5} << 20;     // of all but the last; the protocol's limit
constexpr std::uint64_t largest_copy = std::uint64_t{5} << 30;  // in one request
constexpr std::uint64_t copied_part = std::uint64_t{1} << 30;
constexpr std::size_t parts_before_larger_ones = 5000;  // of 10000 that there may be

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

S3Storage::S3Storage(const config::StorageLocation& location, net::HttpClient& client, Clock clock)
    : client_(client), clock_(std::move(clock)), root_(location.root) {
  credentials_ = {option(location, "key"), option(location, "secret"), ""};
  if (credentials_.key.empty() != credentials_.secret.empty()) {
    throw config::ConfigError("storage location " + location.name + ": both or none of KEY and SECRET must be set");
  }
  if (credentials_.key.empty()) {
    credentials_ = {environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                    environment("AWS_SESSION_TOKEN")};
    if (credentials_.key.empty() || credentials_.secret.empty()) {
      throw config::ConfigError("storage location " + location.name + ": KEY and SECRET are not set");
    }
  }
  bucket_ = required_option(location, "bucket");
  region_ = option(location, "region");
  if (region_.empty()) region_ = "us-east-1";
  acl_ = option(location, "acl");
  encryption_ = option(location, "serverSideEncryption");
  if (encryption_.starts_with("aws:kms")) encryption_key_ = option(location, "serverSideEncryptionKmsKeyId");
  if (const auto value = parse_integer(option(location, "connectionTimeout"))) {
    connect_timeout_ = std::chrono::milliseconds(*value);
  }
  if (const auto value = parse_integer(option(location, "socketTimeout"))) {
    socket_timeout_ = std::chrono::milliseconds(*value);
  }
  auto endpoint = option(location, "endpoint");
  if (endpoint.empty() || endpoint == "https://s3.amazonaws.com") endpoint = "s3." + region_ + ".amazonaws.com";
  url_ = endpoint_url(endpoint);
  const auto scheme_end = url_.find("://") + 3;
  if (option_is_on(location, "forcePathStyle")) {
    base_path_ = "/" + percent_encode(bucket_);
  } else {
    url_.insert(scheme_end, bucket_ + ".");
  }
  // An endpoint may have a path of its own.
  const auto slash = url_.find('/', scheme_end);
  if (slash != url_.npos) {
    base_path_ = url_.substr(slash) + base_path_;
    url_.resize(slash);
  }
  host_ = url_.substr(scheme_end);
}

std::string S3Storage::key_of(std::string_view name) const { return object_key(root_, normalized_name(name)); }

net::HttpResponse S3Storage::send(const Call& call, const Sink& sink) {
  net::AwsRequest to_sign{call.method, host_,        base_path_ + "/" + encoded_path(call.key),
                          call.query,  call.headers, hex(sha256(call.body))};
  net::HttpRequest request;
  request.method = call.method;
  request.url = url_ + to_sign.path;
  if (const auto query = net::aws_query(call.query); !query.empty()) request.url += "?" + query;
  request.headers = call.headers;
  for (auto& header : net::aws_signature(to_sign, credentials_, region_, "s3", clock_())) {
    request.headers.push_back(std::move(header));
  }
  request.body = call.body;
  request.connect_timeout = connect_timeout_;
  request.idle_timeout = std::chrono::duration_cast<std::chrono::seconds>(socket_timeout_);
  return exchange(client_, std::move(request), service, sink);
}

Headers S3Storage::object_headers(std::string_view content_type) const {
  Headers headers;
  if (!content_type.empty()) headers.emplace_back("content-type", content_type);
  if (!acl_.empty()) headers.emplace_back("x-amz-acl", acl_);
  if (!encryption_.empty()) headers.emplace_back("x-amz-server-side-encryption", encryption_);
  if (!encryption_key_.empty()) {
    headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", encryption_key_);
  }
  return headers;
}

std::optional<Stat> S3Storage::stat(std::string_view name) {
  return unless_missing([&] {
    const auto head = send({"HEAD", key_of(name)});
    return Stat{size_in(head), modified_in(head)};
  });
}

void S3Storage::read(std::string_view name, const Range& range, const Sink& sink) {
  if (range.size == 0U) return;
  Call call{"GET", key_of(name)};
  if (range.offset > 0 || range.size) call.headers.emplace_back("range", range_header(range));
  send(call, sink);
}

S3Storage::Upload S3Storage::begin(std::string_view name, std::string_view content_type) {
  Upload upload{key_of(name), ""};
  const auto answer = send({"POST", upload.key, {{"uploads", ""}}, object_headers(content_type)});
  upload.id = xml_text(answer.body, "UploadId");
  if (upload.id.empty()) throw StorageError(StorageError::Kind::unavailable, "S3 gives no upload id");
  return upload;
}

void S3Storage::put_part(Upload& upload, std::string_view bytes) {
  const auto number = std::to_string(upload.etags.size() + 1);
  const auto answer = send({"PUT", upload.key, {{"partNumber", number}, {"uploadId", upload.id}}, {}, bytes});
  const auto* etag = answer.header("etag");
  upload.etags.push_back(etag == nullptr ? "" : *etag);
}

void S3Storage::copy_part(Upload& upload, std::string_view from, const Range& range) {
  const auto number = std::to_string(upload.etags.size() + 1);
  Call call{"PUT", upload.key, {{"partNumber", number}, {"uploadId", upload.id}}};
  call.headers.emplace_back("x-amz-copy-source", "/" + bucket_ + "/" + encoded_path(key_of(from)));
  if (range.size) call.headers.emplace_back("x-amz-copy-source-range", range_header(range));
  const auto answer = send(call);
  auto etag = xml_text(answer.body, "ETag");
  if (etag.empty()) fail(service, answer);
  upload.etags.push_back(std::move(etag));
}

void S3Storage::complete(const Upload& upload) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < upload.etags.size(); ++i) {
    body +=
        fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, escape_markup(upload.etags[i]));
  }
  body += "</CompleteMultipartUpload>";
  const auto answer =
      send({"POST", upload.key, {{"uploadId", upload.id}}, {{"content-type", "application/xml"}}, body});
  // Errors may come after the status, which is 200 then.
  if (!xml_text(answer.body, "Code").empty()) fail(service, answer);
}

void S3Storage::abandon(const Upload& upload) noexcept {
  try {
    send({"DELETE", upload.key, {{"uploadId", upload.id}}});
  } catch (const std::exception& error) {
    log::error("An upload to S3 could not be given up: {}", error.what());
  }
}

std::uint64_t S3Storage::write(std::string_view name, const Source& source, std::string_view content_type) {
  std::optional<Upload> upload;
  try {
    std::string gathered;  // later parts are larger: so many that any size fits into their greatest number
    const auto total = in_pieces(source, part_size, [&](std::string_view piece, bool is_last) {
      if (!upload && is_last) {
        send({"PUT", key_of(name), {}, object_headers(content_type), piece});
        return;
      }
      if (!upload) upload = begin(name, content_type);
      if (upload->etags.size() < parts_before_larger_ones) return put_part(*upload, piece);
      gathered += piece;
      if (gathered.size() < part_size * 16 && !is_last) return;
      put_part(*upload, gathered);
      gathered.clear();
    });
    if (upload) complete(*upload);
    return total;
  } catch (...) {
    if (upload) abandon(*upload);
    throw;
  }
}

void S3Storage::copy(std::string_view from, std::string_view to) {
  const auto found = stat(from);
  if (!found) throw StorageError(StorageError::Kind::not_found, "S3: there is no such object");
  if (found->size >= largest_copy) return join({std::string(from)}, to, "");
  Call call{"PUT", key_of(to), {}, object_headers("")};
  call.headers.emplace_back("x-amz-copy-source", "/" + bucket_ + "/" + encoded_path(key_of(from)));
  const auto answer = send(call);
  if (!xml_text(answer.body, "Code").empty()) fail(service, answer);
}

void S3Storage::remove(std::string_view name) {
  try {
    send({"DELETE", key_of(name)});
  } catch (const StorageError& error) {
    if (error.kind() != StorageError::Kind::not_found) throw;
  }
}

void S3Storage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  std::string token;
  do {
    Call call{"GET", "", {{"list-type", "2"}, {"prefix", object_key(root_, prefix)}}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    const auto answer = send(call);
    for (const auto& key : xml_texts(answer.body, "Key")) found(name_of_key(root_, key));
    token = xml_text(answer.body, "IsTruncated") == "true" ? xml_text(answer.body, "NextContinuationToken") : "";
  } while (!token.empty());
}

// The service copies for itself where the parts are large enough.
void S3Storage::join(const std::vector<std::string>& parts, std::string_view to, std::string_view content_type) {
  std::vector<std::uint64_t> sizes;
  for (const auto& part : parts) {
    const auto found = stat(part);
    if (!found) throw StorageError(StorageError::Kind::not_found, "S3: a part is missing");
    sizes.push_back(found->size);
  }
  const auto is_small = [](std::uint64_t size) { return size < smallest_part; };
  const bool can_copy = !parts.empty() && parts.size() < 10'000 && sizes.back() > 0 &&
                        std::none_of(sizes.begin(), sizes.end() - 1, is_small);
  if (!can_copy) return Storage::join(parts, to, content_type);
  auto upload = begin(to, content_type);
  try {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (sizes[i] <= largest_copy) {
        copy_part(upload, parts[i], {});
        continue;
      }
      for (std::uint64_t offset = 0; offset < sizes[i]; offset += copied_part) {
        copy_part(upload, parts[i], {offset, std::min(copied_part, sizes[i] - offset)});
      }
    }
    complete(upload);
  } catch (...) {
    abandon(upload);
    throw;
  }
}

}  // namespace ashlar::storage
