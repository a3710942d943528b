// XML as SAML needs it, by libxml2: parsing what strangers send, and finding elements by namespace and name.
#pragma once
#include <libxml/tree.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::auth {

struct FreeXml {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
using XmlDocument = std::unique_ptr<xmlDoc, FreeXml>;

// Null where the text is not well formed, or has a document type: no entities, nothing that is fetched.
XmlDocument parse_xml(std::string_view text);

xmlNode* root_of(const XmlDocument& document);

// The name is local, the namespace's URI must be equal.
bool is_element(const xmlNode* node, std::string_view xml_namespace, std::string_view name);

std::vector<xmlNode*> children_of(const xmlNode* parent, std::string_view xml_namespace, std::string_view name);
// The only one; null where there is none or there are several.
xmlNode* only_child(const xmlNode* parent, std::string_view xml_namespace, std::string_view name);
// The first, null where there is none.
xmlNode* first_child(const xmlNode* parent, std::string_view xml_namespace, std::string_view name);
// At any depth, the element itself not included.
std::vector<xmlNode*> descendants_of(const xmlNode* parent, std::string_view xml_namespace, std::string_view name);

// An attribute without a namespace; nothing where it is missing.
std::optional<std::string> attribute_of(const xmlNode* node, std::string_view name);

// All text inside, white space around it cut off.
std::string text_of_element(const xmlNode* node);

}  // namespace ashlar::auth
