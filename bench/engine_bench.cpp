// What speculation makes of a given text: the engine's own guesses and passes, timed beside the
// same text token by token. The model's logits are computed and sampled from, but each token is
// taken from the text, so that a model of true size with random weights "says" real text.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/single_sequence.h"
#include "formats/gguf_reader.h"

namespace bantam::engine {
namespace {

using Ids = std::vector<std::int32_t>;

struct Text {
  Ids prompt, answer;
};

// Two lines of ids.
Text read_text(const char* path) {
  std::ifstream file(path);
  Text text;
  std::string line;
  for (Ids* ids : {&text.prompt, &text.answer}) {
    std::getline(file, line);
    std::istringstream words(line);
    for (std::int32_t id = 0; words >> id;) ids->push_back(id);
  }
  if (text.prompt.empty() || text.answer.size() < 2) {
    throw Error(ErrorCode::BadFile, std::string(path) +
                                        ": expected a line of ids of the prompt "
                                        "and one of the answer");
  }
  return text;
}

struct Timing {
  double seconds = 0;  // of the answer after its first token
  std::int64_t passes = 0;
};

class Typist {
 public:
  Typist(Executor& executor, const Text& text)
      : executor_(executor),
        text_(text),
        sampler_(executor.model().spec().vocabulary_size),
        pass_(executor, std::ssize(text.prompt) + std::ssize(text.answer)) {}

  Timing type(Speculation* speculation) {
    Sequence sequence;
    sequence.id = ++id_;
    sequence.tokens = text_.prompt;
    sequence.prompt_tokens = sequence.token_count();
    if (speculation != nullptr) {
      speculation->begin(sequence, sequence.token_count() + std::ssize(text_.answer));
    }
    prefill();
    Timing timing;
    next_ = 0;
    take(sequence);
    const Stopwatch watch;
    while (next_ < text_.answer.size()) {
      step(sequence, speculation);
      ++timing.passes;
    }
    timing.seconds = watch.seconds();
    if (speculation != nullptr) speculation->end(sequence);
    return timing;
  }

 private:
  void prefill() {
    const std::int64_t batch = executor_.options().batch_tokens;
    const std::span<const std::int32_t> prompt = text_.prompt;
    for (std::int64_t first = 0; first < std::ssize(prompt); first += batch) {
      const std::int64_t count = std::min(batch, std::ssize(prompt) - first);
      pass_.run(prompt.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                first, {});
    }
  }

  std::int32_t take(Sequence& sequence) {
    const std::int32_t token = text_.answer[next_++];
    sequence.tokens.push_back(token);
    sequence.cached = sequence.token_count() - 1;
    return token;
  }

  void step(Sequence& sequence, Speculation* speculation) {
    Ids& draft = sequence.drafts.draft;
    if (speculation != nullptr) {
      const auto room = std::ssize(text_.answer) - static_cast<std::int64_t>(next_) - 1;
      speculation->draft({&sequence, 1}, [&](const Sequence&) { return room; });
    }
    tokens_.assign(1, sequence.tokens.back());
    tokens_.insert(tokens_.end(), draft.begin(), draft.end());
    rows_.resize(tokens_.size());
    std::iota(rows_.begin(), rows_.end(), 0);
    const Stopwatch watch;
    const Tensor logits = pass_.run(tokens_, sequence.cached, rows_);
    if (speculation != nullptr) speculation->record_pass(std::ssize(tokens_), watch.seconds());
    const std::int64_t accepted = verify(draft, [&](std::int64_t row) {
      sampler_.sample({logits.float_row(row), static_cast<std::size_t>(logits.shape.columns())},
                      sequence.tokens, {});
      return ChosenToken{take(sequence), next_ < text_.answer.size()};
    });
    if (speculation != nullptr) speculation->record_draft(sequence, accepted);
  }

  Executor& executor_;
  const Text& text_;
  Sampler sampler_;
  SingleSequence pass_;
  SequenceId id_ = 0;
  std::size_t next_ = 0;
  Ids tokens_, rows_;
};

void run(const char* model_path, const char* text_path, int threads, int rounds) {
  const Text text = read_text(text_path);
  const auto model = std::make_shared<const model::Model>(formats::open_gguf(model_path));
  const SpeculationOptions options{
      .mode = SpeculationMode::Auto, .draft_max = 8, .draft_model = {}};
  Executor executor(model, {.threads = threads,
                            .context_tokens = std::ssize(text.prompt) + std::ssize(text.answer),
                            .output_rows = options.draft_max + 1});
  Typist typist(executor, text);
  typist.type(nullptr);  // packs the weights
  std::vector<double> ratios;
  const double tokens = static_cast<double>(text.answer.size() - 1);
  for (int round = 0; round < rounds; ++round) {
    Speculation speculation(options, executor, 1);  // knows nothing yet of what passes cost
    const Timing with = typist.type(&speculation);
    const Timing without = typist.type(nullptr);
    ratios.push_back(without.seconds / with.seconds);
    std::printf("%8.1f tokens/s with, %8.1f without: %5.2f times; %4.2f tokens a pass\n",
                tokens / with.seconds, tokens / without.seconds, ratios.back(),
                tokens / static_cast<double>(with.passes));
  }
  std::ranges::sort(ratios);
  std::printf("median %.3f of %zu, %.3f to %.3f\n", ratios[ratios.size() / 2], ratios.size(),
              ratios.front(), ratios.back());
}

}  // namespace
}  // namespace bantam::engine

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "engine_bench MODEL.gguf TEXT.ids [THREADS [ROUNDS]]\n");
    return 2;
  }
  try {
    const auto number = [&](int index, int usual) {
      return index < count ? static_cast<int>(std::strtol(arguments[index], nullptr, 10)) : usual;
    };
    bantam::engine::run(arguments[1], arguments[2], number(3, 2), number(4, 5));
  } catch (const bantam::Error& error) {
    std::fprintf(stderr, "engine_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
