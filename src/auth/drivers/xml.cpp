#include "auth/drivers/xml.h"

#include <libxml/parser.h>

#include "base/text.h"

namespace ashlar::auth {
namespace {

std::string_view view(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

std::string take(xmlChar* text) {
  std::string copy(view(text));
  xmlFree(text);
  return copy;
}

void collect(const xmlNode* parent, std::string_view xml_namespace, std::string_view name, bool deep,
             std::vector<xmlNode*>& found) {
  for (auto* node = parent->children; node != nullptr; node = node->next) {
    if (is_element(node, xml_namespace, name)) found.push_back(node);
    if (deep && node->type == XML_ELEMENT_NODE) collect(node, xml_namespace, name, deep, found);
  }
}

}  // namespace

XmlDocument parse_xml(std::string_view text) {
  constexpr int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  XmlDocument document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr, options));
  if (!document || document->intSubset != nullptr || document->extSubset != nullptr) return nullptr;
  if (xmlDocGetRootElement(document.get()) == nullptr) return nullptr;
  return document;
}

xmlNode* root_of(const XmlDocument& document) { return xmlDocGetRootElement(document.get()); }

bool is_element(const xmlNode* node, std::string_view xml_namespace, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && view(node->name) == name && node->ns != nullptr &&
         view(node->ns->href) == xml_namespace;
}

std::vector<xmlNode*> children_of(const xmlNode* parent, std::string_view xml_namespace, std::string_view name) {
  std::vector<xmlNode*> found;
  collect(parent, xml_namespace, name, false, found);
  return found;
}

xmlNode* only_child(const xmlNode* parent, std::string_view xml_namespace, std::string_view name) {
  const auto found = children_of(parent, xml_namespace, name);
  return found.size() == 1 ? found.front() : nullptr;
}

xmlNode* first_child(const xmlNode* parent, std::string_view xml_namespace, std::string_view name) {
  const auto found = children_of(parent, xml_namespace, name);
  return found.empty() ? nullptr : found.front();
}

std::vector<xmlNode*> descendants_of(const xmlNode* parent, std::string_view xml_namespace, std::string_view name) {
  std::vector<xmlNode*> found;
  collect(parent, xml_namespace, name, true, found);
  return found;
}

std::optional<std::string> attribute_of(const xmlNode* node, std::string_view name) {
  const std::string text(name);
  auto* value = xmlGetNoNsProp(node, reinterpret_cast<const xmlChar*>(text.c_str()));
  if (value == nullptr) return std::nullopt;
  return take(value);
}

std::string text_of_element(const xmlNode* node) { return std::string(trim(take(xmlNodeGetContent(node)))); }

}  // namespace ashlar::auth
