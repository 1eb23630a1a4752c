// Answers in a form: random schemas with random tokens and with the built-in model.
#include "library/structured_output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "engine/engine.h"
#include "library/loaded_model.h"
#include "library/prompt.h"
#include "library/text_stream.h"
#include "support/random_schemas.h"

namespace bantam {
namespace {

using library::OutputFormat;

const library::LoadedModel& built_in() {
  static const library::LoadedModel model = library::load_model(library::resolve_model("built-in"));
  return model;
}

struct Reply {
  std::string text;
  engine::FinishReason reason = engine::FinishReason::Stop;
};

// Random tokens of those that are allowed, in the place of a model.
Reply random_reply(library::FormatConstraint& constraint, std::mt19937& random, int tokens_max) {
  const text::Tokenizer& tokenizer = *built_in().tokenizer;
  library::TextStream stream(tokenizer, {});
  Reply reply{.text = {}, .reason = engine::FinishReason::Length};
  for (int i = 0; i < tokens_max; ++i) {
    const auto mask = constraint.allowed();
    std::vector<std::int32_t> ids, closing;
    for (std::int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
      const std::uint64_t word = mask[static_cast<std::size_t>(id) / 64];
      if (word == 0) id |= 63;  // on to the next word
      if (!(word >> (id % 64) & 1)) continue;
      ids.push_back(id);
      const std::string_view bytes = tokenizer.token_bytes(id);
      // Chance alone would seldom end a string or a list.
      if (bytes.find_first_of("\"]}") != std::string_view::npos || tokenizer.is_control(id)) {
        closing.push_back(id);
      }
    }
    if (ids.empty()) {
      reply.reason = engine::FinishReason::NoTokenAllowed;
      return reply;
    }
    const auto& from = !closing.empty() && random() % 3 == 0 ? closing : ids;
    const std::int32_t id = from[random() % from.size()];
    constraint.accept(id);
    if (tokenizer.is_end_of_generation(id)) {
      reply.reason = engine::FinishReason::Stop;
      break;
    }
    reply.text += stream.push(id);
  }
  reply.text += stream.finish();
  return reply;
}

Reply model_reply(engine::Engine& engine, const std::string& prompt,
                  std::shared_ptr<library::FormatConstraint> constraint, std::uint64_t seed,
                  std::int64_t tokens_max) {
  const library::LoadedModel& model = built_in();
  engine::Request request;
  const std::vector<text::ChatMessage> messages = {{"user", prompt}};
  request.prompt = library::encode_chat(*model.tokenizer, model.chat_template->render(messages));
  request.sampling = model.defaults;
  request.sampling.temperature = 1;
  request.sampling.seed = seed;
  request.max_tokens = tokens_max;
  request.stop_ids = model.end_ids;
  request.constraint = std::move(constraint);
  engine.submit(std::move(request));
  library::TextStream stream(*model.tokenizer, {});
  Reply reply;
  while (!engine.is_idle()) {
    for (const engine::TokenEvent& event : engine.step()) {
      if (event.finish) reply.reason = *event.finish;
      const bool is_text =
          event.token != engine::kNoToken && event.finish != engine::FinishReason::Stop;
      if (is_text) reply.text += stream.push(event.token);
    }
  }
  reply.text += stream.finish();
  return reply;
}

TEST(StructuredOutput, TenThousandRandomSchemasGiveOnlyValidReplies) {
  constexpr std::uint32_t kSeed = 20250301;
  std::mt19937 random(kSeed);
  library::StructuredOutput output(*built_in().tokenizer);
  int whole = 0;
  for (int i = 0; i < 10000; ++i) {
    const nlohmann::ordered_json schema = test::random_schema(random);
    const auto constraint = output.constraint({OutputFormat::Kind::JsonSchema, schema.dump()},
                                              built_in().tokenizer->end_of_generation_ids());
    const Reply reply = random_reply(*constraint, random, 100);
    ASSERT_NE(reply.reason, engine::FinishReason::NoTokenAllowed)
        << "seed " << kSeed << ", schema " << i << ": " << schema << "\n"
        << reply.text;
    if (reply.reason == engine::FinishReason::Length) continue;
    ++whole;
    ASSERT_TRUE(test::is_valid(schema, reply.text))
        << "seed " << kSeed << ", schema " << i << ": " << schema << "\n"
        << reply.text;
  }
  EXPECT_GT(whole, 4000);
}

TEST(StructuredOutput, TheBuiltInModelKeepsToRandomSchemas) {
  constexpr std::uint32_t kSeed = 7;
  std::mt19937 random(kSeed);
  library::StructuredOutput output(*built_in().tokenizer);
  engine::EngineOptions options;
  options.executor.threads = 2;
  engine::Engine engine(built_in().model, options);
  int whole = 0;
  for (int i = 0; i < 100; ++i) {
    const nlohmann::ordered_json schema = test::random_schema(random);
    auto constraint =
        output.constraint({OutputFormat::Kind::JsonSchema, schema.dump()}, built_in().end_ids);
    const Reply reply = model_reply(engine, "Answer in JSON.", constraint, random(), 80);
    ASSERT_NE(reply.reason, engine::FinishReason::NoTokenAllowed) << schema << "\n" << reply.text;
    EXPECT_EQ(constraint->is_complete(),
              reply.reason == engine::FinishReason::Stop || test::is_valid(schema, reply.text))
        << schema << "\n"
        << reply.text;
    if (reply.reason == engine::FinishReason::Length) continue;
    ++whole;
    EXPECT_TRUE(test::is_valid(schema, reply.text)) << schema << "\n" << reply.text;
  }
  EXPECT_GT(whole, 20);
}

TEST(StructuredOutput, OtherFormsHoldTheModelToo) {
  library::StructuredOutput output(*built_in().tokenizer);
  engine::EngineOptions options;
  options.executor.threads = 2;
  engine::Engine engine(built_in().model, options);
  const auto reply = [&](const OutputFormat& format) {
    return model_reply(engine, "What is the capital of France?",
                       output.constraint(format, built_in().end_ids), 1, 60);
  };
  const std::string yes_no = reply({OutputFormat::Kind::Regex, "yes|no"}).text;
  EXPECT_TRUE(yes_no == "yes" || yes_no == "no") << yes_no;
  const std::string listed =
      reply({OutputFormat::Kind::Gbnf, "root ::= \"- \" [A-Z] [a-z]{2,9} \"\\n\""}).text;
  EXPECT_TRUE(listed.starts_with("- ") && listed.ends_with("\n")) << listed;
  EXPECT_EQ(reply({OutputFormat::Kind::JsonObject, {}}).text.substr(0, 1), "{");
}

TEST(StructuredOutput, AFormatIsCompiledOnce) {
  library::StructuredOutput output(*built_in().tokenizer);
  const OutputFormat format{OutputFormat::Kind::Regex, "a|b"};
  const auto first = output.constraint(format, built_in().end_ids);
  const auto second = output.constraint(format, built_in().end_ids);
  EXPECT_NE(first, second);  // one text each
  const std::vector<std::uint64_t> mask(first->allowed().begin(), first->allowed().end());
  const auto other = second->allowed();
  EXPECT_TRUE(std::equal(mask.begin(), mask.end(), other.begin(), other.end()));
  for (int i = 0; i < 40; ++i) {
    output.constraint({OutputFormat::Kind::Regex, "a{" + std::to_string(i + 1) + "}"}, {});
  }
}

TEST(StructuredOutput, ATokenAgainstTheMaskEndsTheText) {
  library::StructuredOutput output(*built_in().tokenizer);
  const auto constraint = output.constraint({OutputFormat::Kind::Regex, "a"}, built_in().end_ids);
  constraint->accept(built_in().end_ids.front());
  EXPECT_FALSE(constraint->is_complete());
}

}  // namespace
}  // namespace bantam
