// Guards of the interpreter's state, for its two source files.
#pragma once

#include "base/format.h"
#include "text/jinja/interpreter.h"

namespace bantam::jinja {

class Interpreter::Inside {
 public:
  Inside(Interpreter& interpreter, Scope* scope)
      : interpreter_(interpreter), outer_(interpreter.scope_), scope_(scope) {
    interpreter.scope_ = scope;
  }
  ~Inside() {
    interpreter_.scope_ = outer_;
    interpreter_.release(scope_);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Interpreter& interpreter_;
  Scope* outer_;
  Scope* scope_;
};

// One macro or recursive loop inside another.
class Interpreter::CallLevel {
 public:
  explicit CallLevel(Interpreter& interpreter) : interpreter_(interpreter) {
    const int most = interpreter.runtime_.limits().calls;
    if (interpreter.calls_ >= most) {
      interpreter.runtime_.fail(Fault::Limit,
                                format("more than {} macros or loops call each other", most));
    }
    ++interpreter.calls_;
  }
  ~CallLevel() { --interpreter_.calls_; }
  CallLevel(const CallLevel&) = delete;
  CallLevel& operator=(const CallLevel&) = delete;

 private:
  Interpreter& interpreter_;
};

}  // namespace bantam::jinja
