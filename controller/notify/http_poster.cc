#include "controller/notify/http_poster.h"

#include <curl/curl.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/build_info.h"

namespace haldane::controller {
namespace {

constexpr long kConnectSeconds = 5;
constexpr long kAnswerSeconds = 10;
constexpr int kPollMilliseconds = 1000;

// What a receiver answers is of no interest, and may be endless.
size_t Discard(char*, size_t size, size_t count, void*) { return size * count; }

void* NewMulti() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  return once == CURLE_OK ? curl_multi_init() : nullptr;
}

}  // namespace

struct HttpPoster::Transfer {
  Transfer(Request what, Done then)
      : request(std::move(what)), done(std::move(then)), easy(curl_easy_init()) {
    if (easy == nullptr) return;
    for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, UserAgent().c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, kAnswerSeconds);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Discard);
  }
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
  }
  static const std::string& UserAgent() {
    static const auto& name = *new std::string(absl::StrCat("haldane-controller/", kVersion));
    return name;
  }

  absl::Status Result(CURLcode code) const {
    if (code != CURLE_OK) return absl::UnavailableError(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("the receiver answered ", status));
  }

  const Request request;
  const Done done;
  CURL* const easy;
  curl_slist* headers = nullptr;
};

HttpPoster::HttpPoster() : multi_(NewMulti()), thread_([this] { Loop(); }) {}

HttpPoster::~HttpPoster() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
  transfers_.clear();
  curl_multi_cleanup(multi_);
}

void HttpPoster::Post(Request request, Done done) {
  auto transfer = std::make_unique<Transfer>(std::move(request), std::move(done));
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(transfer));
  }
  curl_multi_wakeup(multi_);
}

void HttpPoster::StartWaiting() {
  std::vector<std::unique_ptr<Transfer>> waiting;
  {
    absl::MutexLock lock(&mutex_);
    waiting.swap(waiting_);
  }
  for (auto& transfer : waiting) {
    CURL* const easy = transfer->easy;
    if (easy == nullptr || curl_multi_add_handle(multi_, easy) != CURLM_OK) {
      transfer->done(absl::ResourceExhaustedError("out of memory"));
      continue;
    }
    transfers_[easy] = std::move(transfer);
  }
}

void HttpPoster::FinishEnded() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    auto ended = transfers_.extract(easy);
    curl_multi_remove_handle(multi_, easy);
    ended.mapped()->done(ended.mapped()->Result(code));
  }
}

void HttpPoster::Loop() {
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
    }
    StartWaiting();
    int running = 0;
    curl_multi_perform(multi_, &running);
    FinishEnded();
    curl_multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
  }
}

}  // namespace haldane::controller
