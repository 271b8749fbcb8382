#include "controller/notify/webhook_config.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "controller/host_name.h"
#include "controller/notify/notification.h"
#include "yaml/tree.h"
#include "yaml/tree_reader.h"

namespace haldane::controller {
namespace {

constexpr size_t kMostWebhooks = 50;
constexpr size_t kMostConfigBytes = 64 * 1024;
constexpr size_t kMostSecretBytes = 4096;
constexpr size_t kFewestSecretBytes = 16;
constexpr size_t kMostUrlBytes = 2000;

// The host of an URL, without what may be confidential.
absl::string_view HostOfUrl(absl::string_view rest) {
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const size_t at = rest.rfind('@');
  if (at != rest.npos) rest.remove_prefix(at + 1);
  return rest;
}

bool IsLoopback(absl::string_view host) {
  const absl::string_view name = host.substr(0, host.rfind(':'));
  return name == "127.0.0.1" || name == "localhost" || name == "[::1]";
}

class WebhooksReader : private yaml::TreeReader {
 public:
  explicit WebhooksReader(absl::string_view file_name) : TreeReader(file_name) {}

  absl::StatusOr<std::vector<Webhook>> Read(const yaml::Node& root) {
    std::vector<Webhook> webhooks;
    if (root.kind != yaml::Node::Kind::kMap) {
      WrongDocument(root.line, "this is no map; begin it with a line \"webhooks:\"");
    } else {
      ReadMap("", root, {{"webhooks", [&](auto& path, auto& node) { ReadWebhooks(path, node, &webhooks); }}});
      if (!Has("webhooks") && !IsWrong("webhooks"))
        WrongDocument(root.line, "webhooks is missing; list them");
    }
    RETURN_IF_ERROR(Result());
    return webhooks;
  }

 private:
  void ReadWebhooks(const std::string& path, const yaml::Node& node, std::vector<Webhook>* webhooks) {
    if (!IsList(path, node, "[{name: chat, url: ..., secret_file: ...}]")) return;
    if (node.items.size() > kMostWebhooks) {
      Wrong(path, node.line,
            absl::StrCat("has ", node.items.size(), " webhooks, at most ", kMostWebhooks,
                         " are possible; remove some"));
      return;
    }
    std::set<std::string> names;
    for (size_t i = 0; i < node.items.size(); ++i) {
      Webhook webhook;
      const std::string item = absl::StrCat(path, "[", i, "]");
      ReadWebhook(item, node.items[i], &webhook);
      if (!webhook.name.empty() && !names.insert(webhook.name).second) {
        Wrong(Join(item, "name"), LineOf(Join(item, "name")),
              absl::StrCat(yaml::Quoted(webhook.name), " is the name of another webhook; choose another"));
      }
      webhooks->push_back(std::move(webhook));
    }
  }

  void ReadWebhook(const std::string& path, const yaml::Node& node, Webhook* webhook) {
    if (!IsMap(path, node, "{name: chat, url: ..., secret_file: ...}")) return;
    SetLine(path, node.line);
    ReadMap(path, node,
            {{"name", [&](auto& key, auto& value) { ReadName(key, value, &webhook->name); }},
             {"url", [&](auto& key, auto& value) { ReadUrl(key, value, &webhook->url); }},
             {"secret_file", [&](auto& key, auto& value) { ReadPath(key, value, &webhook->secret_file); }},
             {"services", [&](auto& key, auto& value) { ReadServices(key, value, &webhook->services); }},
             {"on", [&](auto& key, auto& value) { ReadStates(key, value, &webhook->states); }}});
    for (const char* key : {"name", "url", "secret_file"}) {
      const std::string field = Join(path, key);
      if (!Has(field) && !IsWrong(field)) Wrong(field, node.line, "is missing; every webhook needs it");
    }
  }

  void ReadName(const std::string& path, const yaml::Node& node, std::string* name) {
    if (!IsScalar(path, node)) return;
    if (IsHostName(node.text)) {
      *name = node.text;
    } else {
      Wrong(
          path, node.line,
          absl::StrCat(yaml::Quoted(node.text), " is no name; use 1 to 253 letters, digits, '.', '_', '-'"));
    }
  }

