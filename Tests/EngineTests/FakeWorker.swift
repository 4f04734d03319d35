import Foundation
import HuggingFace
import Messages
import Recipe
import Testing
import Training
import Transformer

/// A shell script in the place of a Python with PEFT: it speaks the worker's protocol and computes nothing. The loss of step n is
/// 1/n times the step's loss tokens, and what it saves is a file that the test has written.
struct FakeWorker {
  let study: TinyStudy
  let adapter: LoRAAdapter
  var script: URL { study.folder.appending(path: "fake-python") }
  private var state: URL { study.folder.appending(path: "state.safetensors") }

  /// - Parameter plan: of the run that it will compute: o_proj at rank 2.
  init(_ study: TinyStudy, _ plan: RunPlan) throws {
    self.study = study
    let configuration = try ModelFolder.configuration(at: study.modelFolder)
    let options = TrainingOptions(plan.settings, threads: 1)
    adapter = try LoRAAdapter(
      specification: try options.specification(targets: plan.targets, in: configuration), configuration: configuration,
      seed: 7)
    var tensors: [SafetensorsWriter.Tensor] = []
    for module in adapter.modules {
      let slot = AdapterOptimizer.slotName(of: module)
      for (name, shape, values) in [
        ("lora_A", [module.rank, module.columns], module.a.array),
        ("lora_B", [module.rows, module.rank], module.b.array),
      ] {
        for part in ["weight", "first_moment", "second_moment"] {
          tensors.append(SafetensorsWriter.Tensor(name: "\(slot).\(name).\(part)", shape: shape, floats: values))
        }
      }
    }
    try SafetensorsWriter.write(path: state.path, tensors: tensors, metadata: [:])
  }

  static let hello =
    #"{"type":"hello","protocol":1,"python":"3.0","executable":"fake","packages":{"torch":"2","transformers":"5","peft":"0","safetensors":"0","bitsandbytes":null},"cuda":[],"problems":[]}"#

  /// - Parameters:
  ///   - hello: its first line.
  ///   - step: shell words for a step; `$k` is the number of steps before it, `$n` the step's loss tokens. What they do not answer is answered
  ///     as usual.
  ///   - parameters: that it says it trains; nil for those of the adapter.
  func write(hello: String = hello, step: String = "", parameters: Int? = nil) throws {
    let text = """
      #!/bin/sh
      echo '\(hello)'
      while read -r line; do
        case "$line" in
        *'"type":"plan"'*)
          case "$line" in *'"adapter":'*) p=\(parameters ?? adapter.parameterCount) ;; *) p=0 ;; esac
          echo '{"type":"prepared","device":"cpu","parameters":'$p',"memory":1000,"peak_memory":2000}' ;;
        *'"type":"step"'*)
          k=$(echo "$line" | sed 's/.*"step":\\([0-9]*\\).*/\\1/')
          n=$(echo "$line" | sed 's/.*"loss_tokens":\\([0-9]*\\).*/\\1/')
          answered=
          \(step)
          [ -n "$answered" ] || echo '{"type":"step","step":'$((k + 1))',"loss_sum":'$n',"gradient_norm":0.5,"updated":true,"memory":3000,"peak_memory":4000}' ;;
        *'"type":"save"'*)
          path=$(echo "$line" | sed 's/.*"path":"\\([^"]*\\)".*/\\1/')
          cp '\(state.path)' "$path"
          echo '{"type":"saved"}' ;;
        *'"type":"restore"'*) echo '{"type":"restored"}' ;;
        *'"type":"loss"'*) echo '{"type":"loss","loss_sum":6}' ;;
        *'"type":"generate"'*)
          prompts=$(echo "$line" | sed 's/.*"prompts":\\[\\(\\[.*\\]\\)\\].*/\\1/' | tr -cd '[' | wc -c)
          answers=
          while [ "$prompts" -gt 0 ]; do answers="$answers,[]"; prompts=$((prompts - 1)); done
          echo '{"type":"answers","tokens":['${answers#,}'],"memory":1,"peak_memory":5000}' ;;
        *'"type":"block"'*)
          case "$line" in *'"adapted":true'*) t=2.2 ;; *) t=2.0 ;; esac
          count=$(echo "$line" | sed 's/.*"tokens":\\([0-9]*\\).*/\\1/')
          times=
          while [ "$count" -gt 0 ]; do times="$times,$t"; count=$((count - 1)); done
          echo '{"type":"block","milliseconds":['${times#,}']}' ;;
        *'"type":"quit"'*) exit 0 ;;
        *) echo "no such request: $line" >&2; exit 9 ;;
        esac
      done
      """
    try Data(text.utf8).write(to: script)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script.path)
  }
}

extension TinyStudy {
  /// Of the PEFT engine, with this script as its Python.
  func peftPlan(steps: Int = 12, _ change: (inout RunSettings) -> Void = { _ in }) -> RunPlan {
    var plan = plan(steps: steps)
    plan.settings.engine = .peft
    plan.settings.python = folder.appending(path: "fake-python").path
    plan.settings.dropout = 0
    change(&plan.settings)
    return plan
  }
}
