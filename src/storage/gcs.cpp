#include "storage/gcs.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "config/error.h"

namespace ashlar::storage {
namespace {

constexpr std::string_view service = "GCS";
constexpr std::size_t chunk_size = std::size_t{8} << 20;  // a multiple of 256 KiB, as the protocol asks

std::string for_url(std::string text) {
  for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (text.ends_with('=')) text.pop_back();
  return text;
}

// RS256
std::string rsa_signature(const std::string& pem, std::string_view text) {
  using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!key || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    throw StorageError(StorageError::Kind::unavailable, "GCS: the key of the service account can't sign");
  }
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  signature.resize(size);
  return signature;
}

std::string text_in(const json::value& value, std::string_view name) {
  const auto* member = find_member(value, name);
  return member == nullptr || member->is_null() ? std::string() : to_text(*member);
}

json::value parsed(const net::HttpResponse& response) {
  auto value = parse_json(response.body);
  if (!value) throw StorageError(StorageError::Kind::unavailable, "GCS gives no JSON");
  return std::move(*value);
}

}  // namespace

GcsStorage::GcsStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock)
    : client_(client), clock_(std::move(clock)), root_(location.root) {
  bucket_ = required_option(location, "bucket");
  const auto endpoint = option(location, "apiEndpoint");
  url_ = endpoint_url(endpoint.empty() ? "https://storage.googleapis.com" : endpoint);
  json::value account;
  if (const auto* credentials = location.options.if_contains("credentials")) account = *credentials;
  if (const auto file = option(location, "keyFilename"); !file.empty()) {
    std::ifstream stream(file);
    auto content = parse_json(std::string(std::istreambuf_iterator<char>(stream), {}));
    if (!content) throw config::ConfigError("storage location " + location.name + ": KEY_FILENAME can't be read");
    account = std::move(*content);
  }
  // Files have the names of Google's, variables those that are made of theirs.
  const auto either = [&](std::string_view in_files, std::string_view in_variables) {
    auto text = text_in(account, in_files);
    return text.empty() ? text_in(account, in_variables) : text;
  };
  email_ = either("client_email", "clientEmail");
  private_key_ = replace_all(either("private_key", "privateKey"), "\\n", "\n");
  token_url_ = either("token_uri", "tokenUri");
  if (token_url_.empty()) token_url_ = "https://oauth2.googleapis.com/token";
  if (private_key_.empty() && endpoint.empty()) {
    throw config::ConfigError("storage location " + location.name + ": KEY_FILENAME or CREDENTIALS must be set");
  }
}

// Kept until a minute before it ends.
std::string GcsStorage::token() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_();
  if (!token_.empty() && now.milliseconds + 60'000 < token_expires_.milliseconds) return token_;
  const auto seconds = now.milliseconds / 1000;
  std::string claims;
  write_json(claims, json::object{{"iss", email_},
                                  {"scope", "https://www.googleapis.com/auth/devstorage.read_write"},
                                  {"aud", token_url_},
                                  {"iat", seconds},
                                  {"exp", seconds + 3600}});
  const auto head = for_url(base64_encode(R"({"alg":"RS256","typ":"JWT"})")) + "." + for_url(base64_encode(claims));
  net::HttpRequest request;
  request.method = "POST";
  request.url = token_url_;
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=" + percent_encode("urn:ietf:params:oauth:grant-type:jwt-bearer") + "&assertion=" + head +
                 "." + for_url(base64_encode(rsa_signature(private_key_, head)));
  const auto answer = parsed(exchange(client_, std::move(request), service));
  token_ = text_in(answer, "access_token");
  const auto life = parse_integer(text_in(answer, "expires_in")).value_or(3600);
  token_expires_ = {now.milliseconds + life * 1000};
  return token_;
}

net::HttpResponse GcsStorage::send(std::string method, const std::string& url, Headers headers, std::string_view body,
                                   const Sink& sink) {
  net::HttpRequest request;
  request.method = std::move(method);
  request.url = url;
  request.headers = std::move(headers);
  if (!private_key_.empty()) request.headers.emplace_back("authorization", "Bearer " + token());
  request.body = body;
  return exchange(client_, std::move(request), service, sink);
}

std::string GcsStorage::object_url(std::string_view name) const {
  return fmt::format("{}/storage/v1/b/{}/o/{}", url_, percent_encode(bucket_),
                     percent_encode(object_key(root_, normalized_name(name))));
}

