// Signature Version 4, which Amazon's services and those that speak their protocols want of every request.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace ashlar::net {

struct AwsCredentials {
  std::string key, secret, session_token;
};

struct AwsRequest {
  std::string method, host, path;                          // the path percent-encoded
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
  std::vector<std::pair<std::string, std::string>>
      headers;               // that are signed, in lower case, without host and x-amz-date
  std::string payload_hash;  // hexadecimal SHA-256 of the body
};

using AwsHeaders = std::vector<std::pair<std::string, std::string>>;

// The query as it is signed, and must be sent: encoded, in order of the names.
std::string aws_query(std::vector<std::pair<std::string, std::string>> query);

// The headers that sign the request: x-amz-date, x-amz-content-sha256, authorization ...
AwsHeaders aws_signature(const AwsRequest& request, const AwsCredentials& credentials, std::string_view region,
                         std::string_view service, Moment now);

}  // namespace ashlar::net
