// haldane-controller: hears agents, judges rollouts, answers pipelines.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/build_info.h"
#include "base/log.h"
#include "controller/daemon.h"
#include "rpc/grpc_log.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:7460",
          "HOST:PORT to listen on; port 0 takes any. Beyond loopback TLS is required.");
ABSL_FLAG(std::string, database, "",
          "SQLite file with the log of all rollouts; created if missing. Required.");
ABSL_FLAG(std::string, metrics, "", "Loopback HOST:PORT to serve Prometheus metrics on; none when empty.");
ABSL_FLAG(std::vector<std::string>, watch_always, {},
          "SERVICE,... whose past is kept before their first rollout; other services' from it on.");
ABSL_FLAG(
    absl::Duration, keep_ended, absl::InfiniteDuration(),
    "How long to keep the log of a rollout after its end, such as 2160h; the digest of its last event is "
    "kept for ever.");
ABSL_FLAG(std::string, http, "",
          "Loopback HOST:PORT of JSON, events, metrics and the web page; none when empty. Put a TLS proxy in "
          "front.");
ABSL_FLAG(std::string, web_root, "",
          "Directory of the web page, served on --http; where it is installed when empty.");
ABSL_FLAG(std::string, webhooks, "",
          "YAML file with the receivers of notifications (docs/api.md); none when empty.");
ABSL_FLAG(std::string, jwks, "", "File with the keys (JWK set) that sign people's JWTs.");
ABSL_FLAG(std::string, jwt_issuer, "", "The iss that JWTs must have.");
ABSL_FLAG(std::string, jwt_audience, "", "The aud that JWTs must have.");
ABSL_FLAG(std::string, jwt_name_claim, "sub", "Claim with the person's name.");
ABSL_FLAG(std::string, jwt_groups_claim, "groups", "Claim with the person's groups.");
ABSL_FLAG(std::string, role_groups, "", "ROLE=GROUP,... for people by JWT or proxy; * is every group.");
ABSL_FLAG(std::string, proxy_user_header, "",
          "Header by which a proxy on this machine says who the caller is.");
ABSL_FLAG(std::string, proxy_groups_header, "", "Header with the caller's groups, separated by commas.");
ABSL_FLAG(
    std::string, anonymous, "auto",
    "Role of callers on loopback without TLS and credential: auto, none, viewer, deployer, oncall, admin. "
    "auto is admin unless people are known by JWT or proxy.");
ABSL_FLAG(std::string, tls_cert, "", "PEM file with the controller's certificate chain.");
ABSL_FLAG(std::string, tls_key, "", "PEM file with its private key.");
ABSL_FLAG(std::string, tls_ca, "", "PEM file with the CA that signs agents' and deployers' certificates.");

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

// absl ends the process with 1 after --help and on a bad flag alike; ours ends
// with 0 and 2.
bool parsing_flags = false;
bool help_wanted = false;
void CorrectExitStatus(int status, void*) {
  if (!parsing_flags || status != 1) return;
  std::cout.flush();
  std::cerr.flush();
  _exit(help_wanted ? 0 : kUsage);
}

std::vector<char*> ParseFlags(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "hears agents, judges rollouts, answers pipelines.\n\n"
      "  haldane-controller --database FILE [--listen HOST:PORT] [--metrics HOST:PORT]\n"
      "                     [--watch_always SERVICE,...]\n"
      "                     [--tls_cert FILE --tls_key FILE --tls_ca FILE]\n\n"
      "Exit status: 0 stopped by a signal, 1 failure, 2 usage.");
  absl::FlagsUsageConfig config;
  config.version_string = [] { return absl::StrCat("haldane-controller ", haldane::kVersion, "\n"); };
  // --help shows our flags, and not where this file was compiled.
  const auto is_ours = [](absl::string_view file) { return absl::EndsWith(file, "controller/main.cc"); };
  config.contains_help_flags = is_ours;
  config.normalize_filename = [is_ours](absl::string_view file) {
    return is_ours(file) ? std::string("controller/main.cc") : std::string(file);
  };
  absl::SetFlagsUsageConfig(config);

  for (int i = 1; i < argc; ++i) help_wanted |= absl::string_view(argv[i]) == "--help";
  on_exit(CorrectExitStatus, nullptr);
  parsing_flags = true;
  std::vector<char*> positional = absl::ParseCommandLine(argc, argv);
  parsing_flags = false;
  return positional;
}

int UsageError(const std::string& what) {
  std::cerr << "haldane-controller: " << what << "\nTry --help.\n";
  return kUsage;
}

// The signals that stop the daemon, blocked for all threads to come, so that
// one can be waited for.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<char*> arguments = ParseFlags(argc, argv);
  if (arguments.size() > 1) return UsageError(absl::StrCat("unexpected argument ", arguments[1]));
  const haldane::controller::DaemonOptions options = {
      .listen = absl::GetFlag(FLAGS_listen),
      .database = absl::GetFlag(FLAGS_database),
      .metrics = absl::GetFlag(FLAGS_metrics),
      .watch_always = absl::GetFlag(FLAGS_watch_always),
      .tls = {.certificate = absl::GetFlag(FLAGS_tls_cert),
              .key = absl::GetFlag(FLAGS_tls_key),
              .ca = absl::GetFlag(FLAGS_tls_ca)},
      .jwt = {.jwks_file = absl::GetFlag(FLAGS_jwks),
              .issuer = absl::GetFlag(FLAGS_jwt_issuer),
              .audience = absl::GetFlag(FLAGS_jwt_audience),
              .name_claim = absl::GetFlag(FLAGS_jwt_name_claim),
              .groups_claim = absl::GetFlag(FLAGS_jwt_groups_claim)},
      .role_groups = absl::GetFlag(FLAGS_role_groups),
      .anonymous = absl::GetFlag(FLAGS_anonymous),
      .http = {.listen = absl::GetFlag(FLAGS_http),
               .web_root = absl::GetFlag(FLAGS_web_root),
               .proxy_user_header = absl::AsciiStrToLower(absl::GetFlag(FLAGS_proxy_user_header)),
               .proxy_groups_header = absl::AsciiStrToLower(absl::GetFlag(FLAGS_proxy_groups_header))},
      .webhooks = absl::GetFlag(FLAGS_webhooks),
      .keep_ended = absl::GetFlag(FLAGS_keep_ended),
  };
  if (options.database.empty())
    return UsageError("--database is missing: name the file that keeps the rollouts");
  if (options.keep_ended < absl::Hours(1))
    return UsageError("--keep_ended must be an hour at least, such as 2160h");

  haldane::RouteGrpcLog();
  // Whoever hangs up while it is written to (a receiver of notifications) is a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t stop_signals = BlockStopSignals();
  auto daemon = haldane::controller::Daemon::Start(options);
  if (absl::IsInvalidArgument(daemon.status())) return UsageError(std::string(daemon.status().message()));
  if (!daemon.ok()) {
    haldane::LogError("cannot start", {{"why", daemon.status().message()}});
    return kFailure;
  }
  int signal = 0;
  sigwait(&stop_signals, &signal);
  haldane::LogInfo("stopping", {{"signal", strsignal(signal)}});
  daemon->reset();
  return 0;
}
