#include "storage/s3.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/text.h"

namespace ashlar::storage {
namespace {

// The example "GET Object" of Amazon's own description of Signature Version 4.
TEST(AwsSignature, IsThatOfTheSpecification) {
  AwsRequest request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt",
                     {},    {{"range", "bytes=0-9"}},         hex(sha256(""))};
  const AwsCredentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  const auto moment = parse_iso("2013-05-24T00:00:00Z")->moment();
  const auto headers = aws_signature(request, credentials, "us-east-1", "s3", moment);
  EXPECT_EQ(headers.back().second,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Xml, GivesTheTextsOfElements) {
  EXPECT_EQ(xml_texts("<A><Key>a&amp;lt;b</Key><Key>c</Key></A>", "Key"), (std::vector<std::string>{"a&lt;b", "c"}));
  EXPECT_EQ(xml_text("<Key>unfinished", "Key"), "");
  EXPECT_EQ(escape_markup("a<&>"), "a&lt;&amp;&gt;");
}

TEST(Pieces, SayWhichIsTheLast) {
  const auto pieces = [](std::string_view text) {
    std::string out;
    in_pieces(source_of(text), 2,
              [&](std::string_view piece, bool is_last) { out += std::string(piece) + (is_last ? "!" : ","); });
    return out;
  };
  EXPECT_EQ(pieces(""), "!");
  EXPECT_EQ(pieces("a"), "a!");
  EXPECT_EQ(pieces("ab"), "ab!");
  EXPECT_EQ(pieces("abc"), "ab,c!");
}

}  // namespace
}  // namespace ashlar::storage
