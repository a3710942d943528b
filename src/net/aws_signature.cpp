#include "net/aws_signature.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace ashlar::net {

std::string aws_query(std::vector<std::pair<std::string, std::string>> query) {
  for (auto& [name, value] : query) {
    name = percent_encode(name);
    value = percent_encode(value);
  }
  std::sort(query.begin(), query.end());
  std::string out;
  for (const auto& [name, value] : query) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

AwsHeaders aws_signature(const AwsRequest& request, const AwsCredentials& credentials, std::string_view region,
                         std::string_view aws_service, Moment now) {
  const auto civil = civil_utc(now);
  const auto day = fmt::format("{:04}{:02}{:02}", civil.year, civil.month, civil.day);
  const auto stamp = fmt::format("{}T{:02}{:02}{:02}Z", day, civil.hour, civil.minute, civil.second);
  AwsHeaders added{{"x-amz-content-sha256", request.payload_hash}, {"x-amz-date", stamp}};
  if (!credentials.session_token.empty()) added.emplace_back("x-amz-security-token", credentials.session_token);
  auto signed_headers = request.headers;
  signed_headers.insert(signed_headers.end(), added.begin(), added.end());
  signed_headers.emplace_back("host", request.host);
  std::sort(signed_headers.begin(), signed_headers.end());
  std::string lines, names;
  for (const auto& [name, value] : signed_headers) {
    lines += name + ":" + std::string(trim(value)) + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, aws_query(request.query),
                                     lines, names, request.payload_hash);
  const auto scope = fmt::format("{}/{}/{}/aws4_request", day, region, aws_service);
  const auto text = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, hex(sha256(canonical)));
  auto key = hmac_sha256("AWS4" + credentials.secret, day);
  for (const auto step : {region, aws_service, std::string_view("aws4_request")}) key = hmac_sha256(key, step);
  added.emplace_back("authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                                  credentials.key, scope, names, hex(hmac_sha256(key, text))));
  return added;
}

}  // namespace ashlar::net
