// Signature Version 4 of Amazon's services, for requests with a body in memory and without a query.
#pragma once
#include <string>

#include "base/time.h"
#include "net/http_client.h"

namespace ashlar::mail {

struct AwsSigning {
  std::string region, service;
  std::string key_id, key;
  std::string session_token = {};  // of credentials for a while; else empty
};

// Adds the headers X-Amz-Date and Authorization. All headers that are there already are signed, so add them before.
void sign_for_aws(net::HttpRequest& request, const AwsSigning& signing, Moment now);

}  // namespace ashlar::mail
