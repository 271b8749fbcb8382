#include "guard/record/mask.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace haldane::guard {
namespace {

TEST(MaskSecretsTest, LeavesNothingOfASecret) {
  const char* const kCommands[] = {
      "curl https://user:S3CRET@host/x",
      "git clone https://S3CRET@github.com/a/b.git",
      "curl https://user:p@S3CRET@host/",
      "mysql --password=S3CRET -e 'select 1'",
      "mysql --password S3CRET db",
      "mysqldump -u root -pS3CRET db",
      "sudo mysql -uroot -pS3CRET",
      "env AWS_SECRET_ACCESS_KEY=S3CRET aws s3 ls",
      "sh -c export GITHUB_TOKEN=S3CRET; curl x",
      "sh -c export GITHUB_TOKEN=\"S3CRET with spaces S3CRET\"; curl x",
      "curl -H Authorization: Bearer S3CRET https://x",
      "curl -H 'Authorization: Basic S3CRET' https://x",
      "curl -H \"X-Api-Key: S3CRET\" https://x",
      "curl -H PRIVATE-TOKEN:S3CRET https://x",
      "curl --header=Authorization: token S3CRET",
      "curl -H Cookie: a=S3CRET; b=S3CRET https://x",
      "curl -u admin:S3CRET https://x",
      "curl -uadmin:S3CRET https://x",
      "curl --user admin:S3CRET https://x",
      "curl --user=admin:S3CRET https://x",
      "curl --proxy-user me:S3CRET https://x",
      "curl https://x/?a=b&access_token=S3CRET&c=d",
      "curl -d {\"password\":\"S3CRET\"} https://x",
      "curl -d {\"password\": \"S3CRET with space\"} https://x",
      "vault login -method=token token=S3CRET",
      "tool --api-key S3CRET --verbose",
      "tool --client_secret='S3CRET x S3CRET' y",
      "tool DB_PASS=S3CRET",
      "redis-cli --pass S3CRET",
      "gh auth login ghp_S3CRETS3CRETS3CRET",
      "tool AKIAS3CRETS3CRETS3CR",
      "http https://x Authorization:S3CRET",
      "tool --authorization Bearer S3CRET x",
      "PGPASSWORD=S3CRET psql",
      "sshpass -p x SSHPASS=S3CRET ssh",
  };
  for (const char* command : kCommands) {
    const std::string masked = MaskSecrets(command);
    EXPECT_FALSE(absl::StrContains(masked, "S3CRE")) << command << " -> " << masked;
    EXPECT_TRUE(absl::StrContains(masked, "***")) << masked;
    EXPECT_EQ(MaskSecrets(masked), masked) << command;
  }
}

TEST(MaskSecretsTest, KeepsWhatIsNeededToFindTheCommand) {
  EXPECT_EQ(MaskSecrets("curl https://user:x@github.com/a?token=x&b=c -o f"),
            "curl https://***@github.com/a?token=***&b=c -o f");
  EXPECT_EQ(MaskSecrets("curl -H Authorization: Bearer abc https://x"),
            "curl -H Authorization: Bearer *** https://x");
  EXPECT_EQ(MaskSecrets("curl -u admin:x https://h"), "curl -u admin:*** https://h");
  for (const char* harmless :
       {"curl github.com", "git fetch origin main", "apt-get install -y passwd", "ssh -p 22 host",
        "mkdir -p /a/b", "tool --token-file /run/token", "tool --password-file=/etc/p",
        "curl https://example.com:8443/x@y", "java -Dx=y -cp a.jar:b.jar Main", "cd $PWD", "PWD=/tmp x",
        "sudo -u deploy ls", "chown user:group f", "docker -H unix:///run/docker.sock ps", ""}) {
    EXPECT_EQ(MaskSecrets(harmless), harmless);
  }
}

TEST(MaskSecretsTest, SurvivesAnything) {
  std::mt19937 random(7);
  const std::string alphabet = "aT:/@=-\"' p&;,\n\x80tokenpassword";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (size_t length = random() % 60; length > 0; --length)
      text.push_back(alphabet[random() % alphabet.size()]);
    const std::string masked = MaskSecrets(text);
    EXPECT_EQ(MaskSecrets(masked), masked) << text;
  }
}

TEST(CutTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abcd", 3), "abc");
  EXPECT_EQ(CutText("a\xc3\xbc\xc3\xbc", 4), "a\xc3\xbc");
  EXPECT_EQ(CutText("\x80\x80\x80\x80\x80\x80\x80", 6).size(), 2u) << "no text at all: still bounded";
  EXPECT_EQ(CutText("abc", 0), "");
}

}  // namespace
}  // namespace haldane::guard
