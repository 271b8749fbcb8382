#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "controller/api/admin_services.h"
#include "controller/api/unary.h"
#include "haldane/v1/token.grpc.pb.h"

namespace haldane::controller {
namespace {

class TokensService final : public v1::Tokens::CallbackService {
 public:
  TokensService(const PeerCheck* peers, TaskLoop* loop, const Administration& administration)
      : peers_(peers), loop_(loop), tokens_(administration.tokens), audit_(administration.audit) {}

  grpc::ServerUnaryReactor* Create(grpc::CallbackServerContext* context,
                                   const v1::CreateTokenRequest* request,
                                   v1::CreateTokenResponse* response) override {
    return AnswerOnLoop(peers_, Role::kAdmin, "Tokens.Create", loop_, context, response,
                        [this, request](const Caller& caller) {
                          absl::StatusOr<v1::CreateTokenResponse> created = tokens_->Create(*request, caller);
                          if (created.ok()) Account(caller, "Tokens.Create", created->token());
                          return created;
                        });
  }
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context, const v1::ListTokensRequest*,
                                 v1::ListTokensResponse* response) override {
    return AnswerOnLoop(
        peers_, Role::kAdmin, "Tokens.List", loop_, context, response,
        [this](const Caller&) -> absl::StatusOr<v1::ListTokensResponse> { return tokens_->List(); });
  }
  grpc::ServerUnaryReactor* Revoke(grpc::CallbackServerContext* context,
                                   const v1::RevokeTokenRequest* request, v1::Token* response) override {
    return AnswerOnLoop(peers_, Role::kAdmin, "Tokens.Revoke", loop_, context, response,
                        [this, request](const Caller& caller) {
                          absl::StatusOr<v1::Token> revoked = tokens_->Revoke(request->id());
                          if (revoked.ok()) Account(caller, "Tokens.Revoke", *revoked);
                          return revoked;
                        });
  }

 private:
  void Account(const Caller& caller, absl::string_view action, const v1::Token& token) {
    const std::string what = absl::StrCat("token ", token.id(), " of ", token.role(), " ", token.name());
    LogInfo("tokens changed", {{"action", action}, {"by", caller.name}, {"what", what}});
    audit_->Done(caller.name, action, what);
  }

  const PeerCheck* const peers_;
  TaskLoop* const loop_;
  TokenBook* const tokens_;
  AuditLog* const audit_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTokensService(const PeerCheck* peers, TaskLoop* loop,
                                                 const Administration& administration) {
  return std::make_unique<TokensService>(peers, loop, administration);
}

}  // namespace haldane::controller
