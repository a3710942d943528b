// A Request as the log and outgoing requests see it. Internal to http/.
#pragma once
#include "base/request_context.h"
#include "http/request.h"

namespace ashlar::http {

class KnownRequest : public RequestContext {
 public:
  KnownRequest(const Request& request, std::uint64_t number) : RequestContext(number), request_(request) {}
  std::string_view header(std::string_view name) const override { return request_.header(name); }

 private:
  const Request& request_;
};

}  // namespace ashlar::http
