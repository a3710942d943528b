// The encodings of mails: quoted-printable, encoded words of headers, base64.
#pragma once
#include <string>
#include <string_view>

namespace ashlar::mail {

// RFC 2045 6.7: lines of at most 76 characters, ended by CR LF.
std::string quoted_printable(std::string_view text);

// RFC 2047: one or more words =?utf-8?Q?..?=, folded; for texts in headers that are not plain ASCII, or too long.
std::string encoded_words(std::string_view text);

// Base64 in lines of 76 characters, ended by CR LF.
std::string base64_lines(std::string_view bytes);

}  // namespace ashlar::mail
