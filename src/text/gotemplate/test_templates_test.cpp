// What gotemplate/test_templates.h declares; in the test program only, hence the name.
#include "text/gotemplate/test_templates.h"

#include "text/chat_template.h"
#include "text/gotemplate/interpreter.h"
#include "text/gotemplate/json_values.h"
#include "text/gotemplate/parser.h"

namespace bantam::gotemplate::test {
namespace {

template <typename Render>
Outcome outcome_of(const Render& render) {
  Outcome outcome;
  try {
    outcome.prompt = render();
  } catch (const jinja::TemplateError& error) {
    outcome.fault = error.fault();
    outcome.message = error.what();
  } catch (const Error& error) {
    outcome.message = error.what();
  }
  return outcome;
}

}  // namespace

Outcome render_snippet(const std::string& source, const Json& variables,
                       const jinja::Limits& limits) {
  return outcome_of([&] {
    const TemplateAst ast = parse_template(source);
    jinja::Runtime runtime(limits);
    runtime.now = jinja::test::kReferenceTime;
    jinja::TextBuilder out(runtime);
    Interpreter(ast, runtime, out).run(from_json(runtime, variables));
    Text text = out.take();
    return text::RenderedPrompt{std::move(text.bytes), std::move(text.user)};
  });
}

Outcome render_chat(const std::string& source, const Json& variables) {
  return outcome_of([&] {
    text::ChatTemplateOptions options;
    options.now = jinja::test::kReferenceTime;
    return text::ChatTemplate(source, {}, text::TemplateLanguage::Go).render(variables, options);
  });
}

}  // namespace bantam::gotemplate::test
