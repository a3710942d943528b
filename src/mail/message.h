// Message: one mail, as it is handed to a transport; and the text of it that goes over the wire (RFC 5322, MIME).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace ashlar::mail {

struct Address {
  std::string address;
  std::string name = {};
};

struct Attachment {
  std::string name;
  std::string type;     // application/octet-stream where it is empty
  std::string content;  // bytes
};

struct Message {
  Address from;
  std::vector<Address> to, cc, bcc, reply_to;
  std::string subject;
  std::string html;
  std::string text;  // the same for readers without HTML; either may be empty
  std::vector<Attachment> attachments;
};

// All who get it, as bare addresses.
std::vector<std::string> recipients(const Message& message);

// "Name <address>" or a bare address, nothing where there is no address in it. Line breaks are refused.
std::optional<Address> parse_address(std::string_view text);

// The whole mail with its headers, lines ended by CR LF, none longer than 998 bytes. Bcc is not in it. `id` is what
// stands before the @ of its Message-ID.
std::string mime_text(const Message& message, Moment now, std::string_view id);

}  // namespace ashlar::mail