std::optional<Stat> GcsStorage::stat(std::string_view name) {
  return unless_missing([&] {
    const auto object = parsed(send("GET", object_url(name)));
    const auto size = parse_integer(text_in(object, "size")).value_or(0);
    const auto updated = parse_iso(text_in(object, "updated"));
    return Stat{static_cast<std::uint64_t>(size), updated ? updated->moment() : Moment{}};
  });
}

void GcsStorage::read(std::string_view name, const Range& range, const Sink& sink) {
  if (range.size == 0U) return;
  Headers headers;
  if (range.offset > 0 || range.size) headers.emplace_back("range", range_header(range));
  send("GET", object_url(name) + "?alt=media", std::move(headers), {}, sink);
}

std::uint64_t GcsStorage::write(std::string_view name, const Source& source, std::string_view content_type) {
  const auto key = percent_encode(object_key(root_, normalized_name(name)));
  const auto base = fmt::format("{}/upload/storage/v1/b/{}/o?name={}&uploadType=", url_, percent_encode(bucket_), key);
  const Headers type{{"content-type", std::string(content_type)}};
  std::string session;
  std::uint64_t offset = 0;
  // "308 Resume Incomplete" is what all chunks but the last are answered with.
  const auto put_chunk = [&](std::string_view piece, bool is_last) {
    net::HttpRequest request;
    request.method = "PUT";
    request.url = session;
    const auto end = offset + piece.size();
    request.headers = type;
    request.headers.emplace_back("content-range", fmt::format("bytes {}-{}/{}", offset, end - 1,
                                                              is_last ? std::to_string(end) : std::string("*")));
    if (!private_key_.empty()) request.headers.emplace_back("authorization", "Bearer " + token());
    request.body = piece;
    request.timeout = std::chrono::milliseconds(0);
    request.idle_timeout = std::chrono::seconds(120);
    try {
      const auto answer = client_.send(request);
      if (answer.status != (is_last ? 200 : 308) && !(is_last && answer.status == 201)) fail(service, answer);
    } catch (const net::HttpError& error) {
      throw StorageError(StorageError::Kind::unavailable, fmt::format("GCS: {}", error.what()));
    }
    offset = end;
  };
  try {
    return in_pieces(source, chunk_size, [&](std::string_view piece, bool is_last) {
      if (session.empty() && is_last) {
        send("POST", base + "media", type, piece);
        return;
      }
      if (session.empty()) {
        const auto answer = send("POST", base + "resumable", {{"x-upload-content-type", std::string(content_type)}});
        const auto* place = answer.header("location");
        if (place == nullptr) throw StorageError(StorageError::Kind::unavailable, "GCS gives no session");
        session = *place;
      }
      put_chunk(piece, is_last);
    });
  } catch (...) {
    // What is never finished is dropped by the service after a week; at once is nicer.
    if (!session.empty()) {
      try {
        send("DELETE", session);
      } catch (const std::exception&) {
        // It is the first failure that matters.
      }
    }
    throw;
  }
}

void GcsStorage::copy(std::string_view from, std::string_view to) {
  const auto target = object_url(to);
  const auto start = target.find("/b/");
  std::string token;
  for (;;) {
    auto url = object_url(from) + "/rewriteTo" + target.substr(start);
    if (!token.empty()) url += "?rewriteToken=" + percent_encode(token);
    const auto answer = parsed(send("POST", url));
    const auto* done = find_member(answer, "done");
    if (done == nullptr || !done->is_bool() || done->get_bool()) return;
    token = text_in(answer, "rewriteToken");
  }
}

void GcsStorage::remove(std::string_view name) {
  try {
    send("DELETE", object_url(name));
  } catch (const StorageError& error) {
    if (error.kind() != StorageError::Kind::not_found) throw;
  }
}

void GcsStorage::list(std::string_view prefix, const std::function<void(std::string_view name)>& found) {
  std::string token;
  do {
    auto url = fmt::format("{}/storage/v1/b/{}/o?prefix={}", url_, percent_encode(bucket_),
                           percent_encode(object_key(root_, prefix)));
    if (!token.empty()) url += "&pageToken=" + percent_encode(token);
    const auto answer = parsed(send("GET", url));
    if (const auto* items = find_member(answer, "items"); items != nullptr && items->is_array()) {
      for (const auto& item : items->get_array()) found(name_of_key(root_, text_in(item, "name")));
    }
    token = text_in(answer, "nextPageToken");
  } while (!token.empty());
}

}  // namespace ashlar::storage