  // Messages leave out the URL, which may be all that somebody needs to post.
  void ReadUrl(const std::string& path, const yaml::Node& node, std::string* url) {
    if (!IsScalar(path, node)) return;
    absl::string_view rest = node.text;
    const bool https = absl::ConsumePrefix(&rest, "https://");
    const bool http = !https && absl::ConsumePrefix(&rest, "http://");
    const bool printable = std::all_of(node.text.begin(), node.text.end(), absl::ascii_isgraph);
    if ((!https && !http) || HostOfUrl(rest).empty() || !printable || node.text.size() > kMostUrlBytes) {
      Wrong(path, node.line, "is no URL of a receiver; write one such as https://hooks.example.com/haldane");
    } else if (http && !IsLoopback(HostOfUrl(rest))) {
      Wrong(path, node.line, "would send over the network in the clear; use https (http is for loopback)");
    } else {
      *url = node.text;
    }
  }

  void ReadPath(const std::string& path, const yaml::Node& node, std::string* file) {
    if (!IsScalar(path, node)) return;
    if (node.text[0] == '/') {
      *file = node.text;
    } else {
      Wrong(path, node.line, "must be the full path of a file that has the secret; begin it with /");
    }
  }

  void ReadServices(const std::string& path, const yaml::Node& node, std::set<std::string>* services) {
    if (!IsList(path, node, "[web, api]")) return;
    if (node.items.empty()) Wrong(path, node.line, "is empty; name services, or remove it for all of them");
    for (size_t i = 0; i < node.items.size(); ++i) {
      std::string service;
      ReadText(absl::StrCat(path, "[", i, "]"), node.items[i], &service);
      services->insert(service);
    }
  }

  void ReadStates(const std::string& path, const yaml::Node& node, std::set<std::string>* states) {
    const std::vector<absl::string_view> words = VerdictWords();
    if (!IsList(path, node, "[rollback, halt]")) return;
    if (node.items.empty()) Wrong(path, node.line, "is empty; name verdicts, or remove it for all of them");
    for (size_t i = 0; i < node.items.size(); ++i) {
      std::string state;
      const std::string item = absl::StrCat(path, "[", i, "]");
      ReadText(item, node.items[i], &state);
      if (!state.empty() && std::find(words.begin(), words.end(), state) == words.end()) {
        Wrong(item, node.items[i].line,
              absl::StrCat(yaml::Quoted(state), " is none of ", absl::StrJoin(words, ", ")));
      }
      states->insert(state);
    }
  }
};

}  // namespace

absl::StatusOr<std::vector<Webhook>> ParseWebhooks(absl::string_view text, absl::string_view file_name) {
  ASSIGN_OR_RETURN(
      const yaml::Node root,
      yaml::ReadTree(text, file_name, {.document = "list of webhooks", .bytes = kMostConfigBytes}));
  return WebhooksReader(file_name).Read(root);
}

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMostConfigBytes));
  ASSIGN_OR_RETURN(std::vector<Webhook> webhooks, ParseWebhooks(text, file));
  for (const Webhook& webhook : webhooks) {
    RETURN_IF_ERROR(Annotate(ReadSecret(webhook.secret_file).status(),
                             absl::StrCat(file, ": webhook ", webhook.name, ": secret_file")));
  }
  return webhooks;
}

absl::StatusOr<std::string> ReadSecret(const std::string& file) {
  ASSIGN_OR_RETURN(std::string secret, ReadFile(file, kMostSecretBytes));
  absl::StripAsciiWhitespace(&secret);
  if (secret.size() >= kFewestSecretBytes) return secret;
  return absl::InvalidArgumentError(absl::StrCat(file, ": the secret is shorter than ", kFewestSecretBytes,
                                                 " bytes; make one with: openssl rand -hex 32"));
}

}  // namespace haldane::controller
