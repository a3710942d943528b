// Mails by services with an interface over HTTP: Mailgun and Amazon SES. Both get the mail as MIME text.
#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "mail/encoding.h"
#include "mail/transport.h"
#include "net/aws_signature.h"
#include "net/http_client.h"

namespace ashlar::mail {
namespace {

// Sends, and throws for anything but success. Overload and errors of the service itself may pass.
net::HttpResponse exchange(net::HttpClient& client, const net::HttpRequest& request, std::string_view service) {
  constexpr int too_many = 429, first_of_server = 500;
  try {
    auto response = client.send(request);
    if (response.status / 100 == 2) return response;
    throw SendError(fmt::format("{} answered with status {}", service, response.status),
                    response.status == too_many || response.status >= first_of_server);
  } catch (const net::HttpError& error) {
    throw SendError(fmt::format("{} can't be reached: {}", service, error.what()), true);
  }
}

std::optional<std::string> problem_of(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const SendError& error) {
    return error.what();
  }
}

// "https://" before a bare host.
std::string with_scheme(const std::string& host) {
  return host.find("://") == std::string::npos ? "https://" + host : host;
}

class MailgunTransport : public Transport {
 public:
  explicit MailgunTransport(const config::EmailSettings& settings)
      : base_(with_scheme(settings.mailgun_host) + "/v3/"),
        domain_(settings.mailgun_domain),
        authorization_("Basic " + base64_encode("api:" + settings.mailgun_api_key)) {}

  void send(const Message& message) override {
    const auto boundary = random_token(32);
    std::string body;
    const auto add = [&](std::string_view head, std::string_view content) {
      body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; ").append(head);
      body.append("\r\n\r\n").append(content).append("\r\n");
    };
    for (const auto& address : recipients(message)) add("name=\"to\"", address);
    add("name=\"message\"; filename=\"message.eml\"\r\nContent-Type: message/rfc822",
        mime_text(message, now(), random_uuid()));
    body += "--" + boundary + "--\r\n";
    net::HttpRequest request{.method = "POST", .url = base_ + domain_ + "/messages.mime"};
    request.headers = {{"Authorization", authorization_},
                       {"Content-Type", "multipart/form-data; boundary=" + boundary}};
    request.body = std::move(body);
    exchange(client_, request, "Mailgun");
  }

  std::optional<std::string> check() override {
    return problem_of([&] {
      net::HttpRequest request{.url = base_ + "domains/" + domain_};
      request.headers = {{"Authorization", authorization_}};
      exchange(client_, request, "Mailgun");
    });
  }
  std::string description() const override { return "Mailgun, domain " + domain_; }

 private:
  std::string base_, domain_, authorization_;
  net::HttpClient client_;
};

class SesTransport : public Transport {
 public:
  explicit SesTransport(const json::object& settings) {
    const auto text = [](const json::object& object, std::string_view name) {
      const auto* value = object.if_contains(name);
      return value != nullptr ? to_text(*value) : std::string();
    };
    const auto* credentials = settings.if_contains("credentials");
    const auto empty = json::object();
    const auto& keys = credentials != nullptr && credentials->is_object() ? credentials->get_object() : empty;
    credentials_ = {text(keys, "accessKeyId"), text(keys, "secretAccessKey"), text(keys, "sessionToken")};
    region_ = text(settings, "region");
    if (region_.empty()) region_ = "us-east-1";
    const auto endpoint = text(settings, "endpoint");
    base_ = endpoint.empty() ? "https://email." + region_ + ".amazonaws.com" : with_scheme(endpoint);
  }

  void send(const Message& message) override {
    json::array to;
    for (const auto& address : recipients(message)) to.push_back(json::value(address));
    const json::object body{
        {"FromEmailAddress", message.from.address},
        {"Destination", json::object{{"ToAddresses", std::move(to)}}},
        {"Content",
         json::object{{"Raw", json::object{{"Data", base64_encode(mime_text(message, now(), random_uuid()))}}}}}};
    call("POST", "/v2/email/outbound-emails", json::serialize(body));
  }

  std::optional<std::string> check() override {
    return problem_of([&] { call("GET", "/v2/email/account", {}); });
  }
  std::string description() const override { return "Amazon SES, region " + region_; }

 private:
  void call(const std::string& method, const std::string& path, std::string body) {
    net::HttpRequest request{.method = method, .url = base_ + path};
    request.headers = {{"content-type", "application/json"}};
    // An endpoint may have a path of its own.
    const auto host_start = request.url.find("://") + 3, path_start = request.url.find('/', host_start);
    const net::AwsRequest to_sign{.method = method,
                                  .host = request.url.substr(host_start, path_start - host_start),
                                  .path = request.url.substr(path_start),
                                  .query = {},
                                  .headers = request.headers,
                                  .payload_hash = hex(sha256(body))};
    for (auto& header : net::aws_signature(to_sign, credentials_, region_, "ses", now())) {
      request.headers.push_back(std::move(header));
    }
    request.body = std::move(body);
    exchange(client_, request, "Amazon SES");
  }

  std::string base_, region_;
  net::AwsCredentials credentials_;
  net::HttpClient client_;
};

}  // namespace

std::unique_ptr<Transport> make_mailgun_transport(const config::EmailSettings& settings) {
  return std::make_unique<MailgunTransport>(settings);
}
std::unique_ptr<Transport> make_ses_transport(const config::EmailSettings& settings) {
  return std::make_unique<SesTransport>(settings.ses);
}

}  // namespace ashlar::mail
