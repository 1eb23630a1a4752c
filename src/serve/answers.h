// Answers to one prompt as they come: text that may be shown, and the tokens that it is made of.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/request.h"
#include "serve/model_registry.h"
#include "text/replies/reply_stream.h"
#include "text/stop_matcher.h"
#include "text/stream_decoder.h"

namespace bantam::serve {

// What has come of an answer since the last call: whole characters only, nothing after a stop
// string.
struct Progress {
  std::size_t index = 0;  // of the answer
  std::string text;
  std::string thinking;  // of a chat, where the model writes it apart
  std::vector<replies::ToolCall> calls;
  std::vector<engine::TokenEvent> tokens;  // an end token is one of them, its text is not
  std::optional<engine::FinishReason> finish;
};

// How the answers of a chat are read.
struct ReplyReading {
  std::vector<replies::Tool> tools;  // that may be called
  bool starts_thinking = false;      // the prompt ends inside of thinking
};

// Owned by one coroutine of the network's thread. Ends its sequences when it is destroyed.
class Answers {
 public:
  // Begins an answer a request, with the same stop strings. With `reading` they are replies of a
  // chat: content, thinking and calls are told apart. Throws Overloaded.
  Answers(std::shared_ptr<ServedModel> model, std::vector<engine::Request> requests,
          const std::vector<std::string>& stops, boost::asio::any_io_executor network,
          std::optional<ReplyReading> reading = {});
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // Waits for more; nothing once all have finished. Throws what Engine throws.
  http::Awaitable<std::vector<Progress>> next();

  // Of an answer that has finished; of one that a stop string ended, up to there.
  const engine::SequenceStats& stats(std::size_t index) const { return answers_[index].stats; }

 private:
  struct Answer {
    text::StreamDecoder decoder;
    text::StopMatcher stops;
    std::optional<replies::ReplyStream> reply;  // of a chat, in the place of the decoder
    std::shared_ptr<engine::TokenConstraint> constraint = {};
    std::shared_ptr<TokenChannel> channel = {};
    engine::SequenceStats stats = {};
    bool has_finished = false;  // for the reader
    bool has_ended = false;     // for the engine too
  };

  std::optional<Progress> poll(Answer& answer);
  void take(const engine::TokenEvent& event, Answer& answer, Progress& progress) const;

  std::shared_ptr<ServedModel> model_;
  std::shared_ptr<Wake> wake_;
  std::optional<ReplyReading> reading_;
  std::deque<Answer> answers_;
  Stopwatch age_;
};

}  // namespace bantam::serve
