#include "serve/routes.h"

#include "serve/ollama/handlers.h"
#include "serve/openai/handlers.h"

namespace bantam::serve {

std::span<const Route> routes() {
  static constexpr Route kRoutes[] = {
      {"GET", "/", Dialect::Ollama, ollama::root},
      {"GET", "/api/version", Dialect::Ollama, ollama::version},
      {"GET", "/api/tags", Dialect::Ollama, ollama::tags},
      {"GET", "/api/ps", Dialect::Ollama, ollama::ps},
      {"POST", "/api/show", Dialect::Ollama, ollama::show},
      {"POST", "/api/copy", Dialect::Ollama, ollama::copy},
      {"DELETE", "/api/delete", Dialect::Ollama, ollama::remove},
      {"POST", "/api/generate", Dialect::Ollama, ollama::generate},
      {"POST", "/api/chat", Dialect::Ollama, ollama::chat},
      {"GET", "/v1/models", Dialect::OpenAi, openai::models},
      {"GET", "/v1/models/", Dialect::OpenAi, openai::model},
      {"POST", "/v1/chat/completions", Dialect::OpenAi, openai::chat_completions},
      {"POST", "/v1/completions", Dialect::OpenAi, openai::completions},
      {"POST", "/tokenize", Dialect::OpenAi, openai::tokenize},
      {"POST", "/detokenize", Dialect::OpenAi, openai::detokenize},
      {"POST", "/apply-template", Dialect::OpenAi, openai::apply_template},
      {"GET", "/health", Dialect::OpenAi, openai::health},
      {"GET", "/metrics", Dialect::OpenAi, openai::metrics},
  };
  return kRoutes;
}

}  // namespace bantam::serve
