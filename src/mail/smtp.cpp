// Mails by a mail server over SMTP, on libcurl, which does STARTTLS, the ways to log in, and the protocol.
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>

#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "mail/transport.h"

namespace ashlar::mail {
namespace {

constexpr long connect_timeout_milliseconds = 10'000;
constexpr long send_timeout_milliseconds = 60'000;
constexpr long check_timeout_milliseconds = 5'000;
constexpr std::size_t most_idle_handles = 4;
constexpr int usual_port = 587, usual_tls_port = 465;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;

// What the callbacks of one exchange share.
struct Exchange {
  std::string_view rest;  // of the mail
  std::string complaint;  // the server's last answer that was no success
};

std::size_t on_source(char* buffer, std::size_t, std::size_t size, void* context) {
  auto& rest = static_cast<Exchange*>(context)->rest;
  const auto count = std::min(size, rest.size());
  std::memcpy(buffer, rest.data(), count);
  rest.remove_prefix(count);
  return count;
}

// Each line that the server answers.
std::size_t on_answer(char* text, std::size_t, std::size_t size, void* context) {
  constexpr std::size_t most = 200;
  const std::string_view line = trim({text, size});
  if (line.starts_with('4') || line.starts_with('5')) {
    static_cast<Exchange*>(context)->complaint = std::string(line.substr(0, most));
  }
  return size;
}

std::size_t ignore(char*, std::size_t, std::size_t size, void*) { return size; }

// A certificate as text, or as the path of a file that holds it.
std::string pem_of(const std::string& given) {
  if (given.find("-----BEGIN") != std::string::npos) return replace_all(given, "\\n", "\n");
  std::ifstream file(given, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Nothing in an address may end its command.
void check_address(const std::string& address) {
  const bool odd = std::any_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '<' || c == '>';
  });
  if (odd || address.find('@') == std::string::npos) throw SendError("\"" + address + "\" is no address", false);
}

class SmtpTransport : public Transport {
 public:
  explicit SmtpTransport(const config::EmailSettings& settings)
      : settings_(settings), host_(settings.smtp_host.empty() ? "localhost" : settings.smtp_host) {
    [[maybe_unused]] static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    port_ = settings.smtp_port.value_or(settings.smtp_secure ? usual_tls_port : usual_port);
    const auto* authority = settings.smtp_tls.if_contains("ca");
    if (authority != nullptr) authority_ = pem_of(to_text(*authority));
    const auto* strict = settings.smtp_tls.if_contains("rejectUnauthorized");
    verifies_ = strict == nullptr || to_text(*strict) != "false";
  }

  void send(const Message& message) override {
    const auto text = mime_text(message, now(), random_uuid());
    auto handle = take();
    Exchange exchange{text, {}};
    prepare(handle.get(), exchange, send_timeout_milliseconds);
    check_address(message.from.address);
    const auto sender = "<" + message.from.address + ">";
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, sender.c_str());
    List to;
    for (const auto& address : recipients(message)) {
      check_address(address);
      to.reset(curl_slist_append(to.release(), ("<" + address + ">").c_str()));
    }
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, to.get());
    // One address that is refused does not take the mail from the others.
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, &on_source);
    curl_easy_setopt(handle.get(), CURLOPT_READDATA, &exchange);
    const auto code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) fail(handle.get(), code, exchange);
    give_back(std::move(handle));
  }

  std::optional<std::string> check() override {
    auto handle = take();
    Exchange exchange;
    prepare(handle.get(), exchange, check_timeout_milliseconds);
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, "NOOP");
    curl_easy_setopt(handle.get(), CURLOPT_NOBODY, 1L);
    const auto code = curl_easy_perform(handle.get());
    try {
      if (code != CURLE_OK) fail(handle.get(), code, exchange);
    } catch (const SendError& error) {
      return error.what();
    }
    return std::nullopt;
  }

  std::string description() const override { return fmt::format("the SMTP server {}:{}", host_, port_); }

 private:
  void prepare(CURL* curl, Exchange& exchange, long timeout) const {
    const auto bracketed = host_.find(':') != std::string::npos ? "[" + host_ + "]" : host_;
    const auto url = fmt::format("{}://{}:{}/{}", settings_.smtp_secure ? "smtps" : "smtp", bracketed, port_,
                                 percent_encode(settings_.smtp_name));
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_milliseconds);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_answer);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &ignore);
    if (!settings_.smtp_user.empty() || !settings_.smtp_password.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.smtp_user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.smtp_password.c_str());
    }
    // STARTTLS where the server offers it.
    if (!settings_.smtp_ignore_tls) curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verifies_ ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verifies_ ? 2L : 0L);
    if (!authority_.empty()) {
      curl_blob blob{const_cast<char*>(authority_.data()), authority_.size(), CURL_BLOB_COPY};
      curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (!settings_.smtp_pool) curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  }

  [[noreturn]] void fail(CURL* curl, CURLcode code, const Exchange& exchange) const {
    constexpr long permanent = 500;
    long answer = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    const bool may_pass = code != CURLE_LOGIN_DENIED && code != CURLE_PEER_FAILED_VERIFICATION && answer < permanent;
    throw SendError(fmt::format("{}: {}{}{}", description(), curl_easy_strerror(code),
                                exchange.complaint.empty() ? "" : ": ", exchange.complaint),
                    may_pass);
  }

  Handle take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      Handle made(curl_easy_init());
      if (!made) throw SendError("Out of memory", true);
      return made;
    }
    auto handle = std::move(idle_.back());
    idle_.pop_back();
    return handle;
  }
  // With its connection, where those are used again.
  void give_back(Handle handle) {
    if (!settings_.smtp_pool) return;
    curl_easy_reset(handle.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_idle_handles) idle_.push_back(std::move(handle));
  }

  const config::EmailSettings settings_;
  std::string host_;
  std::int64_t port_ = 0;
  std::string authority_;
  bool verifies_ = true;
  std::mutex mutex_;
  std::vector<Handle> idle_;
};

}  // namespace

std::unique_ptr<Transport> make_smtp_transport(const config::EmailSettings& settings) {
  return std::make_unique<SmtpTransport>(settings);
}

}  // namespace ashlar::mail
