// Answers to one prompt as they come: text that may be shown, and the tokens that it is made of.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/request.h"
#include "library/text_stream.h"
#include "serve/model_registry.h"

namespace bantam::serve {

// What has come of an answer since the last call: whole characters only, nothing after a stop
// string.
struct Progress {
  std::size_t index = 0;  // of the answer
  std::string text;
  std::vector<engine::TokenEvent> tokens;  // an end token is one of them, its text is not
  std::optional<engine::FinishReason> finish;
};

// Owned by one coroutine of the network's thread. Ends its sequences when it is destroyed.
class Answers {
 public:
  // Begins an answer a request, with the same stop strings. Throws Overloaded.
  Answers(std::shared_ptr<ServedModel> model, std::vector<engine::Request> requests,
          const std::vector<std::string>& stops, boost::asio::any_io_executor network);
  ~Answers();
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // Waits for more; nothing once all have finished. Throws what Engine throws.
  http::Awaitable<std::vector<Progress>> next();

  // Of an answer that has finished; of one that a stop string ended, up to there.
  const engine::SequenceStats& stats(std::size_t index) const { return answers_[index].stats; }
  bool is_stopped_by_text(std::size_t index) const { return answers_[index].text.is_stopped(); }

 private:
  struct Answer {
    library::TextStream text;
    std::shared_ptr<TokenChannel> channel;
    engine::SequenceStats stats = {};
    bool has_finished = false;  // for the reader
    bool has_ended = false;     // for the engine too
  };

  std::optional<Progress> poll(Answer& answer);
  void take(const engine::TokenEvent& event, Answer& answer, Progress& progress) const;

  std::shared_ptr<ServedModel> model_;
  std::shared_ptr<Wake> wake_;
  std::deque<Answer> answers_;
  Stopwatch age_;
};

}  // namespace bantam::serve
