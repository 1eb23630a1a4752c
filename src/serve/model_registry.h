// The models that are loaded.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "library/loaded_model.h"
#include "library/structured_output.h"
#include "serve/model_catalog.h"
#include "serve/model_runner.h"
#include "serve/model_summary.h"
#include "text/replies/reply_format.h"

namespace bantam::serve {

using Clock = std::chrono::steady_clock;

// A model that answers, for as long as somebody holds it.
struct ServedModel {
  std::string name;
  std::string digest;  // of the installed model's manifest; else empty
  library::LoadedModel loaded;
  replies::ReplyFormat reply_format;  // how it writes thinking and tool calls
  std::unique_ptr<library::StructuredOutput> structured_output;
  std::unique_ptr<ModelRunner> runner;
  Clock::time_point expires = Clock::time_point::max();
  std::chrono::system_clock::time_point expires_at;  // the same for people; meaningless for max
};

struct RegistryOptions {
  // For a model that was loaded; throws what cannot be.
  std::function<engine::EngineOptions(const library::LoadedModel&)> engine_options;
  std::optional<std::chrono::seconds> keep_alive = std::chrono::minutes(5);  // none: for ever
};

// Owned by the network's thread.
class ModelRegistry {
 public:
  ModelRegistry(RegistryOptions options, ModelCatalog catalog,
                boost::asio::any_io_executor network);
  ~ModelRegistry() { stop(); }

  const ModelCatalog& catalog() const { return catalog_; }

  // The model, loaded now if it is not, or not as it is installed now. Throws what the catalog and
  // loading throw.
  http::Awaitable<std::shared_ptr<ServedModel>> acquire(std::string name);
  std::vector<std::shared_ptr<ServedModel>> all_loaded() const;

  // Read once. Throws what Model throws.
  http::Awaitable<ModelSummary> summary(const CatalogEntry& entry);

  // When a model that nobody uses goes; none: never, zero: as soon as nobody does.
  void keep(ServedModel& model, std::optional<std::chrono::seconds> time) const;
  std::optional<std::chrono::seconds> keep_alive() const { return options_.keep_alive; }
  // Lets go of what has expired and is not in use; to be called each second.
  void expire();

  // Ends all threads: to be called before the network goes, which they wake.
  void stop();

  // For work that would hold the network up: reading prompts, loading.
  boost::asio::thread_pool& workers() { return workers_; }

 private:
  struct Loading;

  std::shared_ptr<ServedModel> load(const CatalogEntry& entry) const;

  RegistryOptions options_;
  ModelCatalog catalog_;
  boost::asio::any_io_executor network_;
  std::map<std::string, std::shared_ptr<ServedModel>, std::less<>> loaded_;
  std::map<std::string, std::shared_ptr<Loading>, std::less<>> loading_;
  std::map<std::string, ModelSummary, std::less<>> summaries_;
  std::vector<std::weak_ptr<ServedModel>> all_;  // also those that only an answer still holds
  boost::asio::thread_pool workers_{1};
};

}  // namespace bantam::serve
