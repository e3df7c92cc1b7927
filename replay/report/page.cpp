// The frame of the page. A policy in its head forbids every request: the two things that it may
// use, its style and its script, are named by their digests.
#include "replay/report/page.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "model/dynamodb/items/base64.h"
#include "replay/report/assets.h"
#include "replay/report/html.h"
#include "replay/report/sections.h"

namespace tablekey::replay::report {
namespace {

using Json = nlohmann::ordered_json;

std::string digest_source(std::string_view text) {
  const auto digest =
      crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  std::string base64;
  model::items::append_base64(base64, {digest.begin(), digest.end()});
  return "'sha256-" + base64 + "'";
}

std::string policy() {
  return fmt::format(
      "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
      digest_source(script()), digest_source(style()));
}

void head(Html& page, const Json& document) {
  page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
      .raw(fmt::format("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n", policy()))
      .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
      .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
      .raw("<meta name=\"generator\" content=\"tablekey\">\n")
      .element("title", document.at("title").get<std::string>())
      .raw("\n")
      .around("style", style())
      .raw("\n</head>\n");
}

// What the pictures need; the settings and the scenario are on the page already.
Json for_pictures(Json document) {
  for (const char* shown : {"settings", "source", "description", "files"}) document.erase(shown);
  return document;
}

}  // namespace

std::string page_of(const Json& document) {
  Html page;
  head(page, document);
  page.raw("<body>\n<a class=\"skip\" href=\"#content\">Skip to the results</a>\n");
  document.at("kind") == "run" ? write_run(page, document) : write_study(page, document);
  page.raw(
      "<footer><p>Made by <code>tablekey report</code>. This file needs no network and "
      "sends nothing: it says so to the browser itself. The pictures are drawn with "
      "Observable Plot and d3, whose licences stand at the head of its script.</p>"
      "</footer>\n");
  page.around("script type=\"application/json\" id=\"data\"", embedded(for_pictures(document)))
      .raw("\n")
      .around("script", script())
      .raw("\n</body>\n</html>\n");
  return page.take();
}

}  // namespace tablekey::replay::report
