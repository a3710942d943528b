// RequestContext: which request a thread works for, so that lines of the log name it, and requests to other servers
// pass its trace on. Set by whoever runs a request; nothing else of the program may depend on it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace ashlar {

class RequestContext {
 public:
  explicit RequestContext(std::uint64_t number) : number_(number) {}
  virtual ~RequestContext() = default;

  // Of the request, empty where it has no such header. Looked up only when somebody asks.
  virtual std::string_view header(std::string_view name) const = 0;

  // How the log names the request: by its X-Request-Id, else by its trace (W3C Trace Context), else by its number in
  // this process.
  std::string name() const;

 private:
  std::uint64_t number_;
};

// Null where the thread works for no request.
const RequestContext* current_request();

// The context holds for this thread until the scope ends. It must live as long.
class RequestScope {
 public:
  explicit RequestScope(const RequestContext& context);
  ~RequestScope();
  RequestScope(const RequestScope&) = delete;
  RequestScope& operator=(const RequestScope&) = delete;

 private:
  const RequestContext* outer_;
};

}  // namespace ashlar
