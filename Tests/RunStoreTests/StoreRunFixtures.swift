import Foundation
import Messages
import Recipe

/// A store's place, a plan and events, for tests of the store.
protocol StoreRunFixtures {}

extension StoreRunFixtures {
  func place() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appending(path: "store.sqlite")
  }

  func plan(seed: UInt64 = 0) -> RunPlan {
    var settings = RunSettings()
    settings.seed = seed
    settings.steps = 40
    return RunPlan(
      model: .folder(path: "/tmp/a model"), data: .file(path: "d.jsonl", evaluation: .share(0.25)),
      targets: [.qkv, .fc2], settings: settings)
  }

  func events(_ contents: [Event.Content], run: RunID?) -> [Event] {
    contents.enumerated().map {
      Event(sequence: UInt64($0.offset + 1), time: 100 + Double($0.offset), run: run, content: $0.element)
    }
  }

  func step(_ step: Int, loss: Float) -> Event.Content {
    .step(
      StepSample(step: step, loss: loss, gradientNorm: 0.1, learningRate: 1e-3, tokens: 64, seconds: 0.25))
  }
}
