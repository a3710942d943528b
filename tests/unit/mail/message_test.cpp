#include "mail/message.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/text.h"
#include "mail/encoding.h"

namespace ashlar::mail {
namespace {

Message letter() {
  return {.from = {"no-reply@example.com", "Dörte \"D\""},
          .to = {{"a@example.com"}, {"b@example.com", "B, C"}},
          .subject = "Hi",
          .html = "<p>é</p>",
          .text = "é\n"};
}

std::string text_of(const Message& message) { return mime_text(message, Moment{0}, "id"); }

TEST(Message, HasTheHeadersOfAMail) {
  const auto text = text_of(letter());
  EXPECT_TRUE(
      text.starts_with("From: =?utf-8?Q?D=C3=B6rte_=22D=22?= <no-reply@example.com>\r\n"
                       "To: a@example.com,\r\n \"B, C\" <b@example.com>\r\n"
                       "Subject: Hi\r\nMessage-ID: <id@example.com>\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000\r\n"))
      << text;
  EXPECT_NE(text.find("multipart/alternative"), std::string::npos);
  EXPECT_LT(text.find("text/plain"), text.find("text/html"));
}

TEST(Message, NamesBlindRecipientsOnlyToTheServer) {
  auto message = letter();
  message.cc = {{"c@example.com"}};
  message.bcc = {{"secret@example.com"}, {"a@example.com"}};
  EXPECT_EQ(recipients(message),
            (std::vector<std::string>{"a@example.com", "b@example.com", "c@example.com", "secret@example.com"}));
  EXPECT_EQ(text_of(message).find("secret@"), std::string::npos);
}

// Whoever chooses a subject, a name or an address must not add headers.
TEST(Message, LetsNothingEndAHeader) {
  auto message = letter();
  message.subject = "Hi\r\nBcc: x@evil.example";
  message.from.name = "A\r\nBcc: x@evil.example";
  message.to = {{"a@example.com\r\nBcc: x@evil.example"}};
  message.attachments = {{"a\r\nX-Evil: 1", "text/plain\r\nX-Evil: 1", "x"}};
  for (const auto line : split(text_of(message), '\n')) {
    EXPECT_FALSE(line.starts_with("Bcc") || line.starts_with("X-Evil")) << line;
  }
}

TEST(Message, KeepsEveryLineShort) {
  auto message = letter();
  message.subject = std::string(2000, 'x') + "ü" + std::string(2000, ' ');
  message.html = std::string(5000, 'x') + "\n" + std::string(5000, ' ') + "\n.\nend";
  message.attachments = {{"f", "", std::string(5000, '\xFF')}};
  for (const auto line : split(text_of(message), '\n')) EXPECT_LE(line.size(), 100u);
}

struct AddressCase {
  const char* text;
  const char* address;
  const char* name;
};
TEST(Message, ReadsAddresses) {
  for (const auto& [text, address, name] :
       {AddressCase{"a@b.example", "a@b.example", ""}, AddressCase{" A B <a@b.example> ", "a@b.example", "A B"},
        AddressCase{"\"A, \\\"B\\\"\" <a@b>", "a@b", "A, \"B\""}, AddressCase{"<a@b.example>", "a@b.example", ""}}) {
    const auto found = parse_address(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->address, address);
    EXPECT_EQ(found->name, name);
  }
  for (const auto* text : {"", "a", "@b", "a@", "a@b>", "a b@c", "<a@b> x", "a@b\r\nX: y", "a@b,c@d"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
}

TEST(Encoding, IsThatOfMails) {
  EXPECT_EQ(quoted_printable("a=b é \nend "), "a=3Db =C3=A9=20\r\nend=20");
  EXPECT_EQ(quoted_printable("x\r\ny"), "x\r\ny");
  EXPECT_EQ(encoded_words("é a"), "=?utf-8?Q?=C3=A9_a?=");
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  EXPECT_EQ(base64_encode(""), "");
  // No character is torn apart.
  const auto words = encoded_words(std::string(30, ' ') + std::string("ééééééééééééééééééééééééé"));
  EXPECT_NE(words.find("?=\r\n =?utf-8?Q?"), std::string::npos);
  EXPECT_EQ(words.find("=C3?="), std::string::npos);
}

}  // namespace
}  // namespace ashlar::mail
